"""Which cookies does a browser hold for us? The session's token, and the marks of who signed in there before.

Lives here: reading, setting and deleting them, their names over https and on this machine itself. Does not live here:
whose a token is (``serving.accounts``), who may see a page (``page_sessions``).
"""

import ipaddress
import re

from starlette.requests import Request
from starlette.responses import Response

from serving.accounts.sessions import NewSession
from serving.http.known_sessions import LOCAL_SESSION_COOKIE, SESSION_COOKIE

__all__ = ["delete_session_cookie", "read_browser_marks", "read_session_token", "set_session_cookies"]

_MAX_MARKS = 5
_MARK_SECONDS = 180 * 24 * 3600
_PROXY_HEADERS = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip")
_LOOPBACK_HOST = re.compile(r"(?:localhost|127\.0\.0\.1|\[::1\])(?::[0-9]{1,5})?", re.IGNORECASE)


def read_session_token(request: Request) -> str | None:
    """Return the session's token that the browser has."""
    return request.cookies.get(_cookie_name(request))


def read_browser_marks(request: Request) -> list[str]:
    """Return the marks of those who signed in from this browser before."""
    return request.cookies.get(f"{_cookie_name(request)}-mark", "").split("~")[:_MAX_MARKS]


def set_session_cookies(request: Request, response: Response, session: NewSession) -> Response:
    """Give the browser the new session and the mark, and return the response."""
    name, options = _cookie_name(request), {"path": "/", "secure": not _is_local_http(request), "httponly": True}
    # Several people may share a browser; the newest mark comes first and the oldest falls out.
    marks = [session.mark, *(mark for mark in read_browser_marks(request) if mark and mark != session.mark)][
        :_MAX_MARKS
    ]
    response.set_cookie(name, session.token, samesite="lax", **options)
    response.set_cookie(f"{name}-mark", "~".join(marks), max_age=_MARK_SECONDS, samesite="strict", **options)
    return response


def delete_session_cookie(request: Request, response: Response) -> Response:
    """Make the browser drop the session, and return the response; it keeps the mark."""
    response.delete_cookie(
        _cookie_name(request), path="/", secure=not _is_local_http(request), httponly=True, samesite="lax"
    )
    return response


def _cookie_name(request: Request) -> str:
    """Return the cookie's name: with ``__Host-`` a browser accepts it over https only, from this host only.

    On this machine itself there may be no https.
    """
    return LOCAL_SESSION_COOKIE if _is_local_http(request) else SESSION_COOKIE


def _is_local_http(request: Request) -> bool:
    """Whether a browser on this machine asks over plain http, without a proxy in between."""
    try:
        is_loopback = ipaddress.ip_address(request.client.host if request.client else "").is_loopback
    except ValueError:
        return False
    is_direct = not any(name in request.headers for name in _PROXY_HEADERS)
    return (
        is_loopback
        and is_direct
        and request.url.scheme == "http"
        and _LOOPBACK_HOST.fullmatch(request.headers.get("host", "")) is not None
    )
