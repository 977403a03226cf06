"""What became of each row of the leads, by the outcomes that lie beside them in a folder?

Lives here: the label of each row, so that columns are judged by it as by a label of their own.
Does not live here: joining an export (``features.joins``), the judgment (``leak_judge``), labels to learn from
(``training.dataset.labels``).
"""

from collections.abc import Iterable, Iterator

import numpy as np
import pandas as pd

from features.array_types import DAY, FloatArray
from features.calendar.timezones import to_utc_times
from features.joins.export_join import JoinedRows
from features.mapping.column_mapping import Mapping
from features.parsing.column_values import to_text
from features.parsing.dates.timestamps import to_time
from features.parsing.record_ids import canonicalize_ids
from features.practice.practice import Practice
from features.readers.raw_files import RawFrame
from features.tables.column_conversion import normalize_word
from features.tables.data_end import find_latest
from features.tables.leads_table import LeadTable

__all__ = ["label_rows"]

_BOOKED, _LOST = ("booked", "attended", "treated"), "lost"
_NEVER = np.datetime64("NaT", "us")


def label_rows(
    leads: LeadTable, outcomes: RawFrame | None, joined: Iterable[JoinedRows], mapping: Mapping
) -> FloatArray:
    """Return the outcome of each row of the leads: 1 booked, 0 not, NaN where it may still come. Shape (n,).

    A lead without an outcome did not book when it is lost, or older than the horizon.

    Parameters
    ----------
    leads : LeadTable
        With lead_id and created_at at least.
    outcomes : RawFrame, optional
        The table of outcomes of the folder.
    joined : iterable of JoinedRows
        The appointment lists.
    """
    practice, booked_ids, lost_ids, ends = Practice(), set(), set(), [_NEVER]
    tables = [*_read_table(outcomes, mapping, practice), *((rows.frame, rows.frame["recorded_at"]) for rows in joined)]
    for frame, recorded_at in tables:
        is_known = frame["lead_id"].notna()
        booked_ids |= {*canonicalize_ids(frame["lead_id"][is_known & frame["stage"].isin(_BOOKED)])}
        lost_ids |= {*canonicalize_ids(frame["lead_id"][is_known & (frame["stage"] == _LOST)])}
        recorded = to_utc_times(recorded_at)
        ends += [recorded[recorded <= find_latest()].max()] if (recorded <= find_latest()).any() else []
    ids, created_at = canonicalize_ids(leads.row_ids), np.full(len(leads.row_ids), _NEVER)
    if "created_at" in leads.frame:
        created_at[leads.validator.keep] = to_utc_times(leads.frame["created_at"])
    end = np.fmax.reduce([*ends, *created_at])
    young = created_at + practice.horizon_days * DAY > end
    booked, lost = (np.array([lead_id in members for lead_id in ids], bool) for members in (booked_ids, lost_ids))
    return np.where(booked, 1.0, np.where(young & ~lost, np.nan, 0.0))


def _read_table(
    outcomes: RawFrame | None, mapping: Mapping, practice: Practice
) -> Iterator[tuple[pd.DataFrame, pd.Series]]:
    """Yield the ids and stages of an outcomes table with when each was recorded; nothing where it lacks a column."""
    headers = {} if outcomes is None else mapping.match_headers("outcomes", outcomes.frame.columns)
    when = headers.get("recorded_at", headers.get("occurred_at"))
    if outcomes is None or when is None or not {"lead_id", "stage"} <= {*headers}:
        return
    texts = {name: to_text(outcomes.frame[headers[name]], mapping.missing_texts)[0] for name in ("lead_id", "stage")}
    stages = [None if text is None else normalize_word(text) for text in texts["stage"]]
    times = to_time(outcomes.frame[when], practice.zone, mapping.missing_texts)[0]
    yield pd.DataFrame({"lead_id": texts["lead_id"], "stage": stages}), pd.Series(times).dt.tz_localize("UTC")
