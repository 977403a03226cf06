"""How does a score, or a hand-off, get into HubSpot? As properties of the contact, up to 100 contacts at once.

Lives here: the batch, HubSpot's results for single contacts, finding the contact that makes a batch fail.
Does not live here: waiting and retrying (``sender``), the incoming webhooks (``serving.crm.inbound.hubspot``).

Before a batch is written, the properties of its contacts are read. A contact that has this score or a later one is left
alone, so a batch that seemed lost has one effect; for a contact that does not exist, or was merged into another, the
score is given up. HubSpot confirms each contact that it updated; no confirmation is no success. HubSpot has no
conditional update: between reading and writing, only the length of the claim keeps an older score from being last."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from serving.crm.outbound.field_groups import SCORE, FieldGroup
from serving.crm.outbound.http_transport import Reply, Requests, TransportFault
from serving.crm.outbound.retry_policy import CLAIM_EXPIRED, NOT_TRIED, Verdict, classify_status
from serving.crm.outbound.score_payload import PREFIX
from serving.crm.ports import Claim

__all__ = ["PROPERTIES", "HubSpotChannel", "build_properties"]

PROPERTIES = tuple(PREFIX + name for name in SCORE.names)
"""Properties of a contact that the practice creates once: numbers for score and probability, texts for the rest."""

_PATH = "/crm/v3/objects/contacts/batch/"
_CONTACT_ID = re.compile(r"[0-9]{1,20}")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)
_MAX_UPDATES = 20
"""Largest number of updates to find the contact that makes a batch fail."""


def build_properties(body: Mapping[str, Any], fields: FieldGroup = SCORE) -> dict[str, str]:
    """Build the properties of one contact, as texts. A reason that no longer applies is cleared.

    >>> (
    ...     build_properties({"score": 31, "grade": "B"})["leadlight_score"],
    ...     build_properties({"score": 31})["leadlight_reason_1"],
    ... )
    ('31', '')
    """
    return {PREFIX + name: str(body.get(name, "")) for name in fields.names}


class HubSpotChannel:
    """Writes scores, or other fields of a contact, a batch at a time.

    Parameters
    ----------
    transport : Requests
    clock : callable
        Returns the current time, in UTC.
    fields : FieldGroup
    """

    batch_size = 100

    def __init__(
        self,
        transport: Requests,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        fields: FieldGroup = SCORE,
    ) -> None:
        self._transport, self._clock, self._fields = transport, clock, fields
        self.destination = fields.name_destination("hubspot")

    @property
    def seconds(self) -> float:
        """The longest that a delivery may take."""
        return (1 + _MAX_UPDATES) * self._transport.seconds

    def deliver(self, claims: Sequence[Claim], now: datetime) -> list[Verdict]:
        """Deliver the claims in batches and return one verdict for each."""
        rejected = [
            Verdict(claim, "dead", "not_a_contact_of_hubspot")
            for claim in claims
            if not _CONTACT_ID.fullmatch(claim.lead_id)
        ]
        valid = [claim for claim in claims if _CONTACT_ID.fullmatch(claim.lead_id)]
        if not valid:
            return rejected
        try:
            verdicts, outdated = self._read(valid, now)
        except TransportFault as fault:
            return rejected + [Verdict(claim, "retry", fault.code, crm_down=True) for claim in valid]
        return rejected + verdicts + self._write(outdated, now)

    def _read(self, claims: list[Claim], now: datetime) -> tuple[list[Verdict], list[Claim]]:
        """Read the contacts; return the verdicts on those that need no update, and the claims that need one."""
        inputs = [{"id": claim.lead_id} for claim in claims]
        properties = [PREFIX + name for name in self._fields.names]
        reply = self._transport.send("POST", _PATH + "read", {"properties": properties, "inputs": inputs})
        if reply.status not in (200, 207):
            return [_classify_reply(claim, reply, now) for claim in claims], []
        contacts = {contact["id"]: contact.get("properties") or {} for contact in _list_results(reply)}
        verdicts, outdated = [], []
        for claim in claims:
            if claim.lead_id in contacts:
                if self._is_up_to_date(contacts[claim.lead_id], build_properties(claim.body, self._fields)):
                    verdicts.append(Verdict(claim, "done", "stands_already"))
                else:
                    outdated.append(claim)
            # An answer without any contact and without an error for this one proves nothing.
            elif contacts or _find_error(reply, claim) is not None:
                verdicts.append(Verdict(claim, "dead", "no_such_contact"))
            else:
                verdicts.append(Verdict(claim, "retry", "not_confirmed"))
        return verdicts, outdated

    def _write(self, claims: list[Claim], now: datetime) -> list[Verdict]:
        """Update the contacts and return the verdicts.

        A batch that is refused as a whole is halved until the contact that makes it fail is alone: of 8 contacts with
        a bad one that takes at most 7 updates.
        """
        verdicts: list[Verdict] = []
        # A stack of batches still to try. It is bounded by calls, not by depth: a batch of which every contact is
        # refused would take 199 updates for 100 contacts.
        batches, calls = [claims] if claims else [], 0
        while batches and calls < _MAX_UPDATES and not any(verdict.crm_down for verdict in verdicts):
            batch, calls = batches.pop(), calls + 1
            if min(claim.until for claim in batch) < self._clock() + timedelta(seconds=self._transport.seconds):
                verdicts += [Verdict(claim, "retry", CLAIM_EXPIRED) for claim in batch]
                continue
            try:
                reply = self._transport.send(
                    "POST", _PATH + "update", {"inputs": [self._build_input(claim) for claim in batch]}
                )
            except TransportFault as fault:
                verdicts += [Verdict(claim, "retry", fault.code, crm_down=True) for claim in batch]
                continue
            if reply.status == 400 and len(batch) > 1:
                # The second half first, so that pop takes the first half next, and contacts go in order.
                batches += [batch[len(batch) // 2 :], batch[: len(batch) // 2]]
            elif reply.status in (200, 201, 207):
                verdicts += [_classify_contact(claim, reply) for claim in batch]
            else:
                verdicts += [_classify_reply(claim, reply, now) for claim in batch]
        return verdicts + [Verdict(claim, "retry", NOT_TRIED) for batch in batches for claim in batch]

    def _is_up_to_date(self, current: Mapping[str, Any], new: Mapping[str, str]) -> bool:
        """Whether a contact has exactly this score, or a later one."""
        moment = PREFIX + self._fields.moment
        theirs = str(current.get(moment) or "")
        is_later = bool(_INSTANT.fullmatch(theirs)) and theirs > new[moment]
        return is_later or all(str(current.get(name) or "") == value for name, value in new.items())

    def _build_input(self, claim: Claim) -> dict[str, Any]:
        return {"id": claim.lead_id, "properties": build_properties(claim.body, self._fields)}


def _classify_reply(claim: Claim, reply: Reply, now: datetime) -> Verdict:
    return classify_status(claim, reply.status, reply.retry_after(now))


def _list_results(reply: Reply) -> list[dict[str, Any]]:
    """List the contacts that an answer confirms."""
    results = reply.parse_object().get("results")
    if not isinstance(results, list):
        return []
    return [contact for contact in results if isinstance(contact, dict) and isinstance(contact.get("id"), str)]


def _find_error(reply: Reply, claim: Claim) -> str | None:
    """Return the category of the error that names a contact, None without one."""
    errors = reply.parse_object().get("errors")
    for error in errors if isinstance(errors, list) else []:
        context = error.get("context") if isinstance(error, dict) else None
        ids = []
        if isinstance(context, dict):
            ids = [contact_id for key in ("ids", "id") for contact_id in (context.get(key) or ())]
        if claim.lead_id in ids:
            # The category is a word of HubSpot's; its message may name values of the contact and is never read.
            return str(error.get("category", "ERROR"))[:40].lower()
    return None


def _classify_contact(claim: Claim, reply: Reply) -> Verdict:
    """Return the verdict of an update on one contact."""
    if claim.lead_id in {contact["id"] for contact in _list_results(reply)}:
        return Verdict(claim, "done")
    category = _find_error(reply, claim)
    if category is None:
        return Verdict(claim, "retry", "not_confirmed")
    is_permanent = re.search("not_found|validation|invalid|doesnt_exist", category)
    return Verdict(claim, "dead" if is_permanent else "retry", re.sub("[^a-z_]", "", category))
