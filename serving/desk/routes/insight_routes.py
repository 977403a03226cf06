"""Where do managers read the insights? ``/insights`` and the list of leads worth another call.

Lives here: addresses, what a request asks of them, who is recorded as having seen whom.
Does not live here: the pages (``insight_page``, ``figure_page``), the figures (``serving.insights``), the same figures
for programs (``serving.api.insight_routes``).
"""

from collections.abc import Mapping
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from serving.accounts.roles import MANAGERS
from serving.accounts.sessions import SignedInUser
from serving.desk.desk_service import Desk
from serving.desk.pages.figure_page import MOST_LISTED, FigureAddress, ListedInquiries, render_figure, render_inquiries
from serving.desk.pages.insight_page import render_insights, render_win_backs
from serving.desk.routes.desk_resource import DeskResource, RunInThread, make_store_fault
from serving.desk.routes.page_sessions import PageSessions
from serving.errors import RequestError
from serving.http.responses import page_reply
from serving.insights.evidence.figure_rows import find_row, list_counted
from serving.insights.insight_cache import InsightCache
from serving.insights.insight_report import InsightReport
from serving.insights.scope.report_scope import ReportScope, parse_scope
from serving.store.database.audit_chain import RecordRead

__all__ = ["INSIGHT_PAGES", "InsightPages"]

INSIGHT_PAGES = ("/insights", "/insights/win-back", "/insights/figure", "/insights/inquiries")
"""Addresses of these pages."""

_LOOK_AGAIN_SECONDS = 5


class InsightPages(DeskResource):
    """The pages of insights, for managers.

    Parameters
    ----------
    desk : Desk or None
    cache : InsightCache or None
        None without a store: then every page says so.
    run_in_thread : callable
        Runs slow functions outside of the event loop, in threads that nothing else waits for.
    page_sessions : PageSessions
    """

    def __init__(
        self, desk: Desk | None, cache: InsightCache | None, run_in_thread: RunInThread, page_sessions: PageSessions
    ) -> None:
        super().__init__(desk, run_in_thread, page_sessions)
        self._cache = cache

    def routes(self) -> list[Route]:
        """Return the addresses."""
        return [
            Route("/insights", self._wrap(self.show_insights, *MANAGERS), methods=["GET"]),
            Route("/insights/win-back", self._wrap(self.show_win_backs, *MANAGERS), methods=["GET"]),
            Route("/insights/figure", self._wrap(self.show_figure, *MANAGERS), methods=["GET"]),
            Route("/insights/inquiries", self._wrap(self.show_inquiries, *MANAGERS), methods=["GET"]),
        ]

    def _refuse(self, request: Request, fault: RequestError) -> Response:
        response = super()._refuse(request, fault)
        if fault.code == "computing":
            # Nothing failed: whoever comes first waits for the figures, and the page comes by itself.
            response.status_code = 202
            response.headers["refresh"] = str(_LOOK_AGAIN_SECONDS)
        return response

    @property
    def _available_cache(self) -> InsightCache:
        if self._cache is None:
            raise make_store_fault()
        return self._cache

    def _get_report(self, scope: ReportScope) -> tuple[Desk, InsightReport]:
        desk = self._available_desk
        return desk, self._available_cache.get_report(desk.engine.bundle.practice, scope)

    def _find_figure(self, query: Mapping[str, str]) -> tuple[Desk, FigureAddress]:
        """Find the figure that an address names, in the report that it names."""
        desk, report = self._get_report(parse_scope(query))
        table = report.tables.get(query.get("table", ""))
        row = None if table is None else find_row(table, query.get("row", ""))
        if table is None or row is None:
            raise RequestError(404, "unknown_figure", "There is no such figure among the insights now; open it again.")
        return desk, FigureAddress(report, table, row)

    async def show_insights(self, request: Request, user: SignedInUser) -> Response:
        """Show every figure, over the months and of the inquiries that the address names."""
        scope = parse_scope(request.query_params)

        def page() -> str:
            desk, report = self._get_report(scope)
            report = replace(report, win_backs=tuple(desk.select_callable(report.win_backs)))
            return render_insights(report, desk.engine, user, desk.list_user_names())

        return page_reply(await self._run_in_thread(page))

    async def show_win_backs(self, request: Request, user: SignedInUser) -> Response:
        """Show the leads worth another call; the audit notes who saw them."""
        scope = parse_scope(request.query_params)

        def page() -> str:
            desk, report = self._get_report(scope)
            leads = desk.select_callable(report.win_backs)
            ids = tuple(lead.lead_id for lead in leads)
            if ids:
                desk.record_read(RecordRead(user.person_id, "read", "desk", ids))
            return render_win_backs(leads, desk.read_names(ids), desk.engine, user, scope)

        return page_reply(await self._run_in_thread(page))

    async def show_figure(self, request: Request, user: SignedInUser) -> Response:
        """Show what stands behind the figures of one row: definitions, and the receipt."""

        def page() -> str:
            desk, figure = self._find_figure(request.query_params)
            return render_figure(figure, desk.list_user_names(), desk.engine, user)

        return page_reply(await self._run_in_thread(page))

    async def show_inquiries(self, request: Request, user: SignedInUser) -> Response:
        """Show the inquiries that a figure counts; the audit notes who saw them."""
        column = request.query_params.get("column", "")

        def page() -> str:
            desk, figure = self._find_figure(request.query_params)
            if column not in list_counted(figure.table):
                raise RequestError(404, "unknown_figure", "This figure counts no inquiries; its row says what it is.")
            address = (figure.table.name, str(figure.row[0]), column)
            counted = self._available_cache.find_rows(desk.engine.bundle.practice, figure.report, address).lead_ids
            stored = desk.select_stored(counted[:MOST_LISTED])
            if stored:
                desk.record_read(RecordRead(user.person_id, "read", "desk", tuple(stored)))
            listed = ListedInquiries(counted, stored, desk.read_names(stored) | desk.list_user_names())
            return render_inquiries(figure, column, listed, desk.engine, user)

        return page_reply(await self._run_in_thread(page))
