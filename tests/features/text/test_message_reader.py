"""Is a message read the same alone, in a crowd and on any machine, whatever stands in it?"""

from datetime import date, timedelta

import numba
import numpy as np
import pytest

from features.kernels.jit import compile_cached
from features.practice.practice import Practice, Service
from features.text.message_reader import MessageReader
from features.text.phrase_lexicon import PhraseLexicon
from features.text.tokenization import TokenizedMessages, normalize_text
from tests.support.message_readers import build_message_reader

MESSAGES = [
    "not urgent, but I'd like an apointment in 2 weeks",
    None,
    "",
    "<b>¿Cuánto</b> cuesta una consulta?",
    "no fever or chest pain",
    "knee replacment on friday",
    "please cancel my appointment tomorrow",
    "test",
    "My leg is red, hot and swollen",
    "😀 &amp; call me back a.s.a.p.!! Dr. Lee said: now",
]


@pytest.fixture(scope="module")
def reader() -> MessageReader:
    return build_message_reader(Service("knee replacement"))


def test_a_message_is_read_alone_as_in_a_crowd(reader):
    crowd = MESSAGES * 300  # more than are read at a time
    days = np.datetime64("2026-03-04") + np.arange(len(crowd))

    together = reader.read_all(crowd, days)

    for at in [*range(12), 1023, 1024, len(crowd) - 1]:
        alone = reader.read_all([crowd[at]], days[at : at + 1])
        for part in ("counts", "word_count", "days", "service", "treating", "services_named"):
            np.testing.assert_array_equal(
                getattr(alone, part)[0], getattr(together, part)[at], err_msg=f"{part} of {crowd[at]!r}"
            )


def test_without_a_message_nothing_is_said_and_nothing_known(reader):
    readings = reader.read_all([None, ""], np.array(["NaT", "NaT"], "datetime64[us]"))

    assert np.isnan(readings.word_count).tolist() == [True, False]
    assert np.isnan(readings.services_named).tolist() == [True, False]
    assert not readings.mentions("urgency", "a group that nobody wrote down").any()


def test_a_reading_and_its_row_are_one(reader):
    message, written = "Please: knee replacement, new knee replacement by Friday", date(2026, 3, 4)

    reading, row = reader.read(message, written), reader.read_all([message], np.array([written], "datetime64[D]"))

    assert list(reading.counts.values()) == row.counts[0].tolist()
    assert (reading.word_count, reading.days, reading.services) == (row.word_count[0], row.days[0], (row.service[0],))
    assert reading.days == 2


def test_a_complaint_asks_for_the_service_that_treats_it_where_none_is_named():
    services = (Service("Shoulder care"), Service("Physical therapy"), Service("Spine consultation"))
    reader, messages = (
        build_message_reader(*services),
        (
            "my shoulder hurts, need someone to look",
            "my shoulder hurts, do you have physical therapy on Friday?",
            "please call me back",
            "threw my back out",
            "what are your hours? I am back in town",
            "me duele el hombro",
        ),
    )

    readings = reader.read_all(messages, np.full(len(messages), "2026-03-04", "datetime64[D]"))

    assert readings.service.tolist() == [-1, 1, -1, -1, -1, -1]
    assert readings.treating.tolist() == [0, 0, -1, 2, -1, 0]
    spans = reader.find_spans(messages[0])
    assert {messages[0][span.start : span.stop] for span in spans if span.meaning == "service"} >= {"my shoulder"}


def test_days_are_counted_as_the_calendar_does(reader):
    days = [date(2023, 12, 20) + timedelta(days=step) for step in range(0, 500, 3)]

    stated = reader.read_all(["march 14th please"] * len(days), np.array(days, "datetime64[D]")).days

    ahead = [
        next(left for year in (day.year, day.year + 1) if (left := (date(year, 3, 14) - day).days) >= 0) for day in days
    ]
    np.testing.assert_array_equal(stated, [left if left <= 330 else np.nan for left in ahead])


