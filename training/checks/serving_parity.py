"""LC002: does the service compute exactly what training computed?

How it is detected: each request that the service logged (ids and numbers only) is computed again from the practice's
own tables, by the path that training uses: the same features, the same score, the same contributions, to the bit. Where
nothing was logged, requests are made from the tables themselves: each lead is written as JSON as a CRM would send it,
and read back by the service's path. Why it matters: most models that fail in use fail here, and nobody notices: a zone,
a blank, a category spelt otherwise. What to do: find the named signal and compare what the request said with what the
table says."""

import json
from collections.abc import Iterable
from dataclasses import replace
from functools import cached_property

import numpy as np

from features.array_types import FloatArray, TimeArray
from features.batch import Batch
from features.logs.prediction_log import LoggedPrediction, to_log_id
from features.point_in_time.context import Context
from features.point_in_time.outcomes import add_practice_records
from features.tables.json_payload import lead_to_payload, convert_payload
from features.tables.tables import Tables
from training.bundle import Bundle
from training.finding import Finding

__all__ = ["ServingParity", "sample_requests", "equal_features"]


class ServingParity:
    """Replays requests from the tables.

    Parameters
    ----------
    requests : iterable of Request
        Those of another bundle, or of leads that the tables do not hold, are counted and passed over.
    """

    code = "LC002"

    def __init__(
        self, tables: Tables, bundle: Bundle, requests: Iterable[LoggedPrediction], source: str = "made from the tables"
    ) -> None:
        self._tables, self._bundle, self._requests, self._source = tables, bundle, list(requests), source

    def run(self) -> Finding:
        """Compare features, score and contributions; name what differs."""
        known, passed_over = self.known()
        if not known:
            return Finding(self.code, "not applicable", f"No request to replay ({self._source}; {passed_over}).")
        values, expected, log_odds, parts = self._computed(known)
        details = self.differing(known, values, expected)
        served = np.array([one.log_odds for one in known])
        wrong = int((served != log_odds).sum())
        if wrong:
            details["score"] = (
                f"differs in {wrong:,} of {len(known):,} requests, by at most {np.abs(served - log_odds).max():.3g} log-odds"
            )
        moved = sum(
            one.parts is not None and not np.array_equal(one.parts, parts[row]) for row, one in enumerate(known)
        )
        if moved:
            details["reasons"] = f"contributions differ in {moved:,} of {len(known):,} requests"
        said = f"{len(known):,} requests ({self._source}), {len(self._bundle.signals)} signals; {passed_over}"
        if details:
            return Finding(
                self.code, "fails", f"Served otherwise than trained: {', '.join(details)} ({said}).", details
            )
        return Finding(self.code, "holds", f"Features, score and contributions are identical to the bit ({said}).")

    def known(self) -> tuple[list[LoggedPrediction], str]:
        """The requests that this bundle answered about leads of the tables, in the order of the tables, and what was
        passed over, in words.
        """
        ours = [one for one in self._requests if one.sha256 == self._bundle.sha256]
        known = sorted((one for one in ours if one.lead_id in self._row_of), key=lambda one: self._row_of[one.lead_id])
        return (
            known,
            f"{len(self._requests) - len(ours):,} of another model and {len(ours) - len(known):,} of leads that are not in the data were passed over",
        )

    def features(self, known: list[LoggedPrediction]) -> tuple[np.ndarray, np.ndarray]:
        """Features as served and as the tables give them now. Shapes (requests, signals)."""
        values, expected, _, _ = self._computed(known)
        return values, expected

    def differing(self, known: list[LoggedPrediction], values: np.ndarray, expected: np.ndarray) -> dict[str, str]:
        """Signal -> in how many requests it differs, with the first of them."""
        same, details = equal_features(values, expected), {}
        for column in np.flatnonzero(~same.all(axis=0)):
            row = int(np.flatnonzero(~same[:, column])[0])
            shown = f"lead {known[row].lead_id}: served {float(values[row, column]):.6g}, trained {float(expected[row, column]):.6g}"
            details[self._bundle.signals[column].name] = (
                f"differs in {int((~same[:, column]).sum()):,} of {len(known):,} requests; first: {shown}"
            )
        return details

    @cached_property
    def _row_of(self) -> dict[str, int]:
        """Logged id -> row of the leads table."""
        return {to_log_id(lead_id): row for row, lead_id in enumerate(self._tables.leads["lead_id"])}

    def _computed(self, known: list[LoggedPrediction]) -> tuple[np.ndarray, np.ndarray, FloatArray, FloatArray]:
        """Features as served, then features, score and contributions of the same leads at their cutoffs from the
        tables, knowing what the service knew.
        """
        served, rows = np.array([one.values for one in known], np.float32), [self._row_of[one.lead_id] for one in known]
        values = np.empty((len(known), len(self._bundle.signals)), np.float32)
        log_odds, parts = np.empty(len(known)), np.empty(values.shape)
        for records in (True, False):
            asked = np.flatnonzero([one.records == records for one in known])
            if len(asked):
                knowledge = (
                    add_practice_records(self._bundle.context, self._tables, self._bundle.label)
                    if records
                    else self._bundle.context
                )
                scored = self._bundle.score(
                    self._batch(
                        [rows[i] for i in asked],
                        np.array([known[i].cutoff for i in asked], "datetime64[us]"),
                        knowledge,
                    )
                )
                values[asked], log_odds[asked], parts[asked] = scored.values, scored.log_odds, scored.parts
        return served, values, log_odds, parts

    def _batch(self, rows: list[int], cutoff: TimeArray, knowledge: Context) -> Batch:
        """Some leads of the tables at their cutoffs; a lead asked for twice is two moments of one lead."""
        leads, of_lead = np.unique(np.array(rows, np.intp), return_inverse=True)
        few = self._tables.leads.iloc[leads].reset_index(drop=True)
        events = self._tables.events
        events = events[events["lead_id"].isin(set(few["lead_id"]))].reset_index(drop=True) if len(events) else events
        return Batch.from_tables(
            replace(self._tables, leads=few, events=events), of_lead.astype(np.intp), cutoff, knowledge
        )


def equal_features(values: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Where two matrices agree to the bit; unknown agrees with unknown. Bool of their shape."""
    return (values == expected) | (np.isnan(values) & np.isnan(expected))


def sample_requests(tables: Tables, bundle: Bundle, count: int = 200, seed: int = 7) -> list[LoggedPrediction]:
    """Requests as a CRM would send them: leads of the tables written as JSON text and read back by the service's path,
    one by one.
    """
    rows = np.sort(np.random.default_rng(seed).choice(len(tables.leads), min(count, len(tables.leads)), replace=False))
    cutoff = tables.as_of if bundle.dated and tables.as_of is not None else np.datetime64("NaT", "us")
    knowledge = add_practice_records(bundle.context, tables, bundle.label)
    made = []
    for row in rows:
        payload = json.loads(json.dumps(lead_to_payload(tables, int(row), cutoff), allow_nan=False))
        converted, _, _ = convert_payload(payload, bundle.columns, bundle.practice.zone, bundle.mapping)
        batch = Batch.from_payloads([converted], knowledge, bundle.columns, cutoff)
        scored = bundle.score(batch)
        lead_id = to_log_id(str(tables.leads["lead_id"].iloc[row]))
        made.append(
            LoggedPrediction(
                lead_id,
                batch.cutoff[0],
                bundle.sha256,
                True,
                scored.values[0],
                float(scored.log_odds[0]),
                scored.parts[0],
            )
        )
    return made
