"""Does the file hold the figures, and nothing that may not leave the house?"""

import base64
import hashlib
import re
from html import unescape

import pytest

from features.practice.practice import Practice
from serving.desk.pages.insight_page import render_insight_file
from serving.insights.figure_tables import format_cell
from serving.insights.insight_report import compute_insights
from serving.insights.sharing.shared_report import make_shareable
from tests.support.simulated.practice_columns import to_columns
from tests.support.simulated.simulated_practices import simulate


@pytest.fixture(scope="module")
def shared():
    return make_shareable(compute_insights(to_columns(simulate(3, leads_a_month=300)), Practice(name="Prairie Oak")))


@pytest.fixture(scope="module")
def page(shared):
    return render_insight_file(shared, Practice(name="Prairie Oak"))


def test_every_figure_of_every_table_is_on_the_page(shared, page):
    for table in shared.tables.values():
        if table.rows:
            assert f'id="{table.name}"' in page
            for row in table.rows:
                for cell, column in zip(row, table.columns, strict=True):
                    assert format_cell(cell, column.unit) in unescape(page)


def test_a_table_that_ends_in_words_names_every_cell_for_a_phone(shared, page):
    articles = dict(re.findall(r'<article class="card" id="(\w+)"(.*?)</article>', page, re.DOTALL))
    worded = {
        name
        for name, table in shared.tables.items()
        if table.rows and any(column.unit == "text" for column in table.columns[1:])
    }

    assert worded and worded == {name for name, article in articles.items() if 'class="stacks"' in article}
    for name in worded:
        labels = re.findall(r'<td role="cell" data-label="([^"]*)"', articles[name])
        table = shared.tables[name]
        assert [unescape(label) for label in labels] == [column.heading for column in table.columns[1:]] * len(
            table.rows
        )


def test_every_column_opens_to_its_definition(shared, page):
    for column in shared.tables["funnel_by_channel"].columns:
        assert column.definition in unescape(page)


def test_the_page_needs_nothing_from_anywhere(page):
    style = re.search(r"<style>(.*)</style>", page, re.DOTALL)[1]

    assert base64.b64encode(hashlib.sha256(style.encode()).digest()).decode() in page
    assert not re.search(r"(?:src|href)=\"(?!#)", page) and "<script" not in page and 'style="' not in page


def test_every_sentence_leads_to_its_evidence(page):
    for anchor in re.findall(r'class="proof"><a href="#([^"]+)"', page):
        assert f'id="{anchor}"' in page


def test_no_member_of_staff_and_no_lead_is_on_the_page(page):
    assert "ana" not in re.findall(r"<bdi>(.*?)</bdi>", page) and not re.search(r"\bL\d+\b", page)
