"""Which inquiries book more often than others, and do so again? A few groups in words, found in one half, judged in the
other.

Lives here: finding groups of inquiries by what was known at arrival, and measuring them on later ones.
Does not live here: what a group is worth in money (``money``), the score of a lead (``serving.scoring``).

A group that stands out among hundreds does so partly by chance. Groups are therefore chosen on the earlier half of the
ripe inquiries alone and measured on the later half, which had no say in the choice; what does not stand out again is
counted, not shown.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from features.array_types import FloatArray, IntArray
from serving.insights.columns.categories import NOT_GIVEN, Categories
from serving.insights.columns.lead_columns import LeadColumns
from serving.insights.estimates import Estimate, estimate_correlation, estimate_rate
from serving.insights.figure_tables import Cell, Column, FigureTable, take_columns

__all__ = ["Segment", "find_segments", "list_attributes", "name_segment", "tabulate_segments"]

MIN_LEADS = 80
"""Inquiries of a group in each half."""

MOST_EACH_WAY = 4
_MIN_SHARE = 0.02
_MOST_ALIKE = 0.35
"""Groups that share more of their inquiries (intersection over union) are one and the same finding."""

_STANDS_OUT = 3.0
"""Standard errors from all others, in the earlier half: among a few hundred groups, chance reaches this in one of three
practices."""

_STANDS_OUT_AGAIN = 2.0
_EARNS_ITS_WORD = 2.5
"""Standard errors by which a second value must move the rate of the first one's inquiries."""

NameValue = Callable[[str, str], str]
"""A value and the attribute it is a value of -> how people read both."""


@dataclass(frozen=True)
class Segment:
    """A group of inquiries.

    Parameters
    ----------
    values : tuple of (str, str)
        Attribute and value, one or two of them.
    rows : int array
        Its inquiries in the later half.
    """

    values: tuple[tuple[str, str], ...]
    rows: IntArray


@dataclass(frozen=True)
class _Outcome:
    """Bookings of some inquiries, by the month in which each came.

    Parameters
    ----------
    booked : bool array of shape (k,)
    month : int array of shape (k,)
        From 0 on.
    surprise : float array of shape (k,)
        1 or 0 for a booking, less the booking rate of the month.
    leads, variance : float arrays of shape (months,)
        Inquiries, and the variance of a booking as a sample of a month's inquiries has it.
    """

    booked: np.ndarray
    month: IntArray
    surprise: FloatArray
    leads: FloatArray
    variance: FloatArray

    @classmethod
    def of_rows(cls, booked: np.ndarray, month: IntArray, rows: IntArray) -> "_Outcome":
        """Return the outcome of some inquiries."""
        months = np.unique(month[rows], return_inverse=True)[1]
        leads = np.bincount(months).astype(float)
        rate = np.bincount(months, booked[rows]) / np.maximum(leads, 1)
        return cls(
            booked[rows], months, booked[rows] - rate[months], leads, rate * (1 - rate) / np.maximum(leads - 1, 1)
        )

    def within(self, mask: np.ndarray) -> "_Outcome":
        """Return the outcome of some of the inquiries, by a bool array of shape (k,)."""
        return _Outcome.of_rows(self.booked[mask], self.month[mask], np.arange(int(mask.sum())))

    def measure_distance(self, members: np.ndarray) -> float:
        """Measure how far the rate of a group is from that of all others of the same months, in standard errors (Mantel
        and Haenszel 1959).
        """
        inside = np.bincount(self.month[members], minlength=len(self.leads))
        error = np.sqrt(float((inside * (self.leads - inside) * self.variance).sum()))
        return float(self.surprise[members].sum() / error) if error > 0 else 0.0


@dataclass(frozen=True)
class _Candidate:
    values: tuple[tuple[str, str], ...]
    members: np.ndarray
    distance: float


