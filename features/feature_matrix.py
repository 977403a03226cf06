"""Which numbers does the model read? A batch -> the feature matrix, one column per signal, in catalogue order.

Lives here: selecting the signals that a practice's data supports, and computing them in chunks.
Does not live here: what each signal means (``signals``), the heavy work (``blocks``).
"""

from collections.abc import Callable, Collection, Sequence
from functools import lru_cache

import numpy as np

import features.signals  # noqa: F401  (fills the catalogue)
from features.array_types import CHUNK_LEADS
from features.batch import Batch
from features.blocks import Blocks
from features.errors import SignalError
from features.point_in_time.context import Context
from features.registry import CATALOGUE, Signal
from features.signals.sent_columns import ColumnSent

__all__ = ["compute_matrix", "select_supported_signals"]

_PRACTICE_INPUTS = frozenset(("clinics", "services", "history", "wording"))
"""Needs that no lead sends."""
_Need = tuple[str, ...]
"""The alternatives of a need."""
_NO_ROWS = np.empty(0, np.intp)
_PLANS_KEPT = 64
"""Plans in a process."""
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
        needs: dict[_Need, list[int]] = {}
        reads: dict[str, list[int]] = {}
        for row, signal in self._computed:
            for alternatives in _list_alternatives(signal.needs):
                needs.setdefault(alternatives, []).append(row)
            for name in signal.reads:
                reads.setdefault(name, []).append(row)
        self._rows_by_need = {names[0]: np.array(rows) for names, rows in needs.items() if len(names) == 1}
        self._rows_by_read = {name: np.array(rows) for name, rows in reads.items()}
        self._alternatives = tuple((names, np.array(rows)) for names, rows in needs.items() if len(names) > 1)

    def compute_rows(self, batch: Batch) -> np.ndarray:
        """Compute every signal for every moment. Shape (signals, n), float32, NaN unknown."""
        blocks, moments = Blocks(batch), len(batch)
        rows = np.empty((len(self.signals), moments), np.float32)
        for row, signal in self._computed:
            rows[row] = _check_values(signal, signal.compute(batch, blocks), moments)
        self._mark_unsent(batch, blocks, rows)
        return rows

    def _mark_unsent(self, batch: Batch, blocks: Blocks, rows: np.ndarray) -> None:
        """Fill in the flags of what was sent, and what is unknown because its inputs were not."""
        # Of one lead a column was sent or not, and no mask needs to be looked at.
        is_single = batch.leads == 1
        withheld = {name for name, mask in batch.not_sent.items() if not is_single or mask[0]}
        sent = {*batch.columns, "events"} - withheld
        rows[self._flag_rows] = 1.0
        for row, flag in self._flags:
            if flag.column not in sent:
                rows[row] = 0.0 if is_single else flag(batch, blocks)
        unmet: list[tuple[_Need, np.ndarray]] = [
            ((name,), self._rows_by_need[name]) for name in self._rows_by_need.keys() - sent
        ]
        unmet += [(names, unknown) for names, unknown in self._alternatives if sent.isdisjoint(names)]
        unread = self._rows_by_read.keys() & withheld
        if is_single:
            lacking = (*(unknown for _, unknown in unmet), *map(self._rows_by_read.__getitem__, unread))
            rows[np.concatenate([_NO_ROWS, *lacking])] = np.nan
            return
        for names, unknown in unmet:
            lacks_all = np.logical_and.reduce([~batch.sent(name) for name in names])
            rows[unknown[:, None], np.flatnonzero(lacks_all)] = np.nan
        for name in unread:
            rows[self._rows_by_read[name][:, None], np.flatnonzero(batch.is_withheld(name))] = np.nan


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
def _list_alternatives(needs: tuple[str, ...]) -> tuple[_Need, ...]:
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
