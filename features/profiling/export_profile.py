"""What is in this export, and which mapping would fit it?

Lives here: ``profile_export``, which reads any CSV, Excel, JSON or Parquet file and proposes a mapping
with a reason for each guess, and ``ExportProfile``: the short table of what was found.
Does not live here: the TOML (``mapping_document``), several exports (``folder_profile``), the role of one column
(``column_roles``), the mapping made of the guesses (``mapping_proposal``), the guesses (``column_matching``,
``leakage_detection``, ``mapping.type_inference``), applying the mapping (``tables``).
"""

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from features.array_types import FloatArray
from features.mapping.column_answers import apply_answers
from features.mapping.column_mapping import ROW_NUMBER, Mapping
from features.mapping.products import ProductMatch, recognize_product
from features.mapping.type_inference import find_barred_word, infer_kind
from features.parsing.number_formats import NumberEvidence, NumberFormat
from features.parsing.parsed_columns import ParsedColumns
from features.parsing.scalars import normalize_missing_markers
from features.profiling.code_detection import CodeGain, find_code_gains
from features.profiling.column_matching import match_columns, match_product_columns
from features.profiling.column_roles import ColumnFinding, ColumnRoles, FileGuesses, accept_message
from features.profiling.created_at_choice import CreatedAtChoice, choose_created_at
from features.profiling.date_columns import DateColumn, find_unreadable_dates, profile_dates
from features.profiling.id_detection import names_a_record
from features.profiling.labels.filled_label import ask_about_filled_dates, guess_filled_label
from features.profiling.labels.initial_state import find_initial_state
from features.profiling.labels.label_detection import guess_label
from features.profiling.labels.label_guess import LabelGuess, encode_label
from features.profiling.labels.label_known_at import add_known_at
from features.profiling.labels.label_questions import ask_for_label
from features.profiling.labels.stale_open_values import ask_about_stale_values
from features.profiling.mapping_proposal import ExportGuesses, build_mapping, collect_date_doubts, collect_notes
from features.profiling.none_answers import decide_none_answers
from features.profiling.order_guess import OrderGuess, guess_order
from features.profiling.values.prompts import find_prompts
from features.profiling.values.repeated_leads import find_repeated_leads
from features.profiling.values.written_messages import are_sentences
from features.readers.partitioned_files import find_table_files
from features.readers.raw_files import RawFrame, read_frame
from features.schema import LEADS
from features.tables.number_columns import decide_number_formats, describe_numbers

__all__ = ["ColumnFinding", "ExportProfile", "profile_export", "propose_mapping"]


_TEXT_SAMPLE = 500
_AGREEMENT = 0.3
"""By how much more of the leads that a label calls booked must have booked, for it to be one."""


@dataclass(frozen=True)
class ExportProfile:
    """Hold a proposed mapping and the reasons for it. A person should check it.

    Parameters
    ----------
    path : str
    rows : int
    mapping : Mapping
    findings : tuple of ColumnFinding, in the order of the file
    label : LabelGuess or None
    order : OrderGuess or None
    notes : tuple of str
        Remarks about the file as a whole.
    dates : tuple of DateColumn
        How each column of dates is written.
    date_doubts : tuple of str
        Questions about rows and dates that a person must answer, and columns of dates that cannot be read.
    product : ProductMatch or None
        The product that wrote the export, where its headers tell.
    numbers : dict
        Header -> how its numbers were read, where that needs to be said.
    has_outcomes : bool
        Whether a table beside the leads says what became of them, so that no label is needed.
    label_doubts : tuple of str
        Without a label: a question about each column that may be it and whose values nobody can place.
    """

    path: str
    rows: int
    mapping: Mapping
    findings: tuple[ColumnFinding, ...]
    label: LabelGuess | None
    order: OrderGuess | None
    notes: tuple[str, ...]
    dates: tuple[DateColumn, ...] = ()
    date_doubts: tuple[str, ...] = ()
    product: ProductMatch | None = None
    numbers: dict[str, str] = field(default_factory=dict)
    has_outcomes: bool = False
    label_doubts: tuple[str, ...] = ()

    def to_rows(self) -> list[tuple[str, str, str, str, str]]:
        """Return rows for a short table: column, filled, distinct, role, reason."""
        return [(f.column, f"{f.filled:.0%}", f"{f.distinct:,}", f.role, f.reason) for f in self.findings]

    def to_plain(self) -> dict[str, object]:
        """Return everything as JSON values, for programs: columns, label, dates, questions and the mapping itself."""
        label = self.label
        return {
            "file": Path(self.path).name,
            "rows": self.rows,
            "product": None if self.product is None else self.product.product.name,
            "columns": [vars(finding) for finding in self.findings],
            "label": None if label is None else label.to_plain(),
            "numbers": self.numbers,
            "dates": [{"column": column.header, "read_as": column.describe()} for column in self.dates],
            "order": None if self.order is None else vars(self.order),
            "questions": [*self.date_doubts, *self.label_doubts, *(() if label is None else label.questions)],
            "notes": list(self.notes),
            "mapping": self.mapping.to_dict(),
        }


