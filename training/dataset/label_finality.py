"""Is the label of a flat export final, so that even the newest leads can teach?

Lives here: the decision, from what the mapping says and from the booking rates of the newest leads, with the reason.
Does not live here: which leads are left out (``labels``), outcomes with dates (``label_delay``).
"""

from dataclasses import dataclass

import numpy as np

from features.array_types import DAY, FloatArray, TimeArray
from features.mapping.column_mapping import Mapping

__all__ = ["LabelFinality", "decide_finality", "decide_open_days"]

_BANDS = (0.2, 1.0)
"""Largest ages of the leads compared, as shares of the horizon: "not yet" shows most in the youngest."""
_COMPARED_HORIZONS = 4
_MIN_EXPECTED = 5.0
_LOWER_LIMIT, _HIGHER_LIMIT = 1.64, 2.5
"""Standard errors by which the rate of young leads may be lower or higher than that of older ones."""


@dataclass(frozen=True)
class LabelFinality:
    """Hold whether every label is final, and why; the reason is empty where no lead is younger than the horizon."""

    is_final: bool
    reason: str = ""


def decide_open_days(days: int, young: int) -> LabelFinality:
    """Decide the finality of labels that say nothing while a lead is young: not final, whatever they say.

    >>> decide_open_days(21, 40).reason
    'the labels of the 40 leads younger than 21 days are not final: the mapping counts young leads as open'
    """
    reason = (
        f"the labels of the {young:,} leads younger than {days} days are not final: the mapping counts young leads as "
        "open"
    )
    return LabelFinality(False, reason if young else "")


def decide_finality(
    mapping: Mapping, label: FloatArray, created_at: TimeArray, until: np.datetime64, horizon_days: int
) -> LabelFinality:
    """Decide whether the labels of leads younger than the horizon are final.

    They are not where the label has an open state or counts blanks as not booked: of young leads, only those that are
    decided quickly have a label then. Without such a state, "not booked" may still mean "not yet"; then the youngest
    leads book less often than older ones, and if they do not, the labels are final.

    Parameters
    ----------
    label : float array of shape (n,)
        1 booked, 0 not, NaN unknown.
    created_at : datetime64[us] array of shape (n,)
    until : datetime64
        End of the data.
    """
    labeled = ~np.isnan(label)
    ages = (until - created_at) / (horizon_days * DAY)
    young = labeled & (ages < 1)
    if not young.any():
        return LabelFinality(False)
    count = f"the labels of the {int(young.sum()):,} leads younger than {horizon_days} days"
    if mapping.label_final is not None:
        return LabelFinality(
            mapping.label_final, f"{count} are {'' if mapping.label_final else 'not '}final, as the mapping says"
        )
    # Empty cells are listed as open wherever some rows have no label.
    if set(mapping.open) - {""} or "" in (*mapping.not_booked, *mapping.booked):
        return LabelFinality(
            False, f"{count} are not final: leads can be open, and only quick decisions are known so early"
        )
    older = labeled & (ages >= 1) & (ages < 1 + _COMPARED_HORIZONS)
    return _compare_bands(label, ages, young, older, count)


def _compare_bands(
    label: FloatArray, ages: FloatArray, young: np.ndarray, older: np.ndarray, count: str
) -> LabelFinality:
    """Decide by the booking rates of the youngest leads, and of all young ones, against the older ones."""
    rate = float(label[older].mean()) if older.any() else 0.0
    youngest = young & (ages < _BANDS[0])
    if rate * youngest.sum() < _MIN_EXPECTED:
        reason = f"{count} are taken as not final: too few leads are young enough to tell by their booking rate"
        return LabelFinality(False, reason)
    for band in (young & (ages < limit) for limit in _BANDS):
        error = np.sqrt(rate * (1 - rate) * (1 / band.sum() + 1 / older.sum()))
        difference = float(label[band].mean()) - rate
        if difference < -_LOWER_LIMIT * error or difference > _HIGHER_LIMIT * error:
            reason = (
                f"{count} are not final: {label[band].mean():.1%} of the youngest {int(band.sum()):,} booked, against "
                f"{rate:.1%} of older leads"
            )
            return LabelFinality(False, reason)
    reason = (
        f"{count} are final: {label[young].mean():.1%} of them booked, {rate:.1%} of older leads, whatever their age"
    )
    return LabelFinality(True, reason)
