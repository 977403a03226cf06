"""What does a message say, and in which of its words? All phrases and service names found in one pass, negation heeded.

Lives here: readings of one message or a million, by the same loops, and the pieces of a message that counted.
Does not live here: which phrases there are (``phrases``), plain words (``plain``), misspelt words (``spelling``), dates
(``timeframes``), finding, negation and silences themselves (``kernels.phrases``)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from features.array_types import FloatArray, IntArray, TimeArray
from features.practice.practice import Practice
from features.text.phrase_lexicon import PhraseLexicon, expand_phrase
from features.text.phrase_patterns import PhraseSlots, parse_slots
from features.text.phrase_trie import Meaning, build_phrase_trie
from features.text.spell_correction import SpellCorrector, Tokens
from features.text.time_expressions import build_calendar, list_calendar_words
from features.text.tokenization import TokenizedMessages, locate_words

if TYPE_CHECKING:
    from features.kernels.date_parser import Calendar
    from features.kernels.phrase_matcher import PhraseTrie

__all__ = ["EvidenceSpan", "MessageReader", "MessageReading", "MessageReadings"]

_AT_ONCE = 1_024
"""Messages read at once, so that their letters stay in the processor's cache."""


@dataclass(frozen=True)
class MessageReading:
    """What one message says.

    Parameters
    ----------
    counts : dict
        Group -> how often one of its phrases stands there, negated ones not counted.
    word_count : int
        Words in the message.
    days : float
        The soonest stated timeframe in days; NaN none stated.
    services : tuple of int
        Positions in ``practice.services`` of those named, first named first.
    """

    counts: dict[str, int]
    word_count: int
    days: float
    services: tuple[int, ...]


@dataclass(frozen=True)
class MessageReadings:
    """What m messages say.

    Parameters
    ----------
    groups : tuple of str
        The phrase groups.
    counts : int16 array of shape (m, groups)
        How often one of the group's phrases stands there, negated ones not counted; 0 without a message.
    word_count : float array of shape (m,), NaN without a message
    days : float array of shape (m,)
        The soonest stated timeframe in days; NaN none stated.
    service : int array of shape (m,)
        Position in ``practice.services`` of the first one named; -1 none.
    treating : int array of shape (m,)
        Position of the first service that treats what the message wants seen to ("my shoulder hurts"); -1 none.
    services_named : float array of shape (m,), NaN without a message
    tokens : int64 array
        Words of all messages as they were meant, by their numbers in ``Reader.words``.
    tokens_from : int64 array of shape (m + 1,)
        Those of message ``i`` are ``tokens[tokens_from[i]:tokens_from[i + 1]]``.
    """

    groups: tuple[str, ...]
    counts: np.ndarray
    word_count: FloatArray
    days: FloatArray
    service: IntArray
    treating: IntArray
    services_named: FloatArray
    tokens: IntArray
    tokens_from: IntArray

    def mentions(self, *groups: str) -> np.ndarray:
        """Whether a phrase of one of the groups stands in each message; a practice's own phrase file may lack a group.

        Shape (m,), bool.
        """
        return (self.counts[:, [self.groups.index(group) for group in groups if group in self.groups]] > 0).any(axis=1)


@dataclass(frozen=True)
class EvidenceSpan:
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


