"""Are the terms of a message the same however many are read with it, and are denied words other terms?"""

import numpy as np
import pytest

from features.kernels import message_terms as kernel
from features.text.message_terms import VOCABULARIES, list_terms, read_vocabulary

MESSAGES = ["I have knee pain.", "no knee pain, but a rash", "", "KNEE-PAIN!!", "¿Dolor de rodilla? 痛い", "a" * 300]


def terms_of(message):
    """The distinct terms of one message."""
    return set(list_terms([message]).hashes.tolist())


def test_many_messages_have_the_terms_of_each_alone():
    terms = list_terms(MESSAGES)
    parts = zip(terms.terms_from[:-1], terms.terms_from[1:], strict=True)

    assert [set(terms.hashes[low:high].tolist()) for low, high in parts] == [terms_of(message) for message in MESSAGES]


def test_a_denied_word_is_another_term_until_the_sentence_turns():
    plain, denied, turned = terms_of("chest pain"), terms_of("no chest pain"), terms_of("no fever but chest pain")

    assert not plain & denied
    assert plain <= turned


def test_a_denial_ends_after_a_few_words():
    assert terms_of("rash") <= terms_of("no one two three four five rash")
    assert not terms_of("rash") <= terms_of("no one two rash")


@pytest.mark.parametrize("name", VOCABULARIES)
def test_each_term_of_a_vocabulary_is_marked(name):
    marks = {(1 + number) << 2 | kernel.MARKS for number, _ in enumerate(VOCABULARIES)}
    terms = [term for term in read_vocabulary(name) if len(term.split()) <= 5 and not set("./',-&") & set(term)][:300]

    unmarked = [term for term in terms if not terms_of(term) & marks and term.split()[0] not in ("no", "not", "cant")]
    assert not [term for term in unmarked if not {"no", "not", "cant", "dont", "wont", "never"} & set(term.split())]


def test_words_of_a_term_lie_inside_its_message():
    terms = list_terms(["my left knee hurts a lot"])

    assert terms.first.min() == 0 and terms.last.max() == 5 and (terms.first <= terms.last).all()
    assert set(np.unique(terms.hashes & 3).tolist()) <= {kernel.WORDS, kernel.PIECES, kernel.MARKS}
