"""Where does an open page ask what is new? By a stream, by polling, and as a page.

Lives here: these addresses. Does not live here: the stream (``notice_stream``), what is new (``serving.desk.notices``).
"""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from serving.accounts.sessions import SignedInUser
from serving.desk.desk_service import Desk
from serving.desk.notices import KINDS, Notices
from serving.desk.pages.page_models import (
    render_notices,
)
from serving.desk.routes.desk_resource import DeskResource, RunInThread
from serving.desk.routes.form_fields import parse_number
from serving.desk.routes.lead_lists import describe_list_read, read_list_items
from serving.desk.routes.notice_stream import StreamSlots, reply_with_notices
from serving.desk.routes.page_sessions import PageSessions
from serving.http.responses import json_reply, page_reply

__all__ = ["NoticeRoutes"]


class NoticeRoutes(DeskResource):
    """Addresses of what concerns the user now.

    Parameters
    ----------
    is_closing : callable
        Whether the service is stopping.
    """

    def __init__(
        self, desk: Desk | None, run_in_thread: RunInThread, page_sessions: PageSessions, is_closing: Callable[[], bool]
    ) -> None:
        super().__init__(desk, run_in_thread, page_sessions)
        self._is_closing, self._streams = is_closing, StreamSlots()

    def routes(self) -> list[Route]:
        """Return the addresses."""
        get = ["GET"]
        return [
            Route("/notices", self._wrap(self.show_notices), methods=get),
            Route("/events", self._wrap(self.stream_notices, by_itself=True), methods=get),
            Route("/live", self._wrap(self.poll_changes, by_itself=True), methods=get),
        ]

    async def poll_changes(self, request: Request, user: SignedInUser) -> Response:
        """Say what concerns the user now, and whether anything was written since a page was made: ids and counts."""
        seen = parse_number(request.query_params.get("seen", ""))
        notices = await self._run_in_thread(lambda: self._available_desk.notices.read(user.person_id))
        return json_reply(notices.to_dict() | {"changed": notices.token != seen})

    async def stream_notices(self, request: Request, user: SignedInUser) -> Response:
        """Say the same as ``poll_changes`` whenever it changes, while the page is open and the session lasts."""
        desk = self._available_desk

        async def look() -> Notices | None:
            if await self._page_sessions.find_user(request, by_itself=True) is None:
                return None
            return await self._run_in_thread(lambda: desk.notices.read(user.person_id))

        return reply_with_notices(user.person_id, look, self._streams, self._is_closing)

    async def show_notices(self, request: Request, user: SignedInUser) -> Response:
        """Show what concerns the user now, by name."""
        desk = self._available_desk

        def page() -> str:
            notices, snapshot = desk.notices.read(user.person_id), desk.take_snapshot()
            numbers = snapshot.columns.row_numbers
            parts = {
                kind: read_list_items(
                    desk, snapshot, [numbers[each] for each in getattr(notices, kind) if each in numbers]
                )
                for kind in KINDS
            }
            desk.record_read(describe_list_read(user, "notices", [row for rows in parts.values() for row in rows]))
            return render_notices(snapshot, parts, user)

        return page_reply(await self._run_in_thread(page))
