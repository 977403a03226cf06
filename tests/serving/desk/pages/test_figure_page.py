"""What does the address of a figure say, and what stands on its page?"""

from urllib.parse import parse_qs, urlsplit

from features.practice.practice import Practice
from serving.desk.pages.figure_page import FigureAddress, write_address
from serving.insights.evidence.figure_rows import find_row
from serving.insights.insight_report import compute_insights
from serving.insights.scope.report_scope import ReportScope, parse_scope
from tests.support.simulated.practice_columns import to_columns
from tests.support.simulated.simulated_practices import CHANNELS, simulate


def test_an_address_finds_its_row_in_the_report_that_it_names():
    scope = ReportScope(6, (("channel", CHANNELS[0]),))
    report = compute_insights(to_columns(simulate(3, leads_a_month=100)), Practice(), scope)
    table = report.tables["funnel_by_service"]

    query = {
        name: values[0]
        for name, values in parse_qs(urlsplit(write_address("figure", report, table, table.rows[1])).query).items()
    }

    assert parse_scope(query) == scope and find_row(report.tables[query["table"]], query["row"]) == table.rows[1]


def test_a_person_is_called_by_the_name_to_show_and_a_channel_by_its_own():
    report = compute_insights(to_columns(simulate(3, leads_a_month=100)), Practice())
    people, channels = report.tables["people"], report.tables["funnel_by_channel"]
    person, channel = str(people.rows[0][0]), str(channels.rows[1][0])
    names = {person: "Ann Lee", channel: "somebody"}

    assert FigureAddress(report, people, people.rows[0]).name_row(names) == "Ann Lee"
    assert FigureAddress(report, channels, channels.rows[1]).name_row(names) == channel
