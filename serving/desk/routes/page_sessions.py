"""Who is looking at this page? Sessions in cookies, forms that nobody else could have sent, and what a stranger sees
instead.

Lives here: the wrapper of every page of the desk, the check of forms.
Does not live here: cookies (``session_cookies``), whose a token is (``serving.accounts``), the pages for signing in and
out (``sign_in``), what a page shows (``page_models``).

A page is protected by wrapping its endpoint, which then gets the signed-in user:

    Route("/board", page_sessions.require_sign_in(self.board), methods=["GET"])
    Route("/ledger", page_sessions.require_sign_in(self.ledger, "manager", "admin"), methods=["GET"])

    async def board(self, request: Request, user: SignedInUser) -> Response: ...

The cookie is SameSite=Lax, not Strict: with Strict, a link to a lead in the CRM would open the sign-in page for a user
who is signed in. Lax sends it with such links only, never with a form of another site; and forms carry the session's
own token besides.
"""

import asyncio
import hmac
import re
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from serving.accounts.sessions import SignedInUser, UserSessions
from serving.desk.pages.page_models import render_notice, render_resubmit
from serving.desk.routes.session_cookies import read_session_token
from serving.errors import RequestError, StoreError, StoreUnavailable
from serving.http.authorization import PAGE_CLIENT
from serving.http.responses import Endpoint, page_reply, reply_to_errors

__all__ = [
    "PageFor",
    "PageSessions",
    "is_same_origin",
    "read_form",
    "safe_local_path",
    "redirect",
    "make_refusal",
    "wants_json",
]

PageFor = Callable[[Request, SignedInUser], Awaitable[Response]]
"""The type of a page's endpoint: it gets the signed-in user."""

_PASSWORD_PATHS = ("/password", "/sign-out")
"""Pages for a user who must choose another password first."""

_MAX_FIELDS = 200
_LOCAL_PATH = re.compile(r"/(?![/\\])[!-\[\]-~]{0,1000}")
_WRITE_METHODS = frozenset({"POST", "PUT", "PATCH", "DELETE"})

_SIGNED_OUT = (
    "You were signed out, because nothing happened here for a while or because your password or your role was changed. "
    "Nothing was kept yet."
)
_STALE_FORM = (
    "The page was older than your session, so it was not certain that the form came from you. Nothing was kept yet."
)
_FOREIGN_FORM = (
    "The form came from another page than ours, so nothing was done. "
    "If you did not mean to send anything here, close this page."
)


class PageSessions:
    """Finds out who asks for a page.

    Parameters
    ----------
    people : UserSessions or None
        None without a store: then nobody can sign in, and every page says so.
    """

    def __init__(self, people: UserSessions | None) -> None:
        self._people = people
        self._look_ups = ThreadPoolExecutor(2, "leadlight-people")
        # argon2 needs 19 MiB for each hash: one after the other.
        self._hashes = ThreadPoolExecutor(1, "leadlight-password")

    def require_sign_in(self, endpoint: PageFor, *roles: str, by_itself: bool = False) -> Endpoint:
        """Wrap the endpoint for signed-in users; with roles named, for those only.

        Anybody else is sent to the sign-in page, or gets an error in JSON where a script asks. A form is accepted only
        with the session's token in its field ``csrf``. Where the store cannot write now, a page says so and brings back
        what was typed. What a page requests ``by_itself`` does not count as the user's activity.
        """

        async def page(request: Request) -> Response:
            try:
                user = await self.find_user(request, by_itself)
            except StoreError:
                return await _refuse_without_store(request, None)
            refusal = _refuse_stranger(request) if user is None else _refuse_user(request, user, roles)
            if refusal is None and request.method in _WRITE_METHODS:
                refusal = await _refuse_form(request, user)
            try:
                return refusal or await endpoint(request, user)
            except StoreUnavailable:
                return await _refuse_without_store(request, user)

        return reply_to_errors(page)

    def accept_key_or_session(self, endpoint: Endpoint) -> Endpoint:
        """Wrap the endpoint for programs with a key, which the middleware has checked, and for signed-in users."""

        async def for_people(request: Request, user: SignedInUser) -> Response:
            return await endpoint(request)

        shown = self.require_sign_in(for_people)

        async def either(request: Request) -> Response:
            if getattr(request.state, "caller", "") != PAGE_CLIENT.key:
                return await endpoint(request)
            if read_session_token(request) is None and "text/html" not in request.headers.get("accept", ""):
                raise RequestError(
                    401,
                    "no_key",
                    "This address needs a key, as Authorization: Bearer or as X-API-Key; "
                    "in a browser, sign in at /sign-in.",
                )
            return await shown(request)

        return reply_to_errors(either)

    async def find_user(self, request: Request, by_itself: bool = False) -> SignedInUser | None:
        """Return who asks; None for a stranger.

        Raises
        ------
        StoreError
            When the store cannot say.
        """
        token = read_session_token(request)
        if token is None:
            return None
        user = await self.run_in_thread(lambda people: people.find_user(token, by_itself))
        if user is not None:
            request.state.user = user
        return user

    async def run_in_thread(self, task: Callable[[UserSessions], Any], hashing: bool = False) -> Any:
        """Run what waits for the store, or computes hashes, outside of the event loop.

        StoreUnavailable when there is no store.
        """
        people = self._people
        if people is None:
            raise StoreUnavailable("people: the service has no store, so nobody can sign in. Its log says why.")
        return await asyncio.get_running_loop().run_in_executor(
            self._hashes if hashing else self._look_ups, lambda: task(people)
        )


