"""Can a script read what a command says, and have it say nothing?"""

import json

import pytest
from click.testing import CliRunner

from serving.cli.main import leadlight, main


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Runs a command in a home of its own: ``run("key", "list")`` -> result."""
    monkeypatch.setenv("LEADLIGHT_HOME", str(tmp_path / "home"))
    return lambda *words, **given: CliRunner().invoke(leadlight, words, **given)


def read_json(result):
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_keys_are_made_and_listed_for_programs_and_the_list_holds_no_secret(run):
    made = read_json(run("key", "add", "--role", "assistant", "--name", "claude", "--expires", "90d", "--json"))
    (listed,) = read_json(run("key", "list", "--json"))

    assert made["key"].startswith(f"llk_{made['prefix']}") and made["role"] == "assistant" and made["expires_at"]
    assert listed.pop("active") is True and made["key"][12:] not in json.dumps(listed)
    assert listed == {name: made.get(name) for name in listed} | {"created_at": listed["created_at"], "hook": None}


def test_hooks_are_made_and_listed_for_programs(run, tmp_path):
    by_header = read_json(run("hook", "add", "generic", "--json"))
    in_address = read_json(run("hook", "add", "typeform", "--url", "https://score.practice.example", "--json"))
    before = {row["hook"]: row for row in read_json(run("hook", "list", "--json"))}
    (tmp_path / "secret").write_text("an invented signing secret")
    signed = read_json(run("hook", "add", "callrail", "--secret-file", str(tmp_path / "secret"), "--json"))

    assert by_header["header"] == "X-API-Key" and "code=" not in by_header["address"]
    assert in_address["address"] == f"https://score.practice.example/v1/hooks/typeform?code={in_address['key']}"
    refused = run("hook", "add", "callrail")
    assert refused.exit_code != 0 and "would open nothing" in str(refused.exception)
    assert signed == {"addresses": ["http://127.0.0.1:3000/v1/hooks/callrail"], "signed": True}
    after = {row["hook"]: row for row in read_json(run("hook", "list", "--json"))}
    assert before["typeform"]["keys"] == [in_address["prefix"]] and before["callrail"]["keys"] == []
    assert not before["callrail"]["signed"] and after["callrail"]["signed"] and not after["typeform"]["signed"]


def test_users_the_audit_and_its_proof_are_told_to_programs(run):
    run("user", "add", "anna", "--role", "desk", "--make-password")

    (user,) = read_json(run("user", "list", "--json"))
    proof = read_json(run("verify-audit", "--json"))

    assert {name: user[name] for name in ("name", "role", "state")} == {
        "name": "anna",
        "role": "desk",
        "state": "must change password",
    }
    assert proof["intact"] and proof["lines"] >= 1 and len(proof["head"]) >= 32
    assert read_json(run("audit", "--lead", "L-9", "--json")) == []


def test_the_doctor_tells_programs_the_same_and_ends_with_the_same_code(run):
    told, listed = run("doctor"), run("doctor", "--json")

    findings = json.loads(listed.stdout)
    assert told.exit_code == listed.exit_code == 1 and {"fix"} <= {finding["state"] for finding in findings}
    assert [finding["state"] for finding in findings] == [line.split()[0] for line in told.stdout.splitlines()]


def test_a_service_keeps_its_log_when_it_is_told_to_be_quiet(run, monkeypatch):
    import click

    monkeypatch.setattr("serving.service.serve", lambda *_: click.echo("{}", err=True))

    assert run("--quiet", "serve").stderr == "{}\n"


def test_quiet_says_nothing_and_an_error_is_said_all_the_same(run, tmp_path, monkeypatch, capsys):
    quiet = run("--quiet", "hook", "list")
    monkeypatch.setattr("sys.argv", ["leadlight", "-q", "inspect", str(tmp_path / "gone.csv"), "--out", "m.toml"])
    with pytest.raises(SystemExit) as ended:
        main()

    assert (quiet.exit_code, quiet.output) == (0, "")
    said = capsys.readouterr()
    assert ended.value.code == 2 and said.out == "" and "gone.csv" in said.err
