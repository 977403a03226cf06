"""Are there five sentences, each with its evidence?"""

from dataclasses import replace

import pytest

from features.practice.display_formats import LocalFormats
from serving.insights.figure_tables import HIDDEN, Column, FigureTable
from serving.insights.sentences.sentence import Sentence
from serving.insights.sentences.summary_sentences import write_sentences
from serving.insights.stopped_sources import Silence


def test_there_are_at_most_five_and_each_rests_on_a_table(report):
    assert 3 <= len(report.sentences) <= 5
    assert all(sentence.evidence in report.tables for sentence in report.sentences)
    assert all(sentence.claim.endswith(".") and sentence.advice.endswith(".") for sentence in report.sentences)


def test_an_alarm_comes_first(report):
    silent = Silence("form", "/knee", 9, 12.3, 0.0001, True)

    sentences = write_sentences(report.tables, report.changes, [silent], [], LocalFormats())

    assert sentences[0].is_alarm and "/knee" in sentences[0].claim and "12 inquiries" in sentences[0].figure


def test_a_sentence_about_few_people_stays_in_the_house():
    assert Sentence("a", "b", "c", "d", (40, 11)).may_leave_the_house
    assert not Sentence("a", "b", "c", "d", (40, 10)).may_leave_the_house


def test_a_sentence_that_tells_a_hidden_cell_stays_in_the_house(report):
    money = next(item for item in write_all(report) if item.evidence == "money_by_channel")
    table = report.tables["money_by_channel"]
    hidden = replace(
        table, rows=(tuple(HIDDEN if i == 5 else cell for i, cell in enumerate(table.rows[0])), *table.rows[1:])
    )

    assert not money.tells_hidden(report.tables) and money.tells_hidden({"money_by_channel": hidden})


def test_every_sentence_of_a_figure_names_its_cells(report):
    for sentence in write_all(report):
        assert sentence.cells or sentence.evidence == "silence"
        assert all(report.tables[sentence.evidence].get(row, column) is not HIDDEN for row, column in sentence.cells)


def test_a_handful_of_leads_to_win_back_stays_in_the_house(report):
    few = write_sentences(report.tables, {}, [], report.win_backs[:3], LocalFormats())
    lost = next(item for item in few if item.evidence == "lost_reasons")

    assert lost.advice.startswith("3 of the latest") and not lost.may_leave_the_house


def write_all(report):
    """Every sentence of the report's tables, also those that are not among the first five."""
    tables = report.tables
    left = [
        {name: table for name, table in tables.items() if name.startswith(kind)} for kind in ("money", "lost", "miss")
    ]
    texts = [write_sentences(part, {}, [], report.win_backs, LocalFormats()) for part in (tables, *left)]
    return [*report.sentences, *(item for some in texts for item in some)]


def test_a_change_within_chance_is_not_made_a_story(report):
    change = report.changes["month"]
    if change.in_the_end.low <= 0 <= change.in_the_end.high:
        assert "about as many" in report.sentences[0].claim
    else:
        assert "%" in report.sentences[0].claim


def test_of_a_month_that_has_just_begun_nothing_is_said_yet(report):
    table = report.tables["funnel_by_month"]
    begun = replace(table, rows=(("Dec 2026", 3, *table.rows[0][2:]), *table.rows))

    sentences = write_sentences(report.tables | {"funnel_by_month": begun}, report.changes, [], [], LocalFormats())

    assert not any("Dec 2026" in sentence.claim for sentence in sentences)


@pytest.mark.parametrize(("slowest", "is_said"), [(40.0, True), (12.0, False)])
def test_an_hour_is_named_only_where_it_waits_much_longer_than_the_other_open_hours(slowest, is_said):
    columns = tuple(
        Column(name, name, unit, "")
        for name, unit in (
            ("hour", "text"),
            ("leads", "count"),
            ("live", "count"),
            ("median", "minutes"),
            ("slow", "minutes"),
            ("none", "count"),
            ("open", "text"),
        )
    )
    rows = [
        ("All leads", 400, 0, 90.0, 900.0, 0, ""),
        *((f"{hour} AM", 100, 0, minutes, 60.0, 0, "open") for hour, minutes in ((9, 10.0), (10, 11.0), (11, slowest))),
        ("11 PM", 100, 0, 600.0, 900.0, 0, "closed"),
    ]
    table = FigureTable("response_by_hour", "", columns, tuple(rows))

    told = write_sentences({"response_by_hour": table}, {}, [], [], LocalFormats())

    claims = {sentence.claim: sentence.figure for sentence in told}
    expected = {"Inquiries that come from 11 AM wait longest for us.": "median 40 min, other hours 10 min"}
    assert claims == (expected if is_said else {})
