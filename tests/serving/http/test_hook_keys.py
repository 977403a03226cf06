"""Does one kind of key open hooks, each where it may, and does it turn without a restart?"""

import stat
from dataclasses import replace
from datetime import timedelta

import pytest
from click.testing import CliRunner
from starlette.testclient import TestClient

from serving.cli.hooks import hook as hook_verb
from serving.crm.inbound.routes import HOOK_PATHS
from serving.crm_settings import CRMS, CrmSettings
from serving.errors import ServiceError
from serving.http.api_keys import KeyFile
from serving.http.hook_keys import ADDRESS_HOOKS, HookKeys, read_stored_secrets, store_secret
from serving.schemas.hook_examples import HOOK_BODIES
from tests.support.whole_service import whole_service

BY_KEY = [hook for hook in CRMS if hook != "salesforce"]


@pytest.fixture
def keys(tmp_path):
    return KeyFile(tmp_path / "home")


def test_a_key_of_a_role_that_stores_leads_opens_every_hook_by_a_header_alone(keys):
    text, _ = keys.add("crm", "zapier", None)
    admin, _ = keys.add("admin", "owner", None)
    accepts = HookKeys(keys).accepts

    assert all(accepts(hook, key, False) for hook in CRMS for key in (text, admin))
    assert not any(accepts(hook, key, True) for hook in CRMS for key in (text, admin))


@pytest.mark.parametrize("role", ["desk", "manager"])
def test_a_key_of_another_role_opens_none(keys, role):
    text, _ = keys.add(role, "reader", None)

    assert not any(HookKeys(keys).accepts(hook, text, in_address) for hook in CRMS for in_address in (True, False))


def test_a_key_of_one_hook_opens_that_one_and_in_an_address_only_where_the_product_knows_no_header(keys):
    texts = {hook: keys.add("crm", f"hook-{hook}", None, hook=hook)[0] for hook in CRMS}
    accepts = HookKeys(keys).accepts

    assert {(hook, of) for hook in CRMS for of in CRMS if accepts(hook, texts[of], False)} == {(h, h) for h in CRMS}
    assert {(hook, of) for hook in CRMS for of in CRMS if accepts(hook, texts[of], True)} == {
        (hook, hook) for hook in ADDRESS_HOOKS
    }


def test_an_expired_or_revoked_key_opens_nothing_from_then_on(keys):
    text, key = keys.add("crm", "hook-typeform", timedelta(hours=1), hook="typeform")
    accepts = HookKeys(keys).accepts
    assert accepts("typeform", text, True)

    KeyFile(keys.path.parent).revoke(key.prefix)

    assert not accepts("typeform", text, True)
    text, _ = keys.add("crm", "hook-typeform", timedelta(hours=1), hook="typeform")
    keys.clock = lambda: KeyFile(keys.path.parent).clock() + timedelta(hours=2)
    assert not accepts("typeform", text, True)


def test_a_damaged_key_file_opens_nothing(keys):
    text, _ = keys.add("crm", "zapier", None)
    keys.path.write_text(keys.path.read_text().replace('"hook": null', '"hook": "../x"'))

    with pytest.raises(ServiceError, match="cannot be read"):
        HookKeys(keys).accepts("generic", text, False)


def test_hubspots_secret_is_read_at_each_call_and_only_its_owner_reads_the_file(tmp_path):
    settings = read_stored_secrets(CrmSettings(), tmp_path)
    with pytest.raises(ServiceError, match="cannot be read"):
        settings.secrets["hubspot"].reveal()

    path = store_secret(tmp_path, "hubspot", "an invented client secret")

    assert settings.secrets["hubspot"].reveal() == "an invented client secret"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(ServiceError, match="shorter than 16"):
        store_secret(tmp_path, "hubspot", "short")


def test_with_the_same_key_a_program_scores_and_every_hook_takes_its_example(bundle_folder, tmp_path, caplog):
    caplog.set_level(0)
    with whole_service(tmp_path / "home", bundle_folder, accepts_keys=True) as service:
        client, keys = TestClient(service.app, raise_server_exceptions=False), KeyFile(service.home)
        text, _ = keys.add("crm", "zapier", None)
        answers = {
            hook: client.post(f"/v1/hooks/{hook}", json=HOOK_BODIES[hook], headers={"x-api-key": text}).status_code
            for hook in BY_KEY
        }
        bearer = client.post(
            "/v1/hooks/hubspot", json=HOOK_BODIES["hubspot"], headers={"authorization": f"Bearer {text}"}
        )
        in_address = {
            hook: client.post(f"/v1/hooks/{hook}?code={text}", json=HOOK_BODIES[hook]).status_code for hook in BY_KEY
        }
        # Twenty refusals a minute are one address's share.
        client = TestClient(service.app, raise_server_exceptions=False, client=("192.0.2.7", 5))
        own, key = keys.add("crm", "hook-callrail", None, hook="callrail")
        paths = {path: client.post(f"{path}?code={own}", json={"resource_id": "1"}).status_code for path in HOOK_PATHS}
        elsewhere = client.post("/v1/score", json={"lead_id": "1"}, headers={"x-api-key": own})
        keys.revoke(key.prefix)
        after = client.post(f"/v1/hooks/callrail?code={own}", json={"resource_id": "1"})

    assert set(answers.values()) == {200} and bearer.status_code == 200
    assert set(in_address.values()) == {401}
    assert {path for path, status in paths.items() if status == 200} == {"/v1/hooks/callrail"}
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (403, "hook_key")
    assert after.status_code == 401 and "leadlight hook add callrail" in after.json()["message"]
    logged = "\n".join(record.getMessage() for record in caplog.records if not record.name.startswith("httpx"))
    assert text not in logged and own not in logged and "code=" not in logged


