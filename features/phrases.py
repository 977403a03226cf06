"""Which words mean what? The phrase file, and the reader that finds all its phrases in one pass over a message.

Lives here: reading ``phrases.toml``, normalising text, phrase groups with negation, the practice's services found by their names.
Does not live here: what a found phrase says about a lead (``signals``), running over a batch (``blocks.text``).
"""

import html
import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import ahocorasick

from features.errors import PracticeError
from features.practice import Practice

__all__ = ["Phrases", "Reader", "Reading", "plain_words"]

NEGATION_REACH_WORDS = 3
"""A negator counts when it stands at most this many words before the phrase, in the same sentence."""

_TAG = re.compile(r"<[^<>]{0,500}>")
_SENTENCE_END = re.compile(r"[.!?;\n]+")
_NOT_WORD = re.compile(r"[^\w|]+|_+")


def plain_words(text: str) -> str:
    """Lower-case words without accents, markup or punctuation, one space between; ``|`` stands where a sentence ends.

    >>> plain_words("<b>NOT</b> urgent!! Mañana?")
    'not urgent | manana |'
    """
    text = html.unescape(text)
    text = _TAG.sub(" ", text).replace("|", " ")
    text = unicodedata.normalize("NFKD", text).casefold()
    text = "".join(letter for letter in text if not unicodedata.combining(letter)).replace("'", " ").replace("\u2019", " ")
    return _NOT_WORD.sub(" ", _SENTENCE_END.sub(" | ", text)).strip()


@dataclass(frozen=True)
class Phrases:
    """The phrase file as plain objects.

    Parameters
    ----------
    groups : dict
        Group name -> (phrases, whether a negator cancels them).
    negators : tuple of str
    timeframes : dict
        Phrase -> days from the message.
    """

    groups: dict[str, tuple[tuple[str, ...], bool]]
    negators: tuple[str, ...]
    timeframes: dict[str, float]

    @classmethod
    @cache
    def shipped(cls) -> "Phrases":
        """The phrases that come with Leadlight, English and Spanish."""
        return cls.from_dict(tomllib.loads(Path(__file__).with_name("phrases.toml").read_text(encoding="utf-8")))

    @classmethod
    def from_dict(cls, plain: dict[str, Any]) -> "Phrases":
        """The phrases in the layout of ``phrases.toml``.

        Raises
        ------
        PracticeError
            If a part is missing or of another shape.
        """
        try:
            groups = {name: (tuple(group["phrases"]), bool(group["negatable"])) for name, group in plain["groups"].items()}
            return cls(groups, tuple(plain["negators"]["phrases"]), {str(k): float(v) for k, v in plain["timeframes"].items()})
        except (KeyError, TypeError, ValueError, AttributeError) as fault:
            raise PracticeError(
                f"phrases: the file lacks or misstates {fault}. Expected [negators], [groups.NAME] with phrases and negatable, "
                "and [timeframes] with days; compare with features/phrases.toml."
            ) from None

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON; ``from_dict`` takes them back."""
        groups = {name: {"phrases": list(phrases), "negatable": negatable} for name, (phrases, negatable) in self.groups.items()}
        return {"groups": groups, "negators": {"phrases": list(self.negators)}, "timeframes": dict(self.timeframes)}


@dataclass(frozen=True)
class Reading:
    """What one message says.

    Parameters
    ----------
    counts : dict
        Group -> how often one of its phrases stands there, negated ones not counted.
    words : int
        Words in the message.
    days : float
        The soonest stated timeframe in days; NaN none stated.
    services : tuple of int
        Positions in ``practice.services`` of those named, first named first.
    """

    counts: dict[str, int]
    words: int
    days: float
    services: tuple[int, ...]


class Reader:
    """Finds every phrase of the file and every service of the practice in one pass (Aho and Corasick, 1975, doi:10.1145/360825.360855).

    >>> reader = Reader.of(Phrases.shipped(), Practice())
    >>> reading = reader.read("It is NOT  urgent, but I would like to book an appointment next week")
    >>> reading.counts["urgency"], reading.counts["appointment"], reading.days
    (0, 2, 9.0)
    """

    def __init__(self, entries: dict[str, list[tuple[str, str, Any]]]) -> None:
        self._automaton = ahocorasick.Automaton()
        for phrase, meanings in entries.items():
            self._automaton.add_word(f" {phrase} ", (len(phrase) + 1, tuple(meanings)))
        self._automaton.make_automaton()
        self._groups = sorted({name for meanings in entries.values() for what, name, _ in meanings if what == "group"})

    @classmethod
    def of(cls, phrases: Phrases, practice: Practice) -> "Reader":
        """A reader of these phrases and this practice's service names and synonyms."""
        entries: dict[str, list[tuple[str, str, Any]]] = {}

        def add(phrase: str, what: str, name: str, value: Any) -> None:
            words = plain_words(phrase).strip(" |")
            if words:
                entries.setdefault(words, []).append((what, name, value))

        for group, (group_phrases, negatable) in phrases.groups.items():
            for phrase in group_phrases:
                add(phrase, "group", group, negatable)
        for phrase in phrases.negators:
            add(phrase, "negator", "", None)
        for phrase, days in phrases.timeframes.items():
            add(phrase, "days", "", days)
        for position, service in enumerate(practice.services):
            for phrase in (service.name, *service.also_called):
                add(phrase, "service", "", position)
        return cls(entries)

    def read(self, message: str) -> Reading:
        """What one message says. A longer phrase hides the shorter ones inside it ("not urgent" hides "urgent")."""
        text = f" {plain_words(message)} "
        found = self._longest(text)
        negators = [(start, end) for start, end, meanings in found if any(what == "negator" for what, _, _ in meanings)]
        counts = dict.fromkeys(self._groups, 0)
        days, services = float("nan"), []
        for start, _, meanings in found:
            negated = any(_reaches(text, end, start) for _, end in negators if end <= start)
            for what, name, value in meanings:
                if what == "group" and not (value and negated):
                    counts[name] += 1
                elif what == "days" and not negated:
                    days = value if days != days else min(days, value)
                elif what == "service" and value not in services:
                    services.append(value)
        return Reading(counts, sum(word != "|" for word in text.split()), days, tuple(services))

    def _longest(self, text: str) -> list[tuple[int, int, tuple]]:
        """Found phrases as (start, end, meanings), left to right, without those inside a longer one."""
        found = [(last - length, last, meanings) for last, (length, meanings) in self._automaton.iter(text)]
        found.sort(key=lambda hit: (hit[0], -hit[1]))
        kept: list[tuple[int, int, tuple]] = []
        for hit in found:
            if not kept or hit[1] > kept[-1][1]:
                kept.append(hit)
        return kept


def _reaches(text: str, end: int, start: int) -> bool:
    """Whether a negator that ends at ``end`` reaches a phrase that starts at ``start``."""
    between = text[end:start].split()
    return "|" not in between and len(between) <= NEGATION_REACH_WORDS
