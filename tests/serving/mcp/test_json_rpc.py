"""Is a message taken for what JSON-RPC says it is?"""

import pytest

from serving.mcp.json_rpc import INVALID_PARAMS, INVALID_REQUEST, RpcFault, build_error, read_message

FRAME = {"jsonrpc": "2.0"}


@pytest.mark.parametrize("identifier", [0, 7, "a", ""])
def test_a_request_has_an_id_and_a_notification_has_none(identifier):
    request = read_message(FRAME | {"id": identifier, "method": "ping"})
    notification = read_message(FRAME | {"method": "notifications/initialized"})

    assert request.is_request and request.identifier == identifier and not notification.is_request


@pytest.mark.parametrize("answer", [{"result": {}}, {"error": {"code": 1, "message": "no"}}])
def test_a_response_is_no_request(answer):
    message = read_message(FRAME | {"id": 1} | answer)

    assert message.method is None and not message.is_request


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (None, INVALID_REQUEST),
        ([], INVALID_REQUEST),
        ({"id": 1, "method": "ping"}, INVALID_REQUEST),
        ({"jsonrpc": "1.0", "id": 1, "method": "ping"}, INVALID_REQUEST),
        # Unlike plain JSON-RPC, MCP knows no request without a usable id.
        (FRAME | {"id": None, "method": "ping"}, INVALID_REQUEST),
        (FRAME | {"id": True, "method": "ping"}, INVALID_REQUEST),
        (FRAME | {"id": 1.5, "method": "ping"}, INVALID_REQUEST),
        (FRAME | {"id": 1}, INVALID_REQUEST),
        (FRAME | {"id": 1, "method": 5}, INVALID_REQUEST),
        (FRAME | {"id": 1, "method": "ping", "params": [1]}, INVALID_PARAMS),
    ],
)
def test_anything_else_is_refused_with_the_code_for_it(value, code):
    with pytest.raises(RpcFault, match="message|request|id|params") as caught:
        read_message(value)

    assert caught.value.code == code


def test_an_error_names_no_data_where_it_has_none():
    assert build_error(1, RpcFault(INVALID_PARAMS, "no"))["error"] == {"code": INVALID_PARAMS, "message": "no"}
    assert build_error(None, RpcFault(1, "no", {"supported": []}))["error"]["data"] == {"supported": []}