@pytest.mark.parametrize(
    ("message", "days"),
    [
        ("can I come next friday", 9),
        ("next week, friday maybe", 9),
        ("on wednesday", 7),
        ("early next month or by mid april", 31),
        ("el 14 de marzo", 10),
        ("before the summer", 108),
        ("in a couple of weeks", 14),
        ("in 99 months", None),
        ("on the 31st", 27),
        ("I fell on friday, can you see me on monday", 5),
        ("on 3/9", 5),
        ("monday the 16th", 12),
        ("lunes 16", 12),
        ("monday 3 pm", 5),
        ("every friday", None),
        ("fridays off", None),
        ("a week from friday", 9),
        ("on friday march 20", 16),
        ("03/17/2026", 13),
        ("on 3/17/2025", None),
        ("the first of april", 28),
        ("in april", 28),
        ("end of march", 24),
        ("this month", 27),
        ("week of the 16th", 12),
        ("any day after the 18th", 14),
        ("by march the 9th", 5),
        ("within 2 to 3 days of", 2),
        ("1/2 of it", None),
    ],
)
def test_each_kind_of_date_is_counted(reader, message, days):
    stated = reader.read(message, date(2026, 3, 4)).days

    assert (None if np.isnan(stated) else stated) == days


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("apointment appiontment appoointment", "appointment appointment appointment"),
        ("appointmentt", ""),  # one or more?
        ("zurgery", ""),  # the first letter stands
        ("insurence insurande", "insurance insurance"),  # a wrong letter in a long word
        ("sergery surgory", " "),  # and not in a short one
        ("pls, im soooo gloomy", "please , i m so "),
        ("infection", "infection"),  # a real word
    ],
)
def test_a_slip_is_read_as_the_word_that_was_meant(reader, written, meant):
    corrector = reader.corrector

    assert (
        " ".join(corrector.words[number] for number in corrector.correct(TokenizedMessages.of([written])).ids[1:-1])
        == meant
    )


@pytest.mark.parametrize(
    "text",
    [
        "a _ b",
        "a|b",
        "x: y, z.",
        "1,000, 2",
        "Mrs. Lee, Dr. No. _dr. end",
        "don't N'T n ' t",
        "ß ﬁ İ Ω",
        "..!?\n\n: :,",
    ],
)
def test_plain_words_stay_as_they_are_when_made_plain_again(text):
    normalized = normalize_text(text).replace("|", ".")

    assert normalize_text(normalized) == normalize_text(text)


@pytest.mark.parametrize(
    "message",
    [
        "a" * 100_000,
        "friday " * 15_000,
        "<" * 100_000,
        "&#1;" * 25_000,
        "not urgent " * 9_000,
        "on 1/2 " * 15_000,
        "\x00\ud800|^$" * 20_000,
        "aaabbb" * 16_000,
    ],
    ids=["one word", "dates", "tags", "marks", "negators", "numeric dates", "no text", "drawn out"],
)
def test_a_message_of_any_length_and_kind_is_read(reader, message):
    reading = reader.read(message, date(2026, 3, 4))

    assert all(0 <= count <= 32_767 for count in reading.counts.values())


def test_phrases_of_another_make_are_read():
    phrases = PhraseLexicon.from_dict(
        {
            "groups": {"yes": {"phrases": ["^si$", "claro que si"], "negatable": True}},
            "negators": {"phrases": ["no"]},
            "timeframes": {},
        }
    )

    reader = MessageReader.of(phrases, Practice())

    assert [
        reader.read(message).counts["yes"] for message in ("Sí!", "claro que sí", "no, si", "no claro que si", "el si")
    ] == [1, 1, 0, 0, 0]


def test_code_is_compiled_where_nothing_can_be_kept(monkeypatch, tmp_path):
    njit = numba.njit
    calls = []

    def read_only(*, cache=False, **how):
        calls.append((cache, numba.config.CACHE_DIR))
        if cache:
            raise RuntimeError("cannot cache function: no locator available")
        return njit(**how)

    monkeypatch.setattr(numba, "njit", read_only)
    monkeypatch.setattr(numba.config, "CACHE_DIR", "")
    monkeypatch.delenv("LEADLIGHT_HOME", raising=False)
    nowhere = compile_cached(lambda x: x + 1)
    monkeypatch.setenv("LEADLIGHT_HOME", str(tmp_path))
    with pytest.raises(RuntimeError, match="no locator"):
        compile_cached(lambda x: x + 1)

    assert nowhere(1) == 2
    assert calls == [(True, ""), (False, ""), (True, ""), (True, str(tmp_path / "compiled"))]
