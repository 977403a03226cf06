"""Which phrases does this practice add to those of Leadlight? A small file beside practice.toml.

Lives here: the faults of such a file, which intake leads may edit, and adding its phrases to the groups.
Does not live here: Leadlight's own phrases (``phrase_lexicon``), reading the file (``practice_file.practice_toml``).

    [groups.appointment]              # a group of Leadlight's phrase file
    phrases = ["get on the books", "(see|meet) the {doctor}"]
    [timeframes]                      # days from the message
    "after harvest" = 90

A practice can only add. It cannot remove a phrase of Leadlight's, so no edit can silence a red flag.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from features.did_you_mean import suggest_name
from features.practice.toml_line_numbers import TomlPath
from features.text.phrase_lexicon import PhraseLexicon, expand_phrase
from features.text.tokenization import normalize_text

__all__ = ["find_faults", "add_custom_phrases"]


def add_custom_phrases(phrases: PhraseLexicon, custom: Mapping[str, Any]) -> PhraseLexicon:
    """Return the phrases with those of a practice's valid file added; duplicates are not added twice.

    >>> custom = {"groups": {"appointment": {"phrases": ["get on the books"]}}}
    >>> "get on the books" in add_custom_phrases(PhraseLexicon.load_default(), custom).groups["appointment"].phrases
    True
    """
    groups = dict(phrases.groups)
    for name, added in custom.get("groups", {}).items():
        groups[name] = replace(groups[name], phrases=tuple(dict.fromkeys((*groups[name].phrases, *added["phrases"]))))
    timeframes = {phrase: float(days) for phrase, days in custom.get("timeframes", {}).items()}
    return replace(phrases, groups=groups, timeframes=phrases.timeframes | timeframes)


def find_faults(content: dict[str, Any]) -> list[tuple[TomlPath, str]]:
    """Find every fault of such a file: where, and what in words.

    >>> find_faults({"groups": {"appointmnt": {"phrases": ["book me"]}}})
    [(('groups', 'appointmnt'), "is none of the groups of phrases. Did you mean 'appointment'?")]
    """
    lexicon = PhraseLexicon.load_default()
    faults: list[tuple[TomlPath, str]] = [
        ((name,), f"is not known here. {suggest_name(name, ('groups', 'timeframes'))}")
        for name in content
        if name not in ("groups", "timeframes")
    ]
    for part in ("groups", "timeframes"):
        if not isinstance(content.get(part, {}), dict):
            faults.append(((part,), f"found {content[part]!r}, expected a [{part}] section."))
    groups, timeframes = (
        content[part] if isinstance(content.get(part), dict) else {} for part in ("groups", "timeframes")
    )
    for name, group in groups.items():
        faults += _find_group_faults(name, group, lexicon)
    for phrase, days in timeframes.items():
        path = ("timeframes", phrase)
        if isinstance(days, bool) or not isinstance(days, (int, float)) or not 0 <= days <= 3660:
            faults.append((path, f"found {days!r}, expected days from the message, a number from 0 to 3660."))
        faults += _find_phrase_faults(path, phrase, lexicon)
    return faults


def _find_group_faults(name: str, group: Any, lexicon: PhraseLexicon) -> list[tuple[TomlPath, str]]:
    """Find the faults of one group."""
    path = ("groups", name)
    if name not in lexicon.groups:
        return [(path, f"is none of the groups of phrases. {suggest_name(name, lexicon.groups)}")]
    if not isinstance(group, dict):
        return [(path, f"found {group!r}, expected a [groups.{name}] section with phrases.")]
    faults: list[tuple[TomlPath, str]] = [
        (
            (*path, key),
            "is not known here; your file only adds `phrases`, all else of a group stays. "
            f"{suggest_name(key, ('phrases',))}",
        )
        for key in group
        if key != "phrases"
    ]
    phrases = group.get("phrases")
    if not isinstance(phrases, list):
        return [
            *faults,
            (
                (*path, "phrases"),
                f"found {phrases!r}, expected a list of texts."
                if "phrases" in group
                else "is missing, expected a list of texts.",
            ),
        ]
    for number, phrase in enumerate(phrases, 1):
        faults += _find_phrase_faults((*path, "phrases", number), phrase, lexicon)
    return faults


def _find_phrase_faults(path: TomlPath, phrase: Any, lexicon: PhraseLexicon) -> list[tuple[TomlPath, str]]:
    """Find the faults of one phrase: it must be a text with words, and only name lists that exist."""
    if not isinstance(phrase, str):
        return [(path, f"found {phrase!r}, expected a text in quotes.")]
    names = {name for part in phrase.split("{")[1:] for name in [part.partition("}")[0]]}
    faults = [
        (path, f"names the list {{{name}}}. {suggest_name(name, lexicon.lists)}")
        for name in sorted(names - set(lexicon.lists))
    ]
    if phrase.count("(") != phrase.count(")") or phrase.count("{") != phrase.count("}"):
        faults.append((path, f"found {phrase!r}, expected every bracket to be closed."))
    if not faults and not any(normalize_text(text).strip("|, ") for text in expand_phrase(phrase, lexicon.lists)):
        faults.append((path, f"found {phrase!r}, expected at least one word."))
    return faults
