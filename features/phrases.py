"""Which words mean what? The phrase file, and the reader that finds all its phrases in one pass over a message.

Lives here: reading ``phrases.toml``, normalising text, phrase groups with negation, the practice's services found by their names.
Does not live here: dates and spans (``timeframes``), misspelt words (``spelling``), what a found phrase says about a lead (``signals``),
running over a batch (``blocks.text``).
"""

import html
import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import ahocorasick

from features.errors import PracticeError
from features.practice import Practice, Service
from features.spelling import Spelling
from features.timeframes import Calendar

__all__ = ["Group", "Phrases", "Reader", "Reading", "expanded", "plain_words"]

NEGATION_REACH_WORDS = 4
"""A negator counts when it stands at most this many words before the phrase, in the same clause."""

_TAG = re.compile(r"<[^<>]{0,500}>")
_SENTENCE_END = re.compile(r"(?<!\bdr)(?<!\bmr)(?<!\bmrs)(?<!\bdra)[.!?;\n]+|:\s")
_NOT_WORD = re.compile(r"[^\w|,]+|_+")
_COMMA = re.compile(r"(?<!\d),|,(?!\d)")
_NUMERIC_DATE = re.compile(r"\b(on|by|before|until|till|after) (1[0-2]|0?[1-9])/([0-3]?\d)\b")
_MONTHS = ("", "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december")
_CHOICE = re.compile(r"\(([^()]*)\)")
_NEVER_READ = re.compile(r"a\.s\.a\.p\.?")


def plain_words(text: str) -> str:
    """Lower-case words without accents, markup or punctuation, one space between; ``|`` stands where a sentence ends, ``,`` for a comma.

    >>> plain_words("<b>NOT</b> urgent!! Mañana, don't")
    'not urgent | manana , dont'
    """
    if "&" in text or "<" in text:
        text = _TAG.sub(" ", html.unescape(text))
    text = text.replace("|", " ").casefold()
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text).replace("\u2019", "'").casefold()
        text = "".join(letter for letter in text if not unicodedata.combining(letter))
    if "/" in text:
        text = _NUMERIC_DATE.sub(lambda found: f"{found[1]} {_MONTHS[int(found[2])]} {found[3]}", text)
    text = _NEVER_READ.sub("asap", text).replace("n't", "nt")
    return _NOT_WORD.sub(" ", _SENTENCE_END.sub(" | ", _COMMA.sub(" , ", text))).strip()


