"""Is an emergency of another time told from one that is now?"""

import numpy as np
import pytest

from features.text.emergency_context import find_other_times
from features.text.label_reader import LabelReader
from features.text.tokenization import tokenize_in_batches
from tests.support.message_readers import build_message_reader


def is_flagged(message):
    """Whether a message is read as an emergency."""
    readings = build_message_reader().read_all([message], np.array(["2026-03-04"], "datetime64[D]"))
    return bool(LabelReader.load_default().read([message], readings).find("red_flag")[0])


@pytest.mark.parametrize(
    "message",
    [
        "My uncle had a stroke six years ago and wants a new family doctor",
        "Seizures as a kid, none since. Need a DOT physical",
        "I work with stroke patients, are you hiring?",
        "Suicide hotline volunteer here with a sore thumb, any opening?",
        "Free webinar on suicide awareness for your staff",
    ],
)
def test_what_is_not_now_is_no_emergency(message):
    assert find_other_times(tokenize_in_batches([message])).tolist() == [True]
    assert not is_flagged(message)


@pytest.mark.parametrize(
    "message",
    [
        "I had a stroke six years ago and now my right arm went limp again, ten minutes ago",
        "history of seizures, had three back to back just now and won't wake up",
        "chest pain for two hours, sweating, left arm numb. I had a stent years ago",
    ],
)
def test_what_happens_again_now_is_one_still(message):
    assert find_other_times(tokenize_in_batches([message])).tolist() == [True]
    assert is_flagged(message)


def test_many_messages_are_read_as_each_alone():
    messages = ["had it years ago", "it hurts", "", "used to faint"] * 700

    found = find_other_times(tokenize_in_batches(messages))

    assert found.tolist() == [True, False, False, True] * 700
    assert find_other_times(()).tolist() == []
