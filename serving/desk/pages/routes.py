"""Which pages are there for people? Routes of the desk, beside those for programs.

Lives here: addresses of pages, what a request asks of them. Does not live here: what a page says (``page_models``,
``lead_page``), the desk behind it (``serving.desk.desk_service``), who may see it (``page_sessions``), signing in and
out (``sign_in``), programs (``serving.application``).
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from serving.accounts.roles import MANAGERS
from serving.accounts.sessions import SignedInUser
from serving.desk.appointments import find_appointment, format_calendar_file
from serving.desk.desk_service import TEMPLATES, Desk
from serving.desk.disagreements import tally_disagreements
from serving.desk.handoff import compose_hand_off
from serving.desk.lead_state import STEP_FIELDS
from serving.desk.notices import KINDS, Notices
from serving.desk.pages.bulk_steps import MAX_PICKED, BulkResult, describe_bulk, take_bulk_step
from serving.desk.pages.csv_export import format_csv
from serving.desk.pages.handoff_page import render_hand_off
from serving.desk.pages.lead_page import DeskTeam, LeadFormState, render_lead
from serving.desk.pages.list_items import LeadListItem, build_list_items
from serving.desk.pages.notice_stream import StreamSlots, reply_with_notices
from serving.desk.pages.page_models import (
    PAGE_LEADS,
    Picking,
    QueueListing,
    render_disagreements,
    render_how_it_works,
    render_notices,
    render_nurture,
    render_queue,
    render_reading_reports,
    render_search_results,
    render_settings,
)
from serving.desk.pages.page_sessions import PageFor, PageSessions, make_refusal, read_form, redirect, wants_json
from serving.desk.pages.team_page import parse_absence, parse_absence_start, render_team
from serving.desk.pages.templates import STATIC, read_static
from serving.desk.queue.filters import LISTS, QueueFilter
from serving.desk.queue.queue_board import QueueSnapshot
from serving.desk.sentence_trial import MAX_SENTENCE, read_sentence
from serving.errors import RequestError
from serving.http.responses import json_reply, page_reply, reply_to_errors
from serving.store.database.audit_chain import RecordRead

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

_MAX_SCRIPT = 1_000
_MAX_NAME = 60
_MAX_EXPORTED = 20_000
_LISTS_LOOKED_AT = (*LISTS, "nurture", "notices")
_CALLBACK_FIELDS = ("when", "at", "soon")
"""Where a callback time may stand, the first one that is not empty counts: typed, picked from a calendar, a choice."""


class DeskRoutes:
    """The desk's pages.

    Parameters
    ----------
    desk : Desk or None
        None without a store: then every page says so.
    run_in_thread : callable
        Runs slow functions outside of the event loop.
    page_sessions : Visitors
    is_closing : callable
        Whether the service is stopping.
    """

    def __init__(
        self,
        desk: Desk | None,
        run_in_thread: Callable[[Callable[[], Any]], Awaitable[Any]],
        page_sessions: PageSessions,
        is_closing: Callable[[], bool] = lambda: False,
    ) -> None:
        self._desk, self._run_in_thread, self._page_sessions = desk, run_in_thread, page_sessions
        self._is_closing, self._streams = is_closing, StreamSlots()

    def routes(self) -> list[Route]:
        """Return every address of the desk."""
        get, post = ["GET"], ["POST"]
        return [
            *(Route(f"/static/{name}", reply_to_errors(self.serve_file), methods=get) for name in STATIC),
            Route("/leads/{lead_id:path}", self._wrap(self.show_lead), methods=get),
            Route("/leads/{lead_id:path}", self._wrap(self.take_step), methods=post),
            Route("/next", self._wrap(self.claim_next), methods=post),
            Route("/nurture", self._wrap(self.show_nurture), methods=get),
            Route("/ledger", self._wrap(self.show_disagreements, *MANAGERS), methods=get),
            Route("/readings", self._wrap(self.show_reading_reports, *MANAGERS), methods=get),
            Route("/export.csv", self._wrap(self.export_queue, *MANAGERS), methods=get),
            Route("/team", self._wrap(self.show_team), methods=get),
            Route("/team", self._wrap(self.change_absence, *MANAGERS), methods=post),
            Route("/settings", self._wrap(self.show_settings), methods=get),
            Route("/settings", self._wrap(self.change_settings, *MANAGERS), methods=post),
            Route("/views", self._wrap(self.save_view), methods=post),
            Route("/find", self._wrap(self.search), methods=post),
            Route("/bulk", self._wrap(self.take_bulk_step), methods=post),
            Route("/how", self._wrap(self.show_how_it_works), methods=get),
            Route("/how", self._wrap(self.try_sentence), methods=post),
            Route("/notices", self._wrap(self.show_notices), methods=get),
            Route("/events", self._wrap(self.stream_notices, by_itself=True), methods=get),
            Route("/live", self._wrap(self.poll_changes, by_itself=True), methods=get),
            Route("/", self._wrap(self.show_queue), methods=get),
        ]

    def _wrap(self, page: PageFor, *roles: str, by_itself: bool = False) -> Callable[[Request], Awaitable[Response]]:
        """Wrap a page for signed-in users; a request that cannot be fulfilled gets a page, too."""

        async def page_or_refusal(request: Request, user: SignedInUser) -> Response:
            try:
                return await page(request, user)
            except RequestError as fault:
                return make_refusal(request, fault, _TITLES.get(fault.code, "Couldn't do that"))

        return self._page_sessions.require_sign_in(page_or_refusal, *roles, by_itself=by_itself)

    @property
    def _available_desk(self) -> Desk:
        if self._desk is None:
            raise RequestError(
                503,
                "store_unavailable",
                "The service has no store at hand; whoever runs it finds why in its log.",
                retryable=True,
            )
        return self._desk

    async def show_queue(self, request: Request, user: SignedInUser) -> Response:
        """Show the list of whom to call."""
        desk, queue_filter = self._available_desk, QueueFilter.of(request.query_params, user.person_id)

        def page() -> str:
            token, snapshot = desk.read_change_token(), desk.take_snapshot()
            listing = _read_listing(desk, snapshot, queue_filter)
            desk.record_read(_describe_list_read(user, queue_filter.list or "call", listing.rows))
            picking = Picking(
                "select" in request.query_params,
                describe_bulk(request.query_params.get("did", ""), _read_bulk_result(request.query_params)),
                desk.list_user_names(),
            )
            return render_queue(snapshot, listing, user, desk.list_views(user.person_id), token, picking)

        return page_reply(await self._run_in_thread(page))

    async def show_lead(self, request: Request, user: SignedInUser) -> Response:
        """Show one lead; with ``calendar`` in the query, send the file of its appointment; with ``handoff``, show the
        note for whoever takes over.
        """
        lead_id = request.path_params["lead_id"]
        if "calendar" in request.query_params:
            return await self._run_in_thread(lambda: self._calendar_file(lead_id, user))
        form = LeadFormState(undo=_parse_number(request.query_params.get("done", "")))
        if "handoff" in request.query_params:
            return page_reply(await self._run_in_thread(lambda: self._hand_off_page(lead_id, user, form)))
        return page_reply(await self._run_in_thread(lambda: self._lead_page(request, user, form)))

    def _lead_page(self, request: Request, user: SignedInUser, form: LeadFormState) -> str:
        desk, lead_id = self._available_desk, request.path_params["lead_id"]
        details = desk.read_lead(lead_id)
        snapshot, queue_filter = desk.take_snapshot(), QueueFilter.of(request.query_params, user.person_id)
        listing = _read_listing(desk, snapshot, queue_filter)
        # The list stands beside the lead, so both were looked at.
        desk.record_read(
            RecordRead(user.person_id, "read", "desk", (lead_id,)),
            _describe_list_read(user, queue_filter.list or "call", listing.rows),
        )
        if user.role in MANAGERS:
            details = replace(details, reads=tuple(desk.list_reads(lead_id)))
        team = DeskTeam(desk.list_user_names(), desk.list_templates())
        return render_lead(snapshot, details, user, team, listing, form)

    def _hand_off_page(self, lead_id: str, user: SignedInUser, form: LeadFormState) -> str:
        """Return the note for whoever takes over a lead; it is a read of the record like any other."""
        desk = self._available_desk
        details = desk.read_lead(lead_id)
        desk.record_read(RecordRead(user.person_id, "read", "desk", (lead_id,)))
        snapshot = desk.take_snapshot()
        practice, now = snapshot.engine.bundle.practice, desk.read_clock().now
        note = compose_hand_off(details.lead, details.steps, practice, now, desk.list_changes(lead_id))
        return render_hand_off(snapshot, details, note, user, desk.list_user_names(), form)

    def _calendar_file(self, lead_id: str, user: SignedInUser) -> Response:
        """Return the calendar file of a lead's appointment."""
        desk = self._available_desk
        appointment = find_appointment(desk.list_steps(lead_id))
        if appointment is None:
            raise RequestError(404, "unknown_lead", "This lead has no appointment with a time.")
        desk.record_read(RecordRead(user.person_id, "read", "desk", (lead_id,)))
        text = format_calendar_file(appointment, desk.engine.bundle.practice.name, desk.read_clock().now)
        headers = {"content-disposition": 'attachment; filename="appointment.ics"', "cache-control": "no-store"}
        return Response(text, media_type="text/calendar; charset=utf-8", headers=headers)

    async def take_step(self, request: Request, user: SignedInUser) -> Response:
        """Take a step with a lead; then show the page again, from which it can be undone for a minute."""
        desk, lead_id, typed = self._available_desk, request.path_params["lead_id"], await read_form(request)
        kind = typed.get("kind", "")

        def take() -> int:
            if kind == "undo":
                return desk.actions.undo(user.person_id, lead_id, _parse_number(typed.get("step", "")) or 0).number
            fields = {name: typed[name] for name in STEP_FIELDS.get(kind, {}) if name in typed} | {
                "receipt": typed.get("receipt", "")
            }
            if kind == "callback":
                fields["at"] = _read_callback(typed, desk, lead_id)
            if kind == "outcome" and typed.get("stage") == "booked" and typed.get("appointment", "").strip():
                text = typed["appointment"]
                moment = desk.read_clock().parse(text)
                fields["appointment_at"] = text if moment is None else moment.isoformat()
            fields |= _complete_fields(kind, typed, desk)
            return desk.actions.take_step(user.person_id, lead_id, kind, fields, user.role in MANAGERS).number

        try:
            number = await self._run_in_thread(take)
        except RequestError as fault:
            if wants_json(request) or fault.status in (403, 404):
                raise
            form = LeadFormState(fault=_describe_fault(fault), typed=typed, may_confirm=fault.code == "closed_hours")
            # The page whose form it was, so that nothing has to be typed twice.
            page = (
                (lambda: self._hand_off_page(lead_id, user, form))
                if kind == "hand_off"
                else (lambda: self._lead_page(request, user, form))
            )
            return page_reply(await self._run_in_thread(page), fault.status)
        if wants_json(request):
            return json_reply({"step": number, "undo": kind != "undo"})
        if kind == "reading_verdict":
            return redirect("/readings")
        query = QueueFilter.of(request.query_params, user.person_id).query
        parts = [*([] if kind == "undo" else [f"done={number}"]), *([query] if query else [])]
        return redirect(f"/leads/{_quote_id(lead_id)}" + (f"?{'&'.join(parts)}" if parts else ""))

    async def claim_next(self, request: Request, user: SignedInUser) -> Response:
        """Claim the lead to call next, and show it."""
        lead_id = await self._run_in_thread(lambda: self._available_desk.claim_next_lead(user.person_id))
        return redirect("/" if lead_id is None else f"/leads/{_quote_id(lead_id)}")

    async def show_nurture(self, request: Request, user: SignedInUser) -> Response:
        """Show the leads to follow up later."""
        desk = self._available_desk

        def page() -> str:
            snapshot = desk.take_snapshot()
            rows = _list_items(desk, snapshot, snapshot.nurture_rows[: 10 * PAGE_LEADS])
            desk.record_read(_describe_list_read(user, "nurture", rows))
            return render_nurture(snapshot, rows, user)

        return page_reply(await self._run_in_thread(page))

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

    async def show_how_it_works(self, request: Request, user: SignedInUser) -> Response:
        """Show how this works."""
        return page_reply(
            await self._run_in_thread(
                lambda: render_how_it_works(self._available_desk.engine, user, self._available_desk.share)
            )
        )

    async def try_sentence(self, request: Request, user: SignedInUser) -> Response:
        """Show how this works, with the reading of a sentence that was typed. It is sent in the body and not kept."""
        desk, sentence = self._available_desk, (await read_form(request)).get("sentence", "").strip()[:MAX_SENTENCE]

        def page() -> str:
            today = datetime.now(desk.engine.bundle.practice.zone).date()
            reading = read_sentence(desk.engine, sentence, today) if sentence else None
            return render_how_it_works(desk.engine, user, desk.share, sentence, reading)

        return page_reply(await self._run_in_thread(page))

    async def show_team(self, request: Request, user: SignedInUser) -> Response:
        """Show who is here, who is away and who gets new leads."""
        desk = self._available_desk
        can_change = user.role in MANAGERS
        return page_reply(
            await self._run_in_thread(lambda: render_team(desk.take_snapshot(), desk.read_team(), user, can_change))
        )

    async def change_absence(self, request: Request, user: SignedInUser) -> Response:
        """Save when somebody is away, or cancel that."""
        desk, typed = self._available_desk, await read_form(request)

        def save() -> None:
            if typed.get("cancel"):
                desk.cancel_absence(typed.get("person", ""), parse_absence_start(typed["cancel"]), user.person_id)
                return
            now, practice = desk.read_clock().now, desk.engine.bundle.practice
            desk.save_absence(parse_absence(typed, practice, now, user.person_id))

        try:
            await self._run_in_thread(save)
        except RequestError as fault:
            raise RequestError(fault.status, fault.code, _describe_fault(fault), fault.fields) from None
        return redirect("/team")

    async def show_settings(self, request: Request, user: SignedInUser) -> Response:
        """Show what can be changed."""
        desk, done = self._available_desk, request.query_params.get("done") == "1"
        return page_reply(
            await self._run_in_thread(
                lambda: render_settings(desk.engine, user, desk.list_templates(), desk.list_views(user.person_id), done)
            )
        )

    async def change_settings(self, request: Request, user: SignedInUser) -> Response:
        """Change how a call begins, or what a message says."""
        typed = await read_form(request)
        changed = {name: typed[name].strip() for name in TEMPLATES if name in typed}
        if not changed or any(not text or len(text) > _MAX_SCRIPT for text in changed.values()):
            raise RequestError(422, "invalid_script", f"Type between 1 and {_MAX_SCRIPT} characters.")

        def save() -> None:
            for name, text in changed.items():
                self._available_desk.save_template(name, text, user.person_id)

        await self._run_in_thread(save)
        return redirect("/settings?done=1")

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
                kind: _list_items(desk, snapshot, getattr(results, kind)) for kind in ("person", "catalog", "message")
            }
            return render_search_results(snapshot, groups, desk.read_names(results.other_ids), results.other_ids, user)

        return page_reply(await self._run_in_thread(page))

    async def take_bulk_step(self, request: Request, user: SignedInUser) -> Response:
        """Take one step with every lead that was picked from a list; then show the list again."""
        desk, typed = self._available_desk, await read_form(request)
        queue_filter = QueueFilter.of(request.query_params, user.person_id)

        def take() -> BulkResult:
            fields = dict(typed) | _complete_fields(typed.get("kind", ""), typed, desk)
            if typed.get("kind") == "outcome":
                fields["stage"] = "lost"
            return take_bulk_step(desk, user, fields, user.role in MANAGERS)

        try:
            result = await self._run_in_thread(take)
        except RequestError as fault:
            # Once more with the fields in the sentence: this page has no form of its own beside which they could stand.
            raise RequestError(
                fault.status, fault.code, _describe_fault(fault), fault.fields, fault.retryable
            ) from None
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
            return format_csv(_list_items(desk, snapshot, numbers))

        return Response(
            await self._run_in_thread(file),
            media_type="text/csv; charset=utf-8",
            headers={"content-disposition": 'attachment; filename="queue.csv"', "cache-control": "no-store"},
        )

    async def poll_changes(self, request: Request, user: SignedInUser) -> Response:
        """Say what concerns the user now, and whether anything was written since a page was made: ids and counts."""
        seen = _parse_number(request.query_params.get("seen", ""))
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
                kind: _list_items(desk, snapshot, [numbers[each] for each in getattr(notices, kind) if each in numbers])
                for kind in KINDS
            }
            desk.record_read(_describe_list_read(user, "notices", [row for rows in parts.values() for row in rows]))
            return render_notices(snapshot, parts, user)

        return page_reply(await self._run_in_thread(page))

    async def serve_file(self, request: Request) -> Response:
        """Send the style sheet or the script."""
        content, kind = read_static(request.url.path.rpartition("/")[2])
        return Response(content, media_type=kind, headers={"cache-control": "max-age=300"})


