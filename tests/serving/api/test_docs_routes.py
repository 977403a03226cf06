"""Can what the API's pages show be pasted: to the address at which they were read, with the key where it is taken?"""

import pytest
from starlette.testclient import TestClient

from serving.application import Components, create_application
from serving.http.hook_keys import ADDRESS_HOOKS


@pytest.fixture
def client(champion, now):
    return TestClient(create_application(Components(champion, lambda: now)))


@pytest.mark.parametrize(
    ("host", "shown"),
    [
        ("localhost:8123", "http://localhost:8123"),
        ("[::1]:8123", "http://[::1]:8123"),
        ("leadlight.practice.example", "http://leadlight.practice.example"),
        ("$(reboot)", "http://127.0.0.1:3000"),
        ("a.example/x", "http://127.0.0.1:3000"),
    ],
)
def test_examples_call_the_address_at_which_they_were_read(client, host, shown):
    page = client.get("/docs", headers={"host": host}).text
    variables = client.get("/postman.json", headers={"host": host}).json()["variable"]

    assert f"curl -s {shown}/v1/score -H" in page
    assert [variable["value"] for variable in variables if variable["key"] == "baseUrl"] == [shown]
    assert "$(reboot)" not in page


def test_a_hooks_key_stands_where_that_hook_takes_it(client):
    folders = client.get("/postman.json").json()["item"]
    hooks = next(folder["item"] for folder in folders if folder["name"] == "Hooks")

    requests = {item["request"]["url"]["path"][-1]: item["request"] for item in hooks}
    in_address = {hook for hook, request in requests.items() if "query" in request["url"]}
    in_header = {hook for hook, request in requests.items() if "X-API-Key" in str(request["header"])}

    assert in_address == ADDRESS_HOOKS and in_header == set(requests) - ADDRESS_HOOKS
