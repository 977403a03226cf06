"""Where do managers review what people and the model said? Disagreements, and readings called wrong.

Lives here: these two addresses. Does not live here: what counts as a disagreement (``serving.desk.disagreements``), the
pages (``serving.desk.pages.review_pages``).
"""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from serving.accounts.roles import MANAGERS
from serving.accounts.sessions import SignedInUser
from serving.desk.disagreements import tally_disagreements
from serving.desk.pages.review_pages import render_disagreements, render_reading_reports
from serving.desk.routes.desk_resource import DeskResource
from serving.http.responses import page_reply
from serving.store.database.audit_chain import RecordRead

__all__ = ["ReviewRoutes"]


class ReviewRoutes(DeskResource):
    """Addresses of what managers review."""

    def routes(self) -> list[Route]:
        """Return the addresses."""
        get = ["GET"]
        return [
            Route("/ledger", self._wrap(self.show_disagreements, *MANAGERS), methods=get),
            Route("/readings", self._wrap(self.show_reading_reports, *MANAGERS), methods=get),
        ]

    async def show_disagreements(self, request: Request, user: SignedInUser) -> Response:
        """Show where people and the model disagreed."""
        desk = self._available_desk

        def page() -> str:
            entries = desk.list_disagreements()
            ids = tuple(dict.fromkeys(entry.step.lead_id for entry in entries))
            if ids:
                desk.record_read(RecordRead(user.person_id, "read", "desk", ids))
            return render_disagreements(
                desk.take_snapshot(), entries, tally_disagreements(entries), user, desk.list_user_names()
            )

        return page_reply(await self._run_in_thread(page))

    async def show_reading_reports(self, request: Request, user: SignedInUser) -> Response:
        """Show which readings people called wrong; a manager says which of them are examples."""
        desk = self._available_desk

        def page() -> str:
            reports = desk.list_reading_reports()
            ids = tuple(dict.fromkeys(report.step.lead_id for report in reports))
            if ids:
                desk.record_read(RecordRead(user.person_id, "read", "desk", ids))
            return render_reading_reports(desk.take_snapshot(), reports, user, desk.list_user_names())

        return page_reply(await self._run_in_thread(page))
