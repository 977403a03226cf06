"""What does a message say, and in which of its words? All phrases and service names in one pass, negation respected.

Lives here: reading one message or a million, by the same loops, and finding the spans that counted.
Does not live here: what a reading holds (``message_readings``), the phrases (``phrase_lexicon``), normalized words
(``tokenization``), misspelled words (``spell_correction``), dates (``times``), the loops for phrases and negation
(``kernels.phrase_matcher``).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import replace
from datetime import date
from functools import cache
from itertools import pairwise
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np

from features.array_types import IntArray, TimeArray
from features.practice.practice import Practice
from features.text.message_readings import EvidenceSpan, MessageReading, MessageReadings, StatedTime, StatedTimes
from features.text.phrase_lexicon import PhraseLexicon, expand_phrase
from features.text.phrase_patterns import PhraseSlots, parse_slots
from features.text.phrase_trie import Meaning, build_phrase_trie
from features.text.spell_correction import BAR, SpellCorrector, Tokens
from features.text.times.time_expressions import build_calendar, list_calendar_words
from features.text.times.time_model import TimeModel, number_rows
from features.text.tokenization import BATCH_SIZE, TokenizedMessages, locate_words, tokenize_in_batches

if TYPE_CHECKING:
    from features.kernels.date_parser import Calendar, TimeRows
    from features.kernels.phrase_matcher import PhraseTrie

__all__ = ["MessageReader"]

_PhraseRange = tuple[int, int, int]
"""First token, end, and the meaning or service of a phrase."""


class MessageReader:
    """Finds every phrase of the lexicon and every service of the practice in one pass over the words of a message.

    >>> reader = MessageReader.of(PhraseLexicon.load_default(), Practice())
    >>> reading = reader.read("It is NOT  urgent, but I would like to book an appointment next week")
    >>> reading.counts["urgency"], reading.counts["appointment"], reading.days
    (0, 2, 9.0)
    """

    def __init__(
        self,
        phrases: PhraseLexicon,
        corrector: SpellCorrector,
        tree: "PhraseTrie",
        calendar: "Calendar",
        time_model: TimeModel,
    ) -> None:
        self._groups, self._together = tuple(phrases.groups), phrases.combinations
        self.label_offsets, self.label_words = dict(phrases.label_offsets), dict(phrases.label_words)
        self._wishes = np.array([self._groups.index(group) for group in phrases.wishes], np.int64)
        self.corrector, self._tree, self._calendar = corrector, tree, calendar
        self.time_model, self.time_words = time_model, number_rows(time_model.words, corrector.words)
        self._called_off, self._asks_for_new, self._leads_to_new, self._moves_to, self._not_before = (
            {corrector.number[word] for word in phrases.calendar.get(kind, ())}
            for kind in ("called_off", "asks_for_new", "leads_to_new", "moves_to", "not_before")
        )
        self.bounds = sorted(self._not_before)

    @classmethod
    def of(cls, phrases: PhraseLexicon, practice: Practice, time_model: TimeModel | None = None) -> "MessageReader":
        """Build the reader of these phrases and this practice's service names and synonyms.

        ``time_model`` tells by the words around a time whether it is wished for; the one that ships if left out.
        """
        time_model = time_model or TimeModel.load_default()
        entries = _list_entries(phrases, practice)
        corrector = _build_corrector(phrases, practice, entries, time_model.words)
        tree = build_phrase_trie(entries, phrases, corrector.number, len(practice.services))
        return cls(phrases, corrector, tree, build_calendar(phrases.calendar, corrector.number), time_model)

    def with_label_words(self, label_words: Mapping[str, str]) -> "MessageReader":
        """Return this reader with other changes of the weights of words (``text.taught.label_words``)."""
        reader = copy(self)
        reader.label_words = dict(label_words)
        return reader

    @property
    def words(self) -> list[str]:
        """The numbered words: those of the lexicon and of the practice's services; the first stands for any other."""
        return self.corrector.words

    @property
    def number(self) -> dict[str, int]:
        """The number of each of ``words``."""
        return self.corrector.number

    def read_all(self, messages: Sequence[str | None], written: TimeArray) -> MessageReadings:
        """Read each message, ``written`` on these days at the practice (datetime64, NaT unknown).

        Both of length m, m may be 1.
        """
        n, (kernel, dates) = len(messages), _load_kernels()
        # NaT is the smallest int64; the bound keeps it from overflowing when days are subtracted.
        days_written: IntArray = np.maximum(written.astype("datetime64[D]").view(np.int64), dates.UNKNOWN_DAY)
        counts, word_count, (days, stated_days) = (
            np.zeros((n, len(self._groups)), np.int16),
            np.empty(n),
            np.empty((2, n)),
        )
        service, services_named = np.full((n, 2), -1, np.int64), np.zeros(n)
        batches, tokens_of_batches, times = list(tokenize_in_batches(messages)), [], []
        for at, batch in enumerate(batches):
            part, tokens = slice(at * BATCH_SIZE, (at + 1) * BATCH_SIZE), self.corrector.correct(batch)
            word_count[part] = tokens.counts
            tokens_of_batches.append(tokens)
            batches[at] = self.corrector.restore_slips(batch, tokens)
            room = len(tokens.ids) * (1 + self._tree.most_meanings)
            times.append(dates.TimeRows(np.empty((room, 4), np.int64), np.empty(room), np.zeros(1, np.int64)))
            dates.find_soonest(
                tokens.ids, tokens.tokens_from, self._calendar, days_written[part], days[part], times[-1]
            )
            results = kernel.MessageResults(
                counts[part], days[part], stated_days[part], service[part], services_named[part]
            )
            kernel.read_messages(tokens.ids, tokens.tokens_from, self._tree, self._wishes, results, times[-1])
            # The room is for a time at every word; a million messages would reserve gigabytes that nobody fills.
            used = int(times[-1].used[0])
            times[-1] = dates.TimeRows(times[-1].rows[:used].copy(), times[-1].days[:used].copy(), times[-1].used)
        missing = [at for at, message in enumerate(messages) if message is None]
        if missing:
            word_count[missing] = services_named[missing] = np.nan
        return MessageReadings(
            self._groups,
            counts,
            word_count,
            days,
            stated_days,
            service[:, 0],
            service[:, 1],
            services_named,
            *_join_batches(tokens_of_batches),
            tuple(batches),
            self.label_offsets,
            self,
            days_written,
            _join_times(times, tokens_of_batches),
        )

    def list_times(self, ids: IntArray, written: int) -> list[StatedTime]:
        """List the times that one message states in its words ``ids``, by their place.

        ``written`` counts days since 1970.
        """
        phrases, _ = self._find_phrases(ids)
        stated = self._tree.facts[:, 1]
        times = [
            (begin, float(self._tree.days[meaning]), False) for begin, _, meaning in phrases if stated[meaning] < 0
        ]
        times += [(begin, days, True) for begin, _, days, is_wish in self._find_dates(ids, written) if is_wish]
        words, is_called_off = ids.tolist(), self._find_called_off(ids)
        return [
            StatedTime(
                days,
                bool(is_called_off[begin]) and self._leads_to_new.isdisjoint(words[max(begin - 1, 0) : begin + 1]),
                not self._moves_to.isdisjoint(words[max(begin - 1, 0) : begin]),
                not self._not_before.isdisjoint(words[max(begin - 1, 0) : begin + 3]),
                is_date,
            )
            for begin, days, is_date in sorted(set(times))
        ]

    def _find_called_off(self, ids: IntArray) -> np.ndarray:
        """Find where words before it in its sentence call off a time, or tell that the person has it. Shape (n,), bool.

        Linear in the words: a message may be a megabyte of dates.
        """
        places = np.arange(1, len(ids) + 1)
        last_end, last_called_off = (
            np.maximum.accumulate(np.where(np.isin(ids, list(words)), places, 0))
            for words in ({BAR, *self._asks_for_new}, self._called_off)
        )
        behind = (last_called_off > 0) & (last_called_off >= last_end)
        return np.concatenate([[False], behind[:-1]])

    def read(self, message: str, written: date | None = None) -> MessageReading:
        """Read one message, ``written`` on this day at the practice."""
        readings = self.read_all([message], np.array([written], "datetime64[D]"))
        counts = dict(zip(self._groups, readings.counts[0].tolist(), strict=True))
        _, services = self._find_phrases(self._tokenize([message]).ids)
        named = tuple(dict.fromkeys(service for _, _, service in services if service < self._tree.all_services))
        return MessageReading(counts, int(readings.word_count[0]), float(readings.days[0]), named)

    def find_spans(self, message: str, written: date | None = None, days: float | None = None) -> list[EvidenceSpan]:
        """Find the spans of the message that made its reading, left to right; of several timeframes only one.

        That is the one of ``days``, NaN for none (``text.times.wished_days``); left out, the soonest. Phrases that are
        negated, or silenced by another, have no span.

        >>> reader = MessageReader.of(PhraseLexicon.load_default(), Practice())
        >>> message = "<b>NOT</b> urgent, but I&#39;d like an apointment!"
        >>> [(span.meaning, message[span.start : span.stop]) for span in reader.find_spans(message)]
        [('no_hurry', 'NOT</b> urgent'), ('appointment', 'apointment')]
        """
        reading, tokens = self.read(message, written), self._tokenize([message])
        reading = reading if days is None else replace(reading, days=days)
        ranges = self._find_token_ranges(tokens.ids, reading, written)
        words = locate_words(message)
        spans = {
            EvidenceSpan(meaning, *_locate_range(tokens.word_of[begin:end], words))
            for meaning, pairs in ranges.items()
            if reading.counts.get(meaning, 1)
            for begin, end in pairs
        }
        return sorted(spans, key=lambda span: (span.start, span.stop, span.meaning))

    def _find_token_ranges(
        self, ids: np.ndarray, reading: MessageReading, written: date | None
    ) -> dict[str, set[tuple[int, int]]]:
        """Find the ranges of tokens that count for each meaning of one message."""
        phrases, services = self._find_phrases(ids)
        ranges: dict[str, set[tuple[int, int]]] = defaultdict(set)
        for begin, end, meaning in phrases:
            group = self._tree.facts[meaning, 1]
            if group >= 0:
                ranges[self._groups[group]].add((begin, end))
            elif self._tree.days[meaning] == reading.days:
                ranges["days"].add((begin, end))
        day = _load_kernels()[1].UNKNOWN_DAY if written is None else int(np.datetime64(written, "D").astype(np.int64))
        dates = self._find_dates(ids, day)
        dates = [date for date in dates if date[2] == reading.days]
        # What its words rule out may be wished for after all (``text.times.time_model``): only where nothing else is.
        is_stated = ranges["days"] or any(is_wish for *_, is_wish in dates)
        ranges["days"] |= {(begin, end) for begin, end, _, is_wish in dates if is_wish or not is_stated}
        ranges["service"] |= {(begin, end) for begin, end, _ in self._select_services(services, reading.counts)}
        # After all phrases: a group that others together mean is shown by the words of all of them.
        for all_of, means in self._together:
            if all(ranges[name] for name in all_of):
                ranges[means] = ranges[means].union(*(ranges[name] for name in all_of))
        return ranges

    def _tokenize(self, messages: Sequence[str]) -> Tokens:
        """Split messages into the numbers of their intended words."""
        return self.corrector.correct(TokenizedMessages.of(messages))

    def _find_phrases(self, ids: np.ndarray) -> tuple[list[_PhraseRange], list[_PhraseRange]]:
        """Find one message's phrases that are not negated, and its service names with their positions.

        A phrase is listed once for each group or timeframe that it means.
        """
        kernel, tree = _load_kernels()[0], self._tree
        phrases, meanings = np.empty((len(ids) + 2, 4), np.int64), np.empty(len(ids) * tree.most_meanings + 1, np.int64)
        named = np.empty((len(ids) * tree.most_services + 1, 3), np.int64)
        hits, services = kernel.find_phrases(ids, tree, phrases, meanings, named, np.empty(tree.longest, np.int64))
        counted = []
        # The meanings of a phrase end where those of the next begin; the row behind the last phrase closes the list.
        for (begin, end, low, negated), (_, _, high, _) in pairwise(phrases[: hits + 1].tolist()):
            for meaning in meanings[low:high].tolist():
                kind, _, negatable, _ = tree.facts[meaning].tolist()
                counts_as_group = kind == kernel.GROUP and not (negatable and negated)
                if counts_as_group or (kind == kernel.DAYS and not negated):
                    counted.append((begin, end, meaning))
        return counted, [tuple(row) for row in named[:services].tolist()]

    def _select_services(self, services: list[_PhraseRange], counts: dict[str, int]) -> list[_PhraseRange]:
        """Select the services that one message names; without one, and if it wishes for care, the first that treats."""
        named = [service for service in services if service[2] < self._tree.all_services]
        if named or not any(counts[self._groups[group]] for group in self._wishes):
            return named
        return [service for service in services if service[2] == services[0][2]]

    def _find_dates(self, ids: np.ndarray, day: int) -> list[tuple[int, int, float, bool]]:
        """Find one message's dates and spans that lie ahead: their words, the days, whether no word rules them out."""
        kernel = _load_kernels()[1]
        spans, ahead = np.empty((len(ids) + 1, 3), np.int64), np.empty(len(ids) + 1)
        count = kernel.find_dates(ids, self._calendar, day, spans, ahead)
        rows = zip(spans[:count].tolist(), ahead[:count].tolist(), strict=True)
        return [(begin, end, days, kind == kernel.ON_CALENDAR) for (begin, end, kind), days in rows]