def profile_export(path: str | Path, raw: RawFrame | None = None, outcome: FloatArray | None = None) -> ExportProfile:
    """Profile an export and propose a mapping for it. Nothing is written.

    Parameters
    ----------
    raw : RawFrame, optional
        The file, if it was read before.
    outcome : float array of shape (n,), optional
        What became of each row, 1 booked, 0 not, NaN not known, where tables beside the leads say it; columns are
        judged by it in place of the label.

    Raises
    ------
    DataError
        If the file cannot be read; see ``readers.raw_files.read_frame``.
    """
    raw = read_frame(path) if raw is None else raw
    frame = raw.frame
    prompts = find_prompts(frame)
    missing = normalize_missing_markers(prompts)
    label = guess_label(frame, missing)
    if label is not None and outcome is not None and not _agrees(encode_label(frame[label.column], label), outcome):
        label = None
    columns = ParsedColumns(frame, missing)
    inputs = columns.without(label.column) if label else columns
    kinds = {name: infer_kind(inputs.sample_present(name), missing, name) for name in inputs}
    headers = match_columns(inputs, kinds)
    product = recognize_product(frame.columns)
    if product is not None:
        headers = match_product_columns(headers, product, inputs, kinds)
    none_answers = decide_none_answers(frame, kinds, headers, label.column if label else None)
    if none_answers.answers:
        frame = apply_answers(frame, none_answers.answers)
        columns = ParsedColumns(frame, missing)
        inputs = columns.without(label.column) if label else columns
    dates = profile_dates(inputs, kinds)
    created_at = _choose_created_at(dates, product)
    if created_at.header is not None:
        headers["created_at"] = created_at.header
    filled = guess_filled_label(inputs, dates, created_at.header) if label is None and outcome is None else None
    if filled is not None:
        label, dates = filled[0], dates | {filled[0].column: filled[1]}
        inputs = columns.without(label.column)
        headers = {name: header for name, header in headers.items() if header != label.column}
        del kinds[label.column]
    timed = frame.assign(**{name: column.times for name, column in dates.items()})
    label = label if filled is not None else add_known_at(label, timed, kinds, headers, missing)
    label = find_initial_state(label, frame, dates, created_at.header)
    label = ask_about_stale_values(label, frame, dates.get(created_at.header or ""), missing)
    # The order of the rows matters only where no column has the time of the inquiry.
    order = None if "created_at" in headers else guess_order(inputs)
    gains = {}
    truth = encode_label(frame[label.column], label) if outcome is None and label is not None else outcome
    if truth is not None:
        quantities = [name for name in inputs if kinds[name] == "number" and name not in headers.values()]
        position = _find_position(inputs, dates, created_at, order)
        numbers_of = {name: inputs.numbers(name)[0] for name in quantities}
        gains = find_code_gains(numbers_of, truth, position)
        kinds |= dict.fromkeys(gains, "category")
    file_guesses = FileGuesses(headers, label, order, None if product is None else product.product, outcome)
    file_guesses = accept_message(columns, kinds, file_guesses)
    headers = file_guesses.headers
    roles = ColumnRoles(columns, kinds, file_guesses)
    unreadable = find_unreadable_dates(inputs, kinds)
    role_by_column = {name: roles.find_role(name) for name in frame.columns}
    # A phone number or an id may look like a date; only of a column that would be used it matters.
    unreadable = {name: why for name, why in unreadable.items() if role_by_column[name].role.startswith("custom ")}
    findings = tuple(_add_date_reasons(finding, dates, created_at, unreadable) for finding in role_by_column.values())
    findings = tuple(_add_code_reason(finding, gains.get(finding.column)) for finding in findings)
    numbers = _decide_numbers(columns, raw.separator, headers, findings)
    guesses = ExportGuesses(prompts, headers, label, order, dates, created_at, numbers, product, none_answers)
    return ExportProfile(
        path=str(path),
        rows=len(frame),
        mapping=build_mapping(raw, guesses, findings),
        findings=findings,
        label=label,
        order=order,
        notes=collect_notes(raw, guesses),
        # How births are read is nobody's question: they never enter a score.
        dates=tuple(column for name, column in dates.items() if find_barred_word(name) is None),
        date_doubts=(
            *_ask_about_rows(inputs, headers),
            *_ask_about_texts(columns, findings, headers),
            *collect_date_doubts(guesses, unreadable),
        ),
        product=product,
        numbers={name: text for name, decided in numbers.items() if (text := describe_numbers(*decided))},
        label_doubts=()
        if label is not None
        else (
            *ask_for_label(columns, () if product is None else product.product.label, headers.values()),
            *ask_about_filled_dates(columns, dates, created_at.header),
        ),
    )


