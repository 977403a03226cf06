"""Did a source of leads fall off or flood in this week? Shares of each channel's leads, week by week.

Lives here: the rule by which one value of a channel-like column raises an alarm within the week.
Does not live here: drift of whole columns by the month (``feature_drift``), the wording (``alarm_texts``).

Why beside the stability index: its limit grows with how far the months of training lay apart, and over channels, which
come and go, that can be farther than the loss of half of the largest one. A source that halves is something broken (a
form, a phone line, an account) and is wanted the same week, whatever the other values do.

The rule. A source raises an alarm when its share of the newest week's leads is at most ``FALLEN`` of its usual share
(or at least ``RISEN`` times it), and a binomial test, widened by how far the months of training lay apart, is
significant after Holm's correction for all sources. Usual is its share over the last months of training: a source that
was phased out over the year before is not expected back.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from features.registry import Signal
from training.monitoring.binning import CELLS
from training.monitoring.hypothesis_tests import holm_correction
from training.monitoring.reference_profile import MonthlyCounts

__all__ = ["MIN_WEEK_LEADS", "SourceChange", "find_source_changes", "select_sources"]

FALLEN, RISEN = 2 / 3, 2.0
"""Share of the usual share at which a source has fallen, and at which it has risen. Not a half: of sources that halve,
every other one would be missed by chance.
"""
MIN_WEEK_LEADS = 30
"""With fewer leads in the newest week, the newest two, three or four weeks are taken together."""

_RECENT_MONTHS = 3
_MIN_SHARE = 0.03
"""A source with a smaller share is too small to be missed within a week."""
_CHI_SQUARE_MEDIAN = 0.4549
"""Of one degree of freedom: the median of squared standardized differences where only chance is at work."""
_SOURCE_WORDS = ("channel", "source", "campaign", "medium")


@dataclass(frozen=True)
class SourceChange:
    """A source whose share changed.

    Parameters
    ----------
    column : int
        Of the bundle's signals; ``cell``: which of its cells.
    share, usual : float
        Of the newest leads, and of the last months of training.
    leads : int
        Leads compared.
    p : float
        Corrected for all sources.
    """

    column: int
    cell: int
    share: float
    usual: float
    leads: int
    p: float


def select_sources(signals: Sequence[Signal]) -> list[int]:
    """Return the positions of the columns that say where a lead came from."""
    return [
        number
        for number, signal in enumerate(signals)
        if signal.is_category and any(word in signal.group.casefold() for word in _SOURCE_WORDS)
    ]


def find_source_changes(
    reference: MonthlyCounts, columns: Sequence[int], rows: np.ndarray, level: float
) -> list[SourceChange]:
    """Return the sources that fell or rose, the surest first.

    Parameters
    ----------
    columns : sequence of int
        Columns that say where a lead came from.
    rows : array of shape (n, c)
        The newest leads.
    level : float
        Chance of a false alarm that all sources share.
    """
    if not len(columns) or not len(rows):
        return []
    new = reference.bins.sum_cells(reference.bins.count_rows(rows)[0])
    changes = [
        change for column in columns for change in _compare_column(reference.months[:, column], new[column], column)
    ]
    if not changes:
        return []
    corrected = holm_correction(np.array([change.p for change in changes])).tolist()
    changes = [
        SourceChange(change.column, change.cell, change.share, change.usual, change.leads, p)
        for change, p in zip(changes, corrected, strict=True)
    ]
    found = [
        change
        for change in changes
        if change.p < level and not FALLEN * change.usual < change.share < RISEN * change.usual
    ]
    return sorted(found, key=lambda change: change.p)


def _compare_column(months: np.ndarray, new: np.ndarray, column: int) -> list[SourceChange]:
    """Compare each cell of one column with its share in the last months; ``months`` of shape (months, 16)."""
    months = months[months.sum(axis=1) > 0]
    if not len(months):
        return []
    recent, leads = months[-_RECENT_MONTHS:], int(new.sum())
    usual = recent.sum(axis=0) / recent.sum()
    changes = []
    for cell in range(CELLS):
        if usual[cell] < _MIN_SHARE:
            continue
        chance = usual[cell] * (1 - usual[cell]) * (1 / leads + 1 / recent.sum())
        error = np.sqrt(chance + _measure_movement(months, cell))
        share = float(new[cell] / leads)
        p = float(2 * norm.sf(abs(share - usual[cell]) / error)) if error else 1.0
        changes.append(SourceChange(column, cell, share, float(usual[cell]), leads, p))
    return changes


def _measure_movement(months: np.ndarray, cell: int) -> float:
    """Return the variance with which a month's share moves by itself, beyond what chance alone gives.

    From the median of squared steps, so that one month in which a source was opened or closed does not hide every later
    change.
    """
    totals = months.sum(axis=1).astype(float)
    if len(totals) < 2:
        return 0.0
    share = months[:, cell] / totals
    pooled = (months[1:, cell] + months[:-1, cell]) / (totals[1:] + totals[:-1])
    chance = pooled * (1 - pooled) * (1 / totals[1:] + 1 / totals[:-1])
    step = np.median(np.diff(share) ** 2) / _CHI_SQUARE_MEDIAN
    # A step is the difference of two months: it has the variance of both.
    return float(max(step - np.median(chance), 0.0) / 2)