def _join_times(times: Sequence["TimeRows"], batches: Sequence[Tokens]) -> StatedTimes:
    """Return the times of all batches, in the order of their messages and words."""
    rows, days, tokens = [], [], 0
    for number, (of_batch, batch) in enumerate(zip(times, batches, strict=True)):
        used = int(of_batch.used[0])
        if used:
            rows.append(of_batch.rows[:used] + np.array([number * BATCH_SIZE, tokens, tokens, 0]))
            days.append(of_batch.days[:used])
        tokens += len(batch.ids)
    if not rows:
        return _NO_TIMES
    joined, ahead = np.concatenate(rows), np.concatenate(days)
    if len(joined) == 1:
        return StatedTimes(joined, ahead)
    order = np.lexsort((ahead, joined[:, 2], joined[:, 1], joined[:, 0]))
    joined, ahead = joined[order], ahead[order]
    kept = ~_find_contained(joined)
    return StatedTimes(joined[kept], ahead[kept])


_NO_TIMES = StatedTimes(np.empty((0, 4), np.int64), np.empty(0))


def _find_contained(rows: IntArray) -> np.ndarray:
    """Return whether each time is a phrase inside the date beside it: "next week" in "Friday of next week"."""
    is_date = rows[:, 3] == _load_kernels()[1].ON_CALENDAR
    contained = np.zeros(len(rows), bool)
    for phrases, dates in ((slice(1, None), slice(None, -1)), (slice(None, -1), slice(1, None))):
        inner, outer = rows[phrases], rows[dates]
        is_inside = (inner[:, 0] == outer[:, 0]) & (outer[:, 1] <= inner[:, 1]) & (inner[:, 2] <= outer[:, 2])
        contained[phrases] |= ~is_date[phrases] & is_date[dates] & is_inside
    return contained


