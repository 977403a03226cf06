"""LC001: does any feature know something that happened after the moment it is computed for?

How it is detected: some moments are chosen all over the history. For each, everything from the cutoff on is deleted:
events, outcomes not yet recorded, money, leads that arrived later. The history rates, the contact book and every
feature are computed again from what is left. They must be identical to the bit. Half of the cutoffs fall exactly on an
event, because a boundary is where such things go wrong. Why it matters: a feature that sees the future makes every
figure splendid and every live score wrong. What to do: find the named signal; it reads ``batch.events`` or an outcome
without the cut that ``blocks.events`` and ``blocks.history`` make.

What it cannot see: a column of the leads table that was filled in later. An export does not say when; LC003 looks for
those."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from features.array_types import DAY, IntArray, TimeArray
from features.batch import Batch
from features.calendar.timezones import to_utc_times
from features.feature_matrix import compute_matrix
from features.point_in_time.context import Context
from features.practice.practice import Practice
from features.registry import Signal
from features.tables.tables import Tables
from features.text.phrase_lexicon import PhraseLexicon
from training.dataset.as_of import cut_tables_as_of
from training.dataset.training_context import build_training_context
from training.finding import Finding

__all__ = ["NoFutureLeakage"]

_RECENT = 90 * DAY


class NoFutureLeakage:
    """Computes features with and without the future.

    Parameters
    ----------
    signals : sequence of Signal
        Ours, and any that a practice wrote itself.
    cutoffs : int
        Moments in time to cut at.
    leads : int
        Leads looked at from each.
    """

    code = "LC001"

    def __init__(
        self,
        tables: Tables,
        practice: Practice,
        label: str,
        signals: Sequence[Signal],
        phrases: PhraseLexicon | None = None,
        cutoffs: int = 6,
        leads: int = 250,
        seed: int = 7,
    ) -> None:
        self._tables, self._practice, self._label, self._signals = tables, practice, label, list(signals)
        self._phrases = phrases or PhraseLexicon.load_default()
        self._cutoffs, self._leads, self._random = cutoffs, leads, np.random.default_rng(seed)

    def run(self) -> Finding:
        """Compare every feature of every chosen moment; name the signals that differ."""
        if "created_at" not in self._tables.leads:
            return Finding(
                self.code,
                "not applicable",
                "The data has no dates, so there is no future to delete and nothing can be promised about it.",
            )
        created_at = to_utc_times(self._tables.leads["created_at"])
        seen, differing = 0, {}
        cutoffs = self._chosen(created_at)
        whole = self._knowledge(self._tables, None, cutoffs)
        for cutoff in cutoffs:
            leads = self._leads_at(created_at, cutoff)
            with_future = self._matrix(self._tables, leads, cutoff, whole)
            past = cut_tables_as_of(self._tables, cutoff)
            rows = np.flatnonzero(created_at <= cutoff)
            without_future = self._matrix(
                past, np.searchsorted(rows, leads), cutoff, self._knowledge(past, cutoff, np.array([cutoff]))
            )
            same = (with_future == without_future) | (np.isnan(with_future) & np.isnan(without_future))
            seen += len(leads)
            for column in np.flatnonzero(~same.all(axis=0)):
                name, row = self._signals[column].name, int(np.flatnonzero(~same[:, column])[0])
                example = f"{float(with_future[row, column]):.6g} with the future, {float(without_future[row, column]):.6g} without"
                count, first = differing.get(
                    name, (0, f"first: lead {self._tables.leads['lead_id'].iloc[leads[row]]} at {cutoff}Z is {example}")
                )
                differing[name] = (count + int((~same[:, column]).sum()), first)
        compared = f"{seen:,} moments at {len(cutoffs)} cutoffs, {len(self._signals)} signals"
        if differing:
            details = {
                name: f"differs for {count:,} of {seen:,} moments; {first}"
                for name, (count, first) in differing.items()
            }
            return Finding(
                self.code,
                "fails",
                f"{', '.join(differing)} changed when everything after the cutoff was deleted ({compared}).",
                details,
            )
        return Finding(
            self.code,
            "holds",
            f"Every feature is identical to the bit when everything after the cutoff is deleted ({compared}).",
        )

    def _chosen(self, created_at: TimeArray) -> TimeArray:
        """Cutoffs spread over the history: by turns the arrival of a lead and the time of an event, so that boundaries
        are hit exactly.
        """
        arrivals = np.sort(created_at)
        events = np.sort(to_utc_times(self._tables.events["occurred_at"])) if len(self._tables.events) else arrivals
        places = np.linspace(0.3, 0.97, self._cutoffs)
        return np.array(
            [
                (events if turn % 2 else arrivals)[int(place * (len(events if turn % 2 else arrivals) - 1))]
                for turn, place in enumerate(places)
            ]
        )

    def _leads_at(self, created_at: TimeArray, cutoff: np.datetime64) -> IntArray:
        """Some leads that had arrived not too long before the cutoff, those arriving exactly then among them;
        ascending.
        """
        recent = np.flatnonzero((created_at <= cutoff) & (created_at > cutoff - _RECENT))
        just_now = np.flatnonzero(created_at == cutoff)
        drawn = self._random.choice(recent, min(self._leads, len(recent)), replace=False)
        return np.union1d(drawn, just_now)

    def _knowledge(self, tables: Tables, until: np.datetime64 | None, cutoffs: TimeArray) -> Context:
        """Everything learned from these tables before any lead is scored, as far as it matters at these cutoffs."""
        return build_training_context(tables, self._practice, self._label, self._phrases, until, cutoffs)

    def _matrix(self, tables: Tables, leads: IntArray, cutoff: np.datetime64, knowledge: Context) -> np.ndarray:
        """The features of these leads at the cutoff.

        Only they are laid out; what surrounds them is in ``knowledge``.
        """
        few = tables.leads.iloc[leads].reset_index(drop=True)
        events = (
            tables.events[tables.events["lead_id"].isin(set(few["lead_id"]))].reset_index(drop=True)
            if len(tables.events)
            else tables.events
        )
        rows = np.arange(len(few), dtype=np.intp)
        return compute_matrix(
            Batch.from_tables(replace(tables, leads=few, events=events), rows, np.full(len(few), cutoff), knowledge),
            self._signals,
        )
