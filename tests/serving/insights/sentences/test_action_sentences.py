"""Does each later section say what to do where chance is excluded, and nothing where it is not?"""

from dataclasses import replace

import pytest

from serving.insights.comparisons.field_change_table import NOT_WORTH_IT
from serving.insights.estimates import CANNOT_TELL, Estimate
from serving.insights.figure_tables import Column, FigureTable
from serving.insights.follow_up.stale_records import NO_PHONE, SILENT, UNREACHABLE
from serving.insights.practice_checks.score_value import BY_SCORE
from serving.insights.sentences.action_sentences import (
    write_credit,
    write_fields,
    write_forms,
    write_misfits,
    write_people,
    write_score,
    write_staffing,
    write_stale_records,
    write_waiting_groups,
    write_win_back,
)
from serving.insights.staffing.staffing_table import ALL_HALF_HOURS, CATCHES_CALLS

MORE, LESS, OPEN = Estimate(3.0, 1.0, 5.0), Estimate(-3.0, -5.0, -1.0), Estimate(1.0, -2.0, 4.0)


def table(name, *rows, **columns):
    """A table with a column of names, and others of one unit each."""
    described = (Column("name", "Name", "text", "d"), *(Column(c, c, unit, "d") for c, unit in columns.items()))
    return {name: FigureTable(name, name, described, rows)}


def fields(inquiries, verdict):
    return table(
        "field_changes",
        ("/knee asks for Insurance since Mar 3", inquiries, LESS, verdict),
        inquiries="change",
        bookings="change",
        verdict="text",
    )


def test_a_field_that_costs_inquiries_is_named_and_one_that_pays_is_not():
    costly = Estimate(-0.33, -0.44, -0.2)
    (sentence,) = write_fields(fields(costly, f"It goes with fewer inquiries: {NOT_WORTH_IT}."))

    assert sentence.claim == "/knee asks for Insurance since Mar 3: 33% fewer inquiries since."
    assert sentence.figure == "-33.0% (-44.0% to -20.0%)" and len(sentence.cells) == 2
    assert write_fields(fields(costly, "It goes with fewer inquiries, and with more bookings.")) == []
    assert write_fields(fields(CANNOT_TELL, f"... {NOT_WORTH_IT}.")) == [] and write_fields({}) == []


def test_of_two_costly_fields_the_surest_is_named_and_not_the_largest_estimate():
    verdict = f"It goes with fewer inquiries, and no change of bookings beyond chance: {NOT_WORTH_IT}."
    (sure,) = fields(Estimate(-0.33, -0.44, -0.2), verdict).values()
    wild = ("/hip asks for Age since May 4", Estimate(-0.5, -0.75, -0.02), LESS, verdict)
    (sentence,) = write_fields({"field_changes": replace(sure, rows=(wild, *sure.rows))})

    assert sentence.claim.startswith("/knee") and "33% fewer" in sentence.claim


@pytest.mark.parametrize(("difference", "which"), [(MORE, "the first"), (LESS, "the second"), (OPEN, None)])
def test_a_comparison_of_forms_is_said_once_it_is_settled(difference, which):
    said = write_forms(table("forms", ("/a against /b", difference), difference="points"))

    assert [which in sentence.claim for sentence in said] == ([] if which is None else [True])


def test_the_half_hour_that_brings_most_is_named():
    rows = (
        (ALL_HALF_HOURS, Estimate(30.0, 20.0, 40.0), MORE, "..."),
        ("9 AM to 9:30 AM", Estimate(4.0, 3.0, 5.0), MORE, CATCHES_CALLS),
        ("1 PM to 1:30 PM", Estimate(9.0, 6.0, 12.0), MORE, CATCHES_CALLS),
        ("5 PM to 5:30 PM", Estimate(12.0, 0.5, 24.0), MORE, "Open: it may catch calls or not."),
    )
    units = {"fewer_missed": "ratio", "bookings": "ratio", "verdict": "text"}
    (sentence,) = write_staffing(table("one_more_person", *rows, **units))

    assert "from 1 PM to 1:30 PM would catch about 9 missed calls" in sentence.claim
    assert write_staffing(table("one_more_person", rows[0], rows[3], **units)) == []


