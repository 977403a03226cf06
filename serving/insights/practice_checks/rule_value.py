"""Is the practice's own rule for qualified leads any good? Bookings of the leads that fit it, and of as many by score.

Lives here: splitting leads by the rule and its lines, the comparison with the score.
Does not live here: matching the rule (``serving.insights.columns.qualifying_rule``), the mark that people give
(``qualification``).
"""

from dataclasses import dataclass

import numpy as np

from features.array_types import IntArray
from features.practice.practice import Practice
from features.practice_file.scoring_rules import parse_conditions
from serving.insights.columns.categories import ALL_LEADS, Categories
from serving.insights.columns.lead_columns import LeadColumns
from serving.insights.estimates import Estimate, cannot_tell
from serving.insights.figure_tables import Cell, Column, FigureTable, take_columns
from serving.insights.practice_checks.group_rates import STANDS_OUT, GroupRate, compare_groups, count_together
from serving.insights.practice_checks.rate_difference import compare_rates

__all__ = ["FITS", "RuleGain", "compare_with_score", "estimate_rule_gain", "select_by_rule", "tabulate_rule"]

FITS, FITS_NOT = "Fits the rule", "Fits no line of it"
_TOP = "As many by the score, against the rule"
MIN_EACH = 30


def select_by_rule(columns: LeadColumns, rows: IntArray, name: str) -> IntArray:
    """Return those of the rows that belong to a row of the table.

    Raises
    ------
    KeyError
        If the table has no such row.
    """
    if name == ALL_LEADS:
        return rows
    fits = _find_fitting(columns)
    if name in (FITS, FITS_NOT):
        return rows[fits[rows] == (name == FITS)]
    if name == _TOP:
        return _split_with_score(columns, rows)[1]
    return rows[columns.rule_matches[_line_of(name)][rows]]


def tabulate_rule(columns: LeadColumns, practice: Practice, rows: IntArray) -> FigureTable:
    """Tabulate bookings by the rule.

    Parameters
    ----------
    rows : int array
        Ripe leads of the months of the report.
    """
    described = (
        Column(
            "fit", "By the rule", "text", "Your rule ([[qualified]] in practice.toml), on what was known at arrival."
        ),
        Column("leads", "Inquiries", "count", "Ripe inquiries of these months.", counts_people=True),
        Column("booked", "Booked", "count", "Of these, within the horizon.", counts_people=True),
        Column("rate", "Booking rate", "share", "In the long run."),
        Column("of_bookings", "Of all bookings", "share", "Share of the bookings that came from these."),
        Column(
            "difference",
            "Against others",
            "points",
            "Bookings of 100, less those of 100 that do not fit; of the row by the score, less those of 100 that fit.",
        ),
        Column(
            "verdict", "What that says", "text", "Against all other inquiries; the row by the score against the rule."
        ),
    )
    title, name = "Is the rule for qualified inquiries any good?", "qualifying_rule"
    if not practice.qualified:
        reason = (
            "No rule is on record. Write which inquiries marketing calls qualified as entries [[qualified]] with a "
            'line such as when = "asks_for_appointment and payer_accepted" in practice.toml, and it is compared here.'
        )
        return FigureTable(name, title, described, (), (reason,))
    notes = _list_unread(columns, practice)
    if not columns.rule_matches or not len(rows):
        return FigureTable(name, title, described, (), (*notes, "No line of the rule can be compared."))
    booked, month = columns.has("booked"), columns.month
    total = max(int(booked[rows].sum()), 1)
    lines: list[tuple[Cell, ...]] = []

    def add(rate: GroupRate, label: str, difference: Cell, verdict: str) -> None:
        lines.append((label, rate.leads, rate.count, rate.rate, rate.count / total, difference, verdict))

    add(compare_groups(count_together(columns), month, booked, rows)[0], ALL_LEADS, None, "")
    splits = [(_find_fitting(columns), FITS)]
    if len(columns.rule_matches) > 1:
        splits += [(matches, _label(line)) for line, matches in columns.rule_matches.items()]
    for matches, label in splits:
        gain = estimate_rule_gain(columns, matches, rows)
        if gain.fitting is not None:
            add(gain.fitting, label, gain.difference, _describe(gain.fitting, gain.difference))
        if label == FITS and gain.others is not None:
            add(gain.others, FITS_NOT, None, "What those that fit are compared with.")
    against = compare_with_score(columns, rows)
    scored_rows = _split_with_score(columns, rows)[1]
    if against.is_known and len(scored_rows):
        highest = compare_groups(count_together(columns), month, booked, scored_rows)[0]
        add(highest, _TOP, against.scale(100.0), _describe_score(against))
    else:
        notes.append(
            f"The score cannot be compared: fewer than {MIN_EACH} of these inquiries fit the rule and had a score "
            "within a day. The desk's own store keeps scores; files of an export do not."
        )
    own_columns = dict.fromkeys(
        part.name for line in columns.rule_matches for part in parse_conditions(line) if part.quoted
    )
    if own_columns:
        notes.append(
            f"{', '.join(own_columns)}: what your own columns say now is read. If one was filled in after the inquiry, "
            "the rule looks better than it is."
        )
    notes.append(
        "An association: inquiries that are called qualified may also be worked on more, and those with a high score "
        "are called first; either may book more often for that."
    )
    labels = [line[0] for line in lines]
    of_lines = tuple(row for row, label in enumerate(labels) if label not in (ALL_LEADS, FITS, FITS_NOT, _TOP))
    of_score = tuple(row for row, label in enumerate(labels) if label == _TOP)
    fits = labels.index(FITS) if FITS in labels else 0
    return FigureTable(
        name,
        title,
        described,
        take_columns(lines),
        tuple(notes),
        has_total=True,
        rows_in_sum=sum(label in (FITS, FITS_NOT) for label in labels),
        parts=((fits, of_lines), (fits, of_score)),
    )


