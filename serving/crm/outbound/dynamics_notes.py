"""How does the note of a hand-off get into Dynamics 365? As a note on the lead's timeline.

Lives here: the row of ``annotations``, the conditional request that gives it exactly one effect.
Does not live here: scores (``dynamics_writer``), waiting and retrying (``sender``).

The note's id is computed from the lead and the moment of the hand-off, and the row is created only if it does not exist
(If-None-Match): a request that seemed lost and is sent again gets status 412 and changes nothing. Names of the table
and of its columns are those of Microsoft's public reference; nobody here has an account.
"""

import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from serving.crm.outbound.dynamics_writer import HEADERS, LEAD_ID
from serving.crm.outbound.field_groups import HAND_OFF
from serving.crm.outbound.http_transport import Transport, TransportFault
from serving.crm.outbound.record_channel import deliver_each
from serving.crm.outbound.retry_policy import CLAIM_EXPIRED, Verdict, classify_status
from serving.crm.ports import Claim

__all__ = ["DynamicsNotes", "build_note_row"]

_PATH = "/api/data/v9.2/annotations({})"
_NO_SUCH_RECORD = "0x80040217"
"""Dataverse's code for a record that does not exist; a 404 without it is a wrong address."""
_MAX_SUBJECT = 500


def build_note_row(lead_id: str, body: Mapping[str, Any]) -> dict[str, str]:
    """Build the columns of one note.

    Parameters
    ----------
    body : mapping
        The fields of ``field_groups.HAND_OFF``.

    >>> build_note_row("6d81597f-0f9f-4711-8122-000d3aa2331c", {"handed_off_to": "Plano, Rosa"})["subject"]
    'Hand-off to Plano, Rosa'
    """
    return {
        "subject": f"Hand-off to {body['handed_off_to']}"[:_MAX_SUBJECT],
        "notetext": str(body.get("hand_off_note", "")),
        "objectid_lead@odata.bind": f"/leads({lead_id})",
    }


class DynamicsNotes:
    """Writes notes, one lead after the other.

    Parameters
    ----------
    transport : Transport
    clock : callable
        Returns the current time, in UTC.
    """

    destination = HAND_OFF.name_destination("dynamics")
    batch_size = 10

    def __init__(self, transport: Transport, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._transport, self._clock = transport, clock

    @property
    def seconds(self) -> float:
        """The longest that a delivery may take."""
        return self.batch_size * self._transport.seconds

    def deliver(self, claims: Sequence[Claim], now: datetime) -> list[Verdict]:
        """Deliver the claims and return one verdict for each; once the CRM itself fails, leave the rest for later."""
        return deliver_each(claims, lambda claim: self._deliver_one(claim, now))

    def _deliver_one(self, claim: Claim, now: datetime) -> Verdict:
        """Create the note unless it is there."""
        if not LEAD_ID.fullmatch(claim.lead_id):
            return Verdict(claim, "dead", "not_a_lead_of_dynamics")
        if self._clock() + timedelta(seconds=self._transport.seconds) > claim.until:
            return Verdict(claim, "retry", CLAIM_EXPIRED)
        note_id = uuid.uuid5(uuid.NAMESPACE_URL, f"leadlight:{claim.lead_id}:{claim.body[HAND_OFF.moment]}")
        headers = {**HEADERS, "if-none-match": "*"}
        try:
            reply = self._transport.send(
                "PATCH", _PATH.format(note_id), build_note_row(claim.lead_id, claim.body), headers
            )
        except TransportFault as fault:
            return Verdict(claim, "retry", fault.code, crm_down=True)
        if reply.status in (200, 201, 204):
            return Verdict(claim, "done")
        if reply.status == 412:
            return Verdict(claim, "done", "stands_already")
        error = reply.parse_object().get("error")
        if reply.status == 404 and isinstance(error, dict) and error.get("code") == _NO_SUCH_RECORD:
            return Verdict(claim, "dead", "no_such_lead")
        return classify_status(claim, reply.status, reply.retry_after(now))
