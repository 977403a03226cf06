"""How does somebody sign in and out? The pages for signing in, signing out and choosing another password.

Lives here: what each of these addresses does with what was typed.
Does not live here: whether it is right (``serving.accounts``), cookies and the check of forms (``page_sessions``), HTML
(``page_models``).
"""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from serving.accounts.sessions import SignedInUser
from serving.desk.pages.page_models import render_password, render_sign_in
from serving.desk.routes.page_sessions import (
    PageSessions,
    is_same_origin,
    make_refusal,
    read_form,
    redirect,
    safe_local_path,
)
from serving.desk.routes.session_cookies import (
    delete_session_cookie,
    read_browser_marks,
    read_session_token,
    set_session_cookies,
)
from serving.desk.translation.translator import LANGUAGES
from serving.errors import RequestError, StoreError, UserError
from serving.http.authorization import identify_client
from serving.http.responses import Endpoint, page_reply, reply_to_errors

__all__ = ["SignInRoutes"]

_OUT = "You are signed out."
_CHANGED = "Your password is changed. You were signed out everywhere else."
_MUST_CHANGE = "Somebody else made your password. Choose one that only you know; then you are led on."
_NOT_HTTPS = (
    "This page came over plain http, which others on the network can read along, "
    "so your browser will not stay signed in. "
    "Use the https address, or on the machine itself 127.0.0.1."
)
_FOREIGN = RequestError(
    403,
    "foreign_form",
    "The form came from another page than ours, so nobody was signed in. Open /sign-in and use that page.",
)


class SignInRoutes:
    """The addresses for signing in and out.

    Parameters
    ----------
    page_sessions : PageSessions
    """

    def __init__(self, page_sessions: PageSessions) -> None:
        self._page_sessions = page_sessions

    def routes(self) -> list[Route]:
        """Return every address."""
        get, post = ["GET"], ["POST"]
        return [
            Route("/sign-in", self._with_a_store(self.ask), methods=get),
            Route("/sign-in", self._with_a_store(self.sign_in), methods=post),
            Route("/sign-out", self._page_sessions.require_sign_in(self.sign_out), methods=post),
            Route("/language", self._page_sessions.require_sign_in(self.change_language), methods=post),
            Route("/password", self._page_sessions.require_sign_in(self.ask_password), methods=get),
            Route("/password", self._page_sessions.require_sign_in(self.change_password), methods=post),
        ]

    async def ask(self, request: Request) -> Response:
        """Show the sign-in page; a signed-in user is led on."""
        next_path = safe_local_path(request.query_params.get("next", "/"))
        if await self._page_sessions.find_user(request) is not None:
            return redirect(next_path)
        note = _OUT if request.query_params.get("out") == "1" else ""
        return page_reply(render_sign_in(next_path, note=note, warning=_https_warning(request)))

    async def sign_in(self, request: Request) -> Response:
        """Check name and password, start a session, and lead on to where the user wanted to go."""
        if not is_same_origin(request):
            return make_refusal(request, _FOREIGN, "This form did not come from here")
        typed = await read_form(request)
        name, next_path = typed.get("name", ""), safe_local_path(typed.get("next", "/"))
        attempt = (
            name,
            typed.get("password", ""),
            identify_client(request.scope),
            read_browser_marks(request),
            read_session_token(request) or "",
        )
        try:
            session = await self._page_sessions.run_in_thread(lambda people: people.sign_in(*attempt), hashing=True)
        except RequestError as fault:
            return _show_again(
                render_sign_in(next_path, name[:100], fault.message, warning=_https_warning(request)), fault
            )
        return set_session_cookies(request, redirect(next_path), session)

    async def sign_out(self, request: Request, user: SignedInUser) -> Response:
        """End the session."""
        token = read_session_token(request) or ""
        await self._page_sessions.run_in_thread(lambda people: people.sign_out(user, token))
        return delete_session_cookie(request, redirect("/sign-in?out=1"))

    async def change_language(self, request: Request, user: SignedInUser) -> Response:
        """Show the pages in another language to this user from now on."""
        language = (await read_form(request)).get("language", "")
        if language not in LANGUAGES:
            fault = RequestError(422, "invalid_language", f"Choose one of {', '.join(LANGUAGES.values())}.")
            return make_refusal(request, fault, "Not saved")
        await self._page_sessions.run_in_thread(lambda people: people.change_language(user, language))
        return redirect("/settings?done=1")

    async def ask_password(self, request: Request, user: SignedInUser) -> Response:
        """Show the page for another password."""
        note = _MUST_CHANGE if user.must_change else ""
        if request.query_params.get("done") == "1":
            note = _CHANGED
        return page_reply(render_password(user, note=note))

    async def change_password(self, request: Request, user: SignedInUser) -> Response:
        """Check the current password and the new one, typed twice, and start a session with the new one."""
        typed = await read_form(request)
        current, new, client = (
            typed.get("current_password", ""),
            typed.get("new_password", ""),
            identify_client(request.scope),
        )
        if new != typed.get("new_password_again", ""):
            return page_reply(
                render_password(user, "The new password was typed in two ways. Type the same one twice."), 422
            )
        try:
            session = await self._page_sessions.run_in_thread(
                lambda people: people.change_password(user, current, new, client), hashing=True
            )
        except UserError as fault:
            message = str(fault).removeprefix("password: ")
            return page_reply(render_password(user, message[:1].upper() + message[1:]), 422)
        except RequestError as fault:
            return _show_again(render_password(user, fault.message), fault)
        return set_session_cookies(request, redirect("/" if user.must_change else "/password?done=1"), session)

    def _with_a_store(self, endpoint: Endpoint) -> Endpoint:
        """Wrap the endpoint; where the store does not answer, a page says so."""

        async def page(request: Request) -> Response:
            try:
                return await endpoint(request)
            except StoreError:
                fault = RequestError(
                    503,
                    "store_unavailable",
                    "Nobody can sign in now; whoever runs the service finds why in its log.",
                    retryable=True,
                )
                return make_refusal(request, fault, "The store does not answer")

        return reply_to_errors(page)


def _show_again(page: str, fault: RequestError) -> Response:
    """Show the same page again, with what was wrong."""
    response = page_reply(page, fault.status)
    if fault.status in (429, 503):
        response.headers["retry-after"] = str(fault.retry_after)
    return response


def _https_warning(request: Request) -> str:
    """Return what to say where the browser will not keep the cookie."""
    host = request.url.hostname or ""
    is_plain_http = request.url.scheme == "http" and request.headers.get("x-forwarded-proto", "http") == "http"
    return _NOT_HTTPS if is_plain_http and host not in ("localhost", "127.0.0.1", "::1") else ""