class MessageReader:
    """Finds every phrase of the file and every service of the practice in one pass over the words of a message.

    >>> reader = MessageReader.of(PhraseLexicon.load_default(), Practice())
    >>> reading = reader.read("It is NOT  urgent, but I would like to book an appointment next week")
    >>> reading.counts["urgency"], reading.counts["appointment"], reading.days
    (0, 2, 9.0)
    """

    def __init__(
        self, phrases: PhraseLexicon, spelling: SpellCorrector, tree: "PhraseTrie", calendar: "Calendar"
    ) -> None:
        self._groups, self._together = tuple(phrases.groups), phrases.combinations
        self._wishes = [self._groups.index(group) for group in phrases.wishes]
        self.spelling, self._tree, self._calendar = spelling, tree, calendar

    @classmethod
    def of(cls, phrases: PhraseLexicon, practice: Practice) -> "MessageReader":
        """A reader of these phrases and this practice's service names and synonyms."""
        same = phrases.spelling.get("same", {})
        entries = _entries(phrases, practice)
        names = [
            name
            for service in practice.services
            for called in phrases.list_service_names(service)
            for name in expand_phrase(called, {})
        ]
        named = TokenizedMessages.of(names).strings()
        known = {
            *phrases.spelling.get("real_words", ()),
            *(word for places, _ in entries for place in places for words in place for word in words),
        }
        others = list_calendar_words(phrases.calendar) | {
            word for word in phrases.negators.get("joins", ()) if " " not in word
        }
        spelling = SpellCorrector(same, {*phrases.spelling.get("watched", ()), *named}, known, others)
        tree = build_phrase_trie(entries, phrases, spelling.number, len(practice.services))
        return cls(phrases, spelling, tree, build_calendar(phrases.calendar, spelling.number))

    @property
    def words(self) -> list[str]:
        """The words that have a number, by number: those of the phrase file and of the practice's services; the first
        stands for any other.
        """
        return self.spelling.words

    @property
    def number(self) -> dict[str, int]:
        """The number of each of ``words``."""
        return self.spelling.number

    def read_all(self, messages: Sequence[str | None], written: TimeArray) -> MessageReadings:
        """What each message says, ``written`` on these days at the practice (datetime64, NaT not known).

        Both of length m, m may be 1.
        """
        n, (kernel, dates) = len(messages), _kernels()
        written = np.maximum(written.astype("datetime64[D]").astype(np.int64), dates.UNKNOWN_DAY)
        counts, words, days = np.zeros((n, len(self._groups)), np.int16), np.empty(n), np.empty(n)
        service, named = np.full((n, 2), -1, np.int64), np.zeros(n)
        ids, lengths = [], [np.zeros(1, np.int64)]
        for low in range(0, n, _AT_ONCE):
            part = slice(low, low + _AT_ONCE)
            tokens = self._tokens([message or "" for message in messages[part]])
            words[part] = tokens.counts
            ids.append(tokens.ids)
            lengths.append(np.diff(tokens.tokens_from))
            dates.find_soonest(tokens.ids, tokens.tokens_from, self._calendar, written[part], days[part])
            results = kernel.MessageResults(counts[part], days[part], service[part], named[part])
            kernel.read_messages(tokens.ids, tokens.tokens_from, self._tree, results)
        silent = [at for at, message in enumerate(messages) if message is None]
        words[silent] = named[silent] = np.nan
        wishes = (counts[:, self._wishes] > 0).any(axis=1)
        treating = np.where(wishes, service[:, 1], -1)
        said = np.concatenate(ids) if ids else np.empty(0, np.int64)
        return MessageReadings(
            self._groups, counts, words, days, service[:, 0], treating, named, said, np.cumsum(np.concatenate(lengths))
        )

    def read(self, message: str, written: date | None = None) -> MessageReading:
        """What one message says, ``written`` on this day at the practice."""
        read = self.read_all([message], np.array([written], "datetime64[D]"))
        counts = dict(zip(self._groups, read.counts[0].tolist(), strict=True))
        found = self._found(self._tokens([message]).ids)[1]
        named = tuple(dict.fromkeys(service for _, _, service in found if service < self._tree.all_services))
        return MessageReading(counts, int(read.word_count[0]), float(read.days[0]), named)

    def find_spans(self, message: str, written: date | None = None) -> list[EvidenceSpan]:
        """The pieces of the message that made its reading, from left to right; of several timeframes the soonest, as it
        alone counts.

        Phrases that are negated, or silenced by another, have no mark.

        >>> reader = MessageReader.of(PhraseLexicon.load_default(), Practice())
        >>> message = "<b>NOT</b> urgent, but I&#39;d like an apointment!"
        >>> [(mark.meaning, message[mark.start : mark.stop]) for mark in reader.find_spans(message)]
        [('no_hurry', 'NOT</b> urgent'), ('appointment', 'apointment')]
        """
        reading, tokens = self.read(message, written), self._tokens([message])
        phrases, services = self._found(tokens.ids)
        pieces: dict[str, set[tuple[int, int]]] = defaultdict(set)
        for begin, end, meaning in phrases:
            if (group := self._tree.facts[meaning, 1]) >= 0:
                pieces[self._groups[group]].add((begin, end))
            elif self._tree.days[meaning] == reading.days:
                pieces["days"].add((begin, end))
        pieces["days"] |= {
            (begin, end) for begin, end, days in self._dates(tokens.ids, written) if days == reading.days
        }
        pieces["service"] |= {(begin, end) for begin, end, _ in self._asked(services, reading.counts)}
        for all_of, means in self._together:
            if all(pieces[name] for name in all_of):
                pieces[means] = pieces[means].union(*(pieces[name] for name in all_of))
        places, counted = locate_words(message), (name for name in pieces if reading.counts.get(name, 1))
        marks = {
            EvidenceSpan(name, *_piece(tokens.word_of[begin:end], places))
            for name in counted
            for begin, end in pieces[name]
        }
        return sorted(marks, key=lambda mark: (mark.start, mark.stop, mark.meaning))

    def _tokens(self, messages: Sequence[str]) -> Tokens:
        return self.spelling.correct(TokenizedMessages.of(messages))

    def _found(self, ids: np.ndarray) -> tuple[list[tuple[int, int, int]], list[tuple[int, int, int]]]:
        """One message's phrases that are not negated, each with one group or timeframe that it means; and its service
        names with their positions.
        """
        kernel, tree = _kernels()[0], self._tree
        found, meanings = np.empty((len(ids) + 2, 4), np.int64), np.empty(len(ids) * tree.most_meanings + 1, np.int64)
        named = np.empty((len(ids) * tree.most_services + 1, 3), np.int64)
        hits, services = kernel.find_phrases(ids, tree, found, meanings, named, np.empty(tree.longest, np.int64))
        counted = [
            (begin, end, one)
            for (begin, end, low, negated), (_, _, high, _) in pairwise(found[: hits + 1].tolist())
            for one, (kind, _, negatable, _) in zip(
                meanings[low:high].tolist(), tree.facts[meanings[low:high]].tolist(), strict=True
            )
            if (kind == kernel.GROUP and not (negatable and negated)) or (kind == kernel.DAYS and not negated)
        ]
        return counted, [tuple(row) for row in named[:services].tolist()]

    def _asked(self, found: list[tuple[int, int, int]], counts: dict[str, int]) -> list[tuple[int, int, int]]:
        """Of one message's services those named; where none is, and the message wishes for care, the first that treats
        it.
        """
        named = [one for one in found if one[2] < self._tree.all_services]
        if named or not any(counts[self._groups[group]] for group in self._wishes):
            return named
        return [one for one in found if one[2] == found[0][2]]

    def _dates(self, ids: np.ndarray, written: date | None) -> list[tuple[int, int, float]]:
        """One message's dates and spans that lie ahead: their words, and the days to them."""
        kernel = _kernels()[1]
        day = kernel.UNKNOWN_DAY if written is None else int(np.datetime64(written, "D").astype(np.int64))
        place, ahead = np.empty((len(ids) + 1, 2), np.int64), np.empty(len(ids) + 1)
        return [
            (*place[at].tolist(), float(ahead[at]))
            for at in range(kernel.find_dates(ids, self._calendar, day, place, ahead))
        ]


