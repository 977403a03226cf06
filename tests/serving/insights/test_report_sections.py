"""Are sections and months the same wherever they are named?"""

import pytest

from serving.api.insight_routes import INSIGHT_ADDRESSES
from serving.desk.pages.insight_page import render_insight_file
from serving.errors import RequestError
from serving.http.authorization import find_permission
from serving.insights.report_sections import DEFAULT_MONTHS, MONTH_CHOICES, SECTIONS, parse_months
from serving.insights.sentences.sentence import Sentence
from serving.insights.sharing.shared_report import make_shareable
from serving.insights.sharing.small_cells import SMALLEST_SHOWN
from serving.schemas.insight_operations import describe_insights


def test_every_section_has_an_address_a_description_and_a_permission():
    addresses = ("/v1/insights", *(f"/v1/insights/{name}" for name in SECTIONS))

    assert addresses == INSIGHT_ADDRESSES == tuple(describe_insights({}))
    assert {find_permission(address) for address in addresses} == {"insights"}


def test_the_page_shows_the_titles_in_order(report, practice_of_report):
    page = render_insight_file(make_shareable(report), practice_of_report)
    places = [page.index(f'id="{name}-title">{SECTIONS[name].title}<') for name in SECTIONS if name != "people"]

    assert places == sorted(places)


def test_the_months_of_the_description_are_those_that_are_offered():
    schema = describe_insights({})["/v1/insights"]["get"]["parameters"][0]["schema"]

    assert (schema["enum"], schema["default"]) == ([*MONTH_CHOICES], DEFAULT_MONTHS)
    assert parse_months(None) == DEFAULT_MONTHS and [parse_months(str(n)) for n in MONTH_CHOICES] == [*MONTH_CHOICES]


@pytest.mark.parametrize("text", ["7", "all", "", "012"])
def test_a_number_of_months_that_is_not_offered_is_refused(text):
    with pytest.raises(RequestError, match="offered: 3, 6, 12, 24"):
        parse_months(text)


def test_the_smallest_number_is_the_same_in_tables_and_sentences(report, practice_of_report):
    assert Sentence("a", "b", "c", "d", (SMALLEST_SHOWN,)).may_leave_the_house
    assert not Sentence("a", "b", "c", "d", (SMALLEST_SHOWN - 1,)).may_leave_the_house
    page = render_insight_file(make_shareable(report), practice_of_report)
    assert f"Numbers of fewer than {SMALLEST_SHOWN} people are hidden" in page
