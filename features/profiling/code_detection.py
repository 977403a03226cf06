"""Do the numbers of a column predict later leads better as codes or as quantities?

Lives here: the judgment forward in time, where neither header nor values decide.
Does not live here: the judgment by header and values (``mapping.code_columns``).
"""

import numpy as np

from features.array_types import FloatArray
from features.profiling.leakage_detection import select_labeled_rows

__all__ = ["CodeGain", "find_code_gains", "measure_code_gain"]

_BINS = 20
_LEAST_ROWS = 500
_ROWS_PER_VALUE = 10
_CUTS = (0.4, 0.6, 0.8)
"""Each fifth after the first two is predicted by the leads before it: of forty codes whose worth differs by .6 in
log-odds, with 4,000 leads, 70 in 100 are found, by the latest 30% alone 43; of 120 columns without, none either way."""

_CLEARLY = 3.0
_LEAST = 1e-3


class CodeGain(float):
    """Log loss that a column saves on later leads when its numbers are codes; 0 where it saves nothing clear."""

    def describe(self) -> str:
        """Describe the gain.

        >>> CodeGain(0.0123).describe()
        'its numbers are taken as codes: on later leads that saves 0.012 of log loss'
        """
        return f"its numbers are taken as codes: on later leads that saves {self:.3f} of log loss"


def find_code_gains(numbers: dict[str, FloatArray], label: FloatArray, position: FloatArray) -> dict[str, CodeGain]:
    """Return the columns of numbers that predict later leads clearly better as codes, with the gain."""
    rows = select_labeled_rows(label)
    gains = {name: measure_code_gain(values[rows], label[rows], position[rows]) for name, values in numbers.items()}
    return {name: gain for name, gain in gains.items() if gain > 0}


def measure_code_gain(numbers: FloatArray, label: FloatArray, position: FloatArray) -> CodeGain:
    """Measure what a column of numbers gains on later leads as a category.

    As a quantity it has 20 bins of neighboring values with about as many leads each, as codes one rate for each value.
    A frequent value has a bin of its own, as a tree would cut it off: of website visits, 0 to 10 in nine of ten leads
    and 251 at most, bins of as many different values each had put 0, 1 and 2 together. The gain must be three standard
    errors above zero; otherwise it is 0.

    Parameters
    ----------
    numbers : float array of shape (n,)
        NaN where missing.
    label : float array of shape (n,)
        1 booked, 0 not, NaN not known.
    position : float array of shape (n,)
        Grows with time.

    >>> codes = np.tile(np.arange(40.0), 100)
    >>> label = (codes % 2 == np.random.default_rng(0).integers(0, 5, 4_000) % 2).astype(float)
    >>> measure_code_gain(codes, label, np.arange(4_000.0)) > 0
    True
    """
    rows = np.flatnonzero(~np.isnan(numbers) & ~np.isnan(label))
    known = numbers[rows]
    if len(rows) < _LEAST_ROWS or (known < 0).any() or (known != np.round(known)).any():
        return CodeGain(0.0)
    levels, codes = np.unique(known, return_inverse=True)
    if not _BINS < len(levels) <= len(rows) / _ROWS_PER_VALUE:
        return CodeGain(0.0)
    order = np.argsort(position[rows], kind="stable")
    blocks, truth = np.split(order, [int(cut * len(order)) for cut in _CUTS]), label[rows]
    binned, later = _bin_neighbors(codes), range(1, len(blocks))
    earlier = [np.concatenate(blocks[:number]) for number in later]
    losses = [
        np.concatenate([_compute_losses(kind, truth, earlier[number - 1], blocks[number]) for number in later])
        for kind in (binned, codes)
    ]
    saved = losses[0] - losses[1]
    error = saved.std() / np.sqrt(len(saved))
    return CodeGain(saved.mean() if saved.mean() > _CLEARLY * error else 0.0)


def _bin_neighbors(codes: np.ndarray) -> np.ndarray:
    """Return a bin for each row: neighboring codes share one, as long as a twentieth of the rows is not exceeded.

    >>> _bin_neighbors(np.repeat(np.arange(43), [400, 300, 300, *[1] * 40])).max()
    np.int64(3)
    """
    rows = np.bincount(codes)
    # By the middle of its rows, so that a frequent code does not share the bin of the one before it.
    middle = np.cumsum(rows) - rows / 2
    return np.unique((_BINS * middle / len(codes)).astype(int), return_inverse=True)[1][codes]


def _compute_losses(levels: np.ndarray, truth: FloatArray, earlier: np.ndarray, later: np.ndarray) -> FloatArray:
    """Return the log loss of each later row by the rates of the levels in the earlier rows."""
    size = int(levels.max()) + 1
    totals = np.bincount(levels[earlier], minlength=size)
    booked = np.bincount(levels[earlier], weights=truth[earlier], minlength=size)
    rates = np.clip((booked + 10 * truth[earlier].mean()) / (totals + 10), _LEAST, 1 - _LEAST)[levels[later]]
    return -np.where(truth[later] == 1, np.log(rates), np.log(1 - rates))
