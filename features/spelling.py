"""What word was meant? Short forms, drawn-out letters and one slip in a long word, read as the word people mean.

Lives here: the tolerant pass over the words of a message, before phrases are looked for.
Does not live here: which words those are (``phrases.toml``), finding phrases (``reader``).
"""

import re
from collections.abc import Collection, Mapping

__all__ = ["Spelling"]

_DRAWN_OUT = re.compile(r"([a-z])\1{2,}")
_LEAST_LETTERS = 6
_LEAST_LETTERS_WRONG = 8
"""A wrong letter is forgiven in words of this many letters; a lost, doubled, added or swapped one from ``_LEAST_LETTERS``."""
_MOST_REMEMBERED = 50_000


class Spelling:
    """Reads words as they were meant.

    Parameters
    ----------
    same : mapping of str to str
        Short form -> the words it stands for.
    watched : collection of str
        Words that are recognised with one slip; those shorter than six letters are not.
    known : collection of str
        Words that stand as they are: every word of the phrases, and real words that are one slip from a watched one.

    >>> spelling = Spelling({"pls": "please"}, ["appointment", "surgery"], ["booking", "injury"])
    >>> spelling.meant("apointment for sugrery pls booooking")
    'appointment for surgery please booking'
    """

    def __init__(self, same: Mapping[str, str], watched: Collection[str], known: Collection[str]) -> None:
        self._same = dict(same)
        self._watched = sorted({word for word in watched if len(word) >= _LEAST_LETTERS and word.isalpha()})
        self._known = frozenset(known) | frozenset(self._watched)
        self._shortened: dict[str, list[str]] = {}
        for word in self._watched:
            for short in _one_letter_less(word) | {word}:
                self._shortened.setdefault(short, []).append(word)
        self._remembered: dict[str, str] = {}

    def meant(self, words: str) -> str:
        """The words, each as it was meant, one space between."""
        remembered, read = self._remembered, []
        for word in words.split(" "):
            found = remembered.get(word)
            if found is None:
                found = self._one(word)
                if len(remembered) < _MOST_REMEMBERED:
                    remembered[word] = found
            read.append(found)
        return " ".join(read)

    def _one(self, word: str) -> str:
        if word in self._same:
            return self._same[word]
        if word in self._known or not word.isalpha():
            return word
        for drawn in (_DRAWN_OUT.sub(r"\1\1", word), _DRAWN_OUT.sub(r"\1", word)):
            if drawn != word and (drawn in self._known or drawn in self._same):
                return self._same.get(drawn, drawn)
        return self._nearest(word)

    def _nearest(self, word: str) -> str:
        """The one watched word that this is a slip of; the word itself when there is none, or more than one."""
        if len(word) < _LEAST_LETTERS - 1:
            return word
        shorter = _one_letter_less(word) | {word}
        candidates = {right for short in shorter for right in self._shortened.get(short, ()) if right[0] == word[0] and _is_one_slip(word, right)}
        return candidates.pop() if len(candidates) == 1 else word


def _one_letter_less(word: str) -> set[str]:
    return {word[:at] + word[at + 1 :] for at in range(len(word))}


def _is_one_slip(word: str, right: str) -> bool:
    """Whether one letter lost, added or doubled, two neighbours swapped, or (in a long word) one wrong letter makes ``right`` of ``word``."""
    if abs(len(word) - len(right)) == 1:
        return True  # one is the other with a letter less: that is how they met
    if len(word) != len(right):
        return False
    wrong = [at for at, (one, other) in enumerate(zip(word, right, strict=True)) if one != other]
    if len(wrong) == 1:
        return len(right) >= _LEAST_LETTERS_WRONG
    swapped = len(wrong) == 2 and wrong[1] == wrong[0] + 1
    return swapped and word[wrong[0]] == right[wrong[1]] and word[wrong[1]] == right[wrong[0]]
