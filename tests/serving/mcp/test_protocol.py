"""Does the server say what each version of the Model Context Protocol asks of it?

The transcript at the end has the shapes that the official Python SDK's client (mcp 2.3.0) sent and took on 1 December
2026, in both of its ways: by handshake and by 2026-07-28.
"""

import asyncio
import json

import pytest

from serving.errors import RequestError
from serving.mcp.protocol import HANDSHAKE_VERSIONS, MAX_BATCH, STATELESS_VERSION, McpServer
from serving.mcp.tools import TOOLS

META = {
    "io.modelcontextprotocol/protocolVersion": STATELESS_VERSION,
    "io.modelcontextprotocol/clientCapabilities": {},
}


async def answer_tool(name, arguments, reader):
    if arguments.get("lead_id") == "nobody":
        raise RequestError(404, "unknown_lead", "Lead not found.")
    if arguments.get("lead_id") == "busy":
        raise RequestError(503, "store_unavailable", "The store is busy.", retryable=True, retry_after=4)
    return {"tool": name, "reader": reader}


def ask(message, **headers):
    """Send one body to a server: the status, and what it says."""
    body = message if isinstance(message, bytes) else json.dumps(message).encode()
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    reply = asyncio.run(McpServer(answer_tool, "1.2").answer(body, names, "ab12cd34"))
    return reply.status, reply.body


def request(method, identifier=1, **params):
    return {"jsonrpc": "2.0", "id": identifier, "method": method, "params": params}


def ask_stateless(method, params=None, **headers):
    """Send a request of 2026-07-28 with the headers that belong to it."""
    params = {"_meta": META} | (params or {})
    belonging = {"mcp_protocol_version": STATELESS_VERSION, "mcp_method": method}
    belonging |= {"mcp_name": params["name"]} if method == "tools/call" else {}
    return ask({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}, **belonging | headers)


def initialize(version):
    client = {"name": "tests", "version": "0"}
    return ask(request("initialize", protocolVersion=version, capabilities={}, clientInfo=client))


@pytest.mark.parametrize("version", HANDSHAKE_VERSIONS)
def test_a_client_s_version_is_taken_where_it_is_spoken(version):
    status, body = initialize(version)

    assert status == 200 and body["result"]["protocolVersion"] == version
    assert body["result"]["capabilities"] == {"tools": {}} and body["result"]["serverInfo"]["name"] == "leadlight"


@pytest.mark.parametrize("version", ["2024-11-05", "2026-07-28", "1999-01-01", "x"])
def test_another_one_gets_the_newest_that_has_a_handshake(version):
    assert initialize(version)[1]["result"]["protocolVersion"] == "2025-11-25"


def test_ping_lists_of_tools_and_notifications_by_the_book():
    assert ask(request("ping")) == (200, {"jsonrpc": "2.0", "id": 1, "result": {}})
    assert ask({"jsonrpc": "2.0", "method": "notifications/initialized"}) == (202, None)
    assert ask({"jsonrpc": "2.0", "id": 4, "result": {}}) == (202, None)
    assert ask(request("resources/list", "a"))[1]["error"]["code"] == -32601
    assert ask(request("tools/list", cursor="2"))[1]["error"]["code"] == -32602


@pytest.mark.parametrize(
    ("body", "code"), [(b"", -32700), (b"{", -32700), (b"5", -32700), (b'{"jsonrpc": "2.0", "id": 1}', -32600)]
)
def test_a_body_that_is_no_message_gets_an_error_without_an_id(body, code):
    status, answer = ask(body)

    assert (status, answer["error"]["code"], answer["id"]) == (400, code, None)


def test_a_request_whose_params_are_no_object_gets_an_error_with_its_id():
    listed = {"jsonrpc": "2.0", "id": "a", "method": "tools/list", "params": []}

    assert ask(listed)[0] == 200 and ask(listed, mcp_protocol_version=STATELESS_VERSION)[0] == 400
    assert ask(listed)[1]["id"] == "a" and ask(listed)[1]["error"]["code"] == -32602


@pytest.mark.parametrize("version", [None, "2025-03-26"])
def test_a_batch_is_answered_in_the_one_version_that_has_them(version):
    headers = {} if version is None else {"mcp_protocol_version": version}
    batch = [request("ping", 1), {"jsonrpc": "2.0", "method": "notifications/x"}, request("nothing", 2), 5]

    status, answers = ask(batch, **headers)

    assert status == 200 and [answer["id"] for answer in answers] == [1, 2, None]
    assert [answer.get("error", {}).get("code") for answer in answers] == [None, -32601, -32600]
    assert ask([{"jsonrpc": "2.0", "method": "notifications/x"}], **headers) == (202, None)
    assert ask([request("initialize", protocolVersion="2025-03-26")], **headers)[1][0]["error"]["code"] == -32600


@pytest.mark.parametrize("version", ["2025-06-18", "2025-11-25", STATELESS_VERSION])
def test_a_batch_is_refused_in_every_other_version(version):
    status, answer = ask([request("ping")], mcp_protocol_version=version)

    assert (status, answer["id"], answer["error"]["code"]) == (400, None, -32600)


@pytest.mark.parametrize("count", [0, MAX_BATCH + 1])
def test_a_batch_of_none_or_of_too_many_is_refused_whole(count):
    assert ask([request("ping", number) for number in range(count)])[1]["error"]["code"] == -32600


def test_a_header_with_another_version_is_refused_with_those_that_there_are():
    status, answer = ask(request("ping"), mcp_protocol_version="2027-01-01")

    assert status == 400 and answer["error"]["code"] == -32022
    assert answer["error"]["data"] == {
        "supported": [STATELESS_VERSION, *reversed(HANDSHAKE_VERSIONS)],
        "requested": "2027-01-01",
    }


