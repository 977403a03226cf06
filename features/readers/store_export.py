"""What does a store of ours say as a table of the practice's? Its rows without what the store keeps beside them, own
columns as columns.

Lives here: leads, events and outcomes of ``serving.store`` as an export would have them.
Does not live here: reading the rows (``sql``), what a value means (``values``).
"""

import json
from collections.abc import Collection
from typing import Any

import pandas as pd

from features.schema import Table

__all__ = ["select_given_columns", "is_store"]

_MARK, _OWN_COLUMNS = "leadlight_schema", "custom"
_CHANGED, _FIRST_KNOWN = "changed_at", "first_known_at"


def is_store(tables: Collection[str]) -> bool:
    """Whether a database with these tables is a store of ours."""
    return _MARK in tables


def select_given_columns(table: Table, rows: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """The columns that were given, in our order, then the practice's own in the order in which they were first seen;
    and what should be said.

    A column without a value in any row was never given, as in an export without it: what a model may need must not
    depend on where it is read from.

    >>> from features.schema import LEADS
    >>> rows = pd.DataFrame(
    ...     {
    ...         "seq": [1, 2],
    ...         "lead_id": ["a", "b"],
    ...         "channel": ["phone", None],
    ...         "source": [None, None],
    ...         "custom": ['{"Tier": "gold"}', "{}"],
    ...     },
    ...     dtype=object,
    ... )
    >>> select_given_columns(LEADS, rows)[0].to_dict("list")
    {'lead_id': ['a', 'b'], 'channel': ['phone', None], 'Tier': ['gold', None]}
    """
    ours = [name for name in table.by_name if name in rows and (name in table.required or rows[name].notna().any())]
    frame, notes = rows[ours], []
    if table.takes_custom and _OWN_COLUMNS in rows:
        own = [json.loads(one) if isinstance(one, str) else one for one in rows[_OWN_COLUMNS]]
        names = list(dict.fromkeys(name for one in own for name in one))
        clash = [name for name in names if name in table.by_name]
        frame = frame.assign(**{name: _column(own, name) for name in names if name not in clash})
        if clash:
            notes.append(f"{table.name}: {len(clash)} own columns have the name of one of ours and were not read.")
    if _CHANGED in rows and _FIRST_KNOWN in rows and (later := int((rows[_CHANGED] != rows[_FIRST_KNOWN]).sum())):
        notes.append(
            f"{table.name}: {later:,} of them were changed after they arrived and are read as they are known today; lead_changes holds what was known when."
        )
    return frame, notes


def _column(own: list[dict[str, Any]], name: str) -> pd.Series:
    """One own column of every row; None where it was not given."""
    return pd.Series([one.get(name) for one in own], dtype=object)
