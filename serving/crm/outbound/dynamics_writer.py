"""How does a score get into Dynamics 365? As a row of ``msdyn_predictivescores``, which its own lead forms show.

Lives here: the row, the conditional requests that give it exactly one effect.
Does not live here: waiting and retrying (``sender``), the incoming webhook (``serving.crm.inbound.dynamics``).

The row has a key (``msdyn_entityid``, ``msdyn_entitytype``). It is read first, then created only if it does not exist
(If-None-Match), or changed only if it is still as it was read (If-Match). So a request that seemed lost and arrives
late changes nothing: it gets status 412. That makes two requests for each lead."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from serving.crm.outbound.http_transport import Transport, TransportFault
from serving.crm.outbound.record_channel import deliver_each
from serving.crm.outbound.retry_policy import CLAIM_EXPIRED, Verdict, classify_status
from serving.crm.ports import Claim

__all__ = ["DynamicsChannel", "HEADERS", "LEAD_ID", "build_score_row"]

_PATH = "/api/data/v9.2/msdyn_predictivescores(msdyn_entityid='{}',msdyn_entitytype='lead')"
HEADERS = {"odata-version": "4.0", "odata-maxversion": "4.0"}
LEAD_ID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
_GRADES = {"A": 0, "B": 1, "C": 2, "D": 3}
_IMPROVING, _STEADY, _DECLINING, _NO_TREND = 0, 1, 2, 3


def build_score_row(body: Mapping[str, Any]) -> dict[str, int]:
    """Build the columns of one row; its key is in the address.

    Parameters
    ----------
    body : mapping
        See ``score_payload``; without ``previous_score`` there is no trend.

    >>> build_score_row({"score": 31, "grade": "B", "previous_score": 25})
    {'msdyn_score': 31, 'msdyn_scoretrend': 0, 'msdyn_grade': 1}
    """
    score, previous_score = body["score"], body.get("previous_score")
    return {
        "msdyn_score": score,
        "msdyn_scoretrend": _find_trend(score, previous_score),
        "msdyn_grade": _GRADES[body["grade"]],
    }


def _find_trend(score: int, previous_score: int | None) -> int:
    if previous_score is None:
        return _NO_TREND
    if score == previous_score:
        return _STEADY
    return _IMPROVING if score > previous_score else _DECLINING


class DynamicsChannel:
    """Writes scores, one lead after the other."""

    destination = "dynamics"
    batch_size = 10

    def __init__(self, transport: Transport, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._transport, self._clock = transport, clock

    @property
    def seconds(self) -> float:
        """The longest that a delivery may take."""
        return 2 * self.batch_size * self._transport.seconds

    def deliver(self, claims: Sequence[Claim], now: datetime) -> list[Verdict]:
        """Deliver the claims and return one verdict for each; once the CRM itself fails, leave the rest for later."""
        return deliver_each(claims, lambda claim: self._deliver_one(claim, now))

    def _deliver_one(self, claim: Claim, now: datetime) -> Verdict:
        """Read the row, then write it on the condition that nobody else has changed it."""
        if not LEAD_ID.fullmatch(claim.lead_id):
            return Verdict(claim, "dead", "not_a_lead_of_dynamics")
        path, row = _PATH.format(claim.lead_id), build_score_row(claim.body)
        try:
            current = self._transport.send("GET", f"{path}?$select={','.join(row)}", headers=HEADERS)
            if current.status == 404:
                condition = {"if-none-match": "*"}
            elif current.status != 200 or not isinstance(current.parse_object().get("@odata.etag"), str):
                return classify_status(claim, current.status, current.retry_after(now))
            elif {name: current.parse_object().get(name) for name in row} == row:
                return Verdict(claim, "done", "stands_already")
            else:
                condition = {"if-match": current.parse_object()["@odata.etag"]}
            # Too late to write: the claim could end in between, and another worker send the same score.
            if self._clock() + timedelta(seconds=self._transport.seconds) > claim.until:
                return Verdict(claim, "retry", CLAIM_EXPIRED)
            reply = self._transport.send("PATCH", path, row, {**HEADERS, **condition})
        except TransportFault as fault:
            return Verdict(claim, "retry", fault.code, crm_down=True)
        if reply.status in (200, 201, 204):
            return Verdict(claim, "done")
        return classify_status(claim, reply.status, reply.retry_after(now))
