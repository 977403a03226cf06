"""Can a person import the collection and press Send? Its own rules, and every request of it against a real service."""

import json
import re
import uuid

import pytest

from serving.crm.inbound.routes import HOOK_PATHS
from serving.schemas.openapi import build_openapi
from serving.schemas.postman import build_postman
from tests.support.whole_service import HOOK_KEY, whole_service

ITEMS = [(folder["name"], item) for folder in build_postman()["item"] for item in folder["item"]]
METHODS = {"GET", "POST"}
KNOWN = {"baseUrl", "apiKey", "hookKey", "$guid"}


def fill_in(text: str, key: str) -> str:
    """A text with the collection's variables in it, as Postman fills them in."""
    variables = {"baseUrl": "http://testserver", "apiKey": key, "hookKey": HOOK_KEY, "$guid": str(uuid.uuid4())}
    return re.sub(r"{{(.*?)}}", lambda match: variables[match[1]], text)


def test_it_is_a_collection_by_the_rules_of_its_format():
    collection = build_postman()

    assert set(collection) == {"info", "auth", "variable", "item"} and set(collection["info"]) == {
        "name",
        "description",
        "schema",
    }
    assert collection["info"]["schema"].endswith("/json/collection/v2.1.0/collection.json")
    assert collection["auth"]["type"] == "apikey" and {
        variable["key"]: variable["value"] for variable in collection["auth"]["apikey"]
    } == {"key": "X-API-Key", "value": "{{apiKey}}", "in": "header"}
    assert {variable["key"]: variable["value"] for variable in collection["variable"]} == {
        "baseUrl": "http://127.0.0.1:3000",
        "apiKey": "",
        "hookKey": "",
    }


@pytest.mark.parametrize(("folder", "item"), ITEMS, ids=[item["name"] for _, item in ITEMS])
def test_every_item_is_a_request_whose_parts_say_the_same_address_as_its_whole(folder, item):
    request, url = item["request"], item["request"]["url"]
    assert all(answer["name"] and answer["originalRequest"] == request for answer in item["response"])
    assert folder != "Hooks" or {200, 401, 422, 429, 503} <= {answer["code"] for answer in item["response"]}

    assert set(item) == {"name", "request", "response"} and item["name"]
    assert (
        set(request) - {"body", "auth", "description"} == {"method", "header", "url"} and request["method"] in METHODS
    )
    assert all(set(entry) >= {"key", "value"} and isinstance(entry["value"], str) for entry in request["header"])
    query = "&".join(f"{entry['key']}={entry['value']}" for entry in url.get("query", ()))
    assert url["raw"] == "/".join([*url["host"], *url["path"]]) + (f"?{query}" if query else "")
    assert {entry["key"] for entry in url.get("variable", ())} == {
        step[1:] for step in url["path"] if step.startswith(":")
    }
    assert ("body" in request) == (request["method"] == "POST")
    assert set(re.findall(r"{{(.*?)}}", json.dumps(item))) <= KNOWN
    assert folder != "Hooks" or request["auth"] == {"type": "noauth"}


def test_every_operation_that_is_described_and_every_hook_that_a_key_opens_is_in_it():
    requests = {
        (item["request"]["method"].lower(), "/" + "/".join(item["request"]["url"]["path"])) for _, item in ITEMS
    }
    described = {
        (method, re.sub(r"{(\w+)}", r":\1", path))
        for path, methods in build_openapi()["paths"].items()
        for method in methods
        if "hubspot" not in path
    }

    assert requests == described | {("post", path) for path in HOOK_PATHS if "hubspot" not in path}


def test_every_request_of_it_is_answered_as_its_example_means(bundle_folder, tmp_path):
    with whole_service(tmp_path / "home", bundle_folder) as service:
        collection = service.client.get("/postman.json").json()
        service.client.headers.pop("x-api-key")
        answers = {}
        for item in (item for folder in collection["item"] for item in folder["item"]):
            request = item["request"]
            headers = {variable["key"]: fill_in(variable["value"], service.key) for variable in request["header"]}
            if "auth" not in request:
                headers |= {"X-API-Key": service.key}
            address = fill_in(request["url"]["raw"], service.key)
            for variable in request["url"].get("variable", ()):
                address = address.replace(f":{variable['key']}", variable["value"])
            answers[item["name"]] = service.client.request(
                request["method"],
                address,
                headers=headers,
                content=fill_in(request.get("body", {}).get("raw", ""), service.key).encode(),
            )

    assert {name: answer.status_code for name, answer in answers.items() if answer.status_code not in (200, 201)} == {}
    assert answers["Everything known of a lead"].json()["lead_id"] == "L-1001"
    assert "<Ack>true</Ack>" in answers["Salesforce, outbound message"].text
