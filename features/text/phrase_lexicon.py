"""Which words mean what? The phrase file as plain objects.

Lives here: reading ``phrase_lexicon.toml``, its groups of phrases, and expanding its short notation of many phrases.
Does not live here: finding the phrases in a message (``message_reader``), what a message wants (``label_reader``),
dates and spans (``times.time_expressions``), misspelled words (``spell_correction``).
"""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

from features.errors import PracticeError
from features.practice.practice import Service
from features.text.tokenization import normalize_text

__all__ = ["PhraseGroup", "PhraseLexicon", "expand_phrase"]

_CHOICE = re.compile(r"\(([^()]*)\)")
_LISTED = re.compile(r"\{(\w*)\}")


def expand_phrase(phrase: str, lists: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Return every phrase that ``(this|that)`` and ``{name of a list}`` stand for.

    >>> list(expand_phrase("(call|text) my {kin}", {"kin": ["mom"]}))
    ['call my mom', 'text my mom']
    """
    if "{" in phrase:
        for name in _LISTED.findall(phrase):
            phrase = phrase.replace("{" + name + "}", "(" + "|".join(lists[name]) + ")") if name in lists else phrase
    parts = _CHOICE.split(phrase)
    # Odd parts were in brackets: "(call|text) my (mom|dad)" splits into "", "call|text", " my ", "mom|dad", "".
    expanded = map("".join, product(*(part.split("|") if at % 2 else (part,) for at, part in enumerate(parts))))
    # Brackets in brackets: the inner ones are resolved first, the outer ones remain.
    if len(parts) > 1 and any("(" in part for part in parts[::2]):
        return (phrase for outer in expanded for phrase in expand_phrase(outer, {}))
    return expanded


@dataclass(frozen=True)
class PhraseGroup:
    """Phrases of one meaning.

    Parameters
    ----------
    phrases : tuple of str
        As in the file, not expanded.
    negatable : bool
        Whether a negator cancels them.
    silences : tuple of str
        Groups (and ``days``) that the message does not mean once a phrase of this group occurs in it.
    hides : bool
        Whether a phrase of this group hides shorter phrases of other groups inside it ("urgent care" is not urgent).
    """

    phrases: tuple[str, ...]
    negatable: bool
    silences: tuple[str, ...] = ()
    hides: bool = False


@dataclass(frozen=True)
class PhraseLexicon:
    """The phrase file as plain objects.

    Parameters
    ----------
    groups : dict
        Group name -> ``PhraseGroup``.
    negators : dict
        ``phrases`` (before a phrase), ``after`` (behind it), ``idle`` (negators that negate nothing), ``turns`` (such
        as "but"), ``joins`` (words that carry a negator on to the next phrase) -> phrases.
    timeframes : dict
        Phrase -> days from the message.
    lists : dict
        Name -> words that ``{name}`` stands for.
    combinations : tuple of (tuple of str, str)
        Groups that together in one message count as another group.
    calendar, spelling : dict
        As in the file; see ``kernels.date_parser.Calendar`` and ``spell_correction.SpellCorrector``.
    services : tuple of (tuple of str, tuple of str, tuple of str)
        What a practice calls a service, what people call it, and the complaints it treats.
    wishes : tuple of str
        Groups of which one must occur in a message before a complaint counts as asking for a service.
    label_offsets : dict
        Label -> what the practice adds to its log-odds (``text.label_reader``); labels left out stay as they are.
    label_words : dict
        Label -> what the practice changes of its words' weights (``text.taught.label_words``).
    """

    groups: dict[str, PhraseGroup]
    negators: dict[str, tuple[str, ...]]
    timeframes: dict[str, float]
    lists: dict[str, tuple[str, ...]] = field(default_factory=dict)
    combinations: tuple[tuple[tuple[str, ...], str], ...] = ()
    calendar: dict[str, Any] = field(default_factory=dict)
    spelling: dict[str, Any] = field(default_factory=dict)
    services: tuple[tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]], ...] = ()
    wishes: tuple[str, ...] = ()
    label_offsets: dict[str, float] = field(default_factory=dict)
    label_words: dict[str, str] = field(default_factory=dict)

    @classmethod
    @cache
    def load_default(cls) -> "PhraseLexicon":
        """Load the phrases that come with Leadlight, English and Spanish."""
        return cls.from_dict(tomllib.loads(Path(__file__).with_name("phrase_lexicon.toml").read_text(encoding="utf-8")))

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> "PhraseLexicon":
        """Build the lexicon from the layout of ``phrase_lexicon.toml``.

        Raises
        ------
        PracticeError
            If a part is missing or of another shape, or names a group or list that is not there.
        """
        try:
            groups = {
                name: PhraseGroup(
                    tuple(group["phrases"]),
                    bool(group["negatable"]),
                    tuple(group.get("silences", ())),
                    bool(group.get("hides", False)),
                )
                for name, group in content["groups"].items()
            }
            negators = {name: tuple(content["negators"].get(name, ())) for name in ("after", "idle", "turns", "joins")}
            negators["phrases"] = tuple(content["negators"]["phrases"])
            combinations = tuple(
                (tuple(entry["all"]), str(entry["means"])) for entry in content.get("combinations", ())
            )
            lexicon = cls(
                groups,
                negators,
                {str(k): float(v) for k, v in content["timeframes"].items()},
                {name: tuple(choices) for name, choices in content.get("lists", {}).items()},
                combinations,
                content.get("calendar", {}),
                content.get("spelling", {}),
                tuple(
                    (tuple(entry["called"]), tuple(entry["also"]), tuple(entry.get("treats", ())))
                    for entry in content.get("services", ())
                ),
                tuple(content.get("wishes", ())),
                {str(label): float(offset) for label, offset in content.get("labels", {}).items()},
                {str(label): str(words) for label, words in content.get("label_words", {}).items()},
            )
        except (KeyError, TypeError, ValueError, AttributeError) as fault:
            raise PracticeError(
                f"phrases: the file lacks or misstates {fault}. Expected [negators], [groups.NAME] with phrases and "
                "negatable, and [timeframes] with days; compare with features/text/phrase_lexicon.toml."
            ) from None
        lexicon._check_names()
        return lexicon

    def _check_names(self) -> None:
        """Raise a PracticeError when a group or list is named that does not exist."""
        group_names = (
            {name for group in self.groups.values() for name in group.silences}
            | {name for all_of, means in self.combinations for name in (*all_of, means)}
            | set(self.wishes)
        )
        lists = {name for group in self.groups.values() for phrase in group.phrases for name in _LISTED.findall(phrase)}
        undefined = sorted(group_names - set(self.groups) - {"days"}) + sorted(
            "{" + name + "}" for name in lists - set(self.lists)
        )
        if undefined:
            raise PracticeError(
                f"phrases: the file names {undefined}, which it does not define. Expected names of [groups] (or days) "
                "and of [lists]; fix the spelling."
            )

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON; ``from_dict`` reads them."""
        return {
            "groups": {
                name: {
                    "phrases": list(group.phrases),
                    "negatable": group.negatable,
                    "silences": list(group.silences),
                    "hides": group.hides,
                }
                for name, group in self.groups.items()
            },
            "negators": {name: list(phrases) for name, phrases in self.negators.items()},
            "timeframes": dict(self.timeframes),
            "lists": {name: list(choices) for name, choices in self.lists.items()},
            "combinations": [{"all": list(all_of), "means": means} for all_of, means in self.combinations],
            "calendar": self.calendar,
            "spelling": self.spelling,
            "services": [
                {"called": list(called), "also": list(also), "treats": list(treats)}
                for called, also, treats in self.services
            ],
            "wishes": list(self.wishes),
            "labels": dict(self.label_offsets),
            **({"label_words": dict(self.label_words)} if self.label_words else {}),
        }

    def list_service_names(self, service: Service) -> tuple[str, ...]:
        """List what people call this service: its name, the practice's synonyms, and the names of ``[[services]]``.

        >>> "knee replaced" in PhraseLexicon.load_default().list_service_names(Service("Total knee"))
        True
        """
        return (service.name, *service.also_called, *(name for also, _ in self._find_entries(service) for name in also))

    def list_treated_complaints(self, service: Service) -> tuple[str, ...]:
        """List the complaints that this service treats.

        >>> "(my|his|her) shoulder" in PhraseLexicon.load_default().list_treated_complaints(Service("Shoulder care"))
        False
        """
        return tuple(complaint for _, treats in self._find_entries(service) for complaint in treats)

    def _find_entries(self, service: Service) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
        """Find the entries of ``[[services]]`` for a service by this name: (names, complaints)."""
        names = {normalize_text(name) for name in (service.name, *service.also_called)}
        return [(also, treats) for called, also, treats in self.services if names & set(called)]
