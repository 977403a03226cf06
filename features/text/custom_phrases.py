"""Which phrases does this practice add to those of Leadlight, and which does it switch off?

Lives here: the faults of a small file beside practice.toml, which intake leads may edit, and changing the groups by it.
Does not live here: Leadlight's own phrases (``phrase_lexicon``), reading the file (``practice_file.practice_toml``).

    [groups.appointment]              # a group of Leadlight's phrase file
    phrases = ["get on the books", "(see|meet) the {doctor}"]
    off = ["slots"]                   # a phrase of Leadlight's that means something else here
    [timeframes]                      # days from the message
    "after harvest" = 90

Its sections ``[labels]`` and ``[label_words]`` are what `leadlight readings fit` learned from approved reports.
Phrases of emergencies cannot be switched off, so no edit can silence a red flag. What the learned words of a message
say (``text.label_model``) stays: a phrase that is off adds nothing to it any more.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from features.did_you_mean import suggest_name
from features.practice.toml_line_numbers import TomlPath
from features.text.phrase_lexicon import PhraseLexicon, expand_phrase
from features.text.tokenization import normalize_text

__all__ = ["ALARMING_GROUPS", "MAX_OFFSET", "find_faults", "add_custom_phrases"]

MAX_OFFSET = 3.0
"""A practice may add at most so much to the log-odds of a label, or take it away."""
_PARTS = ("groups", "timeframes", "labels", "label_words")

ALARMING_GROUPS = tuple(
    "red_flag fever wound head_blow head_signs limb hot_swollen no_weight fresh_fall spine violence neck_or_nerves "
    "cancer alarming".split()
)
"""Groups of emergencies. They raise the lane and never a score, and no practice switches them off."""


def add_custom_phrases(phrases: PhraseLexicon, custom: Mapping[str, Any]) -> PhraseLexicon:
    """Return the phrases as a practice's valid file changes them; duplicates are not added twice.

    >>> custom = {"groups": {"appointment": {"phrases": ["get on the books"]}}}
    >>> "get on the books" in add_custom_phrases(PhraseLexicon.load_default(), custom).groups["appointment"].phrases
    True
    """
    groups = dict(phrases.groups)
    for name, changed in custom.get("groups", {}).items():
        remaining = _switch_off(groups[name].phrases, changed.get("off", ()), phrases)
        groups[name] = replace(groups[name], phrases=tuple(dict.fromkeys((*remaining, *changed.get("phrases", ())))))
    timeframes = {phrase: float(days) for phrase, days in custom.get("timeframes", {}).items()}
    offsets = {label: float(offset) for label, offset in custom.get("labels", {}).items()}
    return replace(
        phrases,
        groups=groups,
        timeframes=phrases.timeframes | timeframes,
        label_offsets=offsets,
        label_words=dict(custom.get("label_words", {})),
    )


def _switch_off(shipped: Sequence[str], off: Sequence[str], lexicon: PhraseLexicon) -> list[str]:
    """Return the phrases without those that are off: a compact one is written out where one of its phrases is off.

    >>> _switch_off(["(book|see) me", "slots"], ["see me"], PhraseLexicon.load_default())
    ['book me', 'slots']
    """
    is_off = {normalize_text(phrase) for phrase in off}
    remaining = []
    for phrase in shipped if is_off else ():
        written_out = list(expand_phrase(phrase, lexicon.lists))
        left = [text for text in written_out if normalize_text(text) not in is_off]
        remaining += [phrase] if len(left) == len(written_out) else left
    return remaining if is_off else list(shipped)


def find_faults(content: dict[str, Any]) -> list[tuple[TomlPath, str]]:
    """Find every fault of such a file: where, and what in words.

    >>> find_faults({"groups": {"appointmnt": {"phrases": ["book me"]}}})
    [(('groups', 'appointmnt'), "is none of the groups of phrases. Did you mean 'appointment'?")]
    """
    lexicon = PhraseLexicon.load_default()
    faults: list[tuple[TomlPath, str]] = [
        ((name,), f"is not known here. {suggest_name(name, _PARTS)}") for name in content if name not in _PARTS
    ]
    for part in _PARTS:
        if not isinstance(content.get(part, {}), dict):
            faults.append(((part,), f"found {content[part]!r}, expected a [{part}] section."))
    groups, timeframes, offsets, words = (
        content[part] if isinstance(content.get(part), dict) else {} for part in _PARTS
    )
    for name, group in groups.items():
        faults += _find_group_faults(name, group, lexicon)
    for phrase, days in timeframes.items():
        path = ("timeframes", phrase)
        if isinstance(days, bool) or not isinstance(days, (int, float)) or not 0 <= days <= 3660:
            faults.append((path, f"found {days!r}, expected days from the message, a number from 0 to 3660."))
        faults += _find_phrase_faults(path, phrase, lexicon)
    for label, offset in offsets.items():
        faults += _find_offset_faults(label, offset)
    for label, text in words.items():
        faults += _find_word_faults(label, text)
    return faults


def _find_word_faults(label: str, text: Any) -> list[tuple[TomlPath, str]]:
    """Find the fault of what a practice changes of the weights of a label's words."""
    from features.text.label_reader import RED_FLAG, LabelReader
    from features.text.taught.label_words import find_fault

    labels, path = LabelReader.load_default().labels, ("label_words", label)
    if label not in labels:
        return [(path, f"is none of the labels. {suggest_name(label, labels)}")]
    fault = find_fault(text, label == RED_FLAG)
    return [] if fault is None else [(path, fault)]


def _find_offset_faults(label: str, offset: Any) -> list[tuple[TomlPath, str]]:
    """Find the faults of what a practice adds to a label's log-odds; to an emergency's nothing may be taken away."""
    from features.text.label_reader import RED_FLAG, LabelReader

    labels, path = LabelReader.load_default().labels, ("labels", label)
    if label not in labels:
        return [(path, f"is none of the labels. {suggest_name(label, labels)}")]
    least = 0.0 if label == RED_FLAG else -MAX_OFFSET
    if isinstance(offset, bool) or not isinstance(offset, (int, float)) or not least <= offset <= MAX_OFFSET:
        return [(path, f"found {offset!r}, expected log-odds, a number from {least:g} to {MAX_OFFSET:g}.")]
    return []


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
            "is not known here; your file adds `phrases` and switches some `off`, all else of a group stays. "
            f"{suggest_name(key, ('phrases', 'off'))}",
        )
        for key in group
        if key not in ("phrases", "off")
    ]
    faults += _find_off_faults(name, group.get("off", []), lexicon)
    if "phrases" not in group and "off" in group:
        return faults
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


def _find_off_faults(name: str, off: Any, lexicon: PhraseLexicon) -> list[tuple[TomlPath, str]]:
    """Find the faults of the phrases that a group is to lose: each must be one of Leadlight's, and no emergency."""
    path = ("groups", name, "off")
    if not isinstance(off, list) or not all(isinstance(phrase, str) for phrase in off):
        return [(path, f"found {off!r}, expected a list of texts.")]
    if off and name in ALARMING_GROUPS:
        return [(path, "cannot be: a phrase of an emergency stays, whatever it costs in false alarms.")]
    if not off:
        return []
    shipped = {
        normalize_text(text) for phrase in lexicon.groups[name].phrases for text in expand_phrase(phrase, lexicon.lists)
    }
    return [
        ((*path, number), f"found {phrase!r}, which is none of Leadlight's phrases of {name}.")
        for number, phrase in enumerate(off, 1)
        if normalize_text(phrase) not in shipped
    ]


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
