"""Does the reader read what people write?"""

import pytest

from features.errors import PracticeError
from features.phrases import Phrases, Reader, plain_words
from features.practice import Practice, Service


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader.of(Phrases.shipped(), Practice(services=(Service("knee replacement", also_called=("new knee",)), Service("physical therapy", also_called=("physio",)))))


@pytest.mark.parametrize(
    ("message", "group", "count"),
    [
        ("This is NOT  urgent", "urgency", 0),
        ("This is urgent", "urgency", 1),
        ("It's not a big deal. Urgent though!", "urgency", 1),  # the negator ends with its sentence
        ("I don't want to book anything", "appointment", 0),
        ("¿Cuánto cuesta una consulta?", "price", 1),
        ("quiero una cita mañana", "appointment", 1),
        ("<p>how&nbsp;much</p><br>is it", "price", 1),
        ("my mother 😀 fell", "somebody_else", 1),
        ("the bookshelf is nice", "appointment", 0),  # whole words only
    ],
)
def test_a_phrase_counts_when_it_is_meant(reader, message, group, count):
    assert reader.read(message).counts[group] == count


def test_services_are_found_by_any_of_their_names(reader):
    assert reader.read("physio after my new knee").services == (1, 0)


def test_the_soonest_timeframe_counts(reader):
    assert reader.read("next month, or tomorrow if you can").days == 1


def test_markup_and_accents_do_not_hide_words():
    assert plain_words("<b>Mañana</b> &amp; d'accord") == "manana d accord"


def test_a_broken_phrase_file_is_a_sentence():
    with pytest.raises(PracticeError, match="phrases: the file lacks or misstates 'negators'"):
        Phrases.from_dict({"groups": {}})