def _ask_about_rows(columns: ParsedColumns, headers: dict[str, str]) -> tuple[str, ...]:
    """Return the question about an export with several rows for each lead; nothing where every row is a lead."""
    lead_id = headers.get("lead_id")
    if lead_id is not None and columns.is_unique(lead_id) and names_a_record(lead_id):
        return ()
    repeated = find_repeated_leads(columns)
    return () if repeated is None else (repeated.ask(),)


def _ask_about_texts(
    columns: ParsedColumns, findings: tuple[ColumnFinding, ...], headers: dict[str, str]
) -> tuple[str, ...]:
    """Return a question about the columns of sentences, where none of them is known to be the message."""
    if "message" in headers:
        return ()
    names = [
        finding.column
        for finding in findings
        if finding.role == "custom short_text"
        and are_sentences([str(value) for value in columns.select_present(finding.column, _TEXT_SAMPLE)])
    ]
    return tuple(
        f"QUESTION: is {name!r} what the person wrote? Only its number of words is used; if it is, move it to [leads] "
        f'as message = "{name}". If staff or a program wrote it later, leave it out.'
        for name in names
    )


def _agrees(label: FloatArray, outcome: FloatArray) -> bool:
    """Return whether a label that was guessed says what became of the leads, as the tables beside them do."""
    both = ~np.isnan(outcome) & ~np.isnan(label)
    booked, others = outcome[both & (label == 1)], outcome[both & (label == 0)]
    return bool(len(booked) and len(others) and booked.mean() - others.mean() > _AGREEMENT)


def _choose_created_at(dates: dict[str, DateColumn], product: ProductMatch | None) -> CreatedAtChoice:
    """Choose the time of the inquiry: the product's own column where it can be read, else the best of all dates."""
    own = None if product is None else product.find_columns(dates).get("created_at")
    if own is not None and product is not None and dates[own].question is None:
        return CreatedAtChoice(own, f"{product.product.title} calls the time of the inquiry so")
    return choose_created_at(dates)


def _find_position(
    inputs: ParsedColumns,
    dates: dict[str, DateColumn],
    created_at: CreatedAtChoice,
    order: OrderGuess | None,
) -> FloatArray:
    """Return a number that grows with time, for each row; the row number where nothing else is known."""
    if created_at.header in dates:
        return dates[created_at.header].times.astype("int64").astype(float)
    if order is None or order.by == ROW_NUMBER:
        rows = np.arange(len(inputs), dtype=float)
        return -rows if order is not None and order.newest_first else rows
    numbers = inputs.numbers(order.by)[0]
    return -numbers if order.newest_first else numbers


def _add_code_reason(finding: ColumnFinding, gain: CodeGain | None) -> ColumnFinding:
    """Return a column's finding with the reason why its numbers are codes, if they are."""
    if gain is None or not finding.role.startswith("custom "):
        return finding
    return replace(finding, reason=f"{finding.reason}; {gain.describe()}")


def propose_mapping(path: Path) -> Mapping:
    """Return the mapping that ``profile_export`` proposes for a file of leads, or for the leads of a folder.

    For a folder it has no label, because the outcomes table has the outcome of each lead.

    Raises
    ------
    DataError
        If there is no leads file, or it cannot be read.
    """
    proposed = profile_export(find_table_files(path)["leads"][0]).mapping
    return (
        replace(
            proposed,
            label_column=None,
            label_known_at=None,
            label_open_days=None,
            label_initial=(),
            label_decided_by=None,
            booked=(),
            not_booked=(),
            open=(),
        )
        if path.is_dir()
        else proposed
    )


def _decide_numbers(
    columns: ParsedColumns, separator: str, headers: dict[str, str], findings: tuple[ColumnFinding, ...]
) -> dict[str, tuple[NumberFormat, NumberEvidence]]:
    """Decide how the numbers of each column in use are written."""
    used = [header for name, header in headers.items() if LEADS.column(name).kind == "number"]
    used += [finding.column for finding in findings if finding.role == "custom number"]
    return decide_number_formats(dict.fromkeys(used), columns.number_format, separator)


def _add_date_reasons(
    finding: ColumnFinding, dates: dict[str, DateColumn], created_at: CreatedAtChoice, unreadable: dict[str, str]
) -> ColumnFinding:
    """Return a column's finding with what its dates say: why it was chosen, or why it cannot be used yet."""
    name = finding.column
    clocks = {column.date_format.time_column: header for header, column in dates.items()}
    if name == created_at.header:
        return replace(finding, reason=f"{finding.reason}; {created_at.reason}")
    if name in clocks:
        return replace(finding, role="time of day", reason=f"joined with {clocks[name]!r}")
    if name in dates and dates[name].question:
        return replace(finding, role="left out", reason=f"QUESTION: {dates[name].question}")
    if name in unreadable and finding.role.startswith("custom "):
        return replace(finding, role="left out", reason=unreadable[name])
    return finding
