"""How does a score get into Dynamics 365? As a row of ``msdyn_predictivescores``, where its own lead forms look for
one.

Lives here: the row, the conditional requests that give it exactly one effect.
Does not live here: waiting and trying again (``sender``), the incoming webhook (``dynamics``).

The row is found by its key (``msdyn_entityid``, ``msdyn_entitytype``). It is read first; then created only if there is
none (If-None-Match), or changed only if it is still the one that was read (If-Match). So a request that was thought
lost and arrives late changes nothing: it gets 412. Two requests for each lead."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from serving.crm.outbound.http_transport import Transport, TransportFault
from serving.crm.outbound.retry_policy import CLAIM_EXPIRED, NOT_TRIED, Verdict, classify_status
from serving.crm.ports import Claim

__all__ = ["DynamicsChannel", "build_score_row"]

_PATH = "/api/data/v9.2/msdyn_predictivescores(msdyn_entityid='{}',msdyn_entitytype='lead')"
_HEADERS = {"odata-version": "4.0", "odata-maxversion": "4.0"}
_IDS = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
_GRADES = {"A": 0, "B": 1, "C": 2, "D": 3}
_IMPROVING, _STEADY, _DECLINING, _TOO_LITTLE_KNOWN = 0, 1, 2, 3


def build_score_row(body: Mapping[str, Any]) -> dict[str, int]:
    """The columns that are set of one row; its key stands in the address.

    Parameters
    ----------
    body : mapping
        See ``written_back.written_back``; without ``previous_score`` there is no trend to tell.

    >>> build_score_row({"score": 31, "grade": "B", "previous_score": 25})
    {'msdyn_score': 31, 'msdyn_scoretrend': 0, 'msdyn_grade': 1}
    """
    before = body.get("previous_score")
    moved = None if before is None else body["score"] - before
    trend = _TOO_LITTLE_KNOWN if moved is None else _STEADY if moved == 0 else _IMPROVING if moved > 0 else _DECLINING
    return {"msdyn_score": body["score"], "msdyn_scoretrend": trend, "msdyn_grade": _GRADES[body["grade"]]}


class DynamicsChannel:
    """Writes scores, one lead after the other."""

    destination = "dynamics"
    most = 10

    def __init__(self, transport: Transport, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._transport, self._clock = transport, clock

    @property
    def seconds(self) -> float:
        """The longest that a delivery may take."""
        return 2 * self.most * self._transport.seconds

    def deliver(self, claims: Sequence[Claim], now: datetime) -> list[Verdict]:
        """One verdict for each claim. After one that says the CRM itself is ill, the rest are left for later."""
        verdicts: list[Verdict] = []
        for claim in claims:
            if verdicts and verdicts[-1].crm_down:
                verdicts += [Verdict(left, "retry", NOT_TRIED, verdicts[-1].wait) for left in claims[len(verdicts) :]]
                break
            verdicts.append(self._one(claim, now))
        return verdicts

    def _one(self, claim: Claim, now: datetime) -> Verdict:
        if not _IDS.fullmatch(claim.lead_id):
            return Verdict(claim, "dead", "not_a_lead_of_dynamics")
        path, row = _PATH.format(claim.lead_id), build_score_row(claim.body)
        try:
            found = self._transport.send("GET", f"{path}?$select={','.join(row)}", headers=_HEADERS)
            if found.status == 404:
                condition = {"if-none-match": "*"}
            elif found.status != 200 or not isinstance(found.parse_object().get("@odata.etag"), str):
                return classify_status(claim, found.status, found.retry_after(now))
            elif {name: found.parse_object().get(name) for name in row} == row:
                return Verdict(claim, "done", "stands_already")
            else:
                condition = {"if-match": found.parse_object()["@odata.etag"]}
            if self._clock() + timedelta(seconds=self._transport.seconds) > claim.until:
                return Verdict(claim, "retry", CLAIM_EXPIRED)
            written = self._transport.send("PATCH", path, row, {**_HEADERS, **condition})
        except TransportFault as fault:
            return Verdict(claim, "retry", fault.code, crm_down=True)
        return (
            Verdict(claim, "done")
            if written.status in (200, 201, 204)
            else classify_status(claim, written.status, written.retry_after(now))
        )
