"""Is the corpus well formed, many-handed and free of anybody real?"""

import re

import numpy as np
import pytest

from training.errors import TrainingError
from training.messages import corpus as module
from training.messages.corpus import LABELS, read_corpus

CORPUS = read_corpus()


def test_there_are_enough_messages_of_many_hands_and_specialties():
    assert len(CORPUS.texts) >= 6_000 and len(set(CORPUS.hand)) >= 9
    assert len(set(CORPUS.specialty[CORPUS.is_test])) == 20


def test_no_message_for_testing_is_learned_from():
    normal = [" ".join(re.findall(r"\w+", text.casefold())) for text in CORPUS.texts]
    learned = {text for text, is_test in zip(normal, CORPUS.is_test, strict=True) if not is_test}
    shared = [text for text, is_test in zip(normal, CORPUS.is_test, strict=True) if is_test and text in learned]

    # "test" and "asdf" are what everybody writes into a form.
    assert [text for text in shared if len(text.split()) > 4] == []


def test_nobody_in_it_can_be_reached():
    for text in CORPUS.texts:
        assert all("555" in phone for phone in re.findall(r"\b\d{3}[-. ]\d{3}[-. ]\d{4}\b", text)), text
        for address in re.findall(r"[\w.+-]+@[\w-]+\.[\w.]+", text):
            assert re.search(r"@(?:[\w-]+\.)*example\.(?:com|org|net)", address), text


def test_every_label_has_positives_to_learn_from_and_to_test():
    for rows in (CORPUS.is_test, ~CORPUS.is_test):
        assert (np.nansum(CORPUS.truth[rows], axis=0) >= 20).all()


@pytest.mark.parametrize(
    ("line", "fault"), [("app\t-\tx", "3 fields"), ("nonsense\t-\tx\ttext", "nonsense is no label")]
)
def test_a_wrong_line_is_named(tmp_path, monkeypatch, line, fault):
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "hand.tsv").write_text(f"-\t-\tx\tfine\n{line}\n", encoding="utf-8")
    monkeypatch.setattr(module, "files", lambda package: tmp_path)

    with pytest.raises(TrainingError, match=f"hand.tsv, line 2: .*{fault}"):
        read_corpus()


def test_a_question_mark_is_neither_true_nor_false():
    assert np.isnan(CORPUS.truth).any() and CORPUS.truth.shape == (len(CORPUS.texts), len(LABELS))
