"""What does asking for a field cost? A form before and after it began to ask for one, against all other forms.

Lives here: finding when a form began or ceased to ask for a field, what became of its inquiries and bookings.
Does not live here: what goes with giving a field (``field_completeness``).

Whoever saw the form and left is in no table, so the cost is seen only where a form changed: by how much its inquiries
moved beside those of all other forms in the same weeks, which takes out the season and everything that all forms share.
What else changed at this form in the same week is in it, too.
"""

from dataclasses import dataclass

import numpy as np
from scipy import special, stats

from features.array_types import FloatArray, IntArray
from serving.insights.columns.categories import NOT_GIVEN
from serving.insights.columns.lead_columns import LeadColumns
from serving.insights.comparisons.field_completeness import find_given
from serving.insights.estimates import TAILS, Estimate, cannot_tell

__all__ = ["FieldChange", "estimate_change", "find_field_changes"]

MIN_WEEKS = 6
"""Weeks before a change, and after it."""

MIN_LEADS = 30
MOST_WEEKS = 26
"""Weeks before and after: further ones differ for other reasons."""

_NOT_ASKED, _ASKED = 0.02, 0.15
"""Share of a form's inquiries that give a field, below and above which it is not asked for and is."""

_SURE = 25.0
"""By how much a change must be likelier than none, as the logarithm: among all weeks, forms and fields chance makes
many."""


@dataclass(frozen=True)
class FieldChange:
    """A form began or ceased to ask for a field.

    Parameters
    ----------
    form, field : str
        The field is a column of the leads.
    begins : bool
        Whether it began to ask.
    first_day : int
        Of the week from which on it did; days since January 1, 1970.
    is_after : bool array of shape (weeks,)
    own, others : int arrays
        Rows of the inquiries of these weeks by this form, and by all other forms.
    week : int array of shape (n,)
        Week of each lead, from 0; negative or too large for others.
    last_week_back : int
        How many whole weeks before the day of the report the last of these weeks ended.
    """

    form: str
    field: str
    begins: bool
    first_day: int
    is_after: np.ndarray
    own: IntArray
    others: IntArray
    week: IntArray
    last_week_back: int

    def count(self, rows: IntArray) -> FloatArray:
        """Count rows by week, shape (weeks,)."""
        return np.bincount(self.week[rows], minlength=len(self.is_after)).astype(float)

    def split(self, rows: IntArray) -> tuple[IntArray, IntArray]:
        """Split rows into those before and after."""
        after = self.is_after[self.week[rows]]
        return rows[~after], rows[after]


def find_field_changes(columns: LeadColumns) -> list[FieldChange]:
    """Find the changes of forms that have enough weeks on both sides, the latest first.

    Weeks are counted back from the day of the report, so that the last one is whole.
    """
    form = columns.categories.get("form")
    if form is None:
        return []
    has_field_by_name = find_given(columns)
    week_back = (columns.as_of_day - 1 - columns.day) // 7
    # The day of the report is not over, and counts nowhere.
    week_back = np.where(columns.day >= columns.as_of_day, -1, week_back)
    changes = []
    past = np.flatnonzero(week_back >= 0)
    counts = np.bincount(form.codes[past], minlength=len(form.names))
    # One pass over the inquiries sorts out whatever number of forms there is.
    of_forms = np.split(past[np.argsort(form.codes[past], kind="stable")], np.cumsum(counts)[:-1])
    for code, (name, rows) in enumerate(zip(form.names, of_forms, strict=True)):
        if name == NOT_GIVEN or len(rows) < 2 * MIN_LEADS:
            continue
        for field, has_field in has_field_by_name.items():
            switch = _find_switch(week_back[rows], has_field[rows])
            if switch is not None:
                changes.append(_build(columns, code, field, switch, week_back))
    return sorted(changes, key=lambda change: (-change.first_day, change.form, change.field))


