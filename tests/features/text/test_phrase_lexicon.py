"""Does the reader read what people write?"""

from datetime import date

import pytest

from features.errors import PracticeError
from features.practice.practice import Practice, Service
from features.text.message_reader import MessageReader
from features.text.phrase_lexicon import PhraseLexicon
from features.text.tokenization import normalize_text


@pytest.fixture(scope="module")
def reader() -> MessageReader:
    return MessageReader.of(
        PhraseLexicon.load_default(),
        Practice(
            services=(
                Service("knee replacement", also_called=("new knee",)),
                Service("physical therapy", also_called=("physio",)),
            )
        ),
    )


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


@pytest.mark.parametrize(
    ("message", "group", "count"),
    [
        ("No chest pain, no fever", "red_flag", 0),
        ("no fever or chest pain", "red_flag", 0),  # "or" carries the negator on
        ("No, I have chest pain", "red_flag", 1),  # a comma ends it
        ("not urgent, but I'd like an appointment", "appointment", 1),
        ("no insurance need an appointment", "appointment", 1),  # the first phrase uses the negator up
        ("Price isn't an issue", "price", 0),
        ("I have fever since my operation", "red_flag", 1),
        ("I have fever", "red_flag", 0),
        ("my insurance is Blue Cross", "red_flag", 0),
        ("please cancel my appointment", "appointment", 0),
        ("i went to urgent care", "urgency", 0),
        ("need an apointment", "appointment", 1),
        ("dont need an appointment", "appointment", 0),
        ("my wound has an infection", "procedure", 0),  # a real word, not a misspelt injection
        ("Mrs. Argent", "urgency", 0),
        ("test", "test", 1),
        ("my stress test was fine", "test", 0),
    ],
)
def test_negation_spelling_and_context(reader, message, group, count):
    assert min(reader.read(message).counts[group], 1) == count


@pytest.mark.parametrize(
    ("message", "days"),
    [
        ("in 2 or 3 weeks", 14),
        ("can I come on friday", 2),
        ("before my surgery on the 14th", 10),
        ("it began on monday after I fell", None),
        ("dentro de diez dias", 10),
        ("3 weeks ago", None),
    ],
)
def test_dates_and_spans_count_from_the_day_of_writing(reader, message, days):
    stated = reader.read(message, date(2026, 3, 4)).days

    assert (None if stated != stated else stated) == days


def test_phrases_survive_the_bundle():
    shipped = PhraseLexicon.load_default()

    assert PhraseLexicon.from_dict(shipped.to_dict()) == shipped


def test_a_list_that_is_not_there_is_named():
    content = {
        "groups": {"a": {"phrases": ["my {kim}"], "negatable": False}},
        "negators": {"phrases": []},
        "timeframes": {},
    }

    with pytest.raises(PracticeError, match="kim.*does not define"):
        PhraseLexicon.from_dict(content)


def test_services_are_found_by_any_of_their_names(reader):
    assert reader.read("physio after my new knee").services == (1, 0)


def test_a_service_is_found_by_what_people_call_it(reader):
    assert reader.read("I'd like to get my knee replaced").services == (0,)


@pytest.mark.parametrize(
    ("message", "wants_to_be_seen"),
    [
        ("my knee has been hurting for weeks", 1),
        ("is it normal that my knee hurts?", 0),
        ("please cancel my appointment, my knee is better", 0),
        ("hello", 0),
    ],
)
def test_a_complaint_and_nothing_else_is_a_wish_to_be_seen(reader, message, wants_to_be_seen):
    assert min(reader.read(message).counts["complaint"], 1) == wants_to_be_seen


def test_the_soonest_timeframe_counts(reader):
    assert reader.read("next month, or tomorrow if you can").days == 1


def test_markup_and_accents_do_not_hide_words():
    assert normalize_text("<b>Mañana</b> &amp; d'accord") == "manana and d accord"


def test_a_broken_phrase_file_is_a_sentence():
    with pytest.raises(PracticeError, match="phrases: the file lacks or misstates 'negators'"):
        PhraseLexicon.from_dict({"groups": {}})
