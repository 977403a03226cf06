"""Which words mean what? The phrase file as plain objects.

Lives here: reading ``phrases.toml``, its groups of phrases, and what its short forms of many phrases stand for.
Does not live here: finding the phrases in a message (``reader``), dates and spans (``timeframes``), misspelt words
(``spelling``)."""

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
    """Every phrase that ``(this|that)`` and ``{name of a list}`` stand for.

    >>> list(expand_phrase("(call|text) my {kin}", {"kin": ["mom"]}))
    ['call my mom', 'text my mom']
    """
    if "{" in phrase:
        for name in _LISTED.findall(phrase):
            phrase = phrase.replace("{" + name + "}", "(" + "|".join(lists[name]) + ")") if name in lists else phrase
    parts = _CHOICE.split(phrase)
    written = map("".join, product(*(part.split("|") if at % 2 else (part,) for at, part in enumerate(parts))))
    if len(parts) > 1 and any("(" in part for part in parts[::2]):  # brackets in brackets
        return (one for several in written for one in expand_phrase(several, {}))
    return written


@dataclass(frozen=True)
class PhraseGroup:
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
class PhraseLexicon:
    """The phrase file as plain objects.

    Parameters
    ----------
    groups : dict
        Group name -> ``PhraseGroup``.
    negators : dict
        ``phrases`` (before a phrase), ``after`` (behind it), ``idle`` (negators that negate nothing), ``turns`` (where
        a sentence turns), ``joins`` (words that carry a negator over to the next phrase) -> phrases.
    timeframes : dict
        Phrase -> days from the message.
    lists : dict
        Name -> words that ``{name}`` stands for.
    combinations : tuple of (tuple of str, str)
        Groups that together in one message count as another group.
    calendar, spelling : dict
        As in the file; see ``timeframes.Calendar`` and ``spelling.Spelling``.
    services : tuple of (tuple of str, tuple of str, tuple of str)
        What a practice calls a service, what people say who mean it, and what people want seen to whom it treats.
    wishes : tuple of str
        Groups of which one must stand in a message before what it wants seen to asks for a service.
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

    @classmethod
    @cache
    def load_default(cls) -> "PhraseLexicon":
        """The phrases that come with Leadlight, English and Spanish."""
        return cls.from_dict(tomllib.loads(Path(__file__).with_name("phrase_lexicon.toml").read_text(encoding="utf-8")))

    @classmethod
    def from_dict(cls, plain: dict[str, Any]) -> "PhraseLexicon":
        """The phrases in the layout of ``phrases.toml``.

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
                for name, group in plain["groups"].items()
            }
            negators = {name: tuple(plain["negators"].get(name, ())) for name in ("after", "idle", "turns", "joins")}
            negators["phrases"] = tuple(plain["negators"]["phrases"])
            together = tuple((tuple(one["all"]), str(one["means"])) for one in plain.get("combinations", ()))
            made = cls(
                groups,
                negators,
                {str(k): float(v) for k, v in plain["timeframes"].items()},
                {name: tuple(words) for name, words in plain.get("lists", {}).items()},
                together,
                plain.get("calendar", {}),
                plain.get("spelling", {}),
                tuple(
                    (tuple(one["called"]), tuple(one["also"]), tuple(one.get("treats", ())))
                    for one in plain.get("services", ())
                ),
                tuple(plain.get("wishes", ())),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as fault:
            raise PracticeError(
                f"phrases: the file lacks or misstates {fault}. Expected [negators], [groups.NAME] with phrases and negatable, "
                "and [timeframes] with days; compare with features/text/phrase_lexicon.toml."
            ) from None
        made._must_name_what_exists()
        return made

    def _must_name_what_exists(self) -> None:
        named = (
            {name for group in self.groups.values() for name in group.silences}
            | {name for all_of, means in self.combinations for name in (*all_of, means)}
            | set(self.wishes)
        )
        lists = {name for group in self.groups.values() for phrase in group.phrases for name in _LISTED.findall(phrase)}
        wrong = sorted(named - set(self.groups) - {"days"}) + sorted(
            "{" + name + "}" for name in lists - set(self.lists)
        )
        if wrong:
            raise PracticeError(
                f"phrases: the file names {wrong}, which it does not define. Expected names of [groups] (or days) and of [lists]; mend the spelling."
            )

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON; ``from_dict`` takes them back."""
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
            "lists": {name: list(words) for name, words in self.lists.items()},
            "combinations": [{"all": list(all_of), "means": means} for all_of, means in self.combinations],
            "calendar": self.calendar,
            "spelling": self.spelling,
            "services": [
                {"called": list(called), "also": list(also), "treats": list(treats)}
                for called, also, treats in self.services
            ],
            "wishes": list(self.wishes),
        }

    def list_service_names(self, service: Service) -> tuple[str, ...]:
        """What people call this service: its name, the practice's own synonyms, and the words of ``[[services]]`` for a
        service so called.

        >>> "knee replaced" in PhraseLexicon.load_default().list_service_names(Service("Total knee"))
        True
        """
        return (service.name, *service.also_called, *(word for also, _ in self._meant_by(service) for word in also))

    def list_treated_complaints(self, service: Service) -> tuple[str, ...]:
        """What people want seen to whom this service treats.

        >>> "(my|his|her) shoulder" in PhraseLexicon.load_default().list_treated_complaints(Service("Shoulder care"))
        False
        """
        return tuple(word for _, treats in self._meant_by(service) for word in treats)

    def _meant_by(self, service: Service) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
        own = {normalize_text(name) for name in (service.name, *service.also_called)}
        return [(also, treats) for called, also, treats in self.services if own & set(called)]
