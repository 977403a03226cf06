"""What does the service say to what nobody thought of? Cases made from its own description: no fault of ours, and no
answer that it does not describe.

Shortened here; ``make soak`` asks each address a thousand times and more.
"""

import json
import math
import os
from collections import Counter

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.testclient import TestClient

from serving.crm.inbound.routes import HOOK_PATHS
from serving.schemas.openapi import build_openapi
from tests.support.running_service import sent_to_a_hook
from tests.support.whole_service import whole_service

SOAK = bool(os.environ.get("LEADLIGHT_SOAK"))
CASES = 1_000 if SOAK else 12
"""Cases of each kind (what the description allows, and what it forbids) for each address."""

PROMISES = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
NAMES = st.sampled_from(
    [
        "lead_id",
        "vid",
        "properties",
        "value",
        "objectId",
        "subscriptionType",
        "propertyName",
        "propertyValue",
        "eventId",
    ]
    + ["occurredAt", "InputParameters", "PrimaryEntityName", "MessageName", "events", "kind", "created_at", "email"]
)
MODES = {"allowed": schemathesis.GenerationMode.POSITIVE, "forbidden": schemathesis.GenerationMode.NEGATIVE}


def ways(method: str, path: str) -> tuple[str, ...]:
    """Which kinds of cases an operation has: there is nothing to forbid where neither a body nor a bounded parameter is
    sent.
    """
    operation = build_openapi()["paths"][path][method]
    return (
        tuple(MODES)
        if "requestBody" in operation
        or any(parameter["in"] == "query" for parameter in operation.get("parameters", ()))
        else ("allowed",)
    )


ASKED = [
    (method, path, mode)
    for path, methods in build_openapi()["paths"].items()
    if path not in HOOK_PATHS
    for method in methods
    for mode in ways(method, path)
]


@pytest.fixture(scope="module")
def service(bundle_folder, tmp_path_factory):
    """A whole service that knows one lead, which the addresses of one lead find."""
    with whole_service(tmp_path_factory.mktemp("fuzzed") / "home", bundle_folder) as service_setup:
        assert (
            service_setup.client.post(
                "/v1/leads", json={"lead_id": "L-1", "channel": "web_form", "message": "Could I come in next week?"}
            ).status_code
            == 201
        )
        yield service_setup


@pytest.fixture(scope="module")
def schema_source(service):
    """The description as it is served; every case carries the right key in place of an invented one."""
    settings = schemathesis.Config()
    settings.projects.default.generation.update(with_security_parameters=False)
    return schemathesis.openapi.from_asgi(
        "/openapi.json", service.app, config=settings, headers={"x-api-key": service.key}
    )


def count_allowed_cases(operation: dict) -> float:
    """Count the cases that a description without a body allows: endless, unless parameters have a few values each."""
    return math.prod(
        len(parameter["schema"]["enum"]) + (not parameter.get("required", False))
        if "enum" in parameter["schema"]
        else math.inf
        for parameter in operation.get("parameters", ())
    )


@pytest.mark.parametrize(("method", "path", "mode"), ASKED, ids=[" ".join(case) for case in ASKED])
def test_no_case_made_from_the_description_meets_a_fault_or_an_answer_that_is_not_described(
    service, schema_source, method, path, mode
):
    fixed = (
        {"path_parameters": {"lead_id": "L-1"}} if "{lead_id}" in path and (method, mode) == ("post", "allowed") else {}
    )
    statuses: Counter[int] = Counter()

    @hypothesis.settings(
        max_examples=CASES,
        deadline=None,
        database=None,
        derandomize=not SOAK,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink],
    )
    @hypothesis.given(case=schema_source[path][method].as_strategy(MODES[mode], **fixed))
    def ask(case: schemathesis.Case) -> None:
        answer = case.call(headers={"x-api-key": service.key})
        statuses[answer.status_code] += 1
        case.validate_response(answer, checks=PROMISES)

    ask()

    operation = build_openapi()["paths"][path][method]
    expected = CASES if method == "post" else min(CASES, count_allowed_cases(operation))
    assert {401, 403, 429}.isdisjoint(statuses) and statuses.total() >= expected
    assert mode == "forbidden" or method == "get" or statuses[200] + statuses[201] > 0


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES | st.text(max_size=10), inner, max_size=6),
    max_leaves=12,
)
NESTED = JSON | st.lists(st.dictionaries(NAMES, JSON, max_size=6), max_size=4)


@pytest.mark.parametrize("path", HOOK_PATHS)
def test_no_proven_call_of_a_hook_meets_a_fault(service, path):
    statuses: Counter[int] = Counter()
    crm = TestClient(service.app, raise_server_exceptions=False)
    content_type = "text/xml" if "salesforce" in path else "application/json"
    bodies = NESTED.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=60)

    @hypothesis.settings(
        max_examples=CASES, deadline=None, database=None, derandomize=not SOAK, suppress_health_check=list(HealthCheck)
    )
    @hypothesis.given(body=bodies)
    def ask(body: bytes) -> None:
        proof = sent_to_a_hook(path, body)
        answer = crm.post(
            path, content=body, headers=proof["headers"] | {"content-type": content_type}, params=proof["params"]
        )
        statuses[answer.status_code] += 1
        assert answer.status_code < 500, answer.json()["code"]

    ask()

    assert {401, 403, 429}.isdisjoint(statuses)
