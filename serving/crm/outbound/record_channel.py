"""How does a score, or a hand-off, get into a CRM that takes one record at a time? Read, compared, written.

Lives here: the order of a delivery, what is up to date, when the rest is left for later. Does not live here: addresses
and bodies of one CRM (``odoo_writer``, ``frappe_writer``), conditional writes (``dynamics_writer``).

A record that has this score or a later one is left alone, so a score that is sent twice has one effect.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from serving.crm.outbound.field_groups import SCORE, FieldGroup
from serving.crm.outbound.http_transport import Reply, Requests, TransportFault
from serving.crm.outbound.retry_policy import CLAIM_EXPIRED, NOT_TRIED, Verdict, classify_status
from serving.crm.ports import Claim

__all__ = ["RecordChannel", "RecordDialect", "deliver_each"]

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)


class RecordDialect(Protocol):
    """How one CRM names a record and its fields."""

    destination: str

    def is_record(self, lead_id: str) -> bool:
        """Whether an id can be one of this CRM: only such an id gets into an address."""

    def name_field(self, name: str) -> str:
        """Return the CRM's name of one of our fields."""

    def read(self, requests: Requests, lead_id: str, fields: Sequence[str]) -> Reply:
        """Ask for a record."""

    def write(self, requests: Requests, lead_id: str, values: Mapping[str, Any]) -> Reply:
        """Change a record."""

    def parse(self, reply: Reply, lead_id: str) -> Mapping[str, Any] | None:
        """Return the fields of a record; None if the answer is none of it."""

    def is_missing(self, reply: Reply) -> bool:
        """Whether the CRM says that there is no such record, and not that the address is wrong."""


class RecordChannel:
    """Writes scores, or other fields of a record, one record after the other.

    Parameters
    ----------
    dialect : RecordDialect
    requests : Requests
    clock : callable
        Returns the current time, in UTC.
    fields : FieldGroup
    """

    batch_size = 10

    def __init__(
        self,
        dialect: RecordDialect,
        requests: Requests,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        fields: FieldGroup = SCORE,
    ) -> None:
        self._dialect, self._requests, self._clock, self._fields = dialect, requests, clock, fields
        self.destination = fields.name_destination(dialect.destination)

    @property
    def seconds(self) -> float:
        """The longest that a delivery may take."""
        return 2 * self.batch_size * self._requests.seconds

    def deliver(self, claims: Sequence[Claim], now: datetime) -> list[Verdict]:
        """Deliver the claims and return one verdict for each."""
        return deliver_each(claims, lambda claim: self._deliver_one(claim, now))

    def _deliver_one(self, claim: Claim, now: datetime) -> Verdict:
        """Read the record, then write it unless it is up to date."""
        dialect, lead_id = self._dialect, claim.lead_id
        if not dialect.is_record(lead_id):
            return Verdict(claim, "dead", f"not_a_lead_of_{dialect.destination}")
        from_our_name = {name: dialect.name_field(name) for name in self._fields.names}
        values = {theirs: claim.body.get(ours, "") for ours, theirs in from_our_name.items()}
        try:
            reply = dialect.read(self._requests, lead_id, list(values))
            if dialect.is_missing(reply):
                return Verdict(claim, "dead", "no_such_lead")
            if reply.status != 200:
                return classify_status(claim, reply.status, reply.retry_after(now))
            current = dialect.parse(reply, lead_id)
            if current is None:
                return Verdict(claim, "retry", "not_confirmed")
            if _is_up_to_date(current, values, from_our_name[self._fields.moment]):
                return Verdict(claim, "done", "stands_already")
            # Too late to write: the claim could end in between, and another worker send the same score.
            if self._clock() + timedelta(seconds=self._requests.seconds) > claim.until:
                return Verdict(claim, "retry", CLAIM_EXPIRED)
            reply = dialect.write(self._requests, lead_id, values)
        except TransportFault as fault:
            return Verdict(claim, "retry", fault.code, crm_down=True)
        if reply.status in (200, 202):
            return Verdict(claim, "done")
        return classify_status(claim, reply.status, reply.retry_after(now))


def deliver_each(claims: Sequence[Claim], deliver: Callable[[Claim], Verdict]) -> list[Verdict]:
    """Deliver claims one by one; once the CRM itself fails, leave the rest for later.

    Each of 100 records would wait for its own timeout, and their claims would end before the last was tried.
    """
    verdicts: list[Verdict] = []
    for claim in claims:
        if verdicts and verdicts[-1].crm_down:
            wait = verdicts[-1].retry_after
            return verdicts + [Verdict(later, "retry", NOT_TRIED, wait) for later in claims[len(verdicts) :]]
        verdicts.append(deliver(claim))
    return verdicts


def _is_up_to_date(current: Mapping[str, Any], new: Mapping[str, Any], moment: str) -> bool:
    """Whether a record has exactly this score, or a later one. An empty field may come back as null or false."""
    theirs = str(current.get(moment) or "")
    is_later = bool(_INSTANT.fullmatch(theirs)) and theirs > str(new[moment])
    return is_later or all(_as_text(current.get(name)) == _as_text(value) for name, value in new.items())


def _as_text(value: Any) -> str:
    """Return a value as it is compared: 31, 31.0 and "31" are the same.

    >>> _as_text(31), _as_text(31.0), _as_text("31"), _as_text(False), _as_text(0)
    ('31', '31', '31', '', '0')
    """
    if value is None or value is False:
        return ""
    if isinstance(value, float):
        return f"{value:.6g}"
    return str(value)
