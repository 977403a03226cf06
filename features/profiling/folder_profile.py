"""What is in this folder of exports, and how do they fit together?

Lives here: which file holds the leads, which others are joined to them, and the mapping of all.
Does not live here: the leads' own columns (``export_profile``), the columns of the others (``export_roles``), joining
(``features.joins``).
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from features.errors import DataError, MappingError
from features.joins.export_join import ExportJoin, JoinedRows
from features.joins.folder_tables import join_export, read_joining_columns
from features.joins.lead_contacts import LeadContacts
from features.mapping.column_mapping import Mapping
from features.mapping.joined_exports import JoinedExport
from features.parsing.scalars import MISSING
from features.practice.practice import Practice
from features.profiling.export_profile import ExportProfile, profile_export
from features.profiling.export_roles import classify_appointment, find_keys, propose_export
from features.profiling.joined_outcomes import label_rows
from features.readers.json_files import JSON_SUFFIXES
from features.readers.raw_files import RawFrame, get_suffix, read_frame
from features.schema import TABLES
from features.tables.leads_table import LeadTable, decide_columns

__all__ = ["FolderProfile", "profile_folder"]


@dataclass(frozen=True)
class FolderProfile:
    """Hold the profile of the leads of a folder, with how its other exports are joined to them.

    Parameters
    ----------
    leads : ExportProfile
        Its mapping is that of the whole folder.
    lines : tuple of str
        What was found about the other exports, one sentence each.
    joins : tuple of ExportJoin
    """

    leads: ExportProfile
    lines: tuple[str, ...]
    joins: tuple[ExportJoin, ...]


def profile_folder(folder: Path) -> FolderProfile:
    """Profile a folder of exports: leads, and call logs and appointment lists to be joined to them. Nothing is written.

    Raises
    ------
    DataError
        If no file can be told to hold the leads, or a file cannot be read.
    """
    raws, unread = _read_exports(folder)
    tables = {name for name in raws if _get_stem(name) in TABLES}
    others = {name: propose_export(raw.frame, MISSING) for name, raw in raws.items() if name not in tables}
    leads_file = _find_leads(folder, tables, others)
    proposals = {name: proposal for name, proposal in others.items() if proposal is not None and name != leads_file}
    profile = profile_export(folder / leads_file, raws[leads_file])
    mapping = replace(profile.mapping, leads_file=None if _get_stem(leads_file) == "leads" else leads_file)
    lines, joins, joined = [f"The leads are those of {leads_file}.", *unread], [], {}
    appointments: list[JoinedRows] = []
    has_outcomes = any(_get_stem(name) == "outcomes" for name in tables)
    if proposals or has_outcomes:
        contact_columns = _read_contact_columns(raws[leads_file], leads_file, mapping)
    if proposals:
        contacts = LeadContacts(contact_columns.frame)
        for name, (proposed, product) in proposals.items():
            title = "" if product is None else f" ({product.product.title})"
            export = find_keys(raws[name].frame, proposed, contacts, MISSING)
            lines.append(f"{name}{title}: {_describe_columns(export)}")
            if not export.keys or not {"occurred_at", "recorded_at"} & {*export.columns}:
                lines.append(
                    f"QUESTION about {name}: it has no contact or no date that can be read, and is not joined."
                )
                continue
            joined[name] = export
            rows, join_lines = _try_join(name, raws[name], export, contacts, mapping)
            joins += [rows.join] if rows is not None else []
            appointments += [rows] if rows is not None and export.becomes == "outcomes" else []
            lines += join_lines
    unused = [name for name in others if name != leads_file and name not in joined]
    if unused:
        lines.append(f"Not used: {', '.join(unused)}: neither a call log nor an appointment list.")
    has_outcomes = has_outcomes or any(export.becomes == "outcomes" for export in joined.values())
    mapping = replace(mapping, joined=joined)
    if has_outcomes:
        outcomes = next((raws[name] for name in tables if _get_stem(name) == "outcomes"), None)
        outcome = label_rows(contact_columns, outcomes, appointments, mapping)
        # Now that it is known what became of each lead, its columns are judged by that.
        profile = profile_export(folder / leads_file, raws[leads_file], outcome)
        mapping = replace(profile.mapping, leads_file=mapping.leads_file, joined=joined)
        lines.append(
            f"Columns are judged by these outcomes: {int((outcome == 1).sum()):,} leads booked, "
            f"{int((outcome == 0).sum()):,} did not, {int(np.isnan(outcome).sum()):,} are not decided yet."
        )
        profile, mapping = _drop_label(profile, mapping, lines)
    complete = replace(
        profile, mapping=mapping, notes=(*profile.notes, *lines), path=str(folder), has_outcomes=has_outcomes
    )
    return FolderProfile(complete, tuple(lines), tuple(joins))


def _try_join(
    name: str, raw: RawFrame, export: JoinedExport, contacts: LeadContacts, mapping: Mapping
) -> tuple[JoinedRows | None, list[str]]:
    """Join one export and say what came of it; a column of dates that nobody can read is a question."""
    try:
        rows = join_export(name, raw, export, contacts, mapping, Practice())
    except MappingError as question:
        return None, [f"QUESTION about {question}"]
    join = rows.join
    lines = [f"  {line}" for line in (*join.format_lines(), *(f"{name}: {note}" for note in join.notes))]
    return rows, lines + _describe_statuses(name, export, raw, join)


def _read_exports(folder: Path) -> tuple[dict[str, RawFrame], list[str]]:
    """Read the exports of a folder; return them by name, and a line for each JSON file that holds no table."""
    raws, unread = {}, []
    for file in sorted(folder.iterdir()):
        if not _is_export(file):
            continue
        try:
            raws[file.name] = read_frame(file)
        except DataError as fault:
            # Programs leave JSON of all kinds beside exports.
            if get_suffix(file) not in JSON_SUFFIXES or _get_stem(file.name) in TABLES:
                raise
            unread.append(f"Not read: {fault}")
    return raws, unread


def _is_export(file: Path) -> bool:
    """Return whether a file of the folder can hold a table."""
    return file.is_file() and get_suffix(file) is not None and not file.name.startswith((".", "_", "~"))


def _get_stem(name: str) -> str:
    """Return the name of a file without its suffix, in lower case."""
    return name[: -len(get_suffix(Path(name)) or "")].lower()


def _find_leads(folder: Path, tables: set[str], others: dict[str, Any]) -> str:
    """Return the file that holds the leads: leads.*, or the one that is no call log and no appointment list."""
    named_leads = [name for name in tables if _get_stem(name) == "leads"]
    remaining = named_leads or [name for name, proposal in others.items() if proposal is None]
    if not remaining:
        # A practice without a CRM has its inquiries in the call log.
        remaining = [name for name, proposal in others.items() if proposal[0].becomes == "events"]
    if len(remaining) == 1:
        return remaining[0]
    listed = ", ".join(sorted(remaining or {*tables, *others})) or "no files"
    raise DataError(
        f"{folder}: which file holds the leads? It has {listed}. Name the file with one row per lead leads.csv (or "
        "another ending), or move the others away."
    )


def _read_contact_columns(raw: RawFrame, name: str, mapping: Mapping) -> LeadTable:
    """Return the leads with the columns by which other exports find them."""
    completed, _ = decide_columns(raw.frame, mapping, scoring=True)
    return read_joining_columns(raw, name, completed, Practice())


def _describe_columns(export: JoinedExport) -> str:
    """Say what an export becomes and by which columns."""
    keys = ", ".join(f"{key} = {header!r}" for key, header in export.keys.items()) or "nothing"
    columns = ", ".join(f"{role} = {header!r}" for role, header in export.columns.items()) or "nothing"
    return f"becomes {export.becomes}, joined by {keys}; {columns}."


def _describe_statuses(name: str, export: JoinedExport, raw: RawFrame, join: ExportJoin) -> list[str]:
    """Say what each status of an appointment list counts as, and ask about those that are not placed."""
    status = export.columns.get("status")
    if status is None:
        return []
    meanings = {"booked": "booked", "attended": "booked, and came", "not_booked": "no booking", None: "?"}
    counts = raw.frame[status].value_counts().head(40)
    lines = [
        f"  {str(value)!r} ({count:,} rows) -> {meanings[classify_appointment(str(value))]}"
        for value, count in counts.items()
        if str(value).strip()
    ]
    if join.undecided:
        listed = ", ".join(repr(text) for text in list(join.undecided)[:8])
        lines.append(
            f"QUESTION about {name}: does {listed} mean that a visit was booked? Nothing can be trained until you add "
            f"it to booked, attended or not_booked under [joined.{name!r}]."
        )
    return lines


def _drop_label(profile: ExportProfile, mapping: Mapping, lines: list[str]) -> tuple[ExportProfile, Mapping]:
    """Return profile and mapping without the label of the leads, since the outcomes say what became of them."""
    column = mapping.label_column
    if column is None:
        return profile, mapping
    lines.append(
        f"{column!r} says what became of the leads too; the outcomes are used in its place. To learn from it instead, "
        "remove the section under [joined] that becomes outcomes and inspect the leads alone."
    )
    reason = "says what became of the lead; the outcomes are used in its place"
    known_at = {} if mapping.label_known_at is None else {mapping.label_known_at: reason}
    used = {*mapping.leads.values(), *mapping.custom}
    left_out = {name: why for name, why in ({column: reason} | known_at).items() if name not in used}
    return replace(profile, label=None), replace(
        mapping,
        label_column=None,
        label_known_at=None,
        booked=(),
        not_booked=(),
        open=(),
        label_final=None,
        label_open_days=None,
        label_initial=(),
        leave_out=mapping.leave_out | left_out,
    )