_TITLES = {
    "unknown_lead": "Lead not found",
    "not_ready": "No model yet",
    "store_unavailable": "Database unavailable",
    "held": "Somebody is working on this lead",
}


def _describe_fault(fault: RequestError) -> str:
    """Return what is wrong with a form, with what each field expects."""
    return fault.message + "".join(
        f" {field.field.replace('_', ' ').capitalize()}: {field.expected}." for field in fault.fields
    )


def _read_bulk_result(query: Mapping[str, str]) -> BulkResult:
    """Return how many leads a step was taken with, as an address has it."""
    return BulkResult(*(min(_parse_number(query.get(name, "")) or 0, MAX_PICKED) for name in ("done", "failed")))


def _read_listing(desk: Desk, snapshot: QueueSnapshot, queue_filter: QueueFilter) -> QueueListing:
    """Return one page of the filtered queue."""
    numbers = snapshot.filter_rows(queue_filter)
    page_number = min(queue_filter.page, max(1, -(-len(numbers) // PAGE_LEADS)))
    rows = _list_items(desk, snapshot, numbers[(page_number - 1) * PAGE_LEADS : page_number * PAGE_LEADS])
    return QueueListing(rows, len(numbers), queue_filter.with_page(page_number))


def _describe_list_read(user: SignedInUser, name: str, rows: Sequence[LeadListItem]) -> RecordRead:
    """Return what the audit notes of a list that a user looked at; an address may name any list, the audit no other."""
    ids = tuple(row.lead.lead_id for row in rows)
    return RecordRead(user.person_id, "listed", "desk", ids, name if name in _LISTS_LOOKED_AT else "call")


def _list_items(desk: Desk, snapshot: QueueSnapshot, numbers: Sequence[int]) -> list[LeadListItem]:
    """Return the lines of a list for these rows of the snapshot."""
    names = desk.read_names([snapshot.columns.rows[number].lead_id for number in numbers])
    now = snapshot.now.astype("datetime64[us]").item().replace(tzinfo=UTC)
    rows = [snapshot.columns.rows[number] for number in numbers]
    calling = desk.find_calling([row.lead_id for row in rows if row.held_until is not None and row.held_until > now])
    answers = desk.read_answers(snapshot, numbers)
    return build_list_items(snapshot, numbers, answers, desk.list_user_names(), names, calling)


def _parse_number(text: str) -> int | None:
    """Parse a whole number of at most 18 digits."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


def _quote_id(lead_id: str) -> str:
    """Quote a lead's id for an address."""
    return quote(lead_id, safe="")


def _read_callback(typed: Mapping[str, str], desk: Desk, lead_id: str) -> str:
    """Return the callback time that a form holds, as text with a time zone; as it was typed when it cannot be read.

    Raises
    ------
    RequestError
        409 when nobody is at the desk then, until the person confirms it.
    """
    text = next((value for name in _CALLBACK_FIELDS if (value := typed.get(name, "").strip())), "")
    clock = desk.read_clock()
    moment = clock.parse(text)
    if moment is None:
        return text
    warning = "" if typed.get("confirm") else clock.warn(moment, desk.get_postal_code(lead_id))
    if warning:
        raise RequestError(409, "closed_hours", f"{warning} Save it anyway, or pick another time.")
    return moment.isoformat()


def _complete_fields(kind: str, typed: Mapping[str, str], desk: Desk) -> dict[str, str]:
    """Return what a form says in full; reject a colleague who does not work here."""
    if kind == "nurture":
        return {"until": _add_time_zone(typed.get("until", ""), desk.take_snapshot())}
    if kind == "hand_off":
        return {"answer_by": _add_time_zone(typed.get("answer_by", ""), desk.take_snapshot())}
    if kind == "hand_over" and typed.get("to") not in desk.list_user_names():
        raise RequestError(422, "invalid_step", "Choose somebody who works on this desk.")
    return {}


def _add_time_zone(text: str, snapshot: QueueSnapshot) -> str:
    """Add the practice's time zone to a moment as a browser sends it; a day alone means its morning."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    if len(text) == len("2026-03-05"):
        moment = moment.replace(hour=9)
    return (moment if moment.tzinfo else moment.replace(tzinfo=snapshot.engine.bundle.practice.zone)).isoformat()
