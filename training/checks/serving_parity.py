"""LC002: does the service compute exactly what training computed?

How it is detected: each request that the service logged (ids and numbers only) is recomputed from the practice's own
tables, the way training does it: features, score and contributions must be identical to the bit. Where nothing was
logged, requests are made from the tables themselves: each lead is written as JSON as a CRM would send it, and read back
the way the service does it.

Why it matters: most models that fail in production fail here, and nobody notices: a time zone, a blank, a category
spelled differently.

What to do: find the named signal and compare what the request contained with what the table contains.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from features.array_types import FloatArray, TimeArray
from features.batch import Batch
from features.logs.prediction_log import LoggedPrediction
from features.point_in_time.context import Context
from features.point_in_time.outcomes import add_practice_records
from features.signals.sent_columns import find_sent_columns
from features.tables.json_payload import PayloadReader, lead_to_payload
from features.tables.tables import Tables
from training.bundle import Bundle
from training.check_finding import Finding

__all__ = ["ServingParity", "sample_requests", "equal_features"]


@dataclass(frozen=True)
class _Replay:
    """Features, scores and contributions recomputed from the tables, one row for each request."""

    values: np.ndarray
    log_odds: FloatArray
    parts: FloatArray


class ServingParity:
    """Replays requests from the tables.

    Parameters
    ----------
    requests : iterable of LoggedPrediction
        With the ids of their leads (``name_leads``). Those of another bundle, or of leads that are not in the tables,
        are counted and skipped.
    source : str
        Where the requests come from, in words.
    """

    code = "LC002"

    def __init__(
        self, tables: Tables, bundle: Bundle, requests: Iterable[LoggedPrediction], source: str = "made from the tables"
    ) -> None:
        self._tables, self._bundle, self._requests, self._source = tables, bundle, list(requests), source

    def run(self) -> Finding:
        """Compare features, score and contributions; name what differs."""
        requests, skipped = self.select_requests()
        if not requests:
            return Finding(self.code, "not applicable", f"No request to replay ({self._source}; {skipped}).")
        served, replay = np.array([request.values for request in requests], np.float32), self._replay(requests)
        details = self.describe_differences(requests, served, replay.values)
        served_log_odds = np.array([request.log_odds for request in requests])
        count = int((served_log_odds != replay.log_odds).sum())
        if count:
            furthest = np.abs(served_log_odds - replay.log_odds).max()
            details["score"] = f"differs in {count:,} of {len(requests):,} requests, by at most {furthest:.3g} log-odds"
        count = sum(
            request.parts is not None and not np.array_equal(request.parts, replay.parts[row])
            for row, request in enumerate(requests)
        )
        if count:
            details["reasons"] = f"contributions differ in {count:,} of {len(requests):,} requests"
        scope = f"{len(requests):,} requests ({self._source}), {len(self._bundle.signals)} signals; {skipped}"
        if details:
            sentence = f"Serving and training differ in: {', '.join(details)} ({scope})."
            return Finding(self.code, "fails", sentence, details)
        return Finding(self.code, "holds", f"Features, score and contributions are identical to the bit ({scope}).")

    def select_requests(self) -> tuple[list[LoggedPrediction], str]:
        """Return the requests that this bundle answered about leads of the tables, and what was skipped, in words.

        The requests are in the order of the tables.
        """
        answered = [request for request in self._requests if request.sha256 == self._bundle.sha256]
        in_tables = [request for request in answered if request.lead_id in self._row_of]
        in_tables.sort(key=lambda request: self._row_of[request.lead_id])
        return (
            in_tables,
            f"skipped {len(self._requests) - len(answered):,} of another model and "
            f"{len(answered) - len(in_tables):,} about leads that are not in the data",
        )

    def compute_features(self, requests: list[LoggedPrediction]) -> tuple[np.ndarray, np.ndarray]:
        """Return the features as served and as the tables give them now. Shapes (requests, signals)."""
        return np.array([request.values for request in requests], np.float32), self._replay(requests).values

    def describe_differences(
        self, requests: list[LoggedPrediction], served: np.ndarray, expected: np.ndarray
    ) -> dict[str, str]:
        """Return signal -> in how many requests it differs, with the first of them."""
        same, details = equal_features(served, expected), {}
        for column in np.flatnonzero(~same.all(axis=0)):
            row = int(np.flatnonzero(~same[:, column])[0])
            # The row and not the id: a finding goes to MLflow, and an id may be a phone number.
            first = f"row {self._row_of[requests[row].lead_id] + 1} of the leads"
            details[self._bundle.signals[column].name] = (
                f"differs in {int((~same[:, column]).sum()):,} of {len(requests):,} requests; "
                f"first: {first}: served {float(served[row, column]):.6g}, "
                f"trained {float(expected[row, column]):.6g}"
            )
        return details

    @cached_property
    def _row_of(self) -> dict[str, int]:
        """Lead id -> row of the leads table."""
        return {lead_id: row for row, lead_id in enumerate(self._tables.leads["lead_id"])}

    @cached_property
    def _unflagged(self) -> dict[str, np.ndarray]:
        """Which leads lack a column that the model has no flag of: in training, no two leads differed in it."""
        flags = find_sent_columns(self._bundle.signals)
        return {name: mask for name, mask in self._tables.find_unsent().items() if name not in flags}

    def _replay(self, requests: list[LoggedPrediction]) -> _Replay:
        """Compute the same leads at their cutoffs from the tables, from the context that the service had."""
        rows = [self._row_of[request.lead_id] for request in requests]
        values = np.empty((len(requests), len(self._bundle.signals)), np.float32)
        log_odds, parts = np.empty(len(requests)), np.empty(values.shape)
        contexts = {False: self._bundle.context}
        for (records, unsent), positions in self._group_requests(requests).items():
            if records not in contexts:
                contexts[records] = add_practice_records(self._bundle.context, self._tables, self._bundle.label)
            cutoff = np.array([requests[position].cutoff for position in positions], "datetime64[us]")
            batch = self._build_batch([rows[position] for position in positions], cutoff, contexts[records], unsent)
            scored = self._bundle.score(batch)
            values[positions], log_odds[positions], parts[positions] = scored.values, scored.log_odds, scored.parts
        return _Replay(values, log_odds, parts)

    def _group_requests(self, requests: list[LoggedPrediction]) -> dict[tuple[bool, tuple[str, ...]], list[int]]:
        """Group requests by what surrounded them: (had the practice's records, columns not sent) -> their positions.

        The stateless endpoint knows only the bundle's own context. What a request sent is a fact about the request and
        not about the lead, so it is taken from the request's own flags.
        """
        flags = find_sent_columns(self._bundle.signals)
        groups: dict[tuple[bool, tuple[str, ...]], list[int]] = {}
        for position, request in enumerate(requests):
            unsent = tuple(name for name, flag in flags.items() if request.values[flag] == 0)
            groups.setdefault((request.records, unsent), []).append(position)
        return groups

    def _build_batch(self, rows: list[int], cutoff: TimeArray, context: Context, unsent: tuple[str, ...]) -> Batch:
        """Build the batch of these rows at their cutoffs, without the columns that were not sent.

        A lead that occurs twice is two moments of one lead.
        """
        lead_rows, of_lead = np.unique(np.array(rows, np.intp), return_inverse=True)
        leads = self._tables.leads.iloc[lead_rows].reset_index(drop=True)
        events = self._tables.events
        events = events[events["lead_id"].isin(set(leads["lead_id"]))].reset_index(drop=True) if len(events) else events
        # Where the model has no flag of a column, the request does not say, and the tables do.
        withheld = {name: mask[lead_rows] for name, mask in self._unflagged.items()}
        withheld |= {name: np.ones(len(leads), bool) for name in unsent}
        # What was sent is known from the request itself, so the store's own record of it must not count as well.
        return Batch.from_tables(
            replace(self._tables, leads=leads, events=events, left_empty=None, unread={}),
            of_lead.astype(np.intp),
            cutoff,
            context,
            withheld,
        )


def equal_features(values: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Return where two matrices agree to the bit; unknown agrees with unknown. Bool of their shape."""
    return (values == expected) | (np.isnan(values) & np.isnan(expected))


def sample_requests(tables: Tables, bundle: Bundle, count: int = 200, seed: int = 7) -> list[LoggedPrediction]:
    """Make requests as a CRM would send them.

    Leads of the tables are written as JSON text and read back the way the service does it, one by one.
    """
    rows = np.sort(np.random.default_rng(seed).choice(len(tables.leads), min(count, len(tables.leads)), replace=False))
    cutoff = tables.as_of if bundle.dated and tables.as_of is not None else np.datetime64("NaT", "us")
    context = add_practice_records(bundle.context, tables, bundle.label)
    reader, requests = PayloadReader(bundle.columns, bundle.practice.zone, bundle.mapping), []
    for row in rows:
        # As text and back, because a CRM sends JSON: it has no NaN, no dates and no numpy numbers.
        payload = json.loads(json.dumps(lead_to_payload(tables, int(row), cutoff), allow_nan=False))
        converted, _, _ = reader.read(payload)
        batch = Batch.from_payloads([converted], context, bundle.columns, cutoff)
        scored = bundle.score(batch)
        lead_id = str(tables.leads["lead_id"].iloc[row])
        requests.append(
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
    return requests
