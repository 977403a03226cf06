"""Which numbers does the model read? A batch -> the feature matrix, one column per signal, in catalogue order.

Lives here: selecting the signals that a practice's data supports, and computing them in chunks.
Does not live here: what each signal means (``signals``), the heavy work (``blocks``).
"""

from collections.abc import Callable, Collection, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

import features.signals  # noqa: F401  (fills the catalogue)
from features.array_types import CHUNK_LEADS, IntArray
from features.batch import Batch
from features.blocks import Blocks
from features.errors import SignalError
from features.point_in_time.context import Context
from features.registry import CATALOGUE, Signal
from features.signals.sent_columns import ColumnSent

__all__ = ["compute_matrix", "select_supported_signals"]

_PRACTICE_INPUTS = frozenset(("clinics", "services", "history", "wording"))
"""Needs that no lead sends."""
_Needs = tuple[tuple[str, ...], ...]
"""The alternatives of each need."""
_RULES_KEPT, _PLANS_KEPT = 256, 64
"""Sets of columns that were not sent by all, of which a plan keeps what follows, and plans in a process."""
_PLANS: dict[int, "_MatrixPlan"] = {}


def select_supported_signals(columns: Collection[str], events: bool, context: Context) -> list[Signal]:
    """Return the catalogue's signals whose ``needs`` are met; others are dropped, never filled with a silent zero.

    Parameters
    ----------
    columns : names of the leads columns with at least one value
    events : whether there are any events
    """
    available = set(columns)
    available |= {"events"} if events else set()
    available |= {"clinics"} if context.practice.clinics else set()
    available |= {"services"} if context.practice.services else set()
    available |= {"history"} if context.history is not None else set()
    available |= {"wording"} if context.word_weights is not None else set()
    return [
        signal
        for signal in CATALOGUE.values()
        if all(any(column in available for column in need.split("|")) for need in signal.needs)
    ]


def compute_matrix(
    batch: Batch, signals: Sequence[Signal], progress: Callable[[int, int], None] | None = None
) -> np.ndarray:
    """Compute the feature matrix, float32 of shape (moments, signals), NaN unknown.

    A signal is unknown for a lead whose source did not send what it needs, whatever the signal makes of a blank.

    Parameters
    ----------
    progress : callable (moments done, moments in all), called after each chunk

    Raises
    ------
    SignalError
        If a signal returns another shape than (moments,), or something that is not a number.
    """
    plan = _find_plan(signals)
    matrix = np.empty((len(batch), len(signals)), np.float32)
    done = 0
    for chunk in batch.chunks(CHUNK_LEADS):
        moments = len(chunk)
        # Signal by signal into rows that lie together in memory, then turned over once: writing columns of a matrix
        # with rows of moments touches a cache line for every number.
        matrix[done : done + moments] = plan.compute_rows(chunk).T
        done += moments
        if progress is not None:
            progress(done, len(batch))
    return matrix


class _UnsentRule(NamedTuple):
    """Signals that lack the same inputs, as rows of the matrix turned over, where some columns were not sent by all.

    Parameters
    ----------
    rows : int array
    needs : tuple of tuples of str
        The needs of which no alternative was sent by all.
    reads : tuple of str
        The columns that are read, not needed, and not sent by all.
    """

    rows: IntArray
    needs: tuple[tuple[str, ...], ...]
    reads: tuple[str, ...]

    def find(self, batch: Batch) -> np.ndarray:
        """Return the moments that lack an input: every alternative of a need, or what is read. Shape (n,), bool."""
        lacking = [np.logical_and.reduce([~batch.sent(name) for name in alternatives]) for alternatives in self.needs]
        return np.logical_or.reduce([*lacking, *map(batch.is_withheld, self.reads)])


