"""Do inquiries that gave a field of their form book more often? Each field, within the forms that ask for it.

Lives here: which fields were given, bookings with and without each of them on like inquiries.
Does not live here: what asking for a field costs (``field_changes``), two forms against each other (``form_test``).

It is an association: whoever fills in a field may be keener, whatever the practice does with the answer.
"""

from collections.abc import Callable

import numpy as np
from scipy.special import expit

from features.array_types import IntArray
from serving.insights.columns.categories import NOT_GIVEN, Categories
from serving.insights.columns.lead_columns import LeadColumns
from serving.insights.estimates import Estimate, cannot_tell, summarize_draws
from serving.insights.expected_bookings import fit_booking_model
from serving.insights.figure_tables import Cell, Column, FigureTable, take_columns
from serving.insights.practice_checks.group_rates import STANDS_OUT

__all__ = ["estimate_difference", "find_given", "select_asked", "tabulate_completeness"]

MIN_EACH = 50
"""Ripe inquiries with a field, and without it."""

_FIELDS = ("payer", "relation", "referral_reason", "timeframe", "preferred_contact", "existing")
_GAVE = "gave "
_ASKED = (0.02, 0.98)
"""A form whose inquiries give a field less often does not ask for it, and where more often it cannot be left out."""

_FEWEST_OF_MONTH = 10
_SAMPLE = 4_000
_GIVEN, _LEFT_OUT = "given", "left out"


def find_given(columns: LeadColumns) -> dict[str, np.ndarray]:
    """Find which inquiries gave each field. Column of the leads -> bool array of shape (n,)."""
    is_filled = {}
    for name, category in columns.attributes.items():
        if name.startswith(_GAVE):
            is_filled[name.removeprefix(_GAVE)] = category.has_name("yes")
        elif name in _FIELDS and NOT_GIVEN in category.names:
            is_filled["existing_patient" if name == "existing" else name] = ~category.has_name(NOT_GIVEN)
    return is_filled


def select_asked(columns: LeadColumns, rows: IntArray, is_filled: np.ndarray) -> IntArray:
    """Return those of the rows whose form asked for a field in their month, and let it be left out.

    Parameters
    ----------
    rows : int array
    is_filled : bool array of shape (n,)
    """
    form = columns.categories["form"]
    rows = rows[~form.has_name(NOT_GIVEN)[rows]]
    if not len(rows):
        return rows
    months = columns.month[rows] - columns.month[rows].min()
    shape = int(months.max()) + 1, len(form.names)
    cell = months * shape[1] + form.codes[rows]
    leads = np.bincount(cell, minlength=shape[0] * shape[1]).reshape(shape)
    share = np.bincount(cell, is_filled[rows], shape[0] * shape[1]).reshape(shape) / np.maximum(leads, 1)
    # A month in which a form changed is neither: half of its inquiries could not give what was not asked for.
    near = [share]
    for beside in (1, -1):
        of_beside, leads_beside = np.roll(share, beside, axis=0), np.roll(leads, beside, axis=0)
        # The months before the first and after the last are none of ours.
        leads_beside[0 if beside == 1 else -1] = 0
        near.append(np.where(leads_beside >= _FEWEST_OF_MONTH, of_beside, share))
    is_asked = (np.min(near, axis=0) >= _ASKED[0]) & (np.max(near, axis=0) <= _ASKED[1])
    return rows[is_asked.ravel()[cell]]


