"""Are keys kept as sums, written whole, read again, and told apart?"""

import json
import os
import stat
import threading
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner

from serving.cli.keys import key as key_verb
from serving.errors import KeyFileError
from serving.http.api_keys import ROLES, KeyFile, parse_lifetime

NOON = datetime(2026, 3, 5, 12, tzinfo=UTC)


@pytest.fixture
def keys(tmp_path):
    return KeyFile(tmp_path / "home", lambda: NOON)


def test_only_the_sum_of_a_key_is_kept_and_only_its_owner_reads_it(keys):
    text, key = keys.add("crm", "hubspot", parse_lifetime("90d"))

    content = keys.path.read_text()

    assert text not in content and text[12:] not in content and key.prefix in content
    assert len(text) == 4 + 8 + 64
    assert stat.S_IMODE(keys.path.stat().st_mode) == 0o600
    assert key.expires_at == "2026-06-03T12:00:00+00:00"


def test_a_key_is_live_until_the_moment_it_expires(keys):
    _, key = keys.add("crm", "hubspot", timedelta(hours=1))

    assert key.is_active(NOON + timedelta(minutes=59, seconds=59))
    assert not key.is_active(NOON + timedelta(hours=1))


def test_two_keys_of_a_name_may_be_live_and_a_third_is_refused(keys):
    first, _ = keys.add("crm", "hubspot", None)
    second, _ = keys.add("crm", "hubspot", None)

    assert keys.find(first) and keys.find(second)
    with pytest.raises(
        KeyFileError, match="already has 2 active keys, the maximum. Revoke one first: leadlight key revoke"
    ):
        keys.add("crm", "hubspot", None)
    keys.revoke(first[4:12])
    keys.add("crm", "hubspot", None)
    assert keys.find(first) is None


def test_expired_keys_do_not_count_and_replace_takes_the_earlier_ones_back(keys, tmp_path):
    old, _ = keys.add("desk", "front", timedelta(hours=1))
    later = KeyFile(tmp_path / "home", lambda: NOON + timedelta(days=1))
    later.add("desk", "front", None)
    later.add("desk", "front", None)

    new, _ = later.add("desk", "front", None, replace=True)

    assert [key.prefix for key in later.read_all()] == [new[4:12]]


def test_another_process_change_is_seen_at_once(keys, tmp_path):
    service = KeyFile(tmp_path / "home", lambda: NOON)
    assert service.read_all() == ()

    text, _ = keys.add("crm", "hubspot", None)
    assert service.find(text).name == "hubspot"
    keys.revoke(text[:12])
    assert service.find(text) is None
    keys.path.unlink()
    assert service.read_all() == ()


@pytest.mark.parametrize("text", ["", "llk_", "llk_" + "a" * 72, "\ud800", "x" * 100_000, "llk_" + "0" * 8 + "é" * 64])
def test_what_is_not_a_key_is_nobodys(keys, text):
    keys.add("crm", "hubspot", None)

    assert keys.find(text) is None


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"keys": [{}]}', '{"keys": [{"prefix": "a"}]}', "[" * 100_000, '{"keys": 3}', "null"]
)
def test_a_damaged_file_takes_no_key_and_says_what_to_do(keys, content):
    text, _ = keys.add("crm", "hubspot", None)
    keys.path.write_text(content)

    with pytest.raises(KeyFileError, match="cannot be read .*leadlight key add"):
        keys.find(text)


def test_a_role_that_was_written_in_by_hand_is_refused(keys):
    keys.add("crm", "hubspot", None)
    content = json.loads(keys.path.read_text())
    content["keys"][0]["role"] = "owner"
    keys.path.write_text(json.dumps(content))

    with pytest.raises(KeyFileError, match="cannot be read"):
        keys.read_all()


def test_a_write_that_fails_leaves_the_keys_as_they_were(keys, monkeypatch):
    text, _ = keys.add("crm", "hubspot", None)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        keys.add("crm", "zapier", None)

    assert keys.find(text) and len(keys.read_all()) == 1
    assert sorted(path.name for path in keys.path.parent.iterdir()) == ["keys.json", "keys.lock"]


def test_keys_made_at_once_are_all_there(keys):
    threads = [threading.Thread(target=keys.add, args=("crm", f"program{number}", None)) for number in range(12)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len({key.prefix for key in keys.read_all()}) == 12


@pytest.mark.parametrize("name", ["", "Ann Example", "ann@example.org", "-x", "a" * 41])
def test_a_name_of_another_form_is_refused_and_not_repeated(keys, name):
    with pytest.raises(KeyFileError, match="--name is not valid") as refused:
        keys.add("crm", name, None)

    assert not name or name not in str(refused.value)


@pytest.mark.parametrize("written", ["90", "0d", "d", "-1d", "90 d", "1y", "100000d"])
def test_a_span_of_another_form_is_refused(written):
    with pytest.raises(KeyFileError, match="such as 90d"):
        parse_lifetime(written)


def test_a_manager_reads_more_and_only_an_admin_does_everything():
    assert ROLES["desk"] < ROLES["manager"] < ROLES["admin"] and ROLES["crm"] < ROLES["admin"]
    assert ROLES["crm"] & ROLES["manager"] == {"describe"}


def test_the_verb_prints_a_key_once_and_lists_it_without_its_secret(tmp_path, monkeypatch):
    monkeypatch.setenv("LEADLIGHT_HOME", str(tmp_path))
    run = CliRunner().invoke

    text = run(key_verb, ["add", "--role", "crm", "--name", "hubspot", "--expires", "90d"]).stdout.strip()
    listed = run(key_verb, ["list"]).stdout
    revoked = run(key_verb, ["revoke", text[4:12]]).stdout

    assert KeyFile(tmp_path).read_all() == ()
    assert text[4:12] in listed and "crm" in listed and "active" in listed and text not in listed
    assert "revoked" in revoked
    assert "No keys" in run(key_verb, ["list"]).stdout
