"""How do rows of our own store read as a practice's export? Without the store's bookkeeping, custom fields as columns.

Lives here: leads, events and outcomes of ``serving.store`` as an export would have them.
Does not live here: reading the rows (``databases``), what a value means (``features.parsing``).
"""

import json
from collections.abc import Collection
from typing import Any

import pandas as pd

from features.schema import CUSTOM_PREFIX, Table

__all__ = ["find_left_empty", "is_store", "select_given_columns"]

_SCHEMA_TABLE, _CUSTOM_FIELDS, _LEFT_EMPTY = "leadlight_schema", "custom", "left_empty"
_CHANGED, _FIRST_KNOWN = "changed_at", "first_known_at"


def is_store(tables: Collection[str]) -> bool:
    """Return whether a database with these tables is a store of ours."""
    return _SCHEMA_TABLE in tables


def find_left_empty(leads: pd.DataFrame) -> dict[str, frozenset[str]]:
    """Find column -> ids of the leads whose source sent it without a value. A store of an earlier version knows none.

    >>> find_left_empty(pd.DataFrame({"lead_id": ["a", "b"], "left_empty": ['["phone"]', "[]"]}))
    {'phone': frozenset({'a'})}
    """
    ids: dict[str, set[str]] = {}
    for lead_id, cell in zip(leads["lead_id"], leads.get(_LEFT_EMPTY, [[]] * len(leads)), strict=True):
        for name in json.loads(cell) if isinstance(cell, str) else cell:
            ids.setdefault(name, set()).add(lead_id)
    return {name: frozenset(leads_without) for name, leads_without in ids.items()}


def select_given_columns(table: Table, rows: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Return the columns that have values, in our order, then custom columns in order of appearance; and notes.

    A column without a value in any row, and left empty in none, was never sent, as in an export without it: what a
    model may need must not depend on where it is read from.

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
    empty = find_left_empty(rows) if _LEFT_EMPTY in rows else {}
    ours = [
        name
        for name in table.by_name
        if name in rows and (name in table.required_columns or name in empty or rows[name].notna().any())
    ]
    frame, notes = rows[ours], []
    if table.takes_custom and _CUSTOM_FIELDS in rows:
        fields = [json.loads(cell) if isinstance(cell, str) else cell for cell in rows[_CUSTOM_FIELDS]]
        names = list(dict.fromkeys(name for row_fields in fields for name in row_fields))
        custom_empty = (name.removeprefix(CUSTOM_PREFIX) for name in empty if name.startswith(CUSTOM_PREFIX))
        names = list(dict.fromkeys([*names, *custom_empty]))
        clashes = [name for name in names if name in table.by_name]
        frame = frame.assign(**{name: _custom_column(fields, name) for name in names if name not in clashes})
        if clashes:
            notes.append(f"{table.name}: {len(clashes)} custom columns have the name of a column of ours; ignored.")
    if _CHANGED in rows and _FIRST_KNOWN in rows:
        changed = int((rows[_CHANGED] != rows[_FIRST_KNOWN]).sum())
        if changed:
            notes.append(
                f"{table.name}: {changed:,} of them were changed after they arrived and are read as they are today; "
                "lead_changes holds what was known when."
            )
    return frame, notes


def _custom_column(fields: list[dict[str, Any]], name: str) -> pd.Series:
    """Return one custom column of every row; None where it was not given."""
    return pd.Series([row_fields.get(name) for row_fields in fields], dtype=object)
