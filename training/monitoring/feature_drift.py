"""Which signals have drifted more than they usually do? Index, limit and test of each, and the alarms that follow.

Lives here: the rule by which a signal (or the score) raises an alarm.
Does not live here: the arithmetic of its parts (``population_stability_index``, ``hypothesis_tests``), the wording
(``alarm_texts``).

The rule. A signal raises an alarm when all three hold:
1. its stability index, minus what chance adds on average for so many leads, exceeds ``LIMIT`` (0.10);
2. where the months of training moved by themselves, it exceeds a multiple of the farthest that any of them lay from
   those before it; the multiple is such that all moving columns together exceed it in no more of the quiet months than
   the level of their family allows (``population_stability_index.limit_multiplier``);
3. its test (Kolmogorov-Smirnov for a number, chi-square for a category; the share unknown is tested too) remains
   significant after Holm's correction for all signals, at the level of its family.
The first keeps small changes quiet however certain, the second seasons and growth, the third small months however far.
"""

from dataclasses import dataclass

import numpy as np

from training.monitoring.binning import FINE
from training.monitoring.hypothesis_tests import chi_square_test, holm_correction, kolmogorov_smirnov_test
from training.monitoring.population_stability_index import (
    index_by_chance,
    limit_multiplier,
    measure_usual_movement,
    stability_index,
)
from training.monitoring.reference_profile import MonthlyCounts

__all__ = ["MIN_MONTHS", "LIMIT", "ColumnDrift", "measure_drift", "merge_months"]

LIMIT = 0.10
"""Limit of the stability index, beyond what chance adds.

Well below the usual "major change" (0.25), so that a major change is found among a few hundred leads.
"""

MIN_MONTHS = 3
"""Months of training that must be comparable with those before them, or nothing shows what is usual."""


@dataclass(frozen=True)
class ColumnDrift:
    """One column of the new month against the reference.

    Parameters
    ----------
    index : float
        Population stability index.
    chance : float
        What chance adds to it on average.
    limit : float
        What ``index - chance`` must exceed for an alarm.
    p : float
        Of the test, corrected for all columns.
    alarm : bool
    old, new : int arrays of shape (16,)
        Leads in each cell.
    """

    index: float
    chance: float
    limit: float
    p: float
    alarm: bool
    old: np.ndarray
    new: np.ndarray

    @property
    def beyond(self) -> float:
        """The index minus what chance adds."""
        return self.index - self.chance

    @property
    def strongest(self) -> int:
        """The cell whose share of leads changed the most."""
        return int(np.argmax(np.abs(self.new / self.new.sum() - self.old / self.old.sum())))

    @property
    def shares(self) -> tuple[float, float]:
        """Share of leads in that cell: (new, in the reference)."""
        return float(self.new[self.strongest] / self.new.sum()), float(self.old[self.strongest] / self.old.sum())


def measure_drift(
    reference: MonthlyCounts, rows: np.ndarray, level: float, ahead: int = 1, together: int = 1
) -> list[ColumnDrift]:
    """Compare every column of the new rows, shape (n, c), with the reference.

    Parameters
    ----------
    level : float
        Chance of a false alarm that all columns share.
    ahead : int
        How many months after the end of training the new rows lie.
    together : int
        How many months are merged into one, where leads are few.

    Returns
    -------
    list of ColumnDrift
        Empty where fewer than ``MIN_MONTHS`` of training's months can be compared with those before them.
    """
    months = merge_months(reference.months, together)
    # A month without leads shows nothing about what is usual.
    months = months[months.sum(axis=(1, 2)) > 0]
    if len(months) < MIN_MONTHS + 2:
        return []
    fine = reference.bins.count_rows(rows)[0]
    new, old = reference.bins.sum_cells(fine), reference.months.sum(axis=0)
    index, cells = stability_index(old, new)
    chance = index_by_chance(cells, old.sum(axis=1), new.sum(axis=1))
    usual, tried = measure_usual_movement(months, min(ahead, len(months) - 1 - MIN_MONTHS))
    # The level is shared by the columns that move; a stationary one cannot use any of it.
    times = limit_multiplier(max(tried, MIN_MONTHS), level / max(1, int((usual > 0).sum())))
    limit = np.maximum(LIMIT, times * usual)
    columns = zip(reference.fine, fine, reference.bins.category, strict=True)
    p = holm_correction(np.array([_p_value(*column) for column in columns]))
    alarm = (index - chance > limit) & (p < level)
    figures = zip(index.tolist(), chance.tolist(), limit.tolist(), p.tolist(), alarm.tolist(), old, new, strict=True)
    return [ColumnDrift(*column) for column in figures]


def merge_months(months: np.ndarray, together: int) -> np.ndarray:
    """Merge months in groups of this size, counted back from the newest; the oldest that fill no group are left out."""
    count = len(months) // together
    return months[len(months) - count * together :].reshape(count, together, *months.shape[1:]).sum(axis=1)


def _p_value(old: np.ndarray, new: np.ndarray, category: bool) -> float:
    """Test one column: its known values, and the share unknown.

    Where there are both, p is twice the smaller of the two (Bonferroni).
    """
    if category:
        return chi_square_test(old, new)[1]
    p_of_values = kolmogorov_smirnov_test(old[: FINE - 1], new[: FINE - 1])[1]
    if not old[-1] and not new[-1]:
        return p_of_values
    p_of_unknown = chi_square_test(np.array([old[:-1].sum(), old[-1]]), np.array([new[:-1].sum(), new[-1]]))[1]
    return min(1.0, 2 * min(p_of_values, p_of_unknown))
