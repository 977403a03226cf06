"""Which mapping do the guesses about an export make, and what is said of them?

Lives here: the guesses about a file as a whole, the mapping they make, what a person must decide, the notes.
Does not live here: the guesses themselves (``column_matching``, ``date_columns``, ``labels``), the TOML
(``mapping_document``).
"""

from dataclasses import dataclass

from features.mapping.column_mapping import Mapping
from features.mapping.products import ProductMatch
from features.parsing.dates.date_format_decision import DateFormat
from features.parsing.number_formats import NumberEvidence, NumberFormat
from features.profiling.column_roles import ColumnFinding
from features.profiling.created_at_choice import CreatedAtChoice
from features.profiling.date_columns import DateColumn
from features.profiling.labels.label_guess import LabelGuess
from features.profiling.none_answers import NoneAnswers
from features.profiling.order_guess import OrderGuess
from features.readers.raw_files import RawFrame

__all__ = ["ExportGuesses", "build_mapping", "collect_date_doubts", "collect_notes"]


@dataclass(frozen=True)
class ExportGuesses:
    """Hold what was guessed about a file as a whole."""

    prompts: dict[str, int]
    headers: dict[str, str]
    label: LabelGuess | None
    order: OrderGuess | None
    dates: dict[str, DateColumn]
    created_at: CreatedAtChoice
    numbers: dict[str, tuple[NumberFormat, NumberEvidence]]
    product: ProductMatch | None = None
    none_answers: NoneAnswers = NoneAnswers()


def collect_date_doubts(guesses: ExportGuesses, unreadable: dict[str, str]) -> tuple[str, ...]:
    """Collect what a person must decide about dates."""
    doubts = [
        f"QUESTION about {name!r}: {column.question}. It is not used until you decide: add it to [leads] or [custom], "
        f"and say how it is written under [dates], such as [dates.{name!r}] with order or zone."
        for name, column in guesses.dates.items()
        if column.question
    ]
    doubts += [f"{name!r} {reason}. It is not used." for name, reason in unreadable.items()]
    if guesses.created_at.header is None and guesses.created_at.reason:
        doubts.append(f"No created_at: {guesses.created_at.reason}.")
    return tuple(doubts)


def build_mapping(raw: RawFrame, guesses: ExportGuesses, findings: tuple[ColumnFinding, ...]) -> Mapping:
    """Build the proposed mapping."""
    label, order = guesses.label, guesses.order
    custom = {
        finding.column: finding.role.removeprefix("custom ")
        for finding in findings
        if finding.role.startswith("custom ")
    }
    return Mapping(
        separator=raw.separator if raw.separator not in ("", ",") else None,
        encoding=raw.encoding if raw.encoding not in ("", "utf-8") else None,
        missing=tuple(guesses.prompts),
        answers=guesses.none_answers.answers,
        day_first=_find_day_first(guesses.dates),
        dates=_find_date_formats(guesses.dates, guesses.headers, custom, label),
        numbers={
            name: number_format for name, (number_format, _) in guesses.numbers.items() if number_format.to_dict()
        },
        leads=guesses.headers,
        order_by=order.by if order else None,
        order_newest_first=order.newest_first if order else False,
        label_column=label.column if label else None,
        label_known_at=label.known_at if label else None,
        label_open_days=label.open_days if label else None,
        label_initial=label.initial if label else (),
        label_decided_by=label.decided_by if label else None,
        booked=label.booked if label else (),
        not_booked=label.not_booked if label else (),
        open=label.open if label else (),
        custom=custom,
        leave_out={finding.column: finding.reason for finding in findings if finding.role == "left out"},
    )


def _find_day_first(dates: dict[str, DateColumn]) -> bool | None:
    """Return whether all columns whose order is proven have the day first; None if none is proven or two disagree."""
    orders = {column.date_format.order for column in dates.values() if column.question is None}
    proven = orders & {"day_first", "month_first"}
    return "day_first" in proven if len(proven) == 1 else None


def _find_date_formats(
    dates: dict[str, DateColumn], headers: dict[str, str], custom: dict[str, str], label: LabelGuess | None
) -> dict[str, DateFormat]:
    """Return how the dates of each column in use are written, where anything was decided."""
    labeled = set() if label is None else {label.column, label.known_at} - {None}
    used = {*headers.values(), *custom, *labeled}
    formats = {name: column.date_format for name, column in dates.items() if name in used}
    return {name: date_format for name, date_format in formats.items() if date_format.to_dict()}


def collect_notes(raw: RawFrame, guesses: ExportGuesses) -> tuple[str, ...]:
    """Collect the remarks about the file as a whole."""
    notes = [*([guesses.product.describe()] if guesses.product else []), *raw.notes]
    if raw.ragged:
        notes.append(
            f"{len(raw.ragged):,} lines have too many or too few fields; they will be rejected when the file is read."
        )
    if len(raw.frame) == 0:
        notes.append("The file has a header and no rows: nothing could be learned from values.")
    notes += [
        f"{prompt!r} is in {count} columns and reads like an unanswered prompt; it counts as missing."
        for prompt, count in guesses.prompts.items()
    ]
    notes += guesses.none_answers.notes
    if guesses.order:
        missing_time = "No column has the time of the inquiry" if guesses.dates else "No date was found"
        notes.append(f"{missing_time}. Order: {guesses.order.reason}.")
    return tuple(notes)