def test_a_test_key_scores_and_keeps_nothing(bundle_folder, tmp_path):
    lead = {"lead_id": "T-1", "channel": "web_form", "message": "Could I come in next week?"}
    with whole_service(tmp_path / "home", bundle_folder, accepts_keys=True) as service:
        client, keys = TestClient(service.app, raise_server_exceptions=False), KeyFile(service.home)
        headers = {"x-api-key": keys.add("test", "trying", None)[0]}
        before = sorted(path.relative_to(service.home) for path in service.home.rglob("*"))
        scores = [client.post("/v1/score", json=lead, headers=headers)]
        scores += [client.post("/v1/score/batch", json={"leads": [lead]}, headers=headers)]
        hooks = {
            hook: client.post(f"/v1/hooks/{hook}", json=HOOK_BODIES[hook], headers=headers)
            for hook in CRMS
            if hook not in ("salesforce", "dynamics")
        }
        refused = {
            path: client.post(path, json=lead, headers=headers).status_code
            for path in ("/v1/leads", "/v1/leads/T-1/outcomes", "/v1/hooks/dynamics", "/v1/queue", "/bento/score")
        }
        found = [service.client.get(f"/v1/leads/{lead_id}").status_code for lead_id in ("T-1", "z-771", "70451")]
        after = sorted(path.relative_to(service.home) for path in service.home.rglob("*"))
        kept = service.client.post("/v1/score", json=lead).json()["receipt"]

    assert [answer.status_code for answer in (*scores, *hooks.values())] == [200] * (2 + len(hooks))
    assert scores[0].json()["receipt"] is None and all(answer.json()["receipt"] is None for answer in hooks.values())
    assert set(refused.values()) <= {401, 403, 405} and found == [404] * 3 and after == before and kept


def test_a_signed_call_of_hubspot_is_not_saved_by_a_key(bundle_folder, tmp_path):
    with whole_service(tmp_path / "home", bundle_folder, accepts_keys=True) as service:
        client = TestClient(service.app, raise_server_exceptions=False)
        headers = {
            "x-api-key": service.key,
            "x-hubspot-signature-v3": "A" * 43 + "=",
            "x-hubspot-request-timestamp": "1",
        }
        forged = client.post("/v1/hooks/hubspot", json=HOOK_BODIES["hubspot"], headers=headers)
        events = client.post("/v1/hooks/hubspot/events", json=[], headers={"x-api-key": service.key})

    assert (forged.status_code, events.status_code) == (401, 401)


def test_one_command_makes_a_hooks_key_and_shows_once_what_to_paste(tmp_path, monkeypatch):
    monkeypatch.setenv("LEADLIGHT_HOME", str(tmp_path))
    run = CliRunner().invoke

    typeform = run(hook_verb, ["add", "typeform", "--url", "https://score.practice.example/"])
    generic = run(hook_verb, ["add", "generic", "--expires", "90d"])
    listed = run(hook_verb, ["list"]).output

    address, key = typeform.stdout.strip(), generic.stdout.splitlines()[1]
    assert address.startswith("https://score.practice.example/v1/hooks/typeform?code=llk_")
    assert key.startswith("X-API-Key: llk_") and "code=" not in generic.output
    accepts = HookKeys(KeyFile(tmp_path)).accepts
    assert accepts("typeform", address.partition("code=")[2], True) and accepts("generic", key.split()[1], False)
    assert address[-64:] not in listed and listed.count("no key of its own") == len(CRMS) - 2


def test_the_command_keeps_hubspots_secret_from_a_prompt_or_a_file_and_of_no_product_that_cannot_sign(
    tmp_path, monkeypatch
):
    monkeypatch.setenv("LEADLIGHT_HOME", str(tmp_path))
    file = tmp_path / "secret"
    file.write_text("an invented client secret\n")

    asked = CliRunner().invoke(hook_verb, ["add", "hubspot", "--signed"], input="another invented secret\n")
    reveal = read_stored_secrets(CrmSettings(), tmp_path).secrets["hubspot"].reveal
    typed = reveal()
    read = CliRunner().invoke(hook_verb, ["add", "hubspot", "--secret-file", str(file)])
    refused = CliRunner().invoke(hook_verb, ["add", "gravityforms", "--signed"])

    assert (asked.exit_code, typed, read.exit_code, reveal()) == (
        0,
        "another invented secret",
        0,
        "an invented client secret",
    )
    assert "invented" not in asked.output + read.output and refused.exit_code == 2
    assert replace(CrmSettings(), public_url=None).accepts_key is None
