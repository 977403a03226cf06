"""Are there five sentences, each with its evidence?"""

from dataclasses import replace

from features.practice.local_formats import LocalFormats
from serving.insights.silence import Silence
from serving.insights.summary_sentences import Sentence, write_sentences


def test_there_are_at_most_five_and_each_rests_on_a_table(report):
    assert 3 <= len(report.sentences) <= 5
    assert all(sentence.evidence in report.tables for sentence in report.sentences)
    assert all(sentence.claim.endswith(".") and sentence.advice.endswith(".") for sentence in report.sentences)


def test_an_alarm_comes_first(report):
    silent = Silence("form", "/knee", 9, 12.3, 0.0001, True)

    sentences = write_sentences(report.tables, report.changes, [silent], [], LocalFormats())

    assert sentences[0].is_alarm and "/knee" in sentences[0].claim and "12 enquiries" in sentences[0].figure


def test_a_sentence_about_few_people_stays_in_the_house():
    assert Sentence("a", "b", "c", "d", (40, 11)).may_leave_the_house
    assert not Sentence("a", "b", "c", "d", (40, 10)).may_leave_the_house


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
