"""Is what a browser sends read as it was meant, and is what is wrong said with what each field expects?"""

import pytest

from features.errors import Fault
from serving.desk.routes.form_fields import complete_fields, describe_fault, parse_number, quote_lead_id
from serving.errors import RequestError


@pytest.mark.parametrize(
    ("text", "number"), [("7", 7), ("007", 7), ("", None), ("-1", None), ("٣", None), ("9" * 19, None), ("1.5", None)]
)
def test_only_a_whole_number_of_at_most_18_digits_is_one(text, number):
    assert parse_number(text) == number


def test_an_id_is_one_part_of_an_address():
    assert quote_lead_id("a/b ?&c") == "a%2Fb%20%3F%26c"


def test_a_fault_names_each_field_and_what_it_expects():
    day, time = Fault("answer_by", "text", "a day to come"), Fault("at", "text", "a future time")

    assert describe_fault(RequestError(422, "other", "Not saved.", (day,))) == "Not saved.\nAnswer by: a day to come."
    assert (
        describe_fault(RequestError(422, "invalid_step", "Something is missing.", (day, time)))
        == "Answer by: a day to come.\nWhen: a future time."
    )


def test_a_day_alone_means_its_morning_where_the_practice_is(desk):
    zone = desk.take_snapshot().engine.bundle.practice.zone
    day = complete_fields("nurture", {"until": "2026-04-01"}, desk)["until"]
    moment = complete_fields("hand_off", {"answer_by": "2026-04-01T15:30"}, desk)["answer_by"]

    assert day.startswith("2026-04-01T09:00:00") and moment.startswith("2026-04-01T15:30:00")
    assert zone.key and day[-6:] == moment[-6:] != "2026-04-01"[-6:]
    assert complete_fields("nurture", {"until": "whenever"}, desk) == {"until": "whenever"}


def test_a_colleague_who_does_not_work_here_is_rejected(desk):
    with pytest.raises(RequestError, match="somebody who works on this desk"):
        complete_fields("hand_over", {"to": "nobody"}, desk)
