"""Does a practice's file of phrases add and switch off what it says, and never an emergency?"""

import pytest

from features.text.custom_phrases import add_custom_phrases, find_faults
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