def expanded(phrase: str, lists: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Every phrase that ``(this|that)`` and ``{name of a list}`` stand for.

    >>> list(expanded("(call|text) my {kin}", {"kin": ["mom"]}))
    ['call my mom', 'text my mom']
    """
    for name, words in lists.items():
        phrase = phrase.replace("{" + name + "}", "(" + "|".join(words) + ")")
    choice = _CHOICE.search(phrase)
    if choice is None:
        yield phrase
        return
    for one in choice[1].split("|"):
        yield from expanded(phrase[: choice.start()] + one + phrase[choice.end() :], {})


@dataclass(frozen=True)
class Group:
    """Phrases of one meaning.

    Parameters
    ----------
    phrases : tuple of str
        As written in the file, not expanded.
    negatable : bool
        Whether a negator cancels them.
    silences : tuple of str
        Groups (and ``days``) that the message does not mean once a phrase of this group stands in it.
    hides : bool
        Whether a phrase of this group hides shorter phrases of other groups inside it ("urgent care" is not urgent).
    """

    phrases: tuple[str, ...]
    negatable: bool
    silences: tuple[str, ...] = ()
    hides: bool = False


@dataclass(frozen=True)
class Phrases:
    """The phrase file as plain objects.

    Parameters
    ----------
    groups : dict
        Group name -> ``Group``.
    negators : dict
        ``phrases`` (before a phrase), ``after`` (behind it), ``idle`` (negators that negate nothing), ``turns`` (where a sentence turns),
        ``joins`` (words that carry a negator over to the next phrase) -> phrases.
    timeframes : dict
        Phrase -> days from the message.
    lists : dict
        Name -> words that ``{name}`` stands for.
    combinations : tuple of (tuple of str, str)
        Groups that together in one message count as another group.
    calendar, spelling : dict
        As in the file; see ``timeframes.Calendar`` and ``spelling.Spelling``.
    services : tuple of (tuple of str, tuple of str)
        What a practice calls a service, and what people say who mean it.
    """

    groups: dict[str, Group]
    negators: dict[str, tuple[str, ...]]
    timeframes: dict[str, float]
    lists: dict[str, tuple[str, ...]] = field(default_factory=dict)
    combinations: tuple[tuple[tuple[str, ...], str], ...] = ()
    calendar: dict[str, Any] = field(default_factory=dict)
    spelling: dict[str, Any] = field(default_factory=dict)
    services: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = ()

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
            If a part is missing or of another shape, or names a group or list that is not there.
        """
        try:
            groups = {
                name: Group(tuple(group["phrases"]), bool(group["negatable"]), tuple(group.get("silences", ())), bool(group.get("hides", False)))
                for name, group in plain["groups"].items()
            }
            negators = {name: tuple(plain["negators"].get(name, ())) for name in ("after", "idle", "turns", "joins")}
            negators["phrases"] = tuple(plain["negators"]["phrases"])
            together = tuple((tuple(one["all"]), str(one["means"])) for one in plain.get("combinations", ()))
            made = cls(
                groups, negators, {str(k): float(v) for k, v in plain["timeframes"].items()},
                {name: tuple(words) for name, words in plain.get("lists", {}).items()}, together, plain.get("calendar", {}), plain.get("spelling", {}),
                tuple((tuple(one["called"]), tuple(one["also"])) for one in plain.get("services", ())),
            )  # fmt: skip
        except (KeyError, TypeError, ValueError, AttributeError) as fault:
            raise PracticeError(
                f"phrases: the file lacks or misstates {fault}. Expected [negators], [groups.NAME] with phrases and negatable, "
                "and [timeframes] with days; compare with features/phrases.toml."
            ) from None
        made._must_name_what_exists()
        return made

    def _must_name_what_exists(self) -> None:
        named = {name for group in self.groups.values() for name in group.silences} | {name for all_of, means in self.combinations for name in (*all_of, means)}
        lists = {name for group in self.groups.values() for phrase in group.phrases for name in re.findall(r"\{(\w*)\}", phrase)}
        wrong = sorted(named - set(self.groups) - {"days"}) + sorted("{" + name + "}" for name in lists - set(self.lists))
        if wrong:
            raise PracticeError(f"phrases: the file names {wrong}, which it does not define. Expected names of [groups] (or days) and of [lists]; mend the spelling.")

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON; ``from_dict`` takes them back."""
        return {
            "groups": {
                name: {"phrases": list(group.phrases), "negatable": group.negatable, "silences": list(group.silences), "hides": group.hides}
                for name, group in self.groups.items()
            },
            "negators": {name: list(phrases) for name, phrases in self.negators.items()},
            "timeframes": dict(self.timeframes),
            "lists": {name: list(words) for name, words in self.lists.items()},
            "combinations": [{"all": list(all_of), "means": means} for all_of, means in self.combinations],
            "calendar": self.calendar,
            "spelling": self.spelling,
            "services": [{"called": list(called), "also": list(also)} for called, also in self.services],
        }

    def names_of(self, service: Service) -> tuple[str, ...]:
        """What people call this service: its name, the practice's own synonyms, and the words of ``[[services]]`` for a service so called.

        >>> "knee replaced" in Phrases.shipped().names_of(Service("Total knee"))
        True
        """
        own = {plain_words(name) for name in (service.name, *service.also_called)}
        return (service.name, *service.also_called, *(word for called, also in self.services if own & set(called) for word in also))


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
            for phrase in phrases.names_of(service):
                add(phrase, "service", "", position)
                watched.update(word for one in expanded(phrase, {}) for word in plain_words(one).split())
        return cls(phrases, entries, Spelling(same, watched, known))

    def read(self, message: str, written: date | None = None) -> Reading:
        """What one message says, ``written`` on this day at the practice."""
        plain = plain_words(message)
        text = f" ^ {self._spelling.meant(plain.rstrip(' |,'))} $ "
        found, services = self._found(text)
        counts, days = self._none.copy(), list(self._calendar.days(text, written))
        for (_, _, meanings), negated in zip(found, self._negated(text, found), strict=True):
            for what, name, value in meanings:
                if what == "group" and not (value and negated):
                    counts[name] += 1
                elif what == "days" and not negated:
                    days.append(value)
        for all_of, means in self._together:
            counts[means] += all(counts[name] for name in all_of)
        for name in [name for name in self._silences if counts[name]]:
            for silenced in self._silences[name]:
                if silenced == "days":
                    days = []
                else:
                    counts[silenced] = 0
        return Reading(counts, sum(word not in "|," for word in plain.split()), min(days, default=float("nan")), services)

    def _found(self, text: str) -> tuple[list[Hit], tuple[int, ...]]:
        """Found phrases as (start, end, meanings), left to right; and the services, first named first. A longer phrase hides those inside it, but for
        phrases of other groups, which it takes over unless its own group hides them."""
        others, services = [], []
        for last, (length, meanings, named) in self._automaton.iter(text):
            if meanings:
                others.append((last - length, last, meanings))
            if named:
                services.append((last - length, last, named))
        first_named = dict.fromkeys(position for _, _, named in self._longest(services) for _, _, position in named)
        return self._longest(others), tuple(first_named)

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
