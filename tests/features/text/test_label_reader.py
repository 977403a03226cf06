"""Are words and phrases joined to one probability, and does no chance word erase a wish?"""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from features.text.label_model import LabelModel, LabelScores
from features.text.label_reader import LabelReader
from tests.support.message_readers import build_message_reader
from training.messages.corpus import LABELS as LABEL_OF_CODE
from training.messages.corpus import read_corpus

LABELS = LabelReader.load_default()


def read(*messages):
    """The labels of messages written on one day."""
    return LABELS.read(
        messages, build_message_reader().read_all(messages, np.full(len(messages), np.datetime64("2026-03-04")))
    )


def list_lines(name):
    """The lines of a file of this folder."""
    return Path(__file__).with_name(name).read_text(encoding="utf-8").splitlines()


# None of these was in the corpus, nor changed after the reader was seen to read it.
@pytest.mark.parametrize(
    "message",
    [
        "my husband cant move his right arm and his words come out wrong, started at breakfast",
        "crushing pressure in my chest going up to my jaw and im sweating",
        "I took all of my sleeping pills an hour ago",
        "throat is swelling up after the peanut, hard to breathe",
        "Dad's speech is all slurred and half his face dropped just now",
        "vomiting blood since this morning",
    ],
)
def test_an_emergency_is_flagged(message):
    assert read(message).find("red_flag").tolist() == [True]


def test_a_little_blood_is_blood():
    """Missed by the words and by the phrases when it was first typed into ``leadlight read``."""
    assert read("been coughing up a little blood for 2 days, smoked for 30 years").find("red_flag").tolist() == [True]


def test_everyday_wishes_and_nothing_are_not_flagged():
    calm = ["can I get a physical next month", "How much is a teeth cleaning?", "please move my visit to Friday"]

    assert read(*calm, None, "").find("red_flag").tolist() == [False] * 5


def test_a_phrase_of_an_emergency_is_enough_where_the_words_are_silent(monkeypatch):
    silent = lambda self, batches: LabelScores(*np.full((2, len(batches[0].words_from) - 1, 20), -9.0))  # noqa: E731
    monkeypatch.setattr(LabelModel, "score_words", silent)

    assert read("loss of bladder control", "my knee is sore").find("red_flag").tolist() == [True, False]


MIXED = [
    "I'd like to come in about my knee next week. Thanks!",
    "Crushing chest pain since an hour",
    "please move my visit to Friday, and I need an appointment for my son",
    "Grow your practice with our SEO services",
    "how much is an MRI",
    None,
    "",
]


def test_a_message_alone_has_the_very_probabilities_that_it_has_among_many():
    many = read(*MIXED * 400).probability

    for row, message in enumerate(MIXED):
        np.testing.assert_array_equal(read(message).probability[0], many[row])
        np.testing.assert_array_equal(many[row], many[row + len(MIXED) * 399])


def test_threads_that_read_at_once_read_alike():
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: read(*MIXED * 20).probability, range(24)))

    for answer in answers[1:]:
        np.testing.assert_array_equal(answer, answers[0])


@pytest.mark.parametrize("label", LABELS.labels)
def test_a_label_is_said_from_its_threshold_on(label):
    labels = read("I need an appointment for my knee", "what is the price", None)
    column = LABELS.labels.index(label)

    assert labels.find(label).tolist() == [*(labels.get(label)[:2] >= LABELS.threshold[column]).tolist(), False]


@pytest.mark.parametrize("nothing", [None, "", "  \n "])
def test_no_message_has_no_probability(nothing):
    assert np.isnan(read(nothing).probability).all()


def test_a_file_gives_the_same_reader(tmp_path):
    np.savez(tmp_path / "reader.npz", **LABELS.to_arrays())
    again = LabelReader.from_arrays(dict(np.load(tmp_path / "reader.npz")))

    assert again.groups == LABELS.groups
    for name in ("own", "phrases", "bias", "threshold", "floor"):
        np.testing.assert_array_equal(getattr(again, name), getattr(LABELS, name))