@pytest.mark.parametrize(("gain", "to_do", "to_know"), [(LESS, 1, 0), (MORE, 0, 1), (OPEN, 0, 1), (CANNOT_TELL, 0, 0)])
def test_the_score_is_a_task_only_where_it_harms(gain, to_do, to_know):
    todo, known = write_score(table("score_value", (BY_SCORE, gain), gain="points"))

    assert (len(todo), len(known)) == (to_do, to_know)
    assert "not proven" in known[0].claim if gain is OPEN else True


def test_the_first_source_of_people_who_cannot_be_helped_is_named():
    share = Estimate(0.4, 0.3, 0.5)
    (sentence,) = write_misfits(table("misfit_sources", ("Radio (source)", share, 0.1), share="share", others="share"))

    assert sentence.claim.startswith("Radio (source)") and sentence.figure == "40.0% (30.0% to 50.0%), all others 10.0%"
    assert write_misfits(table("misfit_sources", share="share", others="share")) == []


def test_win_backs_that_work_are_named_and_others_are_not():
    rate = Estimate(0.2, 0.1, 0.3)
    rows = (("Price, contacted again", rate, "Book more often than those not contacted."), ("Price", rate, ""))

    assert len(write_win_back(table("win_back_results", *rows, rate="share", verdict="text"))) == 1
    assert write_win_back(table("win_back_results", rows[1], rate="share", verdict="text")) == []


def test_what_rules_praise_without_a_sign_is_named_by_campaign_before_source():
    units = {"more_bookings": "signed", "verdict": "text", "most": "count"}
    praised = ("Our name", OPEN, "No sign that it goes with more bookings, whatever credit the rules give it.", 140.0)
    other = ("Video", MORE, "Goes with more bookings.", 200.0)
    (sentence,) = write_credit(
        table("credit_by_campaign", praised, other, **units) | table("credit_by_source", praised, **units)
    )

    assert sentence.evidence == "credit_by_campaign" and "Our name with up to 140 bookings" in sentence.claim
    assert write_credit(table("credit_by_campaign", other, (*praised[:3], 5.0), **units)) == []


def test_of_people_it_is_never_said_who_and_never_that_somebody_books_less():
    rows = (("ana", MORE), ("ben", LESS), ("cy", OPEN))
    (sentence,) = write_people(table("people", *rows, effect="points"))

    assert sentence.claim.startswith("One person books more") and "of 3 with" in sentence.figure
    assert not any(name in repr(sentence) for name, _ in rows)
    assert write_people(table("people", *rows[1:], effect="points")) == []


def test_who_waits_longer_than_all_others_is_named():
    late, soon = Estimate(0.3, 0.2, 0.4), Estimate(0.8, 0.7, 0.9)
    rows = (("Medicaid", late, "Waits longer than all others."), ("Aetna", soon, "No difference beyond chance."))
    (sentence,) = write_waiting_groups(table("waits_by_payer", *rows, share="share", verdict="text"))

    assert sentence.claim.startswith("Medicaid") and sentence.evidence == "waits_by_payer"
    assert write_waiting_groups(table("waits_by_payer", rows[1], share="share", verdict="text")) == []


@pytest.mark.parametrize(
    ("counts", "claim"),
    [
        ({UNREACHABLE: 4, SILENT: 9}, "4 open inquiries cannot be reached: no phone number and no email."),
        ({SILENT: 9}, "9 open inquiries were tried three times, and nobody was reached."),
        ({SILENT: 1}, None),
        ({NO_PHONE: 9}, None),
    ],
)
def test_nobody_is_said_to_be_out_of_reach_who_was_only_not_reached(counts, claim):
    rows = [(kind, count, 0.5) for kind, count in counts.items()]

    sentences = write_stale_records(table("stale_records", *rows, leads="count", share="share"))

    assert [sentence.claim for sentence in sentences] == ([] if claim is None else [claim])
