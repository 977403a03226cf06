"""Can a script read what a command says, and have it say nothing?"""

import json
import re
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from serving.cli.main import VERBS, leadlight, main

WITHOUT_JSON = {
    "init": "drafts a file that a person completes, and says what to do",
    "serve": "keeps a log",
    "completion": "prints a script",
    "rekey": "the code says whether it worked",
    "key revoke": "the code says whether it worked",
    "user add": "prints a password, once and alone on its line",
    "user password": "prints a password, once and alone on its line",
    "user role": "the code says whether it worked",
    "user disable": "the code says whether it worked",
    "user enable": "the code says whether it worked",
}
"""Command -> why it prints no JSON."""


def list_commands():
    """Every command with its name, those of groups too."""
    context = click.Context(leadlight)
    commands = {name: leadlight.get_command(context, name) for name in VERBS}
    for name, group in list(commands.items()):
        if isinstance(group, click.Group):
            del commands[name]
            commands |= {f"{name} {part}": command for part, command in group.commands.items()}
    return commands


def test_every_command_prints_json_or_there_is_a_reason():
    commands = list_commands()
    without = {
        name for name, command in commands.items() if not any("--json" in option.opts for option in command.params)
    }

    assert without == WITHOUT_JSON.keys()


def test_the_readme_names_every_command_that_prints_json():
    text = (Path(__file__).parents[3] / "serving/README.md").read_text(encoding="utf-8")
    paragraph = next(line for line in text.split("\n\n") if line.startswith("`--json` prints one JSON value"))

    assert set(re.findall(r"`([a-z-]+(?: [a-z]+)?)`", paragraph)) >= list_commands().keys() - WITHOUT_JSON.keys()


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


def test_signals_messages_and_demo_data_are_told_to_programs(run, tmp_path):
    (tmp_path / "m.csv").write_text('message\nI would like an appointment\n""\n')

    signals = read_json(run("signals", "--family", "urgency", "--json"))
    read = read_json(run("read", "--data", str(tmp_path / "m.csv"), "--out", str(tmp_path / "r.csv"), "--json"))
    demo = read_json(run("demo-data", "--leads", "50", "--out", str(tmp_path / "demo"), "--json"))

    assert signals[0]["name"] == "wants_it_soon" and signals[0]["reason"]
    wish = next(row for row in read["labels"] if row["label"] == "appointment")
    assert wish["messages"] == 1 and 0 < wish["threshold"] < 1 and Path(read["out"]).exists()
    assert demo["leads"] == 50 and all(Path(file).exists() for file in demo["files"])


def test_buckets_and_their_signals_are_told_to_programs(run, tmp_path, demo_folder, demo_tables, bare_trained):
    bare_trained.bundle.write(tmp_path / "bundle")
    data = ["--model", str(tmp_path / "bundle"), "--json", "--data"]

    made = read_json(run("bucket", *data, str(demo_folder), "--buckets", "2", "--out", str(tmp_path / "b")))
    told = read_json(run("features", *data, str(tmp_path / "b"), "--out", str(tmp_path / "f.parquet")))

    assert made["buckets"] == 2 and made["rows"]["leads"] == told["leads"] == len(demo_tables.leads)
    assert told["signals"] == [signal.name for signal in bare_trained.bundle.signals]


def test_one_lead_is_explained_to_programs_as_to_people(run, demo_folder, demo_tables):
    lead = str(demo_tables.leads["lead_id"].iloc[-1])
    words = ("explain", lead, "--data", str(demo_folder), "--family", "urgency")

    told, text = read_json(run(*words, "--json")), run(*words).stdout

    assert told["headline"] in text and {signal["family"] for signal in told["signals"]} == {"urgency"}
    known = [signal for signal in told["signals"] if signal["value"] is not None]
    assert known and all(signal["text"] in text and signal["log_odds"] is None for signal in known)


def test_backups_readings_and_the_forgotten_are_told_to_programs(run, tmp_path):
    copied = read_json(run("backup", str(tmp_path / "copy.db"), "--json"))
    restored = read_json(run("restore", str(tmp_path / "copy.db"), "--yes", "--json"))

    assert copied["audit_lines"] <= restored["audit_lines"] and Path(copied["file"]).exists()
    assert read_json(run("readings", "list", "--json")) == []
    assert read_json(run("readings", "fit", "--json")) == {"examples": 0, "words": [], "labels": [], "written": None}
    assert read_json(run("forget", "--expired", "--json"))["leads"] == 0
