"""Are the inquiries behind a figure as many as the figure says, in every table?"""

from dataclasses import replace

import numpy as np
import pytest

from serving.desk.queue.catalog_names import build_resolvers
from serving.insights.attribution.journeys import Touches
from serving.insights.columns.categories import ALL_LEADS
from serving.insights.columns.column_reading import read_named_columns
from serving.insights.evidence.figure_rows import find_figure_rows, find_row, key_of, list_counted
from serving.insights.insight_report import compute_insights
from serving.insights.scope.report_scope import ReportScope


@pytest.fixture(scope="module")
def demo(demo_tables, demo_practice):
    return read_named_columns(demo_tables, demo_practice, build_resolvers(demo_practice)), demo_practice


def list_figures(report):
    for table in report.tables.values():
        for row in table.rows:
            for name in list_counted(table):
                value = table.get(str(row[0]), name)
                if isinstance(value, int):
                    yield (table.name, str(row[0]), name), value


def check_figures(columns, practice, scope):
    """Return the tables whose every figure lists as many inquiries as it says."""
    report, wrong, tables = compute_insights(columns, practice, scope), {}, set()
    for figure, value in list_figures(report):
        rows = find_figure_rows(columns, practice, scope, figure)
        tables.add(figure[0])
        if len(rows.lead_ids) != value or len(set(rows.lead_ids)) != value:
            wrong[figure] = (value, len(rows.lead_ids))

    assert wrong == {}
    return tables


def test_as_many_inquiries_are_listed_as_every_figure_says(demo):
    tables = check_figures(*demo, ReportScope())

    assert {"funnel_by_month", "funnel_by_clinic", "response_by_hour", "missed_calls", "lost_by_service"} <= tables
    assert {"touch_data", "money_by_channel", "people", "outlook_past", "lost_reasons"} <= tables


def test_of_a_filter_too(demo):
    assert {"funnel_by_month", "people", "lost_reasons"} <= check_figures(
        *demo, ReportScope(6, (("channel", "Web form"),))
    )


def test_the_journeys_behind_a_credit_are_listed(columns, practice_of_report):
    lead = np.repeat(np.arange(0, len(columns), 2), 2)
    names = np.array(columns.categories["channel"].names, object)
    touches = Touches(
        lead, np.tile([-5.0, -1.0], len(lead) // 2), {"channel": names[(lead + np.arange(len(lead))) % len(names)]}
    )

    tables = check_figures(replace(columns, touches=touches), practice_of_report, ReportScope())

    assert {"credit_by_channel", "touch_data", "response_bands"} <= tables


def test_a_campaign_that_is_called_like_the_row_of_all_leads_lists_its_own(demo_tables, demo_practice):
    campaign = demo_tables.leads["campaign"]
    named = campaign.where(campaign != campaign.mode()[0], "all leads")
    tables = replace(demo_tables, leads=demo_tables.leads.assign(campaign=named))
    columns = read_named_columns(tables, demo_practice, build_resolvers(demo_practice))

    def count(name):
        figure = ("funnel_by_campaign", name, "leads")
        return len(find_figure_rows(columns, demo_practice, ReportScope(), figure).lead_ids)

    names = columns.categories["campaign"].names
    assert 0 < count("All leads (a name)") < count(ALL_LEADS) == sum(map(count, names))


def test_the_newest_inquiry_comes_first(columns, practice_of_report):
    rows = find_figure_rows(columns, practice_of_report, ReportScope(), ("funnel_by_channel", "All leads", "booked"))

    age = dict(zip(columns.lead_ids.tolist(), columns.age_days.tolist(), strict=True))
    assert np.all(np.diff([age[lead] for lead in rows.lead_ids]) >= 0) and len(rows.lead_ids) > 100


def test_a_key_finds_its_row_and_names_nobody(report):
    table = report.tables["people"]

    for row in table.rows:
        assert find_row(table, key_of(table, row)) == row and str(row[0]) not in key_of(table, row)
    assert find_row(table, "0123456789") is None


def test_a_key_of_people_says_nothing_that_a_list_of_names_could_be_tried_on(report):
    people, channels = report.tables["people"], report.tables["funnel_by_channel"]

    assert people.managers_only and {key_of(people, row).split("-")[1] for row in people.rows} == {
        str(len(people.rows))
    }
    assert len({key_of(channels, row) for row in channels.rows}) == len(channels.rows)


def test_a_figure_that_counts_nobody_has_no_list(columns, practice_of_report):
    with pytest.raises(KeyError, match="count no inquiries"):
        find_figure_rows(columns, practice_of_report, ReportScope(), ("change_month", "Volume", "bookings"))
    with pytest.raises(KeyError):
        find_figure_rows(columns, practice_of_report, ReportScope(), ("funnel_by_channel", "pigeons", "booked"))
