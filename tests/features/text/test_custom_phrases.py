"""Does a practice's file of phrases add and switch off what it says, and never an emergency?"""

import numpy as np
import pytest

from features.practice.practice import Practice
from features.text.custom_phrases import add_custom_phrases, find_faults
from features.text.label_reader import LabelReader
from features.text.message_reader import MessageReader
from features.text.phrase_lexicon import PhraseLexicon, expand_phrase


def test_a_shipped_phrase_is_switched_off_and_its_neighbors_stay():
    custom = {"groups": {"appointment": {"off": ["open slots"]}}}
    lexicon = PhraseLexicon.load_default()
    phrases = add_custom_phrases(lexicon, custom).groups["appointment"].phrases
    written_out = {text for phrase in phrases for text in expand_phrase(phrase, lexicon.lists)}

    assert "open slots" not in written_out and {"open slot", "any slots", "slots"} <= written_out


@pytest.mark.parametrize(
    ("group", "off", "fault"),
    [
        ("red_flag", ["chest pain"], "a phrase of an emergency stays"),
        ("appointment", ["nothing of ours"], "none of Leadlight's phrases of appointment"),
        ("appointment", "slots", "expected a list of texts"),
    ],
)
def test_what_cannot_be_switched_off_is_a_fault(group, off, fault):
    ((path, text),) = find_faults({"groups": {group: {"off": off}}})

    assert path[:3] == ("groups", group, "off") and fault in text


def test_a_file_may_only_switch_off():
    assert find_faults({"groups": {"appointment": {"off": ["slots"]}}}) == []


@pytest.mark.parametrize(
    ("offsets", "fault"),
    [
        ({"spam": -0.5, "red_flag": 0.5}, None),
        ({"spamm": -0.5}, "is none of the labels. Did you mean 'spam'?"),
        ({"spam": "a lot"}, "found 'a lot', expected log-odds, a number from -3 to 3."),
        ({"spam": True}, "found True, expected log-odds, a number from -3 to 3."),
        ({"red_flag": -0.5}, "found -0.5, expected log-odds, a number from 0 to 3."),
    ],
)
def test_what_a_practice_adds_to_a_label_is_a_bounded_number_and_lowers_no_emergency(offsets, fault):
    assert [text for _, text in find_faults({"labels": offsets})] == ([] if fault is None else [fault])


def test_what_a_practice_adds_to_a_label_moves_its_log_odds_by_so_much():
    lexicon, message = PhraseLexicon.load_default(), "do you have a fax"
    day, label = np.array(["2026-03-04"], "datetime64[D]"), "callback"
    log_odds = []
    for phrases in (lexicon, add_custom_phrases(lexicon, {"labels": {label: 0.75}})):
        readings = MessageReader.of(phrases, Practice()).read_all([message], day)
        probability = LabelReader.load_default().read([message], readings).get(label)[0]
        log_odds.append(np.log(probability / (1 - probability)))

    assert log_odds[1] - log_odds[0] == pytest.approx(0.75)
    assert PhraseLexicon.from_dict(phrases.to_dict()).label_offsets == {label: 0.75}
