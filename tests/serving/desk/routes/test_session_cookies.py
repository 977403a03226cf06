"""Does a browser get cookies that only it and only we can use?"""

import pytest
from starlette.requests import Request
from starlette.responses import Response

from serving.accounts.sessions import NewSession
from serving.desk.routes.session_cookies import (
    delete_session_cookie,
    read_browser_marks,
    read_session_token,
    set_session_cookies,
)


def ask(cookie="", scheme="https", host="desk.example", client="192.0.2.1", **headers):
    """A request as the server hands it on."""
    sent = {"host": host, "cookie": cookie} | {name.replace("_", "-"): value for name, value in headers.items()}
    raw = [(name.encode(), value.encode()) for name, value in sent.items()]
    return Request({"type": "http", "scheme": scheme, "path": "/", "headers": raw, "client": (client, 5)})


def test_a_session_and_its_mark_come_back():
    response = set_session_cookies(ask(), Response(), NewSession("token", "mark"))
    pairs = "; ".join(line.partition(";")[0] for line in response.headers.getlist("set-cookie"))

    assert read_session_token(ask(pairs)) == "token" and read_browser_marks(ask(pairs)) == ["mark"]
    assert all("Secure" in line and "HttpOnly" in line for line in response.headers.getlist("set-cookie"))


def test_the_newest_of_at_most_five_marks_comes_first():
    request = ask("__Host-leadlight-mark=a~b~c~d~e~f")
    response = set_session_cookies(request, Response(), NewSession("token", "c"))

    assert "-mark=c~a~b~d~e;" in response.headers.getlist("set-cookie")[1].replace('"', "")


@pytest.mark.parametrize(
    ("client", "host", "headers", "name"),
    [
        ("127.0.0.1", "127.0.0.1:3000", {}, "leadlight"),
        ("127.0.0.1", "127.0.0.1:3000", {"x_forwarded_for": "192.0.2.1"}, "__Host-leadlight"),
        ("192.0.2.1", "127.0.0.1:3000", {}, "__Host-leadlight"),
        ("127.0.0.1", "desk.example", {}, "__Host-leadlight"),
    ],
)
def test_plain_http_is_for_this_machine_alone(client, host, headers, name):
    request = ask("leadlight=here; __Host-leadlight=secure", "http", host, client, **headers)

    assert read_session_token(request) == {"leadlight": "here", "__Host-leadlight": "secure"}[name]
    assert delete_session_cookie(request, Response()).headers["set-cookie"].startswith(f"{name}=")