def _join_batches(batches: Sequence[Tokens]) -> tuple[np.ndarray, np.ndarray]:
    """Return the tokens of all batches, and where those of each message begin."""
    if len(batches) == 1:
        return batches[0].ids, batches[0].tokens_from
    ids, lengths = [np.empty(0, np.int64)], [np.zeros(1, np.int64)]
    for tokens in batches:
        ids.append(tokens.ids)
        lengths.append(np.diff(tokens.tokens_from))
    return np.concatenate(ids), np.cumsum(np.concatenate(lengths))


@cache
def _load_kernels() -> tuple[ModuleType, ModuleType]:
    """Import the compiled loops for phrases and for dates."""
    from features.kernels import date_parser, phrase_matcher

    return phrase_matcher, date_parser


def _build_corrector(
    phrases: PhraseLexicon,
    practice: Practice,
    entries: list[tuple[PhraseSlots, Meaning]],
    time_words: Sequence[str],
) -> SpellCorrector:
    """Build the spell corrector: words of phrases are correct as written, watched ones are recognized misspelled."""
    names = [
        expanded
        for service in practice.services
        for name in phrases.list_service_names(service)
        for expanded in expand_phrase(name, {})
    ]
    service_words = TokenizedMessages.of(names).strings()
    phrase_words = {word for slots, _ in entries for slot in slots for choice in slot for word in choice}
    correct = {*phrases.spelling.get("real_words", ()), *phrase_words}
    joins = {word for word in phrases.negators.get("joins", ()) if " " not in word}
    watched = {*phrases.spelling.get("watched", ()), *service_words}
    others = list_calendar_words(phrases.calendar) | joins
    context = {word for word in time_words if word.isalpha()}
    return SpellCorrector(phrases.spelling.get("same", {}), watched, correct, others, context)


