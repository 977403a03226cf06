"""Which pages are there for people? All addresses of the desk, beside those for programs.

Lives here: the list of pages, putting the routes together, the style sheet and the scripts. Does not live here: what a
request asks (the modules beside this one), what a page says (``serving.desk.pages``), insights (``insight_routes``),
signing in (``sign_in``), programs (``serving.application``).
"""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from serving.desk.desk_service import Desk
from serving.desk.pages.templates import STATIC, read_static
from serving.desk.routes.desk_resource import RunInThread
from serving.desk.routes.lead_routes import LeadPageRoutes
from serving.desk.routes.notice_routes import NoticeRoutes
from serving.desk.routes.page_sessions import PageSessions
from serving.desk.routes.queue_routes import QueueRoutes
from serving.desk.routes.review_routes import ReviewRoutes
from serving.desk.routes.settings_routes import SettingsRoutes
from serving.http.responses import reply_to_errors

__all__ = ["PAGES", "DeskRoutes"]

PAGES = (
    "/",
    "/nurture",
    "/ledger",
    "/readings",
    "/team",
    "/how",
    "/settings",
    "/find",
    "/bulk",
    "/next",
    "/views",
    "/live",
    "/events",
    "/notices",
    "/export.csv",
    *(f"/static/{name}" for name in STATIC),
)
"""Addresses of pages that contain no id."""


class DeskRoutes:
    """The desk's pages.

    Parameters
    ----------
    desk : Desk or None
        None without a store: then every page says so.
    run_in_thread : callable
        Runs slow functions outside of the event loop.
    page_sessions : PageSessions
    is_closing : callable
        Whether the service is stopping.
    """

    def __init__(
        self,
        desk: Desk | None,
        run_in_thread: RunInThread,
        page_sessions: PageSessions,
        is_closing: Callable[[], bool] = lambda: False,
    ) -> None:
        shared = desk, run_in_thread, page_sessions
        self._resources = (
            LeadPageRoutes(*shared),
            QueueRoutes(*shared),
            ReviewRoutes(*shared),
            SettingsRoutes(*shared),
            NoticeRoutes(*shared, is_closing),
        )

    def routes(self) -> list[Route]:
        """Return every address of the desk."""
        files = [Route(f"/static/{name}", reply_to_errors(self.serve_file), methods=["GET"]) for name in STATIC]
        return files + [route for resource in self._resources for route in resource.routes()]

    async def serve_file(self, request: Request) -> Response:
        """Send the style sheet or the script."""
        content, kind = read_static(request.url.path.rpartition("/")[2])
        return Response(content, media_type=kind, headers={"cache-control": "max-age=300"})