def find_segments(
    attributes: dict[str, Categories], booked: np.ndarray, arrived: FloatArray, rows: IntArray, month: IntArray
) -> tuple[list[Segment], int]:
    """Find the groups that book more or less often than all others, in both halves.

    Parameters
    ----------
    attributes : dict
        What was known at arrival.
    booked : bool array of shape (n,)
    arrived : array of shape (n,)
        Orders the inquiries.
    rows : int array
        Inquiries old enough for their bookings to be known.
    month : int array of shape (n,)
        Of arrival: a group is compared with the others of the same months, since more of it may have come in good ones.

    Returns
    -------
    segments : list of Segment
        Those that stand out again, in the order of how much they stood out.
    lost : int
        How many stood out in the earlier half alone.
    """
    earlier, later = _split_halves(arrived, rows)
    if len(earlier) < 4 * MIN_LEADS:
        return [], 0
    segments, lost = [], 0
    outcome, outcome_later = (_Outcome.of_rows(booked, month, half) for half in (earlier, later))
    for chosen in _choose(list(_list_candidates(attributes, outcome, earlier))):
        members = _select(attributes, chosen.values, later)
        if members.sum() < MIN_LEADS:
            lost += 1
            continue
        distance = outcome_later.measure_distance(members)
        if distance * np.sign(chosen.distance) < _STANDS_OUT_AGAIN:
            lost += 1
        else:
            segments.append(Segment(chosen.values, later[members]))
    return segments, lost


