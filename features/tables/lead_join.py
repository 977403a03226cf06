"""How many events and outcomes found their lead?

Lives here: counting the rows of a table whose lead is known, and refusing a table of which too many are lost.
Does not live here: comparing two ids (``parsing.record_ids``), rejecting the rows (``tables``).
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from features.array_types import IntArray
from features.arrays.dictionary_encoding import DictionaryEncoded
from features.errors import DataError
from features.parsing.record_ids import canonicalize_id, canonicalize_ids, get_shape

__all__ = ["LeadJoin", "count_join", "match_lead_ids", "merge_joins", "require_joined"]

MIN_SHARE = 0.95
"""A table of which fewer rows find their lead was exported with other ids, or for other leads."""

_MIN_ROWS = 20
_MIN_LEADS = 20
_MIN_LEADS_FOUND = 0.1
_SHAPES_SAMPLE = 2_000


@dataclass(frozen=True)
class LeadJoin:
    """Count the rows of one table that found their lead.

    Parameters
    ----------
    rows, found : int
        Rows with an id, without those of a lead that was rejected; and those whose lead is in the table of leads.
    leads, leads_found, ids : int
        Leads; leads with at least one row; distinct ids of the rows.
    lead_shapes, unknown_shapes : Counter
        Shapes of the ids of leads, and of ids without a lead (a sample).
    """

    rows: int = 0
    found: int = 0
    leads: int = 0
    leads_found: int = 0
    ids: int = 0
    lead_shapes: Counter[str] = field(default_factory=Counter)
    unknown_shapes: Counter[str] = field(default_factory=Counter)

    @property
    def share(self) -> float:
        """Share of the rows that found their lead; 1 without rows."""
        return self.found / self.rows if self.rows else 1.0

    def format_line(self, table: str) -> str:
        """Format the share as one line of a report.

        >>> LeadJoin(rows=200, found=199).format_line("events")
        'events: 199 of 200 rows (99.5%) found their lead'
        """
        return f"{table}: {self.found:,} of {self.rows:,} rows ({self.share:.1%}) found their lead"


def match_lead_ids(lead_ids: np.ndarray, ids: DictionaryEncoded) -> IntArray:
    """Return the row in ``lead_ids`` of each distinct id, -1 where there is none.

    An id that is the same to the letter comes first; then one of Salesforce's of 15 characters is the same as its form
    of 18, and a number the same as a float.

    >>> ids = DictionaryEncoded(np.arange(2), np.array(["1001.0", "1002.0"], object))
    >>> match_lead_ids(np.array(["1001", "1001.0", "1002"], object), ids).tolist()
    [1, 2]
    """
    distinct = ids.distinct.tolist()
    rows = pd.Index(lead_ids, dtype=object).get_indexer(pd.Index(distinct, dtype=object))
    unmatched = [position for position in np.flatnonzero(rows < 0).tolist() if distinct[position] is not None]
    # Most tables spell their ids as the leads do.
    if unmatched:
        leads = pd.Index(canonicalize_ids(lead_ids.tolist()), dtype=object)
        # Whether the leads tell "1001" and "1001.0" apart says nothing of a table that has one of the two forms alone.
        forms = [canonicalize_id(distinct[position], keeps_zeros=False) for position in unmatched]
        rows[unmatched] = leads.get_indexer(pd.Index(forms, dtype=object))
    return rows


def count_join(lead_ids: np.ndarray, ids: DictionaryEncoded, lead_rows: IntArray, ignored: np.ndarray) -> LeadJoin:
    """Count the rows that found their lead.

    ``lead_rows`` and ``ignored`` have one entry for each distinct id: the row of its lead, and whether that lead was
    rejected.
    """
    counted = ~ids.is_missing & ~ignored
    rows_by_id = np.bincount(ids.codes, minlength=len(ids.distinct))
    unknown = counted & (lead_rows < 0)
    return LeadJoin(
        rows=int(rows_by_id[counted].sum()),
        found=int(rows_by_id[counted & ~unknown].sum()),
        leads=len(lead_ids),
        leads_found=len(np.unique(lead_rows[counted & ~unknown & (rows_by_id > 0)])),
        ids=int((counted & (rows_by_id > 0)).sum()),
        lead_shapes=_count_shapes(lead_ids),
        unknown_shapes=_count_shapes(ids.distinct[unknown]),
    )


def merge_joins(joins: Sequence[LeadJoin]) -> LeadJoin:
    """Merge the counts of chunks of one table."""
    total = LeadJoin()
    for join in joins:
        total = LeadJoin(  # type: ignore[call-arg]
            *(getattr(total, name) + getattr(join, name) for name in ("rows", "found", "leads", "leads_found", "ids")),
            total.lead_shapes + join.lead_shapes,
            total.unknown_shapes + join.unknown_shapes,
        )
    return total


def require_joined(table: str, location: str, join: LeadJoin, scoring: bool) -> None:
    """Refuse a table of which too many rows find no lead.

    When leads are scored, a few of them may be given beside the events of all: then rows of other leads are no fault,
    as long as their ids look like those of the leads and a tenth of the leads found rows. Where fewer did, the leads
    may all be new or the ids those of something else: only a person knows. New leads have no outcome yet, so outcomes
    of others are no fault, whatever their share.

    Raises
    ------
    DataError
    """
    if join.share >= MIN_SHARE or join.rows < _MIN_ROWS:
        return
    same_shape = _have_common_shape(join)
    if scoring and same_shape and table == "outcomes":
        return
    if scoring and same_shape and (join.leads < _MIN_LEADS or join.leads_found >= _MIN_LEADS_FOUND * join.leads):
        return
    if not same_shape:
        remedy = "The two were exported with different ids: export the same id with both"
    elif scoring:
        remedy = (
            "The ids have the same form. Either one of the two has ids of something else, such as contacts: export the "
            f"same id with both. Or these leads are new and the {table} are those of earlier ones: leave them out"
        )
    else:
        remedy = (
            "The ids have the same form, so the leads themselves seem to be missing: export the leads of the whole "
            "period"
        )
    raise DataError(
        f"{location}: only {join.found:,} of {join.rows:,} rows ({join.share:.1%}) of {table} found their lead, "
        f"expected at least {MIN_SHARE:.0%}. Ids of leads look like {_list_shapes(join.lead_shapes)}, those without a "
        f"lead like {_list_shapes(join.unknown_shapes)}. {remedy}, or set allow_unmatched = true under [file] in the "
        "mapping to go on without these rows."
    )


def _have_common_shape(join: LeadJoin) -> bool:
    """Return whether most ids without a lead have a shape that ids of leads have."""
    common = sum(count for shape, count in join.unknown_shapes.items() if shape in join.lead_shapes)
    return 2 * common >= join.unknown_shapes.total()


def _count_shapes(ids: np.ndarray) -> Counter[str]:
    """Count the shapes of a sample of ids."""
    sample = ids if len(ids) <= _SHAPES_SAMPLE else ids[np.linspace(0, len(ids) - 1, _SHAPES_SAMPLE).astype(np.intp)]
    return Counter(get_shape(lead_id) for lead_id in sample if lead_id is not None)


def _list_shapes(shapes: Counter[str]) -> str:
    """List the two commonest shapes."""
    return " or ".join(repr(shape) for shape, _ in shapes.most_common(2)) or "nothing"
