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

__all__ = ["compute_matrix", "select_supported_signals"]

_PRACTICE_INPUTS = frozenset(("clinics", "services", "history", "wording"))
"""Needs that no lead sends."""


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
    matrix = np.empty((len(batch), len(signals)), np.float32)
    done = 0
    for chunk in batch.chunks(CHUNK_LEADS):
        blocks, moments = Blocks(chunk), len(chunk)
        # Signal by signal into rows that lie together in memory, then turned over once: writing columns of a matrix
        # with rows of moments touches a cache line for every number.
        columns = np.empty((len(signals), moments), np.float32)
        unsent = _UnsentInputs(chunk)
        for column, signal in enumerate(signals):
            columns[column] = _check_values(signal, signal.compute(chunk, blocks), moments)
            if (mask := unsent.find(signal)) is not None:
                columns[column][mask] = np.nan
        matrix[done : done + moments] = columns.T
        done += moments
        if progress is not None:
            progress(done, len(batch))
    return matrix


class _UnsentInputs:
    """For which moments of a batch a signal lacks its inputs; signals with the same inputs share the answer."""

    def __init__(self, batch: Batch) -> None:
        self._batch = batch
        self._sent_for_all = {*batch.columns, "events"} - batch.not_sent.keys()
        self._masks: dict[tuple[tuple[str, ...], tuple[str, ...]], np.ndarray | None] = {}
        self._absent: dict[str, np.ndarray] = {}

    def find(self, signal: Signal) -> np.ndarray | None:
        """Return a mask of shape (n,), bool; None where nothing is lacking."""
        key = signal.needs, signal.reads
        if key not in self._masks:
            self._masks[key] = self._combine(*key)
        return self._masks[key]

    def _combine(self, needs: tuple[str, ...], reads: tuple[str, ...]) -> np.ndarray | None:
        """Combine the masks of all needs: each lacks where none of its alternatives was sent."""
        lacking = None
        for alternatives in _list_alternatives(needs):
            if self._sent_for_all.isdisjoint(alternatives):
                mask = np.logical_and.reduce([self._find_absent(name) for name in alternatives])
                lacking = mask if lacking is None else lacking | mask
        for name in self._batch.not_sent.keys() & reads:
            withheld = self._batch.is_withheld(name)
            lacking = withheld if lacking is None else lacking | withheld
        return lacking if lacking is not None and lacking.any() else None

    def _find_absent(self, name: str) -> np.ndarray:
        """Return for which moments a column was not sent that was not sent for all."""
        if name not in self._absent:
            self._absent[name] = ~self._batch.sent(name)
        return self._absent[name]


@lru_cache(maxsize=1024)
def _list_alternatives(needs: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
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
