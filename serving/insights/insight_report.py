"""Every figure of the insights, in one object: what the page shows, the files hold and the API answers.

Lives here: computing all tables from the columns, in order; the report.
Does not live here: the figures (the other modules of this room), reading the columns (``columns``), HTML
(``serving.desk.pages``).
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from features.array_types import FloatArray, IntArray
from features.column_words import name_column
from features.practice.practice import Practice
from features.tables.tables import Tables
from serving.insights.attribution.attribution_tables import tabulate_credits
from serving.insights.booking_changes import (
    BookingChange,
    build_change_attributes,
    expect_bookings,
    explain_change,
    find_months,
    fit_change_model,
    tabulate_change,
)
from serving.insights.clicks import tabulate_clicks
from serving.insights.cohorts import StageRipening, build_ripening
from serving.insights.columns.attribute_names import name_attribute_of
from serving.insights.columns.categories import Resolver
from serving.insights.columns.column_reading import read_named_columns
from serving.insights.columns.lead_columns import LeadColumns
from serving.insights.columns.own_names import list_own_names
from serving.insights.comparisons.field_change_table import tabulate_field_changes
from serving.insights.comparisons.field_completeness import tabulate_completeness
from serving.insights.comparisons.form_test import tabulate_forms
from serving.insights.comparisons.segments import tabulate_segments
from serving.insights.data_quality import DataDoubt, find_bookings_begin, judge_base_data
from serving.insights.evidence.receipt import Receipt, make_receipt
from serving.insights.figure_tables import FigureTable
from serving.insights.follow_up.stale_records import tabulate_stale_records
from serving.insights.follow_up.tries import FURTHER_DIMENSIONS, tabulate_further_tries, tabulate_tries
from serving.insights.funnel import forecast_months, select_recent, tabulate_by_month, tabulate_funnel, total_funnel
from serving.insights.lost_leads import WinBackLead, find_group, find_win_backs, tabulate_reasons, value_leads
from serving.insights.money import tabulate_money
from serving.insights.outlook.outlook_tables import build_outlook, tabulate_outlook
from serving.insights.outlook.said_by_month import tabulate_said
from serving.insights.practice_checks.careless_reasons import tabulate_careless_reasons
from serving.insights.practice_checks.misfit_sources import tabulate_misfits
from serving.insights.practice_checks.qualification import tabulate_qualification
from serving.insights.practice_checks.rule_value import tabulate_rule
from serving.insights.practice_checks.score_value import tabulate_score_value
from serving.insights.practice_checks.who_waits import tabulate_who_waits
from serving.insights.practice_checks.win_back_results import tabulate_win_back_results
from serving.insights.report_sections import SECTIONS
from serving.insights.response import tabulate_bands, tabulate_missed_calls, tabulate_waiting
from serving.insights.scope.lead_selection import group_rare_names, list_choices, list_left_out, select_leads
from serving.insights.scope.report_scope import ReportScope
from serving.insights.sentences.sentence import Sentence
from serving.insights.sentences.summary_sentences import MOST_SENTENCES, write_sentences
from serving.insights.staff_effects import tabulate_staff
from serving.insights.staffing.missed_by_half_hour import tabulate_missed_by_half_hour
from serving.insights.staffing.staffing_table import tabulate_staffing
from serving.insights.stopped_sources import Silence, find_silences, tabulate_silences
from serving.insights.weekly_costs import tabulate_weeks

__all__ = [
    "InsightReport",
    "compute_insights",
    "read_and_compute",
    "select_segmented",
]

_SEED = 7
_PHONES_OF_ALL = "Phones are answered for everybody: take the filter away to see it."
_FUNNEL_DIMENSIONS = ("channel", "source", "campaign", "clinic", "service", "patient")


@dataclass(frozen=True)
class InsightReport:
    """The figures as of one moment.

    Parameters
    ----------
    practice : str
        Its name.
    as_of : datetime64[us], UTC
    scope : ReportScope
        Months counted where a table says nothing else, and filters.
    leads : int
    tables : dict
        Name -> table.
    sentences : tuple of Sentence
        What changed, and what to do: the first five.
    more_sentences : tuple of Sentence
        What follows them, where some of the five may not leave the house.
    receipt : Receipt
        What they were computed from.
    choices : dict
        Dimension -> the names that it can be filtered by.
    left_out : dict
        Section -> why a filter leaves out figures of it.
    own_names : frozenset of str
        Names of the practice's data that stand in it: they are not translated.
    changes : dict
        "month" and "year" -> the change against the month before and the same month a year ago; None unknown.
    silences : tuple of Silence
    doubts : tuple of DataDoubt
    win_backs : tuple of WinBackLead
        Ids of leads: for managers on the page only.
    """

    practice: str
    as_of: np.datetime64
    scope: ReportScope
    leads: int
    tables: dict[str, FigureTable]
    sentences: tuple[Sentence, ...]
    changes: dict[str, BookingChange | None]
    silences: tuple[Silence, ...]
    doubts: tuple[DataDoubt, ...]
    win_backs: tuple[WinBackLead, ...]
    receipt: Receipt
    more_sentences: tuple[Sentence, ...] = ()
    choices: dict[str, tuple[str, ...]] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    own_names: frozenset[str] = frozenset()

    @property
    def months(self) -> int:
        """Months counted, the current one included."""
        return self.scope.months

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
    scope: ReportScope | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> InsightReport:
    """Compute every figure. The same columns give the same figures, to the bit.

    Parameters
    ----------
    scope : ReportScope, optional
        Months and filters; the usual months of all inquiries when left out.
    progress : callable (done, total), optional

    Raises
    ------
    DataError
        If no inquiry matches the filters.
    """
    scope = scope or ReportScope()
    months, steps = scope.months, 6
    unfiltered, everything = columns, group_rare_names(columns)
    columns = select_leads(everything, scope)
    left_out = list_left_out(scope, unfiltered)
    rng = np.random.default_rng(_SEED)
    ripening = build_ripening(columns, rng)
    ripe_days = ripening["booked"].ripe_days
    ripe, recent = np.flatnonzero(columns.is_ripe(ripe_days)), select_recent(columns, months)

    model = fit_change_model(columns, ripe, rng)
    forecasts = forecast_months(columns, ripening, rng)
    final_draws = {month: draws for month, (_, draws) in forecasts["booked"].items()}
    first_whole_month = _find_first_whole_month(everything, ripe_days)
    compared = {"month": find_months(columns), "year": find_months(columns, years=1)}
    recorded = {name: earlier >= first_whole_month for name, (_, earlier) in compared.items()}
    changes = {
        name: explain_change(columns, model, final_draws, months_of, rng) if recorded[name] else None
        for name, months_of in compared.items()
    }
    tables = [
        tabulate_change(
            changes["month"], "change_month", "Why bookings changed since the month before", recorded["month"]
        ),
        tabulate_change(changes["year"], "change_year", "Why bookings changed since a year ago", recorded["year"]),
        tabulate_by_month(columns, forecasts, months),
    ]
    progress(1, steps)
    tables += _tabulate_funnels(columns, ripening, rng, months)
    progress(2, steps)
    if "response" not in left_out:
        tables += [tabulate_bands(columns, ripe_days, rng), *_tabulate_waits(columns, recent, practice)]
        phones = (
            tabulate_staffing(columns, months, ripe_days, practice.formats, np.random.default_rng(_SEED)),
            tabulate_missed_by_half_hour(columns, months, practice.formats),
        )
        # A filter leaves no calls, which must not read as if none were on record.
        tables += [replace(table, notes=(_PHONES_OF_ALL,)) if scope.filters else table for table in phones]
        tables += tabulate_who_waits(columns, recent)
        lately = select_segmented(columns, ripe, months)
        tables += [tabulate_tries(columns, lately), *_tabulate_further_tries(columns, lately)]
    progress(3, steps)
    if "money" not in left_out:
        tables += _tabulate_costs(columns, ripening, rng, months)
        tables.append(tabulate_weeks(columns, ripening["booked"], practice.formats, np.random.default_rng(_SEED)))
    progress(4, steps)
    chance, _ = expect_bookings(model, build_change_attributes(columns), np.arange(len(columns)), None)
    worth = value_leads(columns, {service.name: service.value for service in practice.services})
    tables += _tabulate_losses(columns, chance, worth, months)
    win_backs = find_win_backs(columns, chance, worth)
    progress(5, steps)
    tables.append(tabulate_staff(columns, ripe, rng))
    silences = [] if "silence" in left_out else find_silences(columns)
    if "silence" not in left_out:
        tables.append(tabulate_silences(silences))
    if "credit" not in left_out:
        tables += tabulate_credits(columns, ripe_days, months, silences)
    tables.append(tabulate_forms(columns, ripe_days, columns.current_month - months + 1))
    lately = select_segmented(columns, ripe, months)
    tables += _tabulate_fields(columns, lately, ripe_days, practice)
    tables += [tabulate_qualification(columns, lately), tabulate_rule(columns, practice, lately)]
    tables.append(tabulate_score_value(columns, lately))
    tables.append(tabulate_careless_reasons(columns, months))
    tables += [tabulate_misfits(columns, lately), tabulate_win_back_results(columns, months)]
    tables.append(tabulate_stale_records(columns, recent))
    tables.append(tabulate_segments(columns, lately, name_attribute_of(practice)))
    if "outlook" not in left_out:
        said_rng = np.random.default_rng(_SEED)
        tables.append(tabulate_said(columns, ripe_days, said_rng, "money" not in left_out))
        goal = 0 if scope.filters else practice.monthly_booking_goal
        tables += tabulate_outlook(build_outlook(columns, ripe_days, practice.formats), worth, columns, goal)
    progress(6, steps)
    by_name = {table.name: table for table in tables}
    doubts = judge_base_data(everything, ripe_days)
    sentences = [
        sentence
        for sentence in write_sentences(by_name, changes, silences, win_backs, practice.formats, doubts)
        if sentence.evidence in by_name
    ]
    return InsightReport(
        practice.name,
        columns.as_of,
        scope,
        len(columns),
        by_name,
        tuple(sentences[:MOST_SENTENCES]),
        changes,
        tuple(silences),
        tuple(doubts),
        tuple(win_backs),
        make_receipt(unfiltered, practice, scope, tables),
        tuple(sentences[MOST_SENTENCES:]),
        list_choices(everything),
        left_out,
        list_own_names(everything, practice),
    )


def select_segmented(columns: LeadColumns, ripe: IntArray, months: int) -> IntArray:
    """Return the ripe leads of the last months: those among which groups are sought."""
    return ripe[columns.month[ripe] > columns.current_month - months]


def _find_first_whole_month(columns: LeadColumns, ripe_days: float) -> int:
    """Find the first month of which inquiries and bookings are on record as a whole; 0 where all months are."""
    begin = find_bookings_begin(columns, ripe_days)
    return 0 if begin is None else int(columns.month[columns.day < begin].max()) + 1


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


def _tabulate_waits(columns: LeadColumns, recent: IntArray, practice: Practice) -> list[FigureTable]:
    """Tabulate how long people waited for us, and the calls that we missed."""
    waits = [
        tabulate_waiting(columns, recent, part, practice)
        for part in ("channel", "weekday", "hour")
        if part != "channel" or "channel" in columns.categories
    ]
    return [*waits, tabulate_missed_calls(columns, recent)]


def _tabulate_costs(
    columns: LeadColumns, ripening: dict[str, StageRipening], rng: np.random.Generator, months: int
) -> list[FigureTable]:
    """Tabulate what bookings cost, by what money was spent on, and the clicks that it bought."""
    return [tabulate_money(columns, ripening, dimension, rng, months) for dimension in _list_paid(columns)] + [
        tabulate_clicks(columns, dimension, months)
        for dimension in _list_paid(columns)
        if not np.isnan(columns.spend.counts.get("clicks", np.nan)).all()
    ]


def _tabulate_further_tries(columns: LeadColumns, rows: IntArray) -> list[FigureTable]:
    """Tabulate what trying again brings, by each dimension that the leads have."""
    return [
        tabulate_further_tries(columns, rows, dimension)
        for dimension in FURTHER_DIMENSIONS
        if dimension in columns.categories
    ]


def _list_paid(columns: LeadColumns) -> list[str]:
    """List the dimensions that leads and spending both have."""
    return [name for name in ("channel", "campaign") if name in columns.categories and name in columns.spend.names]


def _tabulate_fields(columns: LeadColumns, rows: IntArray, ripe_days: float, practice: Practice) -> list[FigureTable]:
    """Tabulate what goes with the fields of forms, and what asking for one cost."""
    name_field = partial(name_column, own_words=practice.words)
    return [
        tabulate_field_changes(columns, ripe_days, name_field, practice.formats),
        # Numbers of their own: what is drawn for people before them must not move these.
        tabulate_completeness(columns, rows, name_field, np.random.default_rng(_SEED)),
    ]


def _tabulate_losses(columns: LeadColumns, chance: FloatArray, worth: FloatArray, months: int) -> list[FigureTable]:
    """Tabulate lost leads by reason, alone and with each dimension that the leads have."""
    return [
        tabulate_reasons(columns, chance, worth, dimension, months)
        for dimension in (None, "channel", "service", "clinic", "person")
        if dimension is None or find_group(columns, dimension) is not None
    ]


def read_and_compute(
    tables: Tables,
    practice: Practice,
    resolvers: dict[str, Resolver],
    as_of: np.datetime64 | None = None,
    scope: ReportScope | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> InsightReport:
    """Compute every figure from validated tables. DataError without dates or outcomes."""
    return compute_insights(read_named_columns(tables, practice, resolvers, as_of), practice, scope, progress)
