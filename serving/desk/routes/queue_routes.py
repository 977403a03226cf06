"""How do people go through the list of whom to call? The list, its filters and views, search, bulk steps, the export.

Lives here: addresses that show several leads. Does not live here: one lead's page (``lead_routes``), what a page says
(``serving.desk.pages``), the order (``serving.desk.queue``).
"""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from serving.accounts.roles import MANAGERS
from serving.accounts.sessions import SignedInUser
from serving.desk.pages.bulk_steps import MAX_PICKED, BulkResult, describe_bulk, take_bulk_step
from serving.desk.pages.csv_export import format_csv
from serving.desk.pages.page_models import (
    PAGE_LEADS,
    Picking,
    render_nurture,
    render_queue,
    render_search_results,
)
from serving.desk.queue.filters import QueueFilter
from serving.desk.routes.desk_resource import DeskResource
from serving.desk.routes.form_fields import complete_fields, describe_fault, parse_number, quote_lead_id
from serving.desk.routes.lead_lists import describe_list_read, read_list_items, read_listing
from serving.desk.routes.page_sessions import read_form, redirect
from serving.errors import RequestError
from serving.http.responses import page_reply
from serving.store.database.audit_chain import RecordRead

__all__ = ["QueueRoutes"]

_MAX_NAME = 60
_MAX_EXPORTED = 20_000


class QueueRoutes(DeskResource):
    """Addresses of the call list and what is done from it."""

    def routes(self) -> list[Route]:
        """Return the addresses."""
        get, post = ["GET"], ["POST"]
        return [
            Route("/next", self._wrap(self.claim_next), methods=post),
            Route("/nurture", self._wrap(self.show_nurture), methods=get),
            Route("/export.csv", self._wrap(self.export_queue, *MANAGERS), methods=get),
            Route("/views", self._wrap(self.save_view), methods=post),
            Route("/find", self._wrap(self.search), methods=post),
            Route("/bulk", self._wrap(self.take_bulk_step), methods=post),
            Route("/", self._wrap(self.show_queue), methods=get),
        ]

    async def show_queue(self, request: Request, user: SignedInUser) -> Response:
        """Show the list of whom to call."""
        desk, queue_filter = self._available_desk, QueueFilter.of(request.query_params, user.person_id)

        def page() -> str:
            token, snapshot = desk.read_change_token(), desk.take_snapshot()
            listing = read_listing(desk, snapshot, queue_filter)
            desk.record_read(describe_list_read(user, queue_filter.list or "call", listing.rows))
            done = describe_bulk(request.query_params.get("did", ""), _read_bulk_result(request.query_params))
            if "nobody" in request.query_params and not desk.find_next_lead(user.person_id, snapshot):
                done = snapshot.explainer.explain_no_next_lead()
            picking = Picking(
                "select" in request.query_params,
                done,
                desk.list_user_names(),
            )
            return render_queue(snapshot, listing, user, desk.list_views(user.person_id), token, picking)

        return page_reply(await self._run_in_thread(page))

    async def claim_next(self, request: Request, user: SignedInUser) -> Response:
        """Claim the lead to call next, and show it."""
        lead_id = await self._run_in_thread(lambda: self._available_desk.claim_next_lead(user.person_id))
        return redirect("/?nobody=1" if lead_id is None else f"/leads/{quote_lead_id(lead_id)}")

    async def show_nurture(self, request: Request, user: SignedInUser) -> Response:
        """Show the leads to follow up later."""
        desk = self._available_desk

        def page() -> str:
            snapshot = desk.take_snapshot()
            rows = read_list_items(desk, snapshot, snapshot.nurture_rows[: 10 * PAGE_LEADS])
            desk.record_read(describe_list_read(user, "nurture", rows))
            return render_nurture(snapshot, rows, user)

        return page_reply(await self._run_in_thread(page))

    async def save_view(self, request: Request, user: SignedInUser) -> Response:
        """Save a view of the queue, or delete one."""
        typed = await read_form(request)
        name, queue_filter = typed.get("name", "").strip()[:_MAX_NAME], QueueFilter.of(typed, user.person_id)
        if not name:
            raise RequestError(422, "invalid_view", "Give the view a name.")
        await self._run_in_thread(
            lambda: self._available_desk.save_view(
                user.person_id, name, None if typed.get("drop") else queue_filter.with_page(1).query
            )
        )
        return redirect("/settings" if typed.get("drop") else f"/?{queue_filter.with_page(1).query}")

    async def search(self, request: Request, user: SignedInUser) -> Response:
        """Search for leads by what was typed. It is sent in the body: a phone number belongs in no address."""
        desk, query = self._available_desk, (await read_form(request)).get("words", "")[:200]

        def page() -> str:
            snapshot = desk.take_snapshot()
            results = desk.search_leads(snapshot, query)
            ids = (*(snapshot.columns.rows[number].lead_id for number in results.numbers), *results.other_ids)
            desk.record_read(RecordRead(user.person_id, "searched", "desk", ids))
            groups = {
                kind: read_list_items(desk, snapshot, getattr(results, kind))
                for kind in ("person", "catalog", "message")
            }
            return render_search_results(snapshot, groups, desk.read_names(results.other_ids), results.other_ids, user)

        return page_reply(await self._run_in_thread(page))

    async def take_bulk_step(self, request: Request, user: SignedInUser) -> Response:
        """Take one step with every lead that was picked from a list; then show the list again."""
        desk, typed = self._available_desk, await read_form(request)
        queue_filter = QueueFilter.of(request.query_params, user.person_id)

        def take() -> BulkResult:
            fields = dict(typed) | complete_fields(typed.get("kind", ""), typed, desk)
            if typed.get("kind") == "outcome":
                fields["stage"] = "lost"
            return take_bulk_step(desk, user, fields, user.role in MANAGERS)

        try:
            result = await self._run_in_thread(take)
        except RequestError as fault:
            # Once more with the fields in the sentence: this page has no form of its own beside which they could stand.
            raise RequestError(fault.status, fault.code, describe_fault(fault), fault.fields, fault.retryable) from None
        result_query = f"did={typed['kind']}&done={result.done}&failed={result.failed}"
        return redirect(f"/?{'&'.join(filter(None, (queue_filter.query, result_query)))}")

    async def export_queue(self, request: Request, user: SignedInUser) -> Response:
        """Send the queue as a file."""
        desk, queue_filter = self._available_desk, QueueFilter.of(request.query_params, user.person_id)

        def file() -> bytes:
            snapshot = desk.take_snapshot()
            numbers = snapshot.filter_rows(queue_filter)[:_MAX_EXPORTED]
            ids = tuple(snapshot.columns.rows[number].lead_id for number in numbers)
            desk.record_read(RecordRead(user.person_id, "exported", "desk", ids))
            return format_csv(read_list_items(desk, snapshot, numbers))

        return Response(
            await self._run_in_thread(file),
            media_type="text/csv; charset=utf-8",
            headers={"content-disposition": 'attachment; filename="queue.csv"', "cache-control": "no-store"},
        )


def _read_bulk_result(query: Mapping[str, str]) -> BulkResult:
    """Return how many leads a step was taken with, as an address has it."""
    return BulkResult(*(min(parse_number(query.get(name, "")) or 0, MAX_PICKED) for name in ("done", "failed")))