def _list_entries(phrases: PhraseLexicon, practice: Practice) -> list[tuple[PhraseSlots, Meaning]]:
    """List the slots of every phrase, and what it means, in the order of the file."""
    entries = [(phrase, Meaning("group", name)) for name, group in phrases.groups.items() for phrase in group.phrases]
    for kind, part in (("negator", "phrases"), ("after", "after"), ("idle", "idle"), ("turn", "turns")):
        entries += [(phrase, Meaning(kind)) for phrase in phrases.negators.get(part, ())]
    entries += [(phrase, Meaning("days", value=days)) for phrase, days in phrases.timeframes.items()]
    entries += [
        (name, Meaning("service", value=at))
        for at, service in enumerate(practice.services)
        for name in phrases.list_service_names(service)
    ]
    entries += [
        (name, Meaning("treated", value=at))
        for at, service in enumerate(practice.services)
        for name in phrases.list_treated_complaints(service)
    ]
    slots = parse_slots([phrase for phrase, _ in entries], phrases.lists, phrases.spelling.get("same", {}))
    return list(zip(slots, (meaning for _, meaning in entries), strict=True))


def _locate_range(word_of: np.ndarray, words: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """Return the characters of the message that these words came from; -1 stands for an end of the message."""
    spans = [words[word] for word in word_of if word >= 0]
    return min(start for start, _ in spans), max(stop for _, stop in spans)
