"""How does a score get into HubSpot? As properties of the contact, up to 100 contacts at once.

Lives here: the batch, what HubSpot says of single contacts, finding the one that spoils a batch.
Does not live here: waiting and trying again (``sender``), the incoming webhooks (``hubspot``).

Before a batch is written, the properties of its contacts are read. One that has this score, or one made later, is left
alone, so a batch that was thought lost has one effect; one that is not there, or was merged into another, becomes a
dead letter. An update says of each contact that it was written; silence is no success. HubSpot has no conditional
update: between reading and writing, nothing but the length of the claim keeps an older score from coming second."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from serving.crm.outbound.http_transport import Reply, Transport, TransportFault
from serving.crm.outbound.retry_policy import CLAIM_EXPIRED, NOT_TRIED, Verdict, classify_status
from serving.crm.outbound.score_payload import PREFIX, SCORE_FIELDS
from serving.crm.ports import Claim

__all__ = ["PROPERTIES", "HubSpotChannel", "build_properties"]

PROPERTIES = tuple(PREFIX + name for name in SCORE_FIELDS)
"""Properties of a contact that the practice makes once: a number for score and probability, a text for the rest."""

_PATH = "/crm/v3/objects/contacts/batch/"
_SCORED_AT = PREFIX + "scored_at"
_IDS = re.compile(r"[0-9]{1,20}")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)
_MOST_CALLS = 20
"""Updates in which the contact that spoils a batch is looked for."""


def build_properties(body: Mapping[str, Any]) -> dict[str, str]:
    """The properties of one contact, as texts. A reason that is no longer given is emptied.

    >>> (
    ...     build_properties({"score": 31, "grade": "B"})["leadlight_score"],
    ...     build_properties({"score": 31})["leadlight_reason_1"],
    ... )
    ('31', '')
    """
    return {PREFIX + name: str(body.get(name, "")) for name in SCORE_FIELDS}


class HubSpotChannel:
    """Writes scores, a batch at a time."""

    destination = "hubspot"
    most = 100

    def __init__(self, transport: Transport, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._transport, self._clock = transport, clock

    @property
    def seconds(self) -> float:
        """The longest that a delivery may take."""
        return (1 + _MOST_CALLS) * self._transport.seconds

    def deliver(self, claims: Sequence[Claim], now: datetime) -> list[Verdict]:
        """One verdict for each claim."""
        strangers = [
            Verdict(claim, "dead", "not_a_contact_of_hubspot") for claim in claims if not _IDS.fullmatch(claim.lead_id)
        ]
        known = [claim for claim in claims if _IDS.fullmatch(claim.lead_id)]
        if not known:
            return strangers
        try:
            verdicts, waiting = self._read(known, now)
        except TransportFault as fault:
            return strangers + [Verdict(claim, "retry", fault.code, crm_down=True) for claim in known]
        return strangers + verdicts + self._write(waiting, now)

    def _read(self, claims: list[Claim], now: datetime) -> tuple[list[Verdict], list[Claim]]:
        """(verdicts on contacts that need no update, those that do)."""
        inputs = [{"id": claim.lead_id} for claim in claims]
        reply = self._transport.send("POST", _PATH + "read", {"properties": list(PROPERTIES), "inputs": inputs})
        if reply.status not in (200, 207):
            return [_ill_or_dead(claim, reply, now) for claim in claims], []
        stands = {one["id"]: one.get("properties") or {} for one in _results(reply)}
        verdicts, waiting = [], []
        for claim in claims:
            if claim.lead_id not in stands:
                said_so = bool(stands) or _names(reply, claim) is not None
                verdicts.append(
                    Verdict(claim, "dead", "no_such_contact") if said_so else Verdict(claim, "retry", "not_confirmed")
                )
            elif _stands(stands[claim.lead_id], build_properties(claim.body)):
                verdicts.append(Verdict(claim, "done", "stands_already"))
            else:
                waiting.append(claim)
        return verdicts, waiting

    def _write(self, claims: list[Claim], now: datetime) -> list[Verdict]:
        """Verdicts on an update.

        A batch that is refused as a whole is halved, until the contact that spoils it stands alone.
        """
        verdicts: list[Verdict] = []
        batches, calls = [claims] if claims else [], 0
        while batches and calls < _MOST_CALLS and not any(verdict.crm_down for verdict in verdicts):
            batch, calls = batches.pop(), calls + 1
            if min(claim.until for claim in batch) < self._clock() + timedelta(seconds=self._transport.seconds):
                verdicts += [Verdict(claim, "retry", CLAIM_EXPIRED) for claim in batch]
                continue
            try:
                reply = self._transport.send("POST", _PATH + "update", {"inputs": [_input(claim) for claim in batch]})
            except TransportFault as fault:
                verdicts += [Verdict(claim, "retry", fault.code, crm_down=True) for claim in batch]
                continue
            if reply.status == 400 and len(batch) > 1:
                batches += [batch[len(batch) // 2 :], batch[: len(batch) // 2]]
            elif reply.status in (200, 201, 207):
                verdicts += [_verdict(claim, reply) for claim in batch]
            else:
                verdicts += [_ill_or_dead(claim, reply, now) for claim in batch]
        return verdicts + [Verdict(claim, "retry", NOT_TRIED) for batch in batches for claim in batch]


def _stands(there: Mapping[str, Any], ours: Mapping[str, str]) -> bool:
    """Whether a contact has this very score, or one that was made later."""
    scored_at = str(there.get(_SCORED_AT) or "")
    later = bool(_INSTANT.fullmatch(scored_at)) and scored_at > ours[_SCORED_AT]
    return later or all(str(there.get(name) or "") == value for name, value in ours.items())


def _input(claim: Claim) -> dict[str, Any]:
    return {"id": claim.lead_id, "properties": build_properties(claim.body)}


def _ill_or_dead(claim: Claim, reply: Reply, now: datetime) -> Verdict:
    return classify_status(claim, reply.status, reply.retry_after(now))


def _results(reply: Reply) -> list[dict[str, Any]]:
    """The records that an answer confirms."""
    found = reply.parse_object().get("results")
    return (
        [one for one in found if isinstance(one, dict) and isinstance(one.get("id"), str)]
        if isinstance(found, list)
        else []
    )


def _names(reply: Reply, claim: Claim) -> str | None:
    """The category of the error that names a contact."""
    errors = reply.parse_object().get("errors")
    for error in errors if isinstance(errors, list) else []:
        context = error.get("context") if isinstance(error, dict) else None
        ids = [one for key in ("ids", "id") for one in (context.get(key) or ())] if isinstance(context, dict) else []
        if claim.lead_id in ids:
            return str(error.get("category", "ERROR"))[:40].lower()
    return None


def _verdict(claim: Claim, reply: Reply) -> Verdict:
    """What an update says of one contact."""
    if claim.lead_id in {one["id"] for one in _results(reply)}:
        return Verdict(claim, "done")
    category = _names(reply, claim)
    if category is None:
        return Verdict(claim, "retry", "not_confirmed")
    for_good = re.search("not_found|validation|invalid|doesnt_exist", category)
    return Verdict(claim, "dead" if for_good else "retry", re.sub("[^a-z_]", "", category))
