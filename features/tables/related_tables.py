"""Which rows of events, outcomes and spend can we trust? Those of a lead of ours, and of a time that has passed.

Lives here: validating the columns of these tables, and finding the lead of each row. Does not live here: the leads
(``leads_table``), the tables together (``tables``).
"""

from dataclasses import replace

import numpy as np
import pandas as pd

from features.arrays.dictionary_encoding import DictionaryEncoded
from features.arrays.grouped_sort import order_by_lead_and_time
from features.calendar.timezones import to_utc_times
from features.did_you_mean import suggest_name
from features.errors import MappingError
from features.schema import Table
from features.tables.column_conversion import (
    ValueFormat,
    convert_column,
    encode_column,
    is_text,
    make_empty_column,
    to_series,
)
from features.tables.data_end import reject_after_end
from features.tables.lead_join import count_join, match_lead_ids
from features.tables.leads_table import LeadTable
from features.tables.outcome_times import DataEnd, date_outcomes
from features.tables.row_validation import RowValidator

__all__ = ["find_last_arrival", "make_empty_table", "validate_related"]


def validate_related(
    table: Table,
    location: str,
    validator: RowValidator,
    leads: LeadTable,
    value_format: ValueFormat,
    end: DataEnd,
) -> pd.DataFrame:
    """Return the rows of events, outcomes or spend that can be used."""
    raw, missing = validator.raw, value_format.missing_texts
    _reject_unmatched(validator)
    headers = leads.mapping.match_headers(table.name, raw.frame.columns)
    _require_columns(table, location, headers, raw.frame)
    ignored = [header for header in raw.frame.columns if header not in headers.values()]
    if ignored:
        validator.note(f"{table.name}: columns that are not part of this table were ignored: {', '.join(ignored)}.")
    columns: dict[str, np.ndarray | DictionaryEncoded] = {}
    for name in sorted(headers, key=list(table.by_name).index):
        column, header = table.column(name), headers[name]
        if is_text(column):
            columns[name] = encode_column(column, raw.frame[header], validator, missing)
        else:
            columns[name] = convert_column(column, raw.frame[header], validator, value_format, header)
        if name == "lead_id":
            validator.lead_ids = columns[name]
    if table.name == "events":
        reject_after_end(validator, "occurred_at", columns["occurred_at"], end.latest, end.last_arrival)
    # Rows of other exports without a lead are counted by their join, which has refused too many of them.
    unmatched = 0 if raw.unmatched is None else sum(reason is not None for reason in raw.unmatched)
    rejected_for_themselves = int((~validator.keep).sum()) - unmatched
    lead_rows = _match_leads(columns.get("lead_id"), validator, leads)
    if lead_rows is not None:
        columns["lead_id"] = _spell_as_leads(columns["lead_id"], leads)
    if table.name == "outcomes":
        date_outcomes(columns, _find_arrivals(lead_rows, leads.frame), validator, value_format, end)
    if table.name == "spend":
        reject_after_end(validator, "day", columns["day"], end.latest, None)
    # A few leads may be scored beside the events of all leads: rows of other leads are then no fault of the table.
    forgive_unknown_leads = end.last_arrival is None or validator.keep.any()
    # Planned visits and spending are rejected below, and are no reason to refuse the table.
    lost = rejected_for_themselves if forgive_unknown_leads else int((~validator.keep).sum()) - unmatched
    validator.rows_lost = lost + len(raw.ragged)
    rows = np.flatnonzero(validator.keep)
    if lead_rows is not None:
        rows = rows[order_by_lead_and_time(lead_rows[rows], columns["occurred_at"][rows], len(leads.frame))]
    return pd.DataFrame({name: to_series(_take_rows(values, rows)) for name, values in columns.items()}, copy=False)


def _reject_unmatched(validator: RowValidator) -> None:
    """Reject the rows of other exports that found no lead or say nothing, each with its reason."""
    reasons = validator.raw.unmatched
    for reason in () if reasons is None else dict.fromkeys(reason for reason in reasons if reason is not None):
        validator.reject(reasons == reason, "lead_id", reason, "Nothing to do if that is right; see the notes")


