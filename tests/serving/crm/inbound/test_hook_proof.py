"""Is a hook's caller proven as early as can be, and nobody else let through?"""

from dataclasses import replace

import pytest

from serving.crm.inbound.hook_proof import HookProof, read_hook_request
from serving.crm_settings import CrmSettings
from serving.errors import RequestError


def to_scope(request) -> dict:
    path, _, query = request.target.partition("?")
    headers = [(name.encode(), value.encode()) for name, value in request.headers.items()]
    return {"method": request.method, "path": path, "query_string": query.encode(), "headers": headers}


@pytest.fixture
def proof(hook_settings, noon):
    return HookProof(hook_settings, lambda: noon)


def test_a_signed_call_passes_by_its_headers_and_then_by_its_body(proof, sign):
    scope = to_scope(sign(b"{}"))

    assert proof.check(scope, None) is None and proof.check(scope, b"{}") is None
    with pytest.raises(RequestError, match="no valid HubSpot signature"):
        proof.check(scope, b'{"a": 1}')


@pytest.mark.parametrize("name", ["x-hubspot-signature-v3", "x-hubspot-request-timestamp"])
def test_what_cannot_be_a_signature_is_refused_before_a_body_is_read(proof, sign, name):
    request = sign(b"{}")
    for headers in (
        {**request.headers, name: "short"},
        {key: request.headers[key] for key in request.headers if key != name},
    ):
        with pytest.raises(RequestError, match="no valid HubSpot signature"):
            proof.check(to_scope(replace(request, headers=headers)), None)


@pytest.mark.parametrize("crm", ["salesforce", "dynamics", "generic"])
def test_a_key_is_proven_by_the_headers_alone(proof, hook_settings, crm):
    scope = {"method": "POST", "path": f"/v1/hooks/{crm}", "query_string": b"", "headers": []}
    key = hook_settings.secrets[crm].reveal()

    assert proof.check({**scope, "headers": [(b"x-api-key", key.encode())]}, None) is None
    with pytest.raises(RequestError, match="does not have this hook's key"):
        proof.check(scope, None)


@pytest.mark.parametrize(
    ("crm", "names"),
    [
        ("hubspot", "LEADLIGHT_HUBSPOT_SECRET and LEADLIGHT_PUBLIC_URL"),
        ("salesforce", "LEADLIGHT_SALESFORCE_KEY"),
        ("dynamics", "LEADLIGHT_DYNAMICS_KEY"),
        ("generic", "LEADLIGHT_GENERIC_KEY"),
    ],
)
def test_a_hook_that_is_not_set_up_says_what_to_set(noon, crm, names):
    scope = {"method": "POST", "path": f"/v1/hooks/{crm}", "query_string": b"", "headers": []}

    with pytest.raises(RequestError, match=f"This hook is not set up: set {names}") as refused:
        HookProof(CrmSettings(), lambda: noon).check(scope, None)

    assert refused.value.status == 503


def test_of_a_header_sent_twice_the_first_counts():
    scope = {"method": "POST", "path": "/a", "headers": [(b"x-api-key", b"one"), (b"x-api-key", b"two")]}

    assert read_hook_request(scope, b"").headers == {"x-api-key": "one"}
