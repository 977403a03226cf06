"""LC001: does any feature know something that happened after the moment it is computed for?

How it is detected: some moments are chosen across the history. For each, everything from the cutoff on is deleted:
events, outcomes not yet recorded, money, leads that arrived later. The history rates, the contact index and every
feature are recomputed from what is left. They must be identical to the bit. Half of the cutoffs fall exactly on an
event, because boundaries are where such things go wrong.

Why it matters: a feature that sees the future makes every metric look excellent and every live score wrong.

What to do: find the named signal; it reads ``batch.events`` or an outcome without the cut that ``blocks.events`` and
``blocks.history`` make.

What it cannot see: a column of the leads table that was filled in later. An export does not say when; LC003 looks for
those.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from features.array_types import DAY, IntArray, TimeArray
from features.batch import Batch
from features.calendar.timezones import to_utc_times
from features.feature_matrix import compute_matrix
from features.point_in_time.context import Context
from features.practice.practice import Practice
from features.registry import Signal
from features.tables.tables import Tables
from training.check_finding import Finding
from training.dataset.as_of import cut_tables_as_of
from training.dataset.training_context import build_training_context

__all__ = ["LeakageSample", "NoFutureLeakage"]

_RECENT = 90 * DAY


@dataclass(frozen=True)
class LeakageSample:
    """How many moments in time are cut at, how many leads are tested at each, and the seed they are drawn with."""

    cutoffs: int = 6
    leads: int = 250
    seed: int = 7


_DEFAULT_SAMPLE = LeakageSample()


class NoFutureLeakage:
    """Computes features with and without the future.

    Parameters
    ----------
    signals : sequence of Signal
        Ours, and any that a practice wrote itself.
    context : Context, optional
        Its phrases and what the practice's sources never send: facts about words and forms, not about leads.
    sample : LeakageSample
    """

    code = "LC001"

    def __init__(
        self,
        tables: Tables,
        practice: Practice,
        label: str,
        signals: Sequence[Signal],
        context: Context | None = None,
        sample: LeakageSample = _DEFAULT_SAMPLE,
    ) -> None:
        self._tables, self._practice, self._label, self._signals = tables, practice, label, list(signals)
        self._base = build_training_context(tables, practice, label) if context is None else context
        self._sample, self._random = sample, np.random.default_rng(sample.seed)

    def run(self) -> Finding:
        """Compare every feature at every cutoff; name the signals that differ."""
        if "created_at" not in self._tables.leads:
            return Finding(
                self.code,
                "not applicable",
                "The data has no dates, so there is no future to delete and nothing can be promised about it.",
            )
        created_at = self._tables.created_at
        cutoffs = self._choose_cutoffs(created_at)
        full_context = self._build_context(self._tables, None, cutoffs)
        moments, counts, examples = 0, Counter[str](), dict[str, str]()
        for cutoff in cutoffs:
            leads = self._draw_leads(created_at, cutoff)
            with_future = self._compute_matrix(self._tables, leads, cutoff, full_context)
            without_future = self._compute_without_future(created_at, leads, cutoff)
            # To the bit, and NaN equals NaN: an unknown value that becomes known by the future is a leak, too.
            same = (with_future == without_future) | (np.isnan(with_future) & np.isnan(without_future))
            moments += len(leads)
            for column in np.flatnonzero(~same.all(axis=0)):
                name, row = self._signals[column].name, int(np.flatnonzero(~same[:, column])[0])
                counts[name] += int((~same[:, column]).sum())
                examples.setdefault(
                    name,
                    f"first: lead {self._tables.leads['lead_id'].iloc[leads[row]]} at {cutoff}Z is "
                    f"{float(with_future[row, column]):.6g} with the future, "
                    f"{float(without_future[row, column]):.6g} without",
                )
        scope = f"{moments:,} moments at {len(cutoffs)} cutoffs, {len(self._signals)} signals"
        if counts:
            return Finding(
                self.code,
                "fails",
                f"{', '.join(counts)} changed when everything after the cutoff was deleted ({scope}).",
                {
                    name: f"differs for {count:,} of {moments:,} moments; {examples[name]}"
                    for name, count in counts.items()
                },
            )
        return Finding(
            self.code,
            "holds",
            f"Every feature is identical to the bit when everything after the cutoff is deleted ({scope}).",
        )

    def _compute_without_future(self, created_at: TimeArray, leads: IntArray, cutoff: np.datetime64) -> np.ndarray:
        """Compute the features of these leads from tables that end at the cutoff."""
        past = cut_tables_as_of(self._tables, cutoff)
        # Rows of leads that arrived later are gone, so the leads' rows have other numbers in the cut tables.
        remaining = np.flatnonzero(created_at <= cutoff)
        context = self._build_context(past, cutoff, np.array([cutoff]))
        return self._compute_matrix(past, np.searchsorted(remaining, leads), cutoff, context)

    def _choose_cutoffs(self, created_at: TimeArray) -> TimeArray:
        """Return cutoffs across the history, in turn the arrival of a lead and the time of an event.

        So boundaries are hit exactly.
        """
        arrivals = np.sort(created_at)
        events = np.sort(to_utc_times(self._tables.events["occurred_at"])) if len(self._tables.events) else arrivals
        cutoffs = []
        for turn, quantile in enumerate(np.linspace(0.3, 0.97, self._sample.cutoffs)):
            times = events if turn % 2 else arrivals
            cutoffs.append(times[int(quantile * (len(times) - 1))])
        return np.array(cutoffs)

    def _draw_leads(self, created_at: TimeArray, cutoff: np.datetime64) -> IntArray:
        """Draw leads that arrived not too long before the cutoff, and add those arriving exactly then; ascending."""
        recent = np.flatnonzero((created_at <= cutoff) & (created_at > cutoff - _RECENT))
        # The lead that arrives exactly at the cutoff is the boundary that is easiest to get wrong.
        just_now = np.flatnonzero(created_at == cutoff)
        drawn = self._random.choice(recent, min(self._sample.leads, len(recent)), replace=False)
        return np.union1d(drawn, just_now)

    def _build_context(self, tables: Tables, until: np.datetime64 | None, cutoffs: TimeArray) -> Context:
        """Build all that is learned from these tables before any lead is scored, as needed at these cutoffs."""
        return build_training_context(tables, self._practice, self._label, self._base, until, cutoffs)

    def _compute_matrix(self, tables: Tables, rows: IntArray, cutoff: np.datetime64, context: Context) -> np.ndarray:
        """Compute the features of these leads at the cutoff; what surrounds them is in ``context``."""
        leads = tables.leads.iloc[rows].reset_index(drop=True)
        events = (
            tables.events[tables.events["lead_id"].isin(set(leads["lead_id"]))].reset_index(drop=True)
            if len(tables.events)
            else tables.events
        )
        of_lead = np.arange(len(leads), dtype=np.intp)
        return compute_matrix(
            Batch.from_tables(
                replace(tables, leads=leads, events=events), of_lead, np.full(len(leads), cutoff), context
            ),
            self._signals,
        )