@dataclass(frozen=True)
class RuleGain:
    """Bookings of the leads that a rule or a line of it takes, against the others.

    Parameters
    ----------
    fitting, others : GroupRate or None
        None where there are none.
    difference : Estimate
        Bookings more of a hundred leads that fit, than of the others, in points.
    """

    fitting: GroupRate | None
    others: GroupRate | None
    difference: Estimate


def estimate_rule_gain(columns: LeadColumns, matches: np.ndarray, rows: IntArray) -> RuleGain:
    """Estimate how many bookings more a hundred leads bring that match, than the others.

    Parameters
    ----------
    matches : bool array of shape (n,)
    """
    rates = {rate.name: rate for rate in compare_groups(_split(matches), columns.month, columns.has("booked"), rows)}
    fitting, others = rates.get(FITS), rates.get(FITS_NOT)
    # Months move both alike, so that the difference is surer than either rate.
    if fitting is None or others is None or min(fitting.leads, others.leads) < MIN_EACH:
        return RuleGain(fitting, others, cannot_tell(f"it takes {MIN_EACH} inquiries on either side"))
    counts = (fitting.count, fitting.leads), (others.count, others.leads)
    return RuleGain(fitting, others, compare_rates(*counts).scale(100.0))


def compare_with_score(columns: LeadColumns, rows: IntArray) -> Estimate:
    """Compare as many leads by the score with those that fit the rule: the difference of their booking rates.

    Leads that both choose count on both sides, so that only those that one of them chooses vary.
    """
    by_rule, by_score = _split_with_score(columns, rows)
    if len(by_rule) < MIN_EACH:
        requirement = f"it takes {MIN_EACH} inquiries with a score that fit the rule"
        return cannot_tell(f"{requirement}; {MIN_EACH - len(by_rule)} more are needed", requirement)
    booked = columns.has("booked")
    only_score, only_rule = np.setdiff1d(by_score, by_rule), np.setdiff1d(by_rule, by_score)
    if not len(only_score):
        return Estimate(0.0, 0.0, 0.0)
    sides = [(int(booked[side].sum()), len(side)) for side in (only_score, only_rule)]
    share = len(only_score) / len(by_rule)
    return compare_rates(sides[0], sides[1]).scale(share)


def _split_with_score(columns: LeadColumns, rows: IntArray) -> tuple[IntArray, IntArray]:
    """Return the leads with a score that fit the rule, and as many with the highest scores, of equal ones the first."""
    scored = rows[~np.isnan(columns.first_log_odds[rows])]
    by_rule = scored[_find_fitting(columns)[scored]]
    order = np.argsort(-columns.first_log_odds[scored], kind="stable")
    return by_rule, scored[order[: len(by_rule)]]


def _find_fitting(columns: LeadColumns) -> np.ndarray:
    """Return which leads fit any line."""
    nothing = np.zeros(len(columns), bool)
    return np.logical_or.reduce([nothing, *columns.rule_matches.values()])


def _split(matches: np.ndarray) -> Categories:
    return Categories(np.where(matches, 0, 1), (FITS, FITS_NOT))


def _label(line: str) -> str:
    return f"Line: {line}"


def _line_of(label: str) -> str:
    return label.removeprefix("Line: ")


def _list_unread(columns: LeadColumns, practice: Practice) -> list[str]:
    """Say which lines this data cannot answer."""
    unread = [rule.when for rule in practice.qualified if rule.when not in columns.rule_matches]
    return [f"Left out, since the data does not say what it reads: {line}." for line in unread]


def _describe(fitting: GroupRate, difference: Estimate) -> str:
    """Describe whether those that fit book more often than others."""
    if not difference.is_known:
        return f"Too few inquiries to say: it takes {MIN_EACH} on either side."
    if fitting.distance >= STANDS_OUT:
        return "They book more often than others: it says something."
    if fitting.distance <= -STANDS_OUT:
        return "They book LESS often than others: look at what it asks for."
    if difference.low > 0 or difference.high < 0:
        more = "more" if difference.low > 0 else "less"
        return f"Perhaps {more} often: chance does that now and then. More months settle it."
    return "The data cannot tell: the difference is within chance. More months narrow it."


def _describe_score(against: Estimate) -> str:
    """Describe whether the score chooses better than the rule."""
    if against.low == against.high:
        return "Both choose the same inquiries."
    if against.low > 0:
        return "The score chooses better than the rule."
    if against.high < 0:
        return "The rule chooses better than the score."
    return "The data cannot tell which chooses better: the interval holds zero. More months narrow it."