class _MatrixPlan:
    """How the matrix of some signals is computed, settled once for every batch.

    One lead costs as many small steps as a chunk of thousands, so what depends on the signals alone is not done again.
    """

    def __init__(self, signals: Sequence[Signal]) -> None:
        self.signals = signals
        self._flags = tuple(
            (row, signal.compute) for row, signal in enumerate(signals) if isinstance(signal.compute, ColumnSent)
        )
        flagged = {row for row, _ in self._flags}
        self._computed = tuple((row, signal) for row, signal in enumerate(signals) if row not in flagged)
        self._flag_rows = np.array(sorted(flagged), np.intp)
        rows_by_inputs: dict[tuple[_Needs, tuple[str, ...]], list[int]] = {}
        for row, signal in self._computed:
            rows_by_inputs.setdefault((_list_alternatives(signal.needs), signal.reads), []).append(row)
        self._inputs = tuple((needs, reads, np.array(rows)) for (needs, reads), rows in rows_by_inputs.items())
        self._names = frozenset(name for needs, reads, _ in self._inputs for names in (*needs, reads) for name in names)
        self._list_unsent_rules = lru_cache(maxsize=_RULES_KEPT)(self._make_unsent_rules)

    def compute_rows(self, batch: Batch) -> np.ndarray:
        """Compute every signal for every moment. Shape (signals, n), float32, NaN unknown."""
        blocks, moments = Blocks(batch), len(batch)
        rows = np.empty((len(self.signals), moments), np.float32)
        for row, signal in self._computed:
            rows[row] = _check_values(signal, signal.compute(batch, blocks), moments)
        sent_by_all = {*batch.columns, "events"} - batch.not_sent.keys()
        rows[self._flag_rows] = 1.0
        for row, flag in self._flags:
            if flag.column not in sent_by_all:
                rows[row] = flag(batch, blocks)
        for rule in self._list_unsent_rules(self._names - sent_by_all):
            rows[rule.rows[:, None], np.flatnonzero(rule.find(batch))] = np.nan
        return rows

    def _make_unsent_rules(self, not_sent_by_all: frozenset[str]) -> tuple[_UnsentRule, ...]:
        """List the signals that may lack an input where these columns were not sent by all."""
        rules = []
        for needs, reads, rows in self._inputs:
            unmet = tuple(alternatives for alternatives in needs if not_sent_by_all.issuperset(alternatives))
            unread = tuple(name for name in reads if name in not_sent_by_all)
            if unmet or unread:
                rules.append(_UnsentRule(rows, unmet, unread))
        return tuple(rules)


def _find_plan(signals: Sequence[Signal]) -> _MatrixPlan:
    """Return the plan of these signals; that of a model, whose tuple stays the same, is made once."""
    if not isinstance(signals, tuple):
        return _MatrixPlan(signals)
    plan = _PLANS.get(id(signals))
    # The plan holds its tuple, so that no other can have its id while the plan is kept.
    if plan is None or plan.signals is not signals:
        if len(_PLANS) >= _PLANS_KEPT:
            _PLANS.clear()
        plan = _PLANS[id(signals)] = _MatrixPlan(signals)
    return plan


@lru_cache(maxsize=1024)
def _list_alternatives(needs: tuple[str, ...]) -> _Needs:
    """List the alternatives of each need, without the needs that no lead sends."""
    split = (tuple(need.split("|")) for need in needs)
    return tuple(alternatives for alternatives in split if not _PRACTICE_INPUTS.issuperset(alternatives))


def _check_values(signal: Signal, values: np.ndarray, moments: int) -> np.ndarray:
    """Return the values, if they are what a signal promises."""
    if type(values) is np.ndarray and values.shape == (moments,) and values.dtype.kind in "fiub":
        return values
    shape, kind = getattr(values, "shape", None), getattr(getattr(values, "dtype", None), "kind", type(values).__name__)
    if shape != (moments,) or kind not in "fiub":
        raise SignalError(
            f"signal {signal.name!r}: returned shape {shape} of kind {kind!r} for {moments} moments. "
            f"Expected one number per moment, shape ({moments},); fix its function."
        )
    return values