def test_schemas_of_answers_are_listed_from_the_version_that_has_them():
    listed = {
        version: ask(request("tools/list"), mcp_protocol_version=version)[1]["result"]["tools"]
        for version in HANDSHAKE_VERSIONS
    }

    assert [["outputSchema" in tool for tool in tools] for tools in listed.values()] == [
        [has_schema] * len(TOOLS) for has_schema in (False, True, True)
    ]
    assert all(tool["annotations"]["readOnlyHint"] for tool in listed["2025-11-25"])


def test_a_tool_answers_in_text_and_in_fields():
    result = ask(request("tools/call", name="call_queue", arguments={"limit": 2}), mcp_protocol_version="2025-11-25")[
        1
    ]["result"]

    assert result["structuredContent"] == {"tool": "call_queue", "reader": "ab12cd34"} and not result["isError"]
    assert json.loads(result["content"][0]["text"]) == result["structuredContent"]
    assert "structuredContent" not in ask(request("tools/call", name="model_status"))[1]["result"]


@pytest.mark.parametrize("name", ["nothing", None, 5])
def test_an_unknown_tool_is_an_error_of_the_protocol(name):
    assert ask(request("tools/call", name=name, arguments={}))[1]["error"]["code"] == -32602
    assert ask(request("tools/call", name="call_queue", arguments=[1]))[1]["error"]["code"] == -32602


def test_wrong_arguments_are_the_tool_s_answer_since_2025_11_25_and_an_error_before():
    call = request("tools/call", name="call_queue", arguments={"limit": 0})

    newer = ask(call, mcp_protocol_version="2025-11-25")[1]
    older = ask(call, mcp_protocol_version="2025-06-18")[1]

    assert newer["result"]["isError"] and "limit" in newer["result"]["content"][0]["text"]
    assert older["error"]["code"] == -32602 and "limit" in older["error"]["message"]


@pytest.mark.parametrize(
    ("lead_id", "text"), [("nobody", "Lead not found."), ("busy", "The store is busy. Try again in 4 seconds.")]
)
def test_what_goes_wrong_inside_of_a_tool_is_its_answer(lead_id, text):
    result = ask(request("tools/call", name="lead_reasons", arguments={"lead_id": lead_id}))[1]["result"]

    assert result == {"content": [{"type": "text", "text": text}], "isError": True}


def test_the_newest_version_needs_no_handshake_and_says_what_there_is():
    status, answer = ask_stateless("server/discover")

    assert status == 200 and answer["result"]["supportedVersions"][0] == STATELESS_VERSION
    assert answer["result"]["resultType"] == "complete" and answer["result"]["ttlMs"] > 0
    assert answer["result"]["_meta"]["io.modelcontextprotocol/serverInfo"]["version"] == "1.2"
    listed = ask_stateless("tools/list")[1]["result"]
    assert len(listed["tools"]) == len(TOOLS) and listed["cacheScope"] == "private"
    called = ask_stateless("tools/call", {"name": "model_status", "arguments": {}})
    assert called[0] == 200 and called[1]["result"]["resultType"] == "complete"


@pytest.mark.parametrize("method", ["ping", "initialize", "subscriptions/listen", "x"])
def test_the_newest_version_answers_404_for_what_it_does_not_have(method):
    status, answer = ask_stateless(method)

    assert (status, answer["error"]["code"]) == (404, -32601)


@pytest.mark.parametrize(
    ("params", "headers", "code"),
    [
        ({"_meta": {}}, {}, -32602),
        ({"_meta": META | {"io.modelcontextprotocol/clientCapabilities": None}}, {}, -32602),
        ({"_meta": META | {"io.modelcontextprotocol/protocolVersion": "2025-11-25"}}, {}, -32020),
        ({}, {"mcp_method": "tools/call"}, -32020),
        ({}, {"mcp_method": ""}, -32020),
    ],
)
def test_a_request_that_contradicts_its_headers_or_says_too_little_is_refused(params, headers, code):
    status, answer = ask_stateless("tools/list", params, **headers)

    assert (status, answer["id"], answer["error"]["code"]) == (400, 1, code)


def test_a_call_names_its_tool_in_a_header_too_plain_or_in_base64():
    call = {"name": "call_queue", "arguments": {}}

    assert ask_stateless("tools/call", call, mcp_name="=?base64?Y2FsbF9xdWV1ZQ==?=")[0] == 200
    assert ask_stateless("tools/call", call, mcp_name="insights")[1]["error"]["code"] == -32020


def test_the_transcript_of_the_official_client_is_answered_as_it_was():
    shapes = [
        (initialize("2025-11-25"), {"protocolVersion", "serverInfo", "capabilities", "instructions"}),
        (ask(request("tools/list", 2), mcp_protocol_version="2025-11-25"), {"tools"}),
        (
            ask(
                request("tools/call", 3, name="insights", arguments={}, _meta={"progressToken": 3}),
                mcp_protocol_version="2025-11-25",
            ),
            {"content", "isError", "structuredContent"},
        ),
        (
            ask_stateless("server/discover"),
            {"supportedVersions", "capabilities", "instructions", "ttlMs", "cacheScope", "resultType", "_meta"},
        ),
        (ask_stateless("tools/list"), {"tools", "ttlMs", "cacheScope", "resultType", "_meta"}),
        (
            ask_stateless("tools/call", {"name": "insights", "arguments": {}}),
            {"content", "isError", "structuredContent", "resultType", "_meta"},
        ),
    ]

    for (status, answer), fields in shapes:
        assert status == 200 and set(answer["result"]) == fields
