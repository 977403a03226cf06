"""Can the strictest tools read how to call us? Both documents, valid, of one source, and true of what is answered."""

import keyword
import re
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV2SpecValidator, OpenAPIV30SpecValidator

from serving.application import Components, create_application
from serving.http.authorization import PUBLIC_PATHS, WEBHOOK_PATHS, find_permission
from serving.schemas.openapi import build_openapi
from serving.schemas.scoring import Answer, Lead
from serving.schemas.swagger2 import build_swagger

METHODS = ("get", "post", "put", "patch", "delete")


def operations(document: dict) -> dict[str, dict]:
    return {
        f"{method} {path}": operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if method in METHODS
    }


def keys_of(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set(value).union(*map(keys_of, value.values()))
    return set().union(*map(keys_of, value)) if isinstance(value, list) else set()


def test_both_documents_are_valid_and_served(client):
    new, old = client.get("/openapi.json").json(), client.get("/swagger.json").json()

    assert list(OpenAPIV30SpecValidator(new).iter_errors()) == []
    assert list(OpenAPIV2SpecValidator(old).iter_errors()) == []
    assert (new["openapi"], old["swagger"]) == ("3.0.3", "2.0")


def test_they_say_the_same_operations_statuses_and_fields():
    new, old = build_openapi(), build_swagger()

    assert {name: set(part["responses"]) for name, part in operations(new).items()} == {
        name: set(part["responses"]) for name, part in operations(old).items()
    }
    assert {name: set(part.get("properties", ())) for name, part in new["components"]["schemas"].items()} == {
        name: set(part.get("properties", ())) for name, part in old["definitions"].items()
    }
    assert set(old["definitions"]["Answer"]["properties"]) == set(Answer.model_fields)
    assert set(old["definitions"]["Lead"]["properties"]) == set(Lead.model_fields)


@pytest.mark.parametrize("document", [build_openapi, build_swagger], ids=["openapi", "swagger"])
def test_names_of_operations_are_identifiers_and_no_response_declares_a_header(document):
    names = [operation["operationId"] for operation in operations(document()).values()]

    assert [
        name for name in names if not re.fullmatch(r"[A-Za-z][A-Za-z0-9]{0,79}", name) or keyword.iskeyword(name)
    ] == []
    assert len(set(names)) == len(names)
    assert not [
        status
        for operation in operations(document()).values()
        for status, answer in operation["responses"].items()
        if "headers" in answer
    ]


def test_the_older_document_has_none_of_the_newer_words():
    names = keys_of({key: value for key, value in build_swagger().items() if key != "definitions"}) | keys_of(
        [
            {name: value for name, value in schema.items() if name != "properties"}
            for schema in build_swagger()["definitions"].values()
        ]
    )

    assert names.isdisjoint(
        {"anyOf", "oneOf", "nullable", "components", "requestBody", "content", "servers", "bearerFormat"}
    )
    assert "#/components" not in str(build_swagger())


@pytest.mark.parametrize("document", [build_openapi, build_swagger], ids=["openapi", "swagger"])
def test_what_needs_a_key_says_so_and_what_does_not_says_that(document):
    described = document()

    assert described["security"] == [{"apiKey": []}, {"bearer": []}]
    for name, operation in operations(described).items():
        path = name.partition(" ")[2]
        if path in WEBHOOK_PATHS:
            assert operation["security"] in (
                [{"hookKey": []}],
                [{"hubSpotSignature": []}],
                [{"hubSpotSignature": []}, {"hookKey": []}],
            )
            continue
        assert (operation.get("security") == []) == (path in PUBLIC_PATHS) == (find_permission(path) is None)
        assert ("401" in operation["responses"]) == (path not in PUBLIC_PATHS)


def test_every_route_for_programs_is_described_with_its_methods_and_nothing_else_is(champion, now):
    routes = create_application(Components(champion, lambda: now)).routes
    served = {
        (method.lower(), route.path.replace(":path", ""))
        for route in routes
        for method in route.methods - {"HEAD"}
        if find_permission(route.path.replace("{lead_id:path}", "L-1")) not in ("pages", "describe")
    }
    described = {(method, path) for path, methods in build_openapi()["paths"].items() for method in methods}

    assert described == served


def test_no_array_is_of_nameless_objects():
    """Salesforce's External Services refuse them."""

    def nameless(schema: Any) -> bool:
        if isinstance(schema, list):
            return any(map(nameless, schema))
        if not isinstance(schema, dict):
            return False
        return (
            schema.get("type") == "array"
            and schema["items"].get("type") in ("object", "array")
            or any(map(nameless, schema.values()))
        )

    assert not nameless(build_openapi()) and not nameless(build_swagger())


def test_the_fields_of_a_lead_may_be_lists_and_objects_and_its_events_are_objects():
    lead = build_openapi()["components"]["schemas"]["Lead"]
    kinds = {choice["type"] for choice in lead["properties"]["message"]["anyOf"]}

    assert {"string", "array", "object"} <= kinds
    assert {"array", "object"} <= {choice["type"] for choice in lead["additionalProperties"]["anyOf"]}
    assert lead["properties"]["events"]["items"] == {"$ref": "#/components/schemas/Event"}
