"""How is each column of numbers of the leads written? Decided once for the whole table, before any row is read.

Lives here: the decision for the mapped columns and the custom ones, what other columns of the file show about a column
that proves nothing itself, the notes.
Does not live here: the decision for one column (``parsing.number_formats``), reading values (``column_conversion``).
"""

from collections.abc import Callable, Iterable
from dataclasses import replace

import pandas as pd

from features.mapping.column_mapping import ROW_NUMBER, Mapping
from features.parsing.column_values import decide_numbers
from features.parsing.number_formats import NumberEvidence, NumberFormat
from features.schema import KIND_OF_CUSTOM, LEADS

__all__ = ["decide_number_columns", "decide_number_formats", "describe_numbers"]


def decide_number_columns(frame: pd.DataFrame, mapping: Mapping) -> tuple[dict[str, NumberFormat], list[str]]:
    """Return header -> how the numbers of each column of the leads are written, and a note for each that needs one.

    What the mapping says about a column stays as it is.
    """
    ours = mapping.match_headers("leads", frame.columns)
    headers = [header for name, header in ours.items() if LEADS.column(name).kind == "number"]
    headers += [header for header, kind in mapping.custom.items() if KIND_OF_CUSTOM[kind] == "number"]
    headers += [mapping.order_by] if mapping.order_by not in (None, ROW_NUMBER) else []
    undecided = [header for header in dict.fromkeys(headers) if header in frame and header not in mapping.numbers]
    decided = decide_number_formats(undecided, lambda header: decide_numbers(frame[header]), mapping.separator)
    notes = []
    for header, (number_format, evidence) in decided.items():
        described = describe_numbers(number_format, evidence)
        if described:
            notes.append(f"leads: column {header!r}: {described}.")
    formats = {header: number_format for header, (number_format, _) in decided.items() if number_format.to_dict()}
    return mapping.numbers | formats, notes


def decide_number_formats(
    headers: Iterable[str], decide: Callable[[str], tuple[NumberFormat, NumberEvidence]], separator: str | None = None
) -> dict[str, tuple[NumberFormat, NumberEvidence]]:
    """Decide the format of each of these columns: header -> (format, evidence).

    A column in which nothing proves the decimal sign follows the other columns of the file, where those agree; without
    any proof, a file with semicolons between its fields has decimal commas.

    Parameters
    ----------
    decide : callable
        Decides one column by itself, such as ``column_values.decide_numbers`` of its values.

    >>> frame = pd.DataFrame({"km": ["12,5", "3"], "cost": ["2,350", "1,100"]})
    >>> {
    ...     name: chosen.decimal
    ...     for name, (chosen, _) in decide_number_formats(frame, lambda x: decide_numbers(frame[x])).items()
    ... }
    {'km': 'comma', 'cost': 'comma'}
    """
    decided = {header: decide(header) for header in headers}
    proven = {number_format.decimal for number_format, _ in decided.values()} - {None}
    if not proven and separator == ";":
        proven = {"comma"}
    for header, (number_format, evidence) in decided.items():
        if number_format.decimal is None and evidence.unclear and proven == {"comma"}:
            decided[header] = replace(number_format, decimal="comma"), evidence
    return decided


def describe_numbers(number_format: NumberFormat, evidence: NumberEvidence) -> str:
    """Return how a column of numbers was read, with the evidence; empty where nothing needs to be said.

    >>> describe_numbers(NumberFormat("comma"), NumberEvidence(commas=3, unclear=2))
    'the comma is the decimal sign (3 of its numbers prove it), so 2,350 is 2.35'
    """
    parts = []
    if number_format.decimal == "mixed":
        parts.append(
            f"PLEASE CHECK: {evidence.commas:,} of its numbers have a decimal comma and {evidence.points:,} a decimal "
            f"point; the {evidence.unclear:,} that can be read both ways, such as 2,350, are not read until "
            "[numbers] in the mapping says decimal"
        )
    elif number_format.decimal == "comma":
        proof = f"{evidence.commas:,} of its numbers prove it" if evidence.commas else "as in the rest of the file"
        parts.append(f"the comma is the decimal sign ({proof}), so 2,350 is 2.35")
    elif number_format.decimal is None and evidence.unclear:
        parts.append(
            f"PLEASE CHECK: no number proves its decimal sign; {evidence.unclear:,} such as 2,350 were read as 2350 "
            "and such as 2.350 as 2.35; say decimal under [numbers] in the mapping if that is wrong"
        )
    if number_format.unit is not None:
        others = evidence.units.total() - evidence.units[number_format.unit]
        parts.append(f"it counts in {number_format.unit}" + (f"; {others:,} numbers have another unit" * bool(others)))
    return "; ".join(parts)