def _split_halves(arrived: FloatArray, rows: IntArray) -> tuple[IntArray, IntArray]:
    """Split inquiries into those that came earlier and those that came later."""
    order = rows[np.argsort(arrived[rows], kind="stable")]
    return order[: len(order) // 2], order[len(order) // 2 :]


def _list_candidates(attributes: dict[str, Categories], outcome: _Outcome, rows: IntArray) -> Iterator[_Candidate]:
    """List the groups of one value, then those of two, that stand out enough."""
    least = max(MIN_LEADS, _MIN_SHARE * len(rows))
    single: list[tuple[str, str, np.ndarray]] = []
    for name, column in attributes.items():
        counts = np.bincount(column.codes[rows], minlength=len(column.names))
        for code in np.flatnonzero(counts >= least).tolist():
            if column.names[code] != NOT_GIVEN:
                single.append((name, column.names[code], column.codes[rows] == code))
    pairs = [pair for pair in combinations(single, 2) if pair[0][0] != pair[1][0]]
    for parts in [*((first,) for first in single), *pairs]:
        members = np.logical_and.reduce([mask for _, _, mask in parts])
        # More than half of all inquiries are no group: they are what the others are not.
        if least <= members.sum() <= len(rows) / 2:
            distance = outcome.measure_distance(members)
            if abs(distance) >= _STANDS_OUT and _earns_its_words(outcome, members, [mask for _, _, mask in parts]):
                yield _Candidate(tuple((name, value) for name, value, _ in parts), members, distance)


def _earns_its_words(outcome: _Outcome, members: np.ndarray, masks: list[np.ndarray]) -> bool:
    """Whether each value of a group adds something: within the inquiries of the other one, those that have both differ
    from the rest, in the direction of the group.

    Otherwise "referral, newsletter: yes" would be said of a practice in which referrals book more often, and the
    newsletter does nothing.
    """
    if len(masks) < 2:
        return True
    way = np.sign(outcome.measure_distance(members))
    return all(way * outcome.within(mask).measure_distance(members[mask]) >= _EARNS_ITS_WORD for mask in masks)


def _choose(candidates: list[_Candidate]) -> list[_Candidate]:
    """Choose a few that stand out most and are not the same inquiries; of two alike, the one in fewer words."""
    # A second value must earn its place: half a standard error.
    ranked = sorted(candidates, key=lambda candidate: -abs(candidate.distance) + 0.5 * len(candidate.values))
    chosen: list[_Candidate] = []
    for candidate in ranked:
        same_way = [other for other in chosen if other.distance * candidate.distance > 0]
        if len(same_way) < MOST_EACH_WAY and not any(_are_alike(candidate.members, other.members) for other in chosen):
            chosen.append(candidate)
    return chosen


def _are_alike(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether two groups are mostly the same inquiries, or one of them is a part of the other."""
    both = float((one & other).sum())
    return both > _MOST_ALIKE * float((one | other).sum()) or both > 0.9 * min(one.sum(), other.sum())


def _select(attributes: dict[str, Categories], values: tuple[tuple[str, str], ...], rows: IntArray) -> np.ndarray:
    """Return which of the rows have all values."""
    members = np.ones(len(rows), bool)
    for name, value in values:
        column = attributes[name]
        members &= column.codes[rows] == column.names.index(value)
    return members


def list_attributes(columns: LeadColumns) -> dict[str, Categories]:
    """Return what groups are told apart by: what was known at arrival, and the columns of the export's own."""
    return columns.attributes | columns.own_attributes


def name_segment(segment: Segment, name_value: NameValue) -> str:
    """Name a group as people read it."""
    return ", ".join(name_value(value, name) for name, value in segment.values)


def tabulate_segments(columns: LeadColumns, rows: IntArray, name_value: NameValue) -> FigureTable:
    """Tabulate the groups with their booking rates in the later half.

    Parameters
    ----------
    rows : int array
        Inquiries old enough for their bookings to be known.
    name_value : callable
        How people read an attribute and its value.
    """
    described = (
        Column("segment", "Inquiries", "text", "What was known of them when they arrived."),
        Column("leads", "How many", "count", "In the later half, which had no say in the choice.", True),
        Column("booked", "Booked", "count", "Of these.", True),
        Column("rate", "Booking rate", "share", "In the later half."),
        Column("others", "All others", "share", "The rate of all others, in the months in which these came."),
        Column("verdict", "What that says", "text", "More or fewer bookings than others, in both halves."),
    )
    booked = columns.has("booked")
    segments, lost = find_segments(list_attributes(columns), booked, -columns.age_days, rows, columns.month)
    table_rows: list[tuple[Cell, ...]] = []
    _, later = _split_halves(-columns.age_days, rows)
    for segment in segments:
        rate = _estimate(columns.month, booked, segment.rows)
        others = np.setdiff1d(later, segment.rows)
        other_rate = _match_months(columns.month, booked, segment.rows, others)
        more = rate.value > other_rate
        table_rows.append(
            (
                name_segment(segment, name_value),
                len(segment.rows),
                int(booked[segment.rows].sum()),
                rate,
                other_rate,
                "Book more often." if more else "Book less often.",
            )
        )
    notes = [
        "Groups are chosen on the earlier half of the inquiries and measured on the later one; association, not cause.",
        "They had to stand out in the later half, too, so the difference may be smaller from now on.",
    ]
    if any(name in columns.own_attributes for segment in segments for name, _ in segment.values):
        notes.append(
            "Columns of your own export are taken to have been filled in when the inquiry came: one that is filled in "
            "later says what became of it, and belongs under [leave_out] of the mapping."
        )
    if lost:
        notes.append(f"{lost} more stood out in the earlier half and not again: they are not shown.")
    if not table_rows:
        notes = ["No group of inquiries stands out in both halves, or there are too few inquiries to tell."]
    title = "Who books more often, and who less"
    return FigureTable("segments", title, described, take_columns(table_rows), tuple(notes))


def _match_months(month: IntArray, booked: np.ndarray, rows: IntArray, others: IntArray) -> float:
    """Return the rate that others have in the months of some inquiries."""
    months, position = np.unique(month[np.r_[rows, others]], return_inverse=True)
    group_months, other = position[: len(rows)], position[len(rows) :]
    leads = np.bincount(other, minlength=len(months))
    rate = np.bincount(other, booked[others], len(months)) / np.maximum(leads, 1)
    weight = np.bincount(group_months, minlength=len(months)) * (leads > 0)
    return float(np.average(rate, weights=weight)) if weight.any() else float(booked[others].mean())


def _estimate(month: IntArray, booked: np.ndarray, rows: IntArray) -> Estimate:
    """Estimate the rate of a group, with how much its months vary."""
    months, position = np.unique(month[rows], return_inverse=True)
    trials = np.bincount(position, minlength=len(months)).astype(float)
    successes = np.bincount(position, booked[rows], minlength=len(months)).astype(float)
    correlation, freedom = estimate_correlation(successes, trials, np.zeros(len(months), np.int64))
    return estimate_rate(float(successes.sum()), trials, correlation, freedom)