def wants_json(request: Request) -> bool:
    """Whether a script asks that reads JSON, and not a person with a browser."""
    accept = request.headers.get("accept", "")
    return "application/json" in accept and "text/html" not in accept


def make_refusal(request: Request, fault: RequestError, title: str) -> Response:
    """Return a refusal as a page; for a script it is raised, to become JSON."""
    if wants_json(request):
        raise fault
    response = page_reply(render_notice(title, fault.message, user=getattr(request.state, "user", None)), fault.status)
    if fault.status in (429, 503):
        response.headers["retry-after"] = str(fault.retry_after)
    return response


async def read_form(request: Request) -> dict[str, str]:
    """Read the fields of a form, as a browser sends them; of several with one name the last.

    RequestError with status 400 when there are too many.
    """
    return dict(await _read_fields(request))


def safe_local_path(path: str) -> str:
    """Return the path if it leads to a page of ours and nowhere else; the first page otherwise.

    >>> (
    ...     safe_local_path("/leads/L-1?x=1"),
    ...     safe_local_path("//evil.example"),
    ...     safe_local_path("/\\\\evil.example"),
    ...     safe_local_path("/\\t/evil"),
    ... )
    ('/leads/L-1?x=1', '/', '/', '/')
    """
    return path if _LOCAL_PATH.fullmatch(path) and path.partition("?")[0] not in ("/sign-in", "/sign-out") else "/"


def redirect(path: str) -> Response:
    """Send the browser to another page of ours."""
    return RedirectResponse(path, 303, {"cache-control": "no-store"})


def is_same_origin(request: Request) -> bool:
    """Whether a form came from a page of ours, according to the browser.

    Sec-Fetch-Site is the browser's own statement; older browsers send Origin. A request with neither comes from no
    browser of recent years, so no other site can have caused it.
    """
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site is not None:
        return site == "same-origin"
    return origin is None or origin != "null" and urlsplit(origin).netloc == request.headers.get("host", "")


def _refuse_stranger(request: Request) -> Response | None:
    """Return what somebody sees who is not signed in."""
    if wants_json(request):
        raise RequestError(401, "not_signed_in", "This page is for people who are signed in; sign in at /sign-in.")
    if request.method not in _WRITE_METHODS:
        return redirect(_sign_in_path(request))
    return None


def _sign_in_path(request: Request) -> str:
    """Return the sign-in page that leads back here."""
    next_path = safe_local_path(_request_path(request) + (f"?{request.url.query}" if request.url.query else ""))
    return "/sign-in" + (f"?{urlencode({'next': next_path})}" if next_path != "/" else "")


def _request_path(request: Request) -> str:
    """Return the path as it was requested, encoded as it was."""
    return request.scope.get("raw_path", b"").partition(b"?")[0].decode("latin-1") or quote(request.url.path)


def _refuse_user(request: Request, user: SignedInUser, roles: tuple[str, ...]) -> Response | None:
    """Return why a signed-in user does not get this page; None when they do."""
    if user.must_change and request.url.path not in _PASSWORD_PATHS:
        if wants_json(request):
            raise RequestError(403, "must_change_password", "Choose another password first, at /password.")
        return redirect("/password")
    if roles and user.role not in roles:
        message = (
            f"This page is for people of role {' or '.join(roles)}; yours is {user.role}. "
            "Whoever runs the service can change that: leadlight user role."
        )
        return make_refusal(request, RequestError(403, "wrong_role", message), "This page is not for your role")
    return None


async def _refuse_form(request: Request, user: SignedInUser | None) -> Response | None:
    """Return why a form is rejected; None when it is accepted.

    What was typed comes back with the refusal, unless another site's page sent it.
    """
    if not is_same_origin(request):
        return make_refusal(
            request, RequestError(403, "foreign_form", _FOREIGN_FORM), "This form did not come from here"
        )
    token = (await read_form(request)).get("csrf", "")
    if user is not None and hmac.compare_digest(token.encode(errors="replace"), user.csrf.encode()):
        return None
    if user is None:
        return await _ask_to_resubmit(request, RequestError(401, "not_signed_in", _SIGNED_OUT), None)
    return await _ask_to_resubmit(request, RequestError(403, "wrong_csrf", _STALE_FORM), user)


async def _ask_to_resubmit(request: Request, fault: RequestError, user: SignedInUser | None) -> Response:
    """Return why a form was rejected, with everything that was typed but passwords, to be sent again."""
    if wants_json(request):
        raise fault
    typed = [(name, value) for name, value in await _read_fields(request) if name != "csrf" and "password" not in name]
    response = page_reply(
        render_resubmit(safe_local_path(_request_path(request)), typed, fault.message, user, fault.status == 401),
        fault.status,
    )
    if fault.status == 503:
        response.headers["retry-after"] = str(fault.retry_after)
    return response


async def _refuse_without_store(request: Request, user: SignedInUser | None) -> Response:
    """Return what is shown while the store does not answer."""
    fault = RequestError(
        503,
        "store_unavailable",
        "The store does not answer. Nothing was kept yet. Try again in a moment; "
        "whoever runs the service finds why in its log.",
        retryable=True,
    )
    if request.method in _WRITE_METHODS and is_same_origin(request):
        return await _ask_to_resubmit(request, fault, user)
    return make_refusal(request, fault, "The store does not answer")


async def _read_fields(request: Request) -> list[tuple[str, str]]:
    try:
        return parse_qsl((await request.body()).decode("latin-1"), keep_blank_values=True, max_num_fields=_MAX_FIELDS)
    except ValueError:
        raise RequestError(
            400, "too_many_fields", f"The form has more than {_MAX_FIELDS} fields; send fewer."
        ) from None
