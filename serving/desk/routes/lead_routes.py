"""What can be done on one lead's page? Read it, take a step and undo it, hand it off, fetch its appointment.

Lives here: the addresses below ``/leads/``. Does not live here: what the page says (``serving.desk.pages.lead_page``),
what a step changes (``serving.desk.lead_actions``), the fields of its forms (``form_fields``).
"""

from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from serving.accounts.roles import MANAGERS
from serving.accounts.sessions import SignedInUser
from serving.desk.appointments import find_appointment, format_calendar_file
from serving.desk.handoff import compose_hand_off
from serving.desk.lead_state import STEP_FIELDS
from serving.desk.pages.handoff_page import HandOffPage, render_hand_off
from serving.desk.pages.lead_page import DeskTeam, LeadFormState, render_lead
from serving.desk.queue.filters import QueueFilter
from serving.desk.routes.desk_resource import DeskResource
from serving.desk.routes.form_fields import complete_fields, describe_fault, parse_number, quote_lead_id, read_callback
from serving.desk.routes.lead_lists import describe_list_read, read_listing
from serving.desk.routes.page_sessions import read_form, redirect, wants_json
from serving.errors import RequestError
from serving.http.responses import json_reply, page_reply
from serving.store.database.audit_chain import RecordRead

__all__ = ["LeadPageRoutes"]


class LeadPageRoutes(DeskResource):
    """Addresses of one lead."""

    def routes(self) -> list[Route]:
        """Return the addresses."""
        get, post = ["GET"], ["POST"]
        return [
            Route("/leads/{lead_id:path}", self._wrap(self.show_lead), methods=get),
            Route("/leads/{lead_id:path}", self._wrap(self.take_step), methods=post),
        ]

    async def show_lead(self, request: Request, user: SignedInUser) -> Response:
        """Show one lead; with ``calendar`` in the query, send the file of its appointment; with ``handoff``, show the
        note for whoever takes over.
        """
        lead_id = request.path_params["lead_id"]
        if "calendar" in request.query_params:
            return await self._run_in_thread(lambda: self._calendar_file(lead_id, user))
        form = LeadFormState(undo=parse_number(request.query_params.get("done", "")))
        if "handoff" in request.query_params:
            return page_reply(await self._run_in_thread(lambda: self._hand_off_page(lead_id, user, form)))
        return page_reply(await self._run_in_thread(lambda: self._lead_page(request, user, form)))

    def _lead_page(self, request: Request, user: SignedInUser, form: LeadFormState) -> str:
        desk, lead_id = self._available_desk, request.path_params["lead_id"]
        details = desk.read_lead(lead_id)
        snapshot, queue_filter = desk.take_snapshot(), QueueFilter.of(request.query_params, user.person_id)
        listing = read_listing(desk, snapshot, queue_filter)
        # The list stands beside the lead, so both were looked at.
        desk.record_read(
            RecordRead(user.person_id, "read", "desk", (lead_id,)),
            describe_list_read(user, queue_filter.list or "call", listing.rows),
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
        page = HandOffPage(desk.list_user_names(), form, desk.list_note_deliveries(lead_id))
        return render_hand_off(snapshot, details, note, user, page)

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
                return desk.actions.undo(user.person_id, lead_id, parse_number(typed.get("step", "")) or 0).number
            fields = {name: typed[name] for name in STEP_FIELDS.get(kind, {}) if name in typed} | {
                "receipt": typed.get("receipt", "")
            }
            if kind == "callback":
                fields["at"] = read_callback(typed, desk, lead_id)
            if kind == "outcome" and typed.get("stage") == "booked" and typed.get("appointment", "").strip():
                text = typed["appointment"]
                moment = desk.read_clock().parse(text)
                fields["appointment_at"] = text if moment is None else moment.isoformat()
            fields |= complete_fields(kind, typed, desk)
            return desk.actions.take_step(user.person_id, lead_id, kind, fields, user.role in MANAGERS).number

        try:
            number = await self._run_in_thread(take)
        except RequestError as fault:
            if wants_json(request) or fault.status in (403, 404):
                raise
            form = LeadFormState(fault=describe_fault(fault), typed=typed, may_confirm=fault.code == "closed_hours")
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
        return redirect(f"/leads/{quote_lead_id(lead_id)}" + (f"?{'&'.join(parts)}" if parts else ""))
