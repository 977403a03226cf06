"""Do our attempts and answers count, and nothing that the person did?"""

import math

from features.signals.response import attempts_unanswered, hours_unanswered, minutes_to_answer, missed_calls_unanswered
from features.testing import one_lead, value_of

CUTOFF = "2026-03-05"


def value(signal, *events):
    return value_of(signal, one_lead(events=list(events), cutoff=CUTOFF))


def test_an_answer_ends_the_row_of_attempts_and_the_wait():
    waiting = (("2026-03-04", "sms_in"),)
    answered = (*waiting, ("2026-03-04T00:30", "sms_out"))

    assert value(hours_unanswered, *waiting) == 24.0 and value(hours_unanswered, *answered) == 0.0
    assert value(attempts_unanswered, *answered) == 1.0
    assert value(attempts_unanswered, *answered, ("2026-03-04T01:00", "sms_in")) == 0.0


def test_what_the_person_does_is_no_attempt_of_ours():
    theirs = [("2026-03-01T10:00", kind) for kind in ("inbound_call", "chat", "page_view", "email_in")]

    assert value(attempts_unanswered, *theirs) == 0.0 and value(missed_calls_unanswered, *theirs) == 0.0


def test_an_event_at_the_cutoff_is_not_known_yet():
    asked = ("2026-03-04T23:00", "chat")

    assert math.isnan(value(minutes_to_answer, asked, (CUTOFF, "sms_out")))
    assert value(minutes_to_answer, asked, ("2026-03-04T23:45", "sms_out")) == 45.0
