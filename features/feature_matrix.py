"""Which numbers does the model read? A batch -> the feature matrix, one column per signal, in catalogue order.

Lives here: choosing the signals that a practice's data supports, and running them in chunks.
Does not live here: what each signal means (``signals``), the heavy work (``blocks``).
"""

from collections.abc import Callable, Collection, Sequence

import numpy as np

import features.signals  # noqa: F401  (fills the catalogue)
from features.array_types import CHUNK_LEADS
from features.batch import Batch
from features.blocks import Blocks
from features.errors import SignalError
from features.point_in_time.context import Context
from features.registry import CATALOGUE, Signal

__all__ = ["compute_matrix", "select_supported_signals"]


def select_supported_signals(columns: Collection[str], events: bool, knowledge: Context) -> list[Signal]:
    """The catalogue's signals whose ``needs`` are met; the others are dropped, never filled with a silent zero.

    Parameters
    ----------
    columns : names of the leads columns with at least one value
    events : whether there are any events
    """
    have = set(columns)
    have |= {"events"} if events else set()
    have |= {"clinics"} if knowledge.practice.clinics else set()
    have |= {"services"} if knowledge.practice.services else set()
    have |= {"history"} if knowledge.history is not None else set()
    have |= {"wording"} if knowledge.word_weights is not None else set()
    return [s for s in CATALOGUE.values() if all(any(one in have for one in need.split("|")) for need in s.needs)]


def compute_matrix(batch: Batch, signals: Sequence[Signal], progress: Callable[[int, int], None] | None = None) -> np.ndarray:
    """The feature matrix, float32 of shape (moments, signals), NaN unknown.

    Parameters
    ----------
    progress : callable (moments done, moments in all), called after each chunk

    Raises
    ------
    SignalError
        If a signal returns another shape than (moments,), or something that is not a number.
    """
    filled = np.empty((len(batch), len(signals)), np.float32)
    done = 0
    for chunk in batch.chunks(CHUNK_LEADS):
        blocks, moments = Blocks(chunk), len(chunk)
        columns = np.empty((len(signals), moments), np.float32)
        for column, one in enumerate(signals):
            columns[column] = _checked(one, one.compute(chunk, blocks), moments)
        filled[done : done + moments] = columns.T
        done += moments
        if progress is not None:
            progress(done, len(batch))
    return filled


def _checked(one: Signal, values: np.ndarray, moments: int) -> np.ndarray:
    """The values, if they are what a signal promises."""
    if type(values) is np.ndarray and values.shape == (moments,) and values.dtype.kind in "fiub":
        return values
    shape, kind = getattr(values, "shape", None), getattr(getattr(values, "dtype", None), "kind", type(values).__name__)
    if shape != (moments,) or kind not in "fiub":
        raise SignalError(
            f"signal {one.name!r}: returned shape {shape} of kind {kind!r} for {moments} moments. "
            f"Expected one number per moment, shape ({moments},); mend its function."
        )
    return values
