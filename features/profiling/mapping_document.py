"""How is a proposed mapping written down, with the reason beside each guess?

Lives here: the TOML of a profile, which can be used without changes.
Does not live here: the guesses (``export_profile``), reading it back (``mapping.column_mapping``).
"""

from pathlib import Path
from typing import Any

import tomlkit

from features.profiling.export_profile import ExportProfile
from features.profiling.labels.label_guess import NO_LABEL_WARNING, describe_label

__all__ = ["fold_to_one_line", "render_document"]


def render_document(profile: ExportProfile) -> str:
    """Return the mapping as TOML for ``read_mapping``, with the reason beside each guess."""
    reasons = {finding.column: finding.reason for finding in profile.findings}
    document = tomlkit.document()
    opening = (
        f"Proposed by looking at {Path(profile.path).name} ({profile.rows:,} rows). "
        "Every line is a guess: please check it, then train with it.",
        "A column that is not listed here is used as custom when the file is read, and that is reported.",
        *profile.notes,
        *profile.date_doubts,
    )
    for line in opening:
        document.add(_build_comment(line))
    document.add("version", tomlkit.item(1))
    document.add("keep_on_purpose", tomlkit.item([]))
    document["keep_on_purpose"].comment(
        "columns to use although they are barred; remove them from [leave_out] when you list them here"
    )
    settings = profile.mapping.to_dict()
    if "file" in settings:
        comments = {
            "missing": 'texts that mean "missing" in this export',
            "day_first": "a date has a day above 12",
        }
        document.add("file", _build_section(settings["file"], comments))
    if "dates" in settings:
        described = {column.header: column.describe() for column in profile.dates}
        document.add("dates", _build_formats_section(settings["dates"], described))
    if "numbers" in settings:
        document.add("numbers", _build_formats_section(settings["numbers"], profile.numbers))
    if "answers" in settings:
        described = dict.fromkeys(settings["answers"], "answers that usually mean an empty cell, with what each means")
        document.add("answers", _build_formats_section(settings["answers"], described))
    document.add("leads", _build_leads_section(profile, settings.get("leads", {}), reasons))
    if profile.label:
        comments = {"column": profile.label.reason, "known_at": profile.label.known_at_reason}
        section = _build_section(settings["label"], comments)
        for line in describe_label(profile.label)[1:]:
            section.add(_build_comment(line))
        document.add("label", section)
    if "joined" in settings:
        document.add("joined", _build_joined_section(settings["joined"]))
    for name in ("custom", "leave_out"):
        if name in settings:
            document.add(name, _build_section(settings[name], reasons if name == "custom" else {}))
    return tomlkit.dumps(document)


def _build_leads_section(
    profile: ExportProfile, settings: dict[str, object], reasons: dict[str, str]
) -> tomlkit.items.Table:
    """Build [leads] with the reason beside each line, and a comment for each column that was not found."""
    comments = {column: reasons.get(header, "") for column, header in profile.mapping.leads.items()}
    section = _build_section(settings, comments | {"order_by": profile.order.reason if profile.order else ""})
    absent = {
        "created_at": "No column with the time of the inquiry was found: checks that need a time will not apply.",
        "lead_id": "No column with a unique id was found: ids will be generated from the row numbers.",
    }
    for name, message in absent.items():
        if name not in profile.mapping.leads:
            section.add(_build_comment(message))
    if profile.label is None and not profile.has_outcomes:
        for text in (NO_LABEL_WARNING, *profile.label_doubts):
            section.add(_build_comment(text))
    return section


def _build_section(values: dict[str, object], comments: dict[str, str]) -> tomlkit.items.Table:
    """Build one section of TOML, with a comment beside each line that has one."""
    section = tomlkit.table()
    for name, value in values.items():
        item = tomlkit.item(value)
        if comments.get(name):
            item.comment(fold_to_one_line(comments[name]))
        section.add(name, item)
    return section


def _build_formats_section(formats: dict[str, dict[str, object]], described: dict[str, str]) -> tomlkit.items.Table:
    """Build [dates] or [numbers]: one line for each column, with how it was read beside it."""
    section = tomlkit.table()
    for header, settings in formats.items():
        entry = tomlkit.inline_table()
        entry.update(settings)
        entry.comment(fold_to_one_line(described.get(header, "")))
        section.add(header, entry)
    return section


def _build_joined_section(exports: dict[str, dict[str, Any]]) -> tomlkit.items.Table:
    """Build [joined]: one section for each other export of the folder."""
    section = tomlkit.table(is_super_table=True)
    for file, settings in exports.items():
        entry = tomlkit.table()
        for name, value in settings.items():
            if isinstance(value, dict):
                columns = tomlkit.inline_table()
                columns.update(value)
                entry.add(name, columns)
            else:
                entry.add(name, value)
        if "allow_unmatched" not in settings:
            entry.add(_build_comment("allow_unmatched = true   goes on although under 95% of its rows find a lead"))
        section.add(file, entry)
    return section


def _build_comment(text: str) -> tomlkit.items.Comment:
    """Build a comment on a line of its own."""
    return tomlkit.comment(fold_to_one_line(text))


def fold_to_one_line(text: str) -> str:
    """Fold a text of a file to one line without control characters: it ends no comment and moves no cursor.

    >>> fold_to_one_line("Which\\nservice \\x1b[2J?")
    'Which service [2J?'
    """
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())
