"""What does a message say, and in which of its words? All phrases and service names found in one pass, negation heeded.

Lives here: finding phrases, the longest first; negators, words that take back, silences; the pieces of the message that counted.
Does not live here: which phrases there are (``phrases``), plain words (``plain``), misspelt words (``spelling``), dates (``timeframes``),
running over a batch (``blocks.text``).
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import ahocorasick

from features.phrases import Phrases, expanded
from features.plain import placed_words, plain_words
from features.practice import Practice
from features.spelling import Spelling
from features.timeframes import Calendar

__all__ = ["Mark", "Reader", "Reading"]

NEGATION_REACH_WORDS = 4
"""A negator counts when it stands at most this many words before the phrase, in the same clause."""


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


@dataclass(frozen=True)
class Mark:
    """A piece of a message that counted, for showing the evidence.

    Parameters
    ----------
    meaning : str
        A phrase group, ``days`` for a date or timeframe, ``service`` for a service of the practice.
    start, stop : int
        Characters of the message as it was written, half-open.
    """

    meaning: str
    start: int
    stop: int


Meanings = tuple[tuple[str, str, Any], ...]
Hit = tuple[int, int, Meanings]


class Reader:
    """Finds every phrase of the file and every service of the practice in one pass (Aho and Corasick, 1975, doi:10.1145/360825.360855).

    >>> reader = Reader.of(Phrases.shipped(), Practice())
    >>> reading = reader.read("It is NOT  urgent, but I would like to book an appointment next week")
    >>> reading.counts["urgency"], reading.counts["appointment"], reading.days
    (0, 2, 9.0)
    """

    def __init__(self, phrases: Phrases, entries: dict[str, list[tuple[str, str, Any]]], spelling: Spelling) -> None:
        self._automaton = ahocorasick.Automaton()
        for phrase, meanings in entries.items():
            services = tuple(one for one in meanings if one[0] == "service")
            others = tuple(one for one in meanings if one[0] != "service")
            self._automaton.add_word(f" {phrase} ", (len(phrase) + 1, others, services))
        self._automaton.make_automaton()
        self._hiding = frozenset(name for name, group in phrases.groups.items() if group.hides)
        self._none = dict.fromkeys(phrases.groups, 0)
        self._silences = {name: group.silences for name, group in phrases.groups.items() if group.silences}
        self._together, self._spelling, self._calendar = phrases.combinations, spelling, Calendar(phrases.calendar)
        self._joins = frozenset(phrases.negators.get("joins", ()))

    @classmethod
    def of(cls, phrases: Phrases, practice: Practice) -> "Reader":
        """A reader of these phrases and this practice's service names and synonyms."""
        same, known = phrases.spelling.get("same", {}), set(phrases.spelling.get("real_words", ()))
        watched = set(phrases.spelling.get("watched", ()))
        shortened = Spelling(same, (), ())
        entries: dict[str, list[tuple[str, str, Any]]] = {}

        def add(phrase: str, what: str, name: str, value: Any) -> None:
            for one in expanded(phrase, phrases.lists):
                words = " ".join(shortened.meant(plain_words(one)).replace("|", " ").replace(",", " ").split())
                words = f"{'^ ' * one.startswith('^')}{words}{' $' * one.endswith('$')}"
                meaning = (what, name, value)
                if words and meaning not in entries.setdefault(words, []):
                    entries[words].append(meaning)
                    known.update(words.split())

        for group, (name_of, negatable) in ((group.phrases, (name, group.negatable)) for name, group in phrases.groups.items()):
            for phrase in group:
                add(phrase, "group", name_of, negatable)
        for what, of_kind in (("negator", "phrases"), ("after", "after"), ("idle", "idle"), ("turn", "turns")):
            for phrase in phrases.negators.get(of_kind, ()):
                add(phrase, what, "", None)
        for phrase, days in phrases.timeframes.items():
            add(phrase, "days", "", days)
        for position, service in enumerate(practice.services):
            for phrase in (service.name, *service.also_called):
                add(phrase, "service", "", position)
                watched.update(plain_words(phrase).split())
        return cls(phrases, entries, Spelling(same, watched, known))

    def read(self, message: str, written: date | None = None) -> Reading:
        """What one message says, ``written`` on this day at the practice."""
        plain = plain_words(message)
        text = f" ^ {self._spelling.meant(plain.rstrip(' |,'))} $ "
        others, services = self._found(text)
        counts, days = self._none.copy(), [days for days, _, _ in self._calendar.found(text, written)]
        for _, _, what, name, value in self._meant(text, others):
            if what == "group":
                counts[name] += 1
            else:
                days.append(value)
        for all_of, means in self._together:
            counts[means] += all(counts[name] for name in all_of)
        for name in [name for name in self._silences if counts[name]]:
            for silenced in self._silences[name]:
                if silenced == "days":
                    days = []
                else:
                    counts[silenced] = 0
        first_named = dict.fromkeys(position for _, _, named in services for _, _, position in named)
        return Reading(counts, sum(word not in "|," for word in plain.split()), min(days, default=float("nan")), tuple(first_named))

    def marks(self, message: str, written: date | None = None) -> list[Mark]:
        """The pieces of the message that made its reading, from left to right; of several timeframes the soonest, as it alone counts.

        Phrases that are negated, or silenced by another, have no mark. For showing one message: ten times slower than reading it.

        >>> reader = Reader.of(Phrases.shipped(), Practice())
        >>> message = "<b>NOT</b> urgent, but I&#39;d like an apointment!"
        >>> [(mark.meaning, message[mark.start : mark.stop]) for mark in reader.marks(message)]
        [('days', 'NOT</b> urgent'), ('no_hurry', 'NOT</b> urgent'), ('appointment', 'apointment')]
        """
        reading, (text, places) = self.read(message, written), self._placed(message)
        others, services = self._found(text)
        pieces: dict[str, set[tuple[int, int]]] = defaultdict(set)
        for start, end, what, name, value in self._meant(text, others):
            if what == "group" or value == reading.days:
                pieces[name or what].add((start, end))
        pieces["days"] |= {(start, end) for days, start, end in self._calendar.found(text, written) if days == reading.days}
        pieces["service"] |= {(start, end) for start, end, _ in services}
        for all_of, means in self._together:
            if all(pieces[name] for name in all_of):
                pieces[means] = pieces[means].union(*(pieces[name] for name in all_of))
        counted = (name for name in pieces if reading.counts.get(name, 1))
        marks = {Mark(name, *_piece(text, places, *at)) for name in counted for at in pieces[name]}
        return sorted(marks, key=lambda mark: (mark.start, mark.stop, mark.meaning))

    def _placed(self, message: str) -> tuple[str, list[tuple[int, int]]]:
        """The text that ``read`` looks into, and for each of its words the piece of the message that it was made of."""
        words = placed_words(message)
        while words and words[-1][0] in "|,":
            words.pop()
        meant = [(one, (start, stop)) for word, start, stop in words for one in self._spelling.meant(word).split(" ")]
        first, last = (words[0][1], words[-1][2]) if words else (0, 0)
        return f" ^ {' '.join(word for word, _ in meant)} $ ", [(first, first), *(place for _, place in meant), (last, last)]

    def _meant(self, text: str, found: list[Hit]) -> Iterator[tuple[int, int, str, str, Any]]:
        """What the found phrases mean that is not negated: start, end, ``group`` or ``days``, name, value."""
        for (start, end, meanings), negated in zip(found, self._negated(text, found), strict=True):
            for what, name, value in meanings:
                if (what == "group" and not (value and negated)) or (what == "days" and not negated):
                    yield start, end, what, name, value

    def _found(self, text: str) -> tuple[list[Hit], list[Hit]]:
        """Found phrases as (start, end, meanings), left to right; and the services. A longer phrase hides those inside it, but for phrases of other
        groups, which it takes over unless its own group hides them."""
        others, services = [], []
        for last, (length, meanings, named) in self._automaton.iter(text):
            if meanings:
                others.append((last - length, last, meanings))
            if named:
                services.append((last - length, last, named))
        return self._longest(others), self._longest(services)

    def _negated(self, text: str, found: list[Hit]) -> list[bool]:
        """Whether each found phrase is negated: by a negator before it that nothing has used up, by words right behind it, or by joining one that is."""
        negated: list[bool] = []
        negator_end, used_by, carried, last_end = -1, None, False, 0
        for place, (start, end, meanings) in enumerate(found):
            kinds = {what for what, _, _ in meanings}
            between = text[last_end:start].split()
            broken = "|" in between or "," in between
            if broken:
                negator_end = -1
            names = {name for what, name, _ in meanings if what == "group"}
            near = negator_end >= 0 and len(text[negator_end:start].split()) <= NEGATION_REACH_WORDS
            joined = carried and bool(between) and self._joins.issuperset(word for word in between if word != ",") and between != [","]
            is_negated = bool(kinds & {"group", "days"}) and (joined or (near and (used_by is None or bool(names & used_by))))
            is_negated = is_negated or self._taken_back(text, found, place)
            if kinds & {"turn", "idle"}:
                negator_end = -1
            elif "negator" in kinds:
                negator_end, used_by = end, None
            elif is_negated and used_by is None:
                used_by = names
            elif near and names and not is_negated:
                negator_end = -1
            carried = is_negated
            negated.append(is_negated)
            last_end = end
        return negated

    @staticmethod
    def _taken_back(text: str, found: list[Hit], place: int) -> bool:
        """Whether words that take a phrase back stand right behind it ("price isn't an issue")."""
        if place + 1 == len(found):
            return False
        start, _, meanings = found[place + 1]
        return any(what == "after" for what, _, _ in meanings) and not text[found[place][1] : start].strip()

    def _longest(self, found: list[Hit]) -> list[Hit]:
        """The hits left to right, each with what it takes over from those inside it."""
        found.sort(key=lambda hit: (hit[0], -hit[1]))
        kept: list[Hit] = []
        for hit in found:
            if not kept or hit[1] > kept[-1][1]:
                kept.append(hit)
            elif more := self._taken_over(kept[-1][2], hit[2]):
                kept[-1] = (kept[-1][0], kept[-1][1], kept[-1][2] + more)
        return kept

    def _taken_over(self, outer: Meanings, inner: Meanings) -> Meanings:
        """What a longer phrase means besides, by a phrase inside it."""
        if any(what in ("idle", "service") or name in self._hiding for what, name, _ in outer):
            return ()
        taken = {(what, name) for what, name, _ in outer}
        return tuple(one for one in inner if one[0] in ("group", "days") and (one[0], one[1]) not in taken)


def _piece(text: str, places: list[tuple[int, int]], start: int, end: int) -> tuple[int, int]:
    """The piece of the message that the words of ``text`` between two spaces were made of."""
    first = text.count(" ", 0, start)
    words = places[first : first + len(text[start:end].split())]
    return min(start for start, _ in words), max(stop for _, stop in words)