def estimate_difference(
    columns: LeadColumns, rows: IntArray, name: str, is_filled: np.ndarray, rng: np.random.Generator
) -> tuple[Estimate, float]:
    """Estimate how many bookings more a hundred inquiries bring with a field than without it, in points.

    Fitted on who the inquiries were, their form, their month and the field; the mean over all of them, with the field
    and without it.

    Parameters
    ----------
    name : str
        The column of the leads; what it says is taken out of who they were.

    Returns
    -------
    estimate : Estimate
    distance : float
        From zero, in standard errors; 0 unknown.
    """
    counts = int(is_filled[rows].sum()), int((~is_filled[rows]).sum())
    if min(counts) < MIN_EACH:
        requirement = f"it takes {MIN_EACH} inquiries with it and {MIN_EACH} without"
        return cannot_tell(f"{requirement}; {MIN_EACH - min(counts)} more are needed", requirement), 0.0
    own_names = {name, f"{_GAVE}{name}", "existing" if name == "existing_patient" else name}
    attributes = {key: column for key, column in columns.attributes.items() if key not in own_names}
    month = np.unique(columns.month, return_inverse=True)
    attributes |= {
        "form": columns.categories["form"],
        "month": Categories(month[1], tuple(map(str, month[0].tolist()))),
        "field": Categories(np.where(is_filled, 0, 1), (_GIVEN, _LEFT_OUT)),
    }
    model = fit_booking_model(attributes, columns.has("booked"), rows, columns.month, rng)
    sample = rng.choice(rows, min(len(rows), _SAMPLE), replace=False)
    subset = {key: Categories(column.codes[sample], column.names) for key, column in attributes.items()}

    def compute_difference(draw: int | None = None) -> float:
        alone = model.compute_log_odds(subset, draw, without=("field",))
        with_it, without = model.get_effects("field", draw)
        return float(100 * (expit(alone + with_it) - expit(alone + without)).mean())

    draws = np.array([compute_difference(draw) for draw in range(len(model.draws))])
    value = compute_difference()
    return summarize_draws(draws, value), value / max(float(draws.std()), 1e-9)


def tabulate_completeness(
    columns: LeadColumns, rows: IntArray, name_field: Callable[[str], str], rng: np.random.Generator
) -> FigureTable:
    """Tabulate each field that some form asks for, the one that most inquiries give first.

    Parameters
    ----------
    rows : int array
        Ripe leads of the months of the report.
    name_field : callable
        Column of the leads -> how people call it.
    """
    described = (
        Column("field", "Field", "text", "A field of a form that can be left out, in the forms that ask for it."),
        Column("leads", "Inquiries", "count", "Ripe inquiries by forms that ask for it.", counts_people=True),
        Column("given", "Gave it", "count", "Of these.", counts_people=True),
        Column("share", "Share", "share", "Of the inquiries by these forms.", rests_on=("leads", "given")),
        Column(
            "difference",
            "More bookings of 100",
            "points",
            "With the field than without it, on like inquiries: by form, month, and all else that is known of them.",
        ),
        Column("verdict", "What that says", "text", "Beyond chance among many fields, or not."),
    )
    title, name = "Fields of forms, and who books", "form_fields"
    if "form" not in columns.categories:
        reason = "The data cannot tell: the inquiries do not name their form. Send landing_page with every inquiry."
        return FigureTable(name, title, described, (), (reason,))
    lines: list[tuple[Cell, ...]] = []
    for field, is_filled in find_given(columns).items():
        asked_rows = select_asked(columns, rows, is_filled)
        if not len(asked_rows):
            continue
        estimate, distance = estimate_difference(columns, asked_rows, field, is_filled, rng)
        count = int(is_filled[asked_rows].sum())
        verdict = _describe(estimate, distance)
        lines.append((name_field(field), len(asked_rows), count, count / len(asked_rows), estimate, verdict))
    lines.sort(key=lambda line: -_share_of(line))
    notes: tuple[str, ...] = (
        "An association: whoever fills in a field may be keener, whatever is done with the answer. A difference is "
        f"named beyond {STANDS_OUT} standard errors.",
    )
    if not lines:
        notes = ("No form asks for a field that some people leave out and others give.",)
    return FigureTable(name, title, described, take_columns(lines), notes)


def _share_of(line: tuple[Cell, ...]) -> float:
    share = line[3]
    return share if isinstance(share, float) else 0.0


def _describe(estimate: Estimate, distance: float) -> str:
    """Describe what a difference says."""
    if not estimate.is_known:
        return "The data cannot tell yet."
    if distance >= STANDS_OUT:
        return "Those who give it book more often."
    if distance <= -STANDS_OUT:
        return "Those who give it book less often."
    if estimate.low > 0 or estimate.high < 0:
        # Its own interval excludes zero, which among many fields one of them does by chance.
        return f"Perhaps {'more' if estimate.low > 0 else 'less'} often: among so many fields chance may do that."
    return "No difference beyond chance."
