"""Do approved reports move a label as far as they should, and is it said whether that helps?"""

import numpy as np
import pytest

from features.practice.practice import Practice
from features.text.custom_phrases import add_custom_phrases
from features.text.message_reader import MessageReader
from features.text.phrase_lexicon import PhraseLexicon
from serving.desk.message_label_offsets import MIN_EXAMPLES, fit_label_offset, fit_offsets
from serving.desk.message_label_reports import LabelledExample
from tests.support.message_readers import build_message_reader

MESSAGES = ["my knee hurts, can I come in", "what does a physical cost", "please call me back", "moving my visit"] * 5


def test_a_known_shift_is_found_again():
    random = np.random.default_rng(2)
    log_odds = random.normal(0, 1, 4_000)
    is_true = random.random(4_000) < 1 / (1 + np.exp(-(log_odds - 1.2)))

    assert fit_label_offset(log_odds, is_true, np.empty(0)) == pytest.approx(-1.2, abs=0.1)


def test_messages_that_nobody_reported_hold_a_label_where_it_is():
    wrong, unsure = np.full(10, 1.0), np.random.default_rng(3).normal(0, 1, 5_000)

    alone = fit_label_offset(wrong, np.zeros(10, bool), np.empty(0))
    among_many = fit_label_offset(wrong, np.zeros(10, bool), unsure)

    assert alone < -1 < -0.05 < among_many < 0


def test_examples_of_one_kind_help_their_label_and_no_other():
    examples = [LabelledExample("do you have a fax", "callback", True) for _ in range(MIN_EXAMPLES)]
    examples.append(LabelledExample("do you have a fax", "spam", True))

    (offset,) = fit_offsets(build_message_reader(), examples, MESSAGES)

    assert (offset.label, offset.examples) == ("callback", MIN_EXAMPLES) and offset.offset > 0
    assert offset.f1_after >= offset.f1_before


def test_no_report_takes_anything_away_from_an_emergency():
    examples = [LabelledExample("crushing chest pain right now", "red_flag", False)] * 20

    (offset,) = fit_offsets(build_message_reader(), examples, MESSAGES)

    assert offset.offset == 0 and not offset.helps


def test_what_the_practice_adds_already_is_part_of_the_new_number():
    phrases = add_custom_phrases(PhraseLexicon.load_default(), {"labels": {"callback": 1.5}})
    examples = [LabelledExample("do you have a fax", "callback", True)] * MIN_EXAMPLES

    (offset,) = fit_offsets(MessageReader.of(phrases, Practice()), examples, MESSAGES)

    assert offset.offset > 1.5


def test_without_examples_nothing_is_learned():
    assert fit_offsets(build_message_reader(), [], MESSAGES) == []
