"""Is the report the same twice, whole, and safe to share?"""

from dataclasses import replace

import numpy as np

from features.practice.practice import Practice
from serving.insights.attribution.journeys import Touches
from serving.insights.columns.categories import Categories
from serving.insights.columns.lead_columns import format_month
from serving.insights.figure_tables import Hidden
from serving.insights.insight_report import compute_insights
from serving.insights.report_sections import SECTIONS
from serving.insights.scope.report_scope import ReportScope
from serving.insights.sharing.shared_report import make_shareable


def test_the_same_leads_give_the_same_figures(columns, report):
    again = compute_insights(columns, Practice(name="Prairie Oak"))

    assert repr(again.tables) == repr(report.tables) and again.sentences == report.sentences


def test_every_table_belongs_to_a_section(report):
    assert set(report.tables) <= {name for section in SECTIONS.values() for name in section.tables}
    assert all(name == table.name for name, table in report.tables.items())


def test_every_column_has_a_definition(report):
    for table in report.tables.values():
        assert all(column.definition.endswith(".") for column in table.columns)
        assert all(len(row) == len(table.columns) for row in table.rows)


def test_what_leaves_the_house_names_no_person_and_no_lead(report):
    shared = make_shareable(report)

    assert "people" in report.tables and report.win_backs
    assert "people" not in shared.tables and not shared.win_backs


def test_what_leaves_the_house_shows_no_small_number(report):
    for table in make_shareable(report).tables.values():
        counted = [i for i, column in enumerate(table.columns) if column.counts_people]
        for row in table.rows:
            assert all(
                isinstance(row[i], Hidden) or not isinstance(row[i], int) or not 0 < row[i] < 11 for i in counted
            )


def test_rare_names_are_taken_together(columns):
    many = Categories(np.arange(len(columns)) % 90, tuple(f"c{i:02}" for i in range(90)))

    report = compute_insights(replace(columns, categories={"channel": many}), Practice())

    assert len(report.tables["funnel_by_channel"].rows) == 41


def test_touches_of_rare_names_agree_with_their_inquiries(columns):
    many = Categories(np.arange(len(columns)) % 90, tuple(f"c{i:02}" for i in range(90)))
    named = np.array(many.names, object)[many.codes]
    every = np.arange(len(columns))
    touches = Touches(every, np.full(len(columns), -0.001), {"campaign": named})

    report = compute_insights(replace(columns, categories={"campaign": many}, touches=touches), Practice())

    touch_data = report.tables["touch_data"]
    assert touch_data.get("Campaign", "touched") > 0 and touch_data.get("Campaign", "contradicting") == 0


def test_months_without_any_inquiry_are_counted_as_none(columns):
    later = replace(
        columns,
        month=columns.month - 6,
        day=columns.day - 180,
        age_days=columns.age_days + 180,
        arrived_at=columns.arrived_at - np.timedelta64(180, "D"),
    )

    report = compute_insights(later, Practice(), ReportScope(3))

    table = report.tables["funnel_by_channel"]
    assert [row[:2] for row in table.rows] == [("All leads", 0)] and not make_shareable(report).win_backs


def test_beside_hidden_months_the_number_of_all_inquiries_is_rounded(columns):
    month = columns.current_month - 14
    rows = np.flatnonzero(columns.month == month)
    few = replace(columns, month=np.where(np.isin(np.arange(len(columns)), rows[5:]), month + 1, columns.month))

    report = compute_insights(few, Practice())
    shared = make_shareable(report)

    assert isinstance(shared.tables["funnel_by_month"].get(format_month(month), "inquiries"), Hidden)
    assert shared.leads % 10 == 0 and 0 <= report.leads - shared.leads < 10


def test_the_months_that_are_counted_add_up_to_the_total(report):
    months, channels = report.tables["funnel_by_month"], report.tables["funnel_by_channel"]

    assert months.rows_in_total == 12
    for name in ("inquiries", "booked", "treated"):
        i = [column.name for column in months.columns].index(name)
        assert sum(row[i] for row in months.rows[:12]) == channels.get("All leads", name)


def test_costs_and_changes_rest_on_counts_that_other_tables_show(report):
    for column in report.tables["money_by_channel"].columns[4:]:
        assert column.rests_on[0] == "leads" and column.rests_on[1] in ("booked", "treated")
    for dimension, month, name in report.tables["change_month"].hidden_with:
        assert dimension == "month" and report.tables["funnel_by_month"].get(month, name) > 0


def test_a_sentence_that_may_not_leave_the_house_makes_room_for_the_next(report):
    kept = replace(report, sentences=tuple(replace(item, people=(3,)) for item in report.sentences[:2]))
    following = tuple(replace(item, people=(), cells=()) for item in report.sentences[2:])

    shared = make_shareable(replace(kept, more_sentences=following))

    assert shared.sentences == following and not shared.more_sentences
