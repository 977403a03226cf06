"""Does the doctor say which hooks have keys and which are signed, and find what cannot work?"""

from datetime import UTC, datetime

import pytest
from click.testing import CliRunner

from serving.cli.hooks import hook
from serving.diagnostics.hook_checks import check_hooks
from serving.http.api_keys import KeyFile
from serving.http.hook_keys import store_secret

SECRET = "an invented signing secret"


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("LEADLIGHT_HOME", str(tmp_path))
    return tmp_path


def check(home):
    """The findings, as (state, message)."""
    return [(finding.state, finding.message) for finding in check_hooks(home, datetime.now(UTC))]


def test_hooks_with_a_key_and_signed_ones_are_told_apart_and_no_secret_is_shown(home, monkeypatch):
    assert check(home) == [("ok", "Hooks with a key of their own: none; signed: none.")]
    KeyFile(home).add("crm", "hook-generic", None, hook="generic")
    store_secret(home, "callrail", SECRET)
    monkeypatch.setenv("LEADLIGHT_TYPEFORM_SECRET", SECRET)

    assert check(home) == [("ok", "Hooks with a key of their own: generic; signed: typeform, callrail.")]
    listed = CliRunner().invoke(hook, ["list"]).output
    lines = {line.split()[0].rpartition("/")[2]: line.split(None, 1)[1].strip() for line in listed.splitlines()}
    assert lines["callrail"] == lines["typeform"] == "signed" and lines["facebook"] == "no key of its own"
    assert SECRET not in listed


def test_a_key_made_before_its_hook_was_signed_is_named_with_how_to_revoke_it(home):
    _, key = KeyFile(home).add("crm", "hook-typeform", None, hook="typeform")
    store_secret(home, "typeform", SECRET)

    (state, message), (_, summary) = check(home)

    assert state == "note" and f"leadlight key revoke {key.prefix}" in message
    assert summary == "Hooks with a key of their own: none; signed: typeform."
    assert f"its key opens nothing, revoke it: {key.prefix}" in CliRunner().invoke(hook, ["list"]).output


def test_hubspot_takes_a_key_and_a_signature_beside_each_other(home):
    _, key = KeyFile(home).add("crm", "hook-hubspot", None, hook="hubspot")
    store_secret(home, "hubspot", SECRET)

    assert check(home) == [("ok", "Hooks with a key of their own: hubspot; signed: hubspot.")]
    assert f"{key.prefix}; signed at /v1/hooks/hubspot/events" in CliRunner().invoke(hook, ["list"]).output


def test_a_secret_that_cannot_be_read_refuses_every_call_and_is_said(home):
    store_secret(home, "callrail", SECRET)
    (home / "hooks" / "callrail.secret").write_text("short")

    (state, message), _ = check(home)

    assert state == "fix" and message.startswith("the hook callrail refuses every call")
    assert "refuses every call" in CliRunner().invoke(hook, ["list"]).output and "short" not in message.split(": ")[0]


def test_a_key_file_that_cannot_be_read_is_left_to_the_check_of_the_keys(home):
    (home / "keys.json").write_text("{")

    assert check(home) == []