def _kernels():
    """The compiled loops for phrases and for dates."""
    from features.kernels import date_parser as dates
    from features.kernels import phrase_matcher as phrases

    return phrases, dates


def _entries(phrases: PhraseLexicon, practice: Practice) -> list[tuple[PhraseSlots, Meaning]]:
    """The places of every phrase, and what it means, in the order of the file."""
    written = [(phrase, Meaning("group", name)) for name, group in phrases.groups.items() for phrase in group.phrases]
    for kind, part in (("negator", "phrases"), ("after", "after"), ("idle", "idle"), ("turn", "turns")):
        written += [(phrase, Meaning(kind)) for phrase in phrases.negators.get(part, ())]
    written += [(phrase, Meaning("days", value=days)) for phrase, days in phrases.timeframes.items()]
    written += [
        (name, Meaning("service", value=at))
        for at, service in enumerate(practice.services)
        for name in phrases.list_service_names(service)
    ]
    written += [
        (name, Meaning("treated", value=at))
        for at, service in enumerate(practice.services)
        for name in phrases.list_treated_complaints(service)
    ]
    places = parse_slots([phrase for phrase, _ in written], phrases.lists, phrases.spelling.get("same", {}))
    return list(zip(places, (meaning for _, meaning in written), strict=True))


def _piece(words: np.ndarray, places: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """The piece of the message that these words were made of; -1 stands for an end of the message."""
    there = [places[word] for word in words if word >= 0]
    return min(start for start, _ in there), max(stop for _, stop in there)
