"""Every figure of the insights, in one object: what the page shows, the files hold and the API answers.

Lives here: computing all tables from the columns, in order; the report.
Does not live here: the figures (the other modules of this room), reading the columns (``columns``), HTML
(``serving.desk.pages``).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from features.array_types import FloatArray, IntArray
from features.arrays.dictionary_encoding import map_distinct
from features.column_words import head_column, name_column
from features.practice.local_formats import LocalFormats
from features.practice.practice import Practice
from features.tables.tables import Tables
from serving.insights.attribution.attribution_tables import tabulate_credits
from serving.insights.attribution.journeys import ALL_OTHERS
from serving.insights.base_data import DataDoubt, judge_base_data
from serving.insights.booking_changes import (
    BookingChange,
    build_change_attributes,
    expect_bookings,
    explain_change,
    find_months,
    fit_change_model,
    tabulate_change,
)
from serving.insights.cohorts import StageRipening, build_ripening
from serving.insights.columns.categories import Resolver
from serving.insights.columns.column_reading import read_lead_columns
from serving.insights.columns.lead_columns import LeadColumns
from serving.insights.comparisons.form_test import tabulate_forms
from serving.insights.comparisons.segments import tabulate_segments
from serving.insights.figure_tables import FigureTable, Hidden
from serving.insights.funnel import forecast_months, select_recent, tabulate_by_month, tabulate_funnel, total_funnel
from serving.insights.lost_leads import WinBackLead, find_win_backs, tabulate_reasons, value_leads
from serving.insights.money import tabulate_money
from serving.insights.outlook.outlook_tables import build_outlook, tabulate_outlook
from serving.insights.report_sections import DEFAULT_MONTHS, SECTIONS
from serving.insights.response import tabulate_bands, tabulate_missed_calls, tabulate_waiting
from serving.insights.silence import Silence, find_silences, tabulate_silences
from serving.insights.small_cells import hide_small_cells
from serving.insights.staff_effects import tabulate_staff
from serving.insights.summary_sentences import MOST_SENTENCES, Sentence, write_sentences
from serving.scoring.plain_names import name_value

__all__ = ["InsightReport", "compute_insights", "make_shareable", "read_and_compute"]

_SEED = 7
_FUNNEL_DIMENSIONS = ("channel", "source", "campaign", "clinic", "service", "patient")
_ATTRIBUTE_COLUMNS = {"clinic": "preferred_clinic", "service": "service_requested"}
_MAX_NAMES = 40
"""A dimension with more names than this is shown by its most common ones."""


@dataclass(frozen=True)
class InsightReport:
    """The figures as of one moment.

    Parameters
    ----------
    practice : str
        Its name.
    as_of : datetime64[us], UTC
    months : int
        Months counted, the current one included, where a table says nothing else.
    leads : int
    tables : dict
        Name -> table.
    sentences : tuple of Sentence
        What changed, and what to do: the first five.
    more_sentences : tuple of Sentence
        What follows them, where some of the five may not leave the house.
    changes : dict
        "month" and "year" -> the change against the month before and the same month a year ago; None unknown.
    silences : tuple of Silence
    doubts : tuple of DataDoubt
    win_backs : tuple of WinBackLead
        Ids of leads: for managers on the page only.
    """

    practice: str
    as_of: np.datetime64
    months: int
    leads: int
    tables: dict[str, FigureTable]
    sentences: tuple[Sentence, ...]
    changes: dict[str, BookingChange | None]
    silences: tuple[Silence, ...]
    doubts: tuple[DataDoubt, ...]
    win_backs: tuple[WinBackLead, ...]
    more_sentences: tuple[Sentence, ...] = ()

    @property
    def alarms(self) -> tuple[Silence, ...]:
        """The silences that chance does not explain."""
        return tuple(silence for silence in self.silences if silence.is_alarm)

    def get_section(self, name: str) -> list[FigureTable]:
        """Return the tables of a section of the page."""
        return [self.tables[table] for table in SECTIONS[name].tables if table in self.tables]


def compute_insights(
    columns: LeadColumns,
    practice: Practice,
    months: int = DEFAULT_MONTHS,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> InsightReport:
    """Compute every figure. The same columns give the same figures, to the bit.

    Parameters
    ----------
    months : int
        Months counted, the current one included.
    progress : callable (done, total), optional
    """
    columns = _group_rare_names(columns)
    rng = np.random.default_rng(_SEED)
    ripening = build_ripening(columns, rng)
    ripe_days = ripening["booked"].ripe_days
    ripe, recent = np.flatnonzero(columns.age_days >= ripe_days), select_recent(columns, months)
    steps = 6

    model = fit_change_model(columns, ripe, rng)
    forecasts = forecast_months(columns, ripening, rng)
    final_draws = {month: draws for month, (_, draws) in forecasts["booked"].items()}
    changes = {
        "month": explain_change(columns, model, final_draws, find_months(columns), rng),
        "year": explain_change(columns, model, final_draws, find_months(columns, years=1), rng),
    }
    tables = [
        tabulate_change(changes["month"], "change_month", "Why bookings changed since the month before"),
        tabulate_change(changes["year"], "change_year", "Why bookings changed since a year ago"),
        tabulate_by_month(columns, forecasts, months),
    ]
    progress(1, steps)
    tables += _tabulate_funnels(columns, ripening, rng, months)
    progress(2, steps)
    tables += [tabulate_bands(columns, ripe_days, rng), *_tabulate_waits(columns, recent, practice.formats)]
    progress(3, steps)
    tables += _tabulate_costs(columns, ripening, rng, months)
    progress(4, steps)
    chance, _ = expect_bookings(model, build_change_attributes(columns), np.arange(len(columns)), None)
    worth = value_leads(columns, {service.name: service.value for service in practice.services})
    tables += _tabulate_losses(columns, chance, worth, months)
    win_backs = find_win_backs(columns, chance, worth)
    progress(5, steps)
    silences = find_silences(columns)
    tables += [tabulate_staff(columns, ripe, rng), tabulate_silences(silences)]
    tables += tabulate_credits(columns, ripe_days, months, silences)
    tables.append(tabulate_forms(columns, ripe_days, columns.current_month - months + 1))
    lately = ripe[columns.month[ripe] > columns.current_month - months]
    tables.append(tabulate_segments(columns, lately, partial(_name_attribute, practice)))
    outlook = build_outlook(columns, ripe_days, practice.formats)
    tables += tabulate_outlook(outlook, worth, columns, practice.monthly_booking_goal)
    progress(6, steps)
    by_name = {table.name: table for table in tables}
    doubts = judge_base_data(columns, ripe_days)
    sentences = write_sentences(by_name, changes, silences, win_backs, practice.formats, doubts)
    return InsightReport(
        practice.name,
        columns.as_of,
        months,
        len(columns),
        by_name,
        tuple(sentences[:MOST_SENTENCES]),
        changes,
        tuple(silences),
        tuple(doubts),
        tuple(win_backs),
        tuple(sentences[MOST_SENTENCES:]),
    )


def _tabulate_funnels(
    columns: LeadColumns, ripening: dict[str, StageRipening], rng: np.random.Generator, months: int
) -> list[FigureTable]:
    """Tabulate the funnel by each dimension that the leads have."""
    total = total_funnel(columns, ripening, rng, months)
    return [
        tabulate_funnel(columns, ripening, dimension, rng, total, months)
        for dimension in _FUNNEL_DIMENSIONS
        if dimension in columns.categories
    ]


def _tabulate_waits(columns: LeadColumns, recent: IntArray, formats: LocalFormats) -> list[FigureTable]:
    """Tabulate how long people waited for us, and the calls that we missed."""
    waits = [
        tabulate_waiting(columns, recent, part, formats)
        for part in ("channel", "weekday", "hour")
        if part != "channel" or "channel" in columns.categories
    ]
    return [*waits, tabulate_missed_calls(columns, recent)]


def _tabulate_costs(
    columns: LeadColumns, ripening: dict[str, StageRipening], rng: np.random.Generator, months: int
) -> list[FigureTable]:
    """Tabulate what bookings cost, by what money was spent on."""
    return [
        tabulate_money(columns, ripening, dimension, rng, months)
        for dimension in ("channel", "campaign")
        if dimension in columns.categories and dimension in columns.spend.names
    ]


def _tabulate_losses(columns: LeadColumns, chance: FloatArray, worth: FloatArray, months: int) -> list[FigureTable]:
    """Tabulate lost leads by reason, alone and with each dimension that the leads have."""
    return [
        tabulate_reasons(columns, chance, worth, dimension, months)
        for dimension in (None, "channel", "service", "clinic")
        if dimension is None or dimension in columns.categories
    ]


def read_and_compute(
    tables: Tables,
    practice: Practice,
    resolvers: dict[str, Resolver],
    as_of: np.datetime64 | None = None,
    months: int = DEFAULT_MONTHS,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> InsightReport:
    """Compute every figure from validated tables. DataError without dates or outcomes."""

    def name_for_people(value: str, dimension: str) -> str:
        return name_value(value, practice.words, dimension)

    columns = read_lead_columns(tables, practice, resolvers, as_of, name_for_people)
    return compute_insights(columns, practice, months, progress)


def _name_attribute(practice: Practice, value: str, attribute: str) -> str:
    """Name what was known of an enquiry, as people read it: "Insurance: Aetna", "Phone number given"."""
    if attribute.startswith("gave "):
        return f"{name_column(attribute.removeprefix('gave '), practice.words)} {'' if value == 'yes' else 'not '}given"
    column = _ATTRIBUTE_COLUMNS.get(attribute, attribute)
    if attribute == "existing":
        return "Been here before" if value == "yes" else "Not been here before"
    return f"{head_column(column, practice.words)}: {name_value(value, practice.words, column)}"


def make_shareable(report: InsightReport) -> InsightReport:
    """Return the report as it may leave the house: without people and lists of leads, and with small cells hidden."""
    tables = [table for table in report.tables.values() if not table.managers_only]
    hidden = {table.name: table for table in hide_small_cells(tables)}
    months = hidden["funnel_by_month"]
    hides_month = any(isinstance(row[1], Hidden) for row in months.rows)
    shared = [
        sentence
        for sentence in (*report.sentences, *report.more_sentences)
        if sentence.may_leave_the_house and not sentence.tells_hidden(hidden)
    ]
    return replace(
        report,
        # Beside the other months, the number of all enquiries would tell a month's.
        leads=report.leads // 10 * 10 if hides_month else report.leads,
        tables=hidden,
        sentences=tuple(shared[:MOST_SENTENCES]),
        more_sentences=(),
        win_backs=(),
    )


def _group_rare_names(columns: LeadColumns) -> LeadColumns:
    """Return the columns with the rarest names of each dimension taken together, of leads and of their touches."""
    categories, touched = dict(columns.categories), dict(columns.touches.names)
    for name, category in categories.items():
        if len(category.names) > _MAX_NAMES and name != "form":
            kept = np.argsort(-category.count(), kind="stable")[: _MAX_NAMES - 1]
            names = [category.names[i] for i in sorted(kept.tolist())]
            position = np.full(len(category.names), len(names))
            position[np.sort(kept)] = np.arange(len(names))
            categories[name] = type(category)(position[category.codes], (*names, ALL_OTHERS))
            if name in touched:
                common = {text: text for text in names}
                touched[name] = map_distinct(touched[name], partial(_take_common, common), None, object)
    return replace(columns, categories=categories, touches=replace(columns.touches, names=touched))


def _take_common(common: dict[str, str], name: str) -> str:
    return common.get(name, ALL_OTHERS)
