"""Is a call with the voicemail that was left in it one attempt, and every other event one of its own?"""

import numpy as np
import pytest

from features.blocks.events import EventsBlock
from features.testing import one_lead

CALL, VOICEMAIL = "outbound_call", "voicemail"


@pytest.mark.parametrize(
    ("story", "attempts"),
    [
        ([], 0),
        ([("2026-03-01T10:00:00", VOICEMAIL)], 1),
        ([("2026-03-01T10:00:00", CALL), ("2026-03-01T10:00:34", VOICEMAIL)], 1),
        ([("2026-03-01T10:00:00", VOICEMAIL), ("2026-03-01T10:00:00", CALL)], 1),
        ([("2026-03-01T10:00:00", CALL), ("2026-03-01T10:05:00", VOICEMAIL)], 1),
        ([("2026-03-01T10:00:00", CALL), ("2026-03-01T10:05:01", VOICEMAIL)], 2),
        ([("2026-03-01T10:00:00", VOICEMAIL), ("2026-03-01T10:00:34", CALL)], 2),
        ([("2026-03-01T10:00:00", CALL), ("2026-03-01T10:00:10", "page_view"), ("2026-03-01T10:00:34", VOICEMAIL)], 1),
        ([("2026-03-01T10:00:00", CALL), ("2026-03-01T10:01:00", CALL), ("2026-03-01T10:02:00", VOICEMAIL)], 2),
        ([("2026-03-01T10:00:00", CALL), ("2026-03-01T10:01:00", "sms_out"), ("2026-03-01T10:02:00", "email_out")], 3),
    ],
)
def test_attempts_are_counted_as_people_count_them(story, attempts):
    block = EventsBlock.of(one_lead(events=story, cutoff="2026-03-05"))

    assert block.count_attempts().tolist() == [attempts]


def test_a_voicemail_belongs_to_no_call_of_another_lead():
    kinds = EventsBlock.of(one_lead(events=[("2026-03-01T10:00", CALL), ("2026-03-01T10:01", VOICEMAIL)])).kind
    times = np.array(["2026-03-01T10:00", "2026-03-01T10:01"], "datetime64[us]")
    unknown = np.full(2, np.nan)

    block = EventsBlock(2, np.array([0, 1]), times, kinds, unknown, unknown)

    assert block.count_attempts().tolist() == [1, 1]
    since = np.array(["2026-03-01T10:00", "NaT"], "datetime64[us]")
    assert block.count_attempts(since).tolist() == [0, 1]