def _require_columns(table: Table, location: str, headers: dict[str, str], frame: pd.DataFrame) -> None:
    """Refuse a table that lacks a required column: MappingError."""
    lacking = [name for name in table.required_columns if name not in headers]
    if lacking:
        lines = "\n".join(
            f"  - {name}: {table.column(name).meaning}. {suggest_name(name, frame.columns)}" for name in lacking
        )
        raise MappingError(
            f"{location}: {len(lacking)} required column(s) of {table.name} are missing. "
            f"Name them under [{table.name}].\n{lines}"
        )


def _take_rows(values: np.ndarray | DictionaryEncoded, rows: np.ndarray) -> np.ndarray:
    """Return some rows of a column."""
    return values.take(rows) if isinstance(values, DictionaryEncoded) else values[rows]


def _match_leads(lead_ids: DictionaryEncoded | None, validator: RowValidator, leads: LeadTable) -> np.ndarray | None:
    """Return the row of ``leads`` that each row belongs to; reject rows of unknown leads."""
    if lead_ids is None:
        return None
    distinct, ids = lead_ids.distinct, leads.frame["lead_id"].to_numpy(object)
    lead_rows = match_lead_ids(ids, lead_ids)
    unknown = (lead_rows < 0) & ~lead_ids.is_missing
    rejected = np.zeros(len(unknown), bool)
    rejected[unknown] = np.isin(distinct[unknown].astype(str), leads.rejected_ids.astype(str))
    validator.join = count_join(ids, lead_ids, lead_rows, rejected)
    validator.reject(
        lead_ids.find_rows(rejected),
        "lead_id",
        "belongs to a lead that was rejected",
        "Fix the lead first; see its reason",
    )
    validator.reject(
        lead_ids.find_rows(unknown & ~rejected),
        "lead_id",
        "belongs to no lead of the leads table",
        "The ids seem to have lost their leading zeros in a spreadsheet; export them as text"
        if _lost_zeros(distinct[unknown & ~rejected], ids)
        else "Export the lead too, or leave these rows out",
    )
    return lead_rows[lead_ids.codes]


def _lost_zeros(unknown: np.ndarray, lead_ids: np.ndarray) -> bool:
    """Return whether most ids without a lead are those of leads without their leading zeros."""
    bare = {lead_id.lstrip("0") for lead_id in lead_ids if lead_id is not None and lead_id.startswith("0")}
    return bool(bare) and 2 * sum(text in bare for text in unknown) > len(unknown)


def _spell_as_leads(lead_ids: DictionaryEncoded, leads: LeadTable) -> DictionaryEncoded:
    """Return ids in the spelling of the table of leads, where an id has two."""
    ids = leads.frame["lead_id"].to_numpy(object)
    rows = match_lead_ids(ids, lead_ids)
    has_lead = rows >= 0
    distinct = lead_ids.distinct.copy()
    distinct[has_lead] = ids[rows[has_lead]]
    return replace(lead_ids, distinct=distinct)


def find_last_arrival(leads: pd.DataFrame) -> np.datetime64:
    """Return when the last lead arrived; NaT without dates."""
    times = to_utc_times(leads["created_at"]) if "created_at" in leads else np.empty(0, "datetime64[us]")
    return times.max() if len(times) else np.datetime64("NaT", "us")


def _find_arrivals(lead_rows: np.ndarray, leads: pd.DataFrame) -> np.ndarray:
    """Return when the lead of each row arrived; NaT where that is unknown."""
    if "created_at" not in leads or not len(leads):
        return make_empty_column("time", len(lead_rows))
    return np.where(lead_rows >= 0, to_utc_times(leads["created_at"])[lead_rows], np.datetime64("NaT", "us"))


def make_empty_table(table: Table) -> pd.DataFrame:
    """Return a table that was not given: all its columns, no rows."""
    return pd.DataFrame({column.name: to_series(make_empty_column(column.kind)) for column in table.columns})