def test_no_phrase_of_an_emergency_moves_another_label():
    alarming = [LABELS.groups.index(group) for group in ("red_flag", "fever", "violence", "cancer", "alarming")]
    others = [column for column, label in enumerate(LABELS.labels) if label != "red_flag"]

    assert (LABELS.phrases[np.ix_(others, alarming)] == 0).all()


def test_no_harmless_phrase_erases_a_clear_wish():
    """Of 200 phrases beside 200 requests, in front of them or behind, fewer than two in 1,000 lower it by 3 points."""
    wishes, phrases = list_lines("clear_requests.txt"), list_lines("harmless_phrases.txt")
    joins = ("{phrase} {wish}", "{wish} {phrase}", "{phrase}, {wish}", "{wish}. {phrase}", "{wish}\n{phrase}")
    alone, falls = read(*wishes).get("appointment"), []
    assert len(wishes) >= 198 and len(phrases) >= 200 and np.quantile(alone, 0.05) > 0.9

    for at, phrase in enumerate(phrases):
        beside = read(*(joins[at % len(joins)].format(wish=wish, phrase=phrase) for wish in wishes)).get("appointment")
        falls += [(alone[row] - beside[row], phrase, wishes[row]) for row in np.flatnonzero(alone - beside >= 0.03)]

    assert len(falls) < len(wishes) * len(phrases) / 500, sorted(falls)[-10:]


CLOSINGS = (
    "Thanks!",
    "thank you so much",
    "thx",
    "Best regards",
    "Sincerely,\nMaria Lopez",
    "God bless",
    "Have a great weekend!",
    "Thanks in advance, Bob",
    "Muchas gracias",
    "Thank you for your time. Looking forward to hearing from you.",
)


def test_no_closing_moves_a_label():
    """Of 200 messages and 10 closings behind each, fewer than two in 1,000 move a label by more than 3 points."""
    corpus = read_corpus()
    # "otherwise no" and "Thanks!" behind it are a sentence: "no thanks".
    whole = [text for text in corpus.texts if not text.endswith((" no", " to"))]
    messages = np.random.default_rng(18).choice(whole, 200, replace=False).tolist()
    joins, alone, moved = ("{message} {closing}", "{message}\n{closing}", "{message} - {closing}"), read(*messages), []

    for at, closing in enumerate(CLOSINGS):
        beside = read(*(joins[at % len(joins)].format(message=message, closing=closing) for message in messages))
        farthest = np.abs(beside.probability - alone.probability).max(axis=1)
        moved += [(farthest[row], closing, messages[row]) for row in np.flatnonzero(farthest > 0.03)]

    assert len(moved) < len(messages) * len(CLOSINGS) / 500, sorted(moved)[-10:]


def test_what_is_only_supposed_is_told_from_a_wish():
    """F1 of all labels of 60 messages that nobody tuned on, and how many questions are taken for a wish."""
    rows = [line.split("\t") for line in list_lines("supposing_messages.tsv") if not line.startswith("#")]
    labels, hits, said, true, mistaken = read(*(text for _, _, text in rows)), 0, 0, 0, 0
    for (codes, _, _), row in zip(rows, labels.probability >= labels.threshold, strict=True):
        unsure = {LABEL_OF_CODE[code[:-1]] for code in codes.split(",") if code.endswith("?")}
        truth = {LABEL_OF_CODE[code] for code in codes.split(",") if code in LABEL_OF_CODE}
        predicted = {label for label, is_said in zip(labels.labels, row, strict=True) if is_said} - unsure
        hits, said, true = hits + len(truth & predicted), said + len(predicted), true + len(truth)
        mistaken += "information_only" in truth and "appointment" in predicted

    assert 2 * hits / (said + true) >= 0.8 and mistaken <= 6, (2 * hits / (said + true), mistaken)
