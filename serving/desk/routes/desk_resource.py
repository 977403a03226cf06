"""What do all addresses of the desk share? A desk that may be missing, a signed-in user, a refusal that is a page.

Lives here: the base of the desk's routes. Does not live here: who is signed in (``page_sessions``), what an address
answers (the modules beside this one).
"""

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from serving.accounts.sessions import SignedInUser
from serving.desk.desk_service import Desk
from serving.desk.routes.page_sessions import PageFor, PageSessions, make_refusal
from serving.errors import RequestError

__all__ = ["DeskResource", "RunInThread", "make_store_fault"]

RunInThread = Callable[[Callable[[], Any]], Awaitable[Any]]
"""Runs slow functions outside of the event loop."""

_TITLES = {
    "unknown_lead": "Lead not found",
    "not_ready": "No model yet",
    "store_unavailable": "Database unavailable",
    "held": "Somebody is working on this lead",
    "computing": "The figures are being computed",
    "insights_failed": "The figures could not be computed",
    "no_insights": "No figures yet",
}


class DeskResource:
    """Some addresses of the desk.

    Parameters
    ----------
    desk : Desk or None
        None without a store: then every page says so.
    run_in_thread : callable
    page_sessions : PageSessions
    """

    def __init__(self, desk: Desk | None, run_in_thread: RunInThread, page_sessions: PageSessions) -> None:
        self._desk, self._run_in_thread, self._page_sessions = desk, run_in_thread, page_sessions

    @property
    def _available_desk(self) -> Desk:
        if self._desk is None:
            raise make_store_fault()
        return self._desk

    def _wrap(self, page: PageFor, *roles: str, by_itself: bool = False) -> Callable[[Request], Awaitable[Response]]:
        """Wrap a page for signed-in users; a request that cannot be fulfilled gets a page, too."""

        async def page_or_refusal(request: Request, user: SignedInUser) -> Response:
            try:
                return await page(request, user)
            except RequestError as fault:
                return self._refuse(request, fault)

        return self._page_sessions.require_sign_in(page_or_refusal, *roles, by_itself=by_itself)

    def _refuse(self, request: Request, fault: RequestError) -> Response:
        """Return the page that says why a request cannot be fulfilled."""
        return make_refusal(request, fault, _TITLES.get(fault.code, "Couldn't do that"))


def make_store_fault() -> RequestError:
    """Return what is wrong where the service has no store."""
    message = "The service has no store at hand; whoever runs it finds why in its log."
    return RequestError(503, "store_unavailable", message, retryable=True)
