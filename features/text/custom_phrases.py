"""Which phrases does this practice add to the shipped ones? A small file beside practice.toml that an intake lead can
edit.

Lives here: the what is wrong with such a file, adding its phrases to the shipped groups.
Does not live here: the shipped phrases and how a message is read (``phrases``), reading the file (``practice_toml``).

    [groups.appointment]              # a group of the shipped file
    phrases = ["get on the books", "(see|meet) the {doctor}"]
    [timeframes]                      # days from the message
    "after harvest" = 90

A practice can add; it cannot take a shipped phrase away, so that no edit can make a red flag silent.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from features.did_you_mean import suggest_name
from features.practice.toml_line_numbers import TomlPath
from features.text.phrase_lexicon import PhraseLexicon, expand_phrase
from features.text.tokenization import normalize_text

__all__ = ["find_faults", "add_custom_phrases"]


def add_custom_phrases(phrases: PhraseLexicon, own: Mapping[str, Any]) -> PhraseLexicon:
    """The phrases with those of a practice's own file (without a fault) added; what stands there already is not added
    twice.

    >>> own = {"groups": {"appointment": {"phrases": ["get on the books"]}}}
    >>> "get on the books" in add_custom_phrases(PhraseLexicon.load_default(), own).groups["appointment"].phrases
    True
    """
    groups = dict(phrases.groups)
    for name, added in own.get("groups", {}).items():
        groups[name] = replace(groups[name], phrases=tuple(dict.fromkeys((*groups[name].phrases, *added["phrases"]))))
    timeframes = {phrase: float(days) for phrase, days in own.get("timeframes", {}).items()}
    return replace(phrases, groups=groups, timeframes=phrases.timeframes | timeframes)


def find_faults(plain: dict[str, Any]) -> list[tuple[TomlPath, str]]:
    """Every fault of such a file: where, and what in words.

    >>> find_faults({"groups": {"appointmnt": {"phrases": ["book me"]}}})
    [(('groups', 'appointmnt'), "is none of the groups of phrases. Did you mean 'appointment'?")]
    """
    shipped = PhraseLexicon.load_default()
    faults: list[tuple[TomlPath, str]] = [
        ((name,), f"is not known here. {suggest_name(name, ('groups', 'timeframes'))}")
        for name in plain
        if name not in ("groups", "timeframes")
    ]
    for part in ("groups", "timeframes"):
        if not isinstance(plain.get(part, {}), dict):
            faults.append(((part,), f"found {plain[part]!r}, expected a [{part}] section."))
    groups, timeframes = (
        plain.get(part) if isinstance(plain.get(part), dict) else {} for part in ("groups", "timeframes")
    )
    for name, group in groups.items():
        faults += _group_faults(name, group, shipped)
    for phrase, days in timeframes.items():
        place = ("timeframes", phrase)
        if isinstance(days, bool) or not isinstance(days, (int, float)) or not 0 <= days <= 3660:
            faults.append((place, f"found {days!r}, expected days from the message, a number from 0 to 3660."))
        faults += _phrase_faults(place, phrase, shipped)
    return faults


def _group_faults(name: str, group: Any, shipped: PhraseLexicon) -> list[tuple[TomlPath, str]]:
    """Faults of one group."""
    place = ("groups", name)
    if name not in shipped.groups:
        return [(place, f"is none of the groups of phrases. {suggest_name(name, shipped.groups)}")]
    if not isinstance(group, dict):
        return [(place, f"found {group!r}, expected a [groups.{name}] section with phrases.")]
    faults: list[tuple[TomlPath, str]] = [
        (
            (*place, key),
            f"is not known here; your file only adds `phrases`, all else of a group stays. {suggest_name(key, ('phrases',))}",
        )
        for key in group
        if key != "phrases"
    ]
    phrases = group.get("phrases")
    if not isinstance(phrases, list):
        return [
            *faults,
            (
                (*place, "phrases"),
                f"found {phrases!r}, expected a list of texts."
                if "phrases" in group
                else "is missing, expected a list of texts.",
            ),
        ]
    for number, phrase in enumerate(phrases, 1):
        faults += _phrase_faults((*place, "phrases", number), phrase, shipped)
    return faults


def _phrase_faults(place: TomlPath, phrase: Any, shipped: PhraseLexicon) -> list[tuple[TomlPath, str]]:
    """Faults of one phrase: it must be a text with words, and name lists that exist."""
    if not isinstance(phrase, str):
        return [(place, f"found {phrase!r}, expected a text in quotes.")]
    written = {name for part in phrase.split("{")[1:] for name in [part.partition("}")[0]]}
    faults = [
        (place, f"names the list {{{name}}}. {suggest_name(name, shipped.lists)}")
        for name in sorted(written - set(shipped.lists))
    ]
    if phrase.count("(") != phrase.count(")") or phrase.count("{") != phrase.count("}"):
        faults.append((place, f"found {phrase!r}, expected every bracket to be closed."))
    if not faults and not any(normalize_text(one).strip("|, ") for one in expand_phrase(phrase, shipped.lists)):
        faults.append((place, f"found {phrase!r}, expected at least one word."))
    return faults
