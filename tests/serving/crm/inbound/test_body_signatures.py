"""Does only what Typeform and CallRail signed pass, once their secret is here?"""

import base64
import hashlib
import hmac
from dataclasses import replace

import pytest

from serving.crm.inbound.body_signatures import compute_body_signature, verify_call
from serving.crm.inbound.hook_proof import HookProof
from serving.crm.inbound.routes import HookRouter
from serving.crm.ports import HookRequest
from serving.crm_settings import SIGNING_HOOKS, CrmSettings, Secret
from serving.errors import RequestError, ServiceError
from serving.http.api_keys import KeyFile
from serving.http.hook_keys import HookKeys, read_stored_secrets, store_secret

SECRET = "an invented signing secret"
KEY = "an invented hook key"
HEADERS = [("typeform", "typeform-signature"), ("callrail", "signature")]
BODIES = {"typeform": "typeform_response.json", "callrail": "callrail_call.json"}


@pytest.fixture
def signing():
    """Both hooks with a key and a secret."""
    return CrmSettings(
        secrets={hook: Secret(KEY) for hook in SIGNING_HOOKS},
        signing_secrets={hook: Secret(SECRET) for hook in SIGNING_HOOKS},
    )


def call(hook, body, headers=None, code=""):
    return HookRequest("POST", f"/v1/hooks/{hook}{code}", headers or {}, body)


def test_the_signatures_are_the_hmacs_that_the_products_document():
    sha256 = base64.b64encode(hmac.new(b"s3cr3t", b'{"a": 1}', hashlib.sha256).digest()).decode()
    sha1 = base64.b64encode(hmac.new(b"s3cr3t", b'{"a": 1}', hashlib.sha1).digest()).decode()

    assert compute_body_signature("typeform", "s3cr3t", b'{"a": 1}') == f"sha256={sha256}"
    assert compute_body_signature("callrail", "s3cr3t", b'{"a": 1}') == sha1


@pytest.mark.parametrize(("hook", "header"), HEADERS)
def test_a_signed_call_passes_without_a_key_and_a_changed_one_does_not(signing, hook, header):
    signature = compute_body_signature(hook, SECRET, b"{}")
    signed = call(hook, b"{}", {header: signature})

    assert verify_call(signed, signing, hook) == signature
    with pytest.raises(RequestError, match="no valid signature") as caught:
        verify_call(replace(signed, body=b"{ }"), signing, hook)
    assert caught.value.status == 401 and SECRET not in caught.value.message


@pytest.mark.parametrize(
    "change",
    [
        lambda signature: "",
        lambda signature: signature[:-1],
        lambda signature: signature + " ",
        lambda signature: signature.lower(),
        lambda signature: signature[:-2] + "é=",
        lambda signature: signature.replace("sha256=", "sha512="),
        lambda signature: hmac.new(SECRET.encode(), b"{}", hashlib.sha256).hexdigest(),
    ],
)
def test_what_only_looks_like_the_signature_is_refused(signing, change):
    signature = change(compute_body_signature("typeform", SECRET, b"{}"))

    with pytest.raises(RequestError, match="no valid signature"):
        verify_call(call("typeform", b"{}", {"typeform-signature": signature}), signing, "typeform")


@pytest.mark.parametrize(("hook", "header"), HEADERS)
def test_with_the_secret_a_key_of_a_program_passes_in_a_header_alone_and_never_beside_a_bad_signature(
    signing, tmp_path, hook, header
):
    keys = KeyFile(tmp_path)
    signing = replace(signing, accepts_key=HookKeys(keys).accepts)
    ours, of_hook = keys.add("crm", "zapier", None)[0], keys.add("crm", "form", None, hook=hook)[0]
    in_address = call(hook, b"{}", code=f"?code={KEY.replace(' ', '+')}")
    forged = call(hook, b"{}", {"x-api-key": ours, header: compute_body_signature(hook, "another secret...", b"{}")})
    # Whoever read an address with a key in it could move that key into a header.
    moved = [call(hook, b"{}", headers) for key in (KEY, of_hook) for headers in _send_in_header(key)]

    assert all(verify_call(call(hook, b"{}", headers), signing, hook) is None for headers in _send_in_header(ours))
    for request in (in_address, forged, *moved, call(hook, b"{}")):
        with pytest.raises(RequestError, match="no valid signature"):
            verify_call(request, signing, hook)
    # Without the secret nothing changes for who sends a key in the address, whatever stands in that header.
    assert verify_call(in_address, replace(signing, signing_secrets={}), hook) is None


def _send_in_header(key):
    return {"x-api-key": key}, {"authorization": f"Bearer {key}"}


def test_the_form_of_a_signature_is_looked_at_before_the_body_is_in_and_the_rest_after(signing, noon):
    proof, signature = HookProof(signing, lambda: noon), compute_body_signature("typeform", SECRET, b"{}")
    scope = {"method": "POST", "path": "/v1/hooks/typeform", "query_string": b""}
    signed = scope | {"headers": [(b"typeform-signature", signature.encode())]}

    assert proof.check(signed, None) is None and proof.check(signed, b"{}") is None
    for headers, body in (([(b"typeform-signature", b"sha256=short")], None), (signed["headers"], b"[]"), ([], None)):
        with pytest.raises(RequestError, match="no valid signature"):
            proof.check(scope | {"headers": headers}, body)


@pytest.mark.parametrize("hook", SIGNING_HOOKS)
def test_the_same_signed_call_again_has_the_same_answer_and_no_effect(signing, gateway, noon, payload_of, hook):
    body = payload_of(BODIES[hook])
    header = next(header for name, header in HEADERS if name == hook)
    signed = call(hook, body, {header: compute_body_signature(hook, SECRET, body)})
    router = HookRouter(signing, gateway)

    first, again = (router.answer(signed.target, signed, noon, "r") for _ in range(2))

    assert first.status == 200 and first.body == again.body and gateway.scored == 1
    refused = router.answer(signed.target, replace(signed, body=body + b" "), noon, "r")
    assert refused.status == 401 and gateway.scored == 1


def test_a_secret_that_the_command_kept_counts_at_once_and_one_of_the_environment_before_it(tmp_path):
    KeyFile(tmp_path).add("crm", "form", None, hook="typeform")
    settings = read_stored_secrets(CrmSettings(), tmp_path)
    before = settings.get_signing_secret("typeform")
    store_secret(tmp_path, "typeform", SECRET)

    assert before is None and settings.get_signing_secret("typeform").reveal() == SECRET
    (tmp_path / "hooks" / "callrail.secret").symlink_to(tmp_path / "gone")
    with pytest.raises(ServiceError, match="cannot be read"):
        settings.get_signing_secret("callrail").reveal()
    (tmp_path / "hooks" / "callrail.secret").unlink()
    named = CrmSettings.from_environment({"LEADLIGHT_TYPEFORM_SECRET": "another invented secret"})
    stored = read_stored_secrets(named, tmp_path)
    assert stored.get_signing_secret("typeform").reveal() == "another invented secret"
    assert stored.get_signing_secret("callrail") is None
