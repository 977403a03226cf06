"""Are offsets written into the phrase file, and does everything else of it stay?"""

import numpy as np
import pytest

from features.errors import PracticeError
from features.practice_file.label_offsets import write_label_offsets, write_label_words
from features.practice_file.practice_toml import read_practice
from features.text.taught.label_words import encode_words


@pytest.fixture
def practice_file(tmp_path):
    """A practice.toml that names a phrase file."""
    path = tmp_path / "practice.toml"
    path.write_text('[practice]\nname = "Oak"\nphrases = "phrases.toml"\n', encoding="utf-8")
    return path


def test_a_file_that_is_named_and_not_there_is_made(practice_file):
    path = write_label_offsets(practice_file, {"callback": -0.5})

    assert path.read_text(encoding="utf-8") == "[labels]\ncallback = -0.50\n"
    assert read_practice(practice_file).phrases["labels"] == {"callback": -0.5}


@pytest.mark.parametrize("behind", ["", '[timeframes]\n"after harvest" = 90\n'])
def test_comments_other_labels_and_sections_stay(practice_file, behind):
    before = (
        "# ours\n[groups.appointment]\nphrases = ['get on the books']\n\n[labels] # learned\nfear = 1.0 # kept\n"
        f"callback = 2\n{behind}"
    )
    practice_file.with_name("phrases.toml").write_text(before, encoding="utf-8")

    text = write_label_offsets(practice_file, {"callback": -0.5, "spam": 0.25}).read_text(encoding="utf-8")

    assert text.startswith("# ours\n[groups.appointment]\nphrases = ['get on the books']\n")
    assert "fear = 1.0 # kept" in text and "callback = 2" not in text and text.endswith(behind)
    assert read_practice(practice_file).phrases["labels"] == {"callback": -0.5, "spam": 0.25, "fear": 1.0}


@pytest.mark.parametrize(
    "before", ["  [ labels ]\n  callback = 2.0\n", "[labels]\r\ncallback = 2.0\r\n", "[labels]\ncallback = 2.0"]
)
def test_a_section_is_found_with_spaces_and_other_line_ends(practice_file, before):
    practice_file.with_name("phrases.toml").write_bytes(before.encode())

    write_label_offsets(practice_file, {"callback": -0.5, "spam": 0.25})

    assert read_practice(practice_file).phrases["labels"] == {"callback": -0.5, "spam": 0.25}


@pytest.mark.parametrize(
    "before",
    [
        "labels = { callback = 2.0 }\n",
        "labels.callback = 2.0\n",
        '[groups.appointment]\nphrases = ["""\n[labels]\n"""]\n',
    ],
)
def test_labels_that_cannot_be_changed_stay_and_it_is_said(practice_file, before):
    phrases = practice_file.with_name("phrases.toml")
    phrases.write_text(before, encoding="utf-8")

    with pytest.raises(PracticeError, match="nothing was"):
        write_label_offsets(practice_file, {"callback": 1.0})
    assert phrases.read_text(encoding="utf-8") == before


def test_a_folder_in_place_of_the_file_is_a_sentence(practice_file):
    practice_file.with_name("phrases.toml").mkdir()

    with pytest.raises(PracticeError, match="cannot be written"):
        write_label_offsets(practice_file, {"callback": 1.0})


def test_written_twice_it_is_the_same(practice_file):
    first = write_label_offsets(practice_file, {"callback": 1.0}).read_bytes()

    assert write_label_offsets(practice_file, {"callback": 1.0}).read_bytes() == first


def test_without_a_phrase_file_there_is_nowhere_to_write(tmp_path):
    path = tmp_path / "practice.toml"
    path.write_text('[practice]\nname = "Oak"\n', encoding="utf-8")

    with pytest.raises(PracticeError, match="names no phrase file"):
        write_label_offsets(path, {"callback": 1.0})


def test_a_file_that_is_no_toml_stays_as_it_is(practice_file):
    practice_file.with_name("phrases.toml").write_text("[labels\n", encoding="utf-8")

    with pytest.raises(PracticeError, match="not TOML"):
        write_label_offsets(practice_file, {"callback": 1.0})
    assert practice_file.with_name("phrases.toml").read_text(encoding="utf-8") == "[labels\n"


def test_words_are_written_into_their_own_section_and_read_again(practice_file):
    words = encode_words(np.array([5, 8]), np.array([0.5, -0.25]))
    write_label_offsets(practice_file, {"callback": -0.5})
    write_label_words(practice_file, {"callback": encode_words(np.array([5]), np.ones(1)), "fear": words})

    write_label_words(practice_file, {"callback": words})

    assert read_practice(practice_file).phrases == {
        "labels": {"callback": -0.5},
        "label_words": {"callback": words, "fear": words},
    }
