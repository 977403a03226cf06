"""Is a text that was read in a phone number's or a name's place no longer in memory once texts are forgotten?"""

import gc
import pickle
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC

import pytest

from features.arrays.text_memory import TextMemory, forget_texts
from features.parsing.answers.unknown_answers import is_unknown_answer
from features.parsing.email_addresses import find_email
from features.parsing.lead_values import find_meaning
from features.parsing.phone_validation import find_phone
from features.parsing.scalars import strip_marks
from features.parsing.value_spelling import fold_value
from features.point_in_time.value_hashes import find_hash
from features.privacy.person_names import classify_name, holds_name_in_address
from features.signals.trust import _split_email
from features.tables.json_payload import PayloadReader


@pytest.mark.parametrize(
    "read",
    [
        is_unknown_answer,
        find_email,
        find_phone,
        strip_marks,
        fold_value,
        classify_name,
        holds_name_in_address,
        _split_email,
        find_hash("referral_source"),
        *(lambda text, name=name: find_meaning(name, text) for name in ("phone", "email", "postal_code", "message")),
    ],
)
@pytest.mark.parametrize(
    "written", ["Ann Quillfeather <ann@{}.example>", "617 555 {} home", "@annquillfeather{}", "x{}"]
)
def test_no_text_of_a_lead_is_kept_once_texts_are_forgotten(read, written):
    text = written.format(sys.maxsize)

    read(text)
    forget_texts()

    # Nobody holds it but this function, and whoever asks.
    assert sys.getrefcount(text) == 2, [type(owner) for owner in gc.get_referrers(text)]


def test_what_a_reader_of_payloads_has_read_is_forgotten_too():
    reader = PayloadReader({"channel": "category", "created_at": "time"}, UTC)
    value, day, key = f"of {sys.maxsize}", "-".join(("2026", "03", "05")), f"Ann {sys.maxsize}"
    for text in (value, day, key):
        reader.read({"channel": value, "created_at": day, key: 1})
        held = sys.getrefcount(text)

        forget_texts()

        assert sys.getrefcount(text) < held


def test_a_memory_that_came_from_another_process_is_forgotten_with_the_others():
    memory = pickle.loads(pickle.dumps(TextMemory(limit=2, longest=9)))
    memory.keep("Ann", 1)

    forget_texts()

    assert memory == {} and memory.keep("a text that is too long", 2) == 2 and memory == {}


def test_texts_may_be_forgotten_while_other_threads_read():
    reader = PayloadReader({"channel": "category", "created_at": "time"}, UTC)
    payloads = [{"channel": f"c{n % 9}", "created_at": f"2026-03-{n % 28 + 1:02}", f"k{n}": n} for n in range(300)]
    expected = [reader.read(payload) for payload in payloads]

    with ThreadPoolExecutor(4) as threads:
        answers = [threads.submit(lambda: [reader.read(payload) for payload in payloads]) for _ in range(4)]
        while not all(answer.done() for answer in answers):
            forget_texts()

    assert all(answer.result() == expected for answer in answers)