def _find_switch(week_back: IntArray, has_field: np.ndarray) -> tuple[int, bool] | None:
    """Find after how many weeks back a field came or went: (weeks since then, whether it came); None without.

    On one side of it hardly anybody gives the field, on the other many do; of several such weeks the likeliest counts.
    """
    weeks = int(week_back.max()) + 1
    leads = np.bincount(week_back, minlength=weeks)
    with_field = np.bincount(week_back, has_field, weeks)
    after, after_with = np.cumsum(leads), np.cumsum(with_field)
    before, before_with = leads.sum() - after, with_field.sum() - after_with
    likely = special.xlogy(after_with, after_with / np.maximum(after, 1))
    likely += special.xlogy(after - after_with, 1 - after_with / np.maximum(after, 1))
    likely += special.xlogy(before_with, before_with / np.maximum(before, 1))
    likely += special.xlogy(before - before_with, 1 - before_with / np.maximum(before, 1))
    share = with_field.sum() / leads.sum()
    alike = leads.sum() * float(special.xlogy(share, share) + special.xlogy(1 - share, 1 - share))
    best: tuple[float, int, bool] | None = None
    for since in range(MIN_WEEKS, weeks - MIN_WEEKS + 1):
        if min(after[since - 1], before[since - 1]) < MIN_LEADS:
            continue
        new, old = after_with[since - 1] / after[since - 1], before_with[since - 1] / before[since - 1]
        is_sure = likely[since - 1] - alike >= _SURE
        is_switch = is_sure and min(new, old) <= _NOT_ASKED and max(new, old) >= _ASKED
        if is_switch and (best is None or likely[since - 1] > best[0]):
            best = float(likely[since - 1]), since, bool(new > old)
    return None if best is None else (best[1], best[2])


def _build(columns: LeadColumns, code: int, field: str, switch: tuple[int, bool], week_back: IntArray) -> FieldChange:
    """Build a change from where it was found."""
    form, (since, begins) = columns.categories["form"], switch
    first, last = since + MOST_WEEKS - 1, max(since - MOST_WEEKS, 0)
    first = min(first, int(week_back.max()))
    week = first - week_back
    within = (week_back >= last) & (week_back <= first)
    named = within & ~form.has_name(NOT_GIVEN)
    weeks = first - last + 1
    return FieldChange(
        form.names[code],
        field,
        begins,
        columns.as_of_day - 7 * since,
        np.arange(weeks) >= first - since + 1,
        np.flatnonzero(within & (form.codes == code)),
        np.flatnonzero(named & (form.codes != code)),
        week,
        last,
    )


def estimate_change(own_form: FloatArray, others: FloatArray, is_after: np.ndarray) -> Estimate:
    """Estimate by which share a form's counts moved, beside those of all other forms.

    The odds that an inquiry is this form's, after against before: a week in which all forms have more changes them not.
    Weeks vary more than chance by as much as they are seen to (quasi-likelihood; McCullagh and Nelder 1989, 4.5).

    Parameters
    ----------
    own_form, others : float arrays of shape (weeks,)
    is_after : bool array of shape (weeks,)

    >>> weeks = np.arange(24) >= 12
    >>> estimate = estimate_change(np.where(weeks, 80.0, 100.0), np.full(24, 400.0), weeks)
    >>> [round(number, 3) for number in estimate]
    [-0.2, -0.263, -0.131]
    """
    total = own_form + others
    sums = np.array([[side[~is_after].sum(), side[is_after].sum()] for side in (own_form, others)])
    if sums[0].min() < 1:
        return cannot_tell("there were none before it, or none after it")
    if sums[1].min() < MIN_LEADS:
        return cannot_tell(f"other forms had fewer than {MIN_LEADS} in these weeks, so the season cannot be taken out")
    share = (sums[0] / sums.sum(axis=0))[is_after.astype(int)]
    active = total > 0
    residual, chance = own_form - total * share, total * share * (1 - share)
    freedom = max(int(active.sum()) - 2, 1)
    dispersion = max(float((residual[active] ** 2 / chance[active]).sum()) / freedom, 1.0)
    moved = float(np.log(sums[0, 1] / sums[1, 1]) - np.log(sums[0, 0] / sums[1, 0]))
    reach = float(stats.t.ppf(TAILS[1], freedom) * np.sqrt(dispersion * (1 / sums).sum()))
    return Estimate(*(float(np.expm1(value)) for value in (moved, moved - reach, moved + reach)))
