"""Which leads fit the practice's own rule for qualified leads, by what was known when they came in?

Lives here: each line of the rule against each lead.
Does not live here: how a line is written (``features.practice_file.scoring_rules``), whether the rule is any good
(``serving.insights.practice_checks.rule_value``).
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from features.array_types import TimeArray
from features.batch import Batch
from features.feature_matrix import compute_matrix, select_supported_signals
from features.point_in_time.context import Context
from features.practice.practice import Practice
from features.practice_file.rule_matching import find_values, match_condition
from features.practice_file.scoring_rules import Condition, parse_conditions
from features.registry import CATALOGUE
from features.tables.tables import Tables
from serving.insights.columns.arrival_signals import build_arrival_batch

__all__ = ["match_rule"]


def match_rule(tables: Tables, practice: Practice, leads: pd.DataFrame, arrived_at: TimeArray) -> dict[str, np.ndarray]:
    """Match each line of the rule.

    Parameters
    ----------
    leads : DataFrame of shape (n, ...)
        Rows of the tables' leads.
    arrived_at : datetime64[us] array of shape (n,)
        Nothing later is read.

    Returns
    -------
    dict
        Line -> bool array of shape (n,). A line that reads what this data does not have is left out.
    """
    if not practice.qualified:
        return {}
    lines = {rule.when: parse_conditions(rule.when) for rule in practice.qualified}
    rows = pd.Index(tables.leads["lead_id"]).get_indexer(leads["lead_id"])
    batch = Batch.from_tables(tables, rows, arrived_at, Context(practice))
    fits_columns = {line: _match_columns(parts, batch) for line, parts in lines.items()}
    read = {part.name for parts in lines.values() for part in parts if _reads_signal(part)}
    given = [name for name in tables.leads.columns if tables.leads[name].notna().any()]
    signals = [
        signal for signal in select_supported_signals(given, tables.has_events, batch.context) if signal.name in read
    ]
    # Reading messages costs more than all else: only those of leads that a line may still take are read.
    possible = [
        fits
        for line, fits in fits_columns.items()
        if fits is not None and any(_reads_signal(part) for part in lines[line])
    ]
    chosen = np.flatnonzero(np.logical_or.reduce([np.zeros(len(batch), bool), *possible]))
    chosen_batch = build_arrival_batch(tables, rows[chosen], arrived_at[chosen], batch.context)
    matrix = compute_matrix(chosen_batch, signals)
    matches = {}
    for line, fits in fits_columns.items():
        parts = [part for part in lines[line] if _reads_signal(part)]
        values = [find_values(part, chosen_batch, signals, matrix) for part in parts]
        if fits is None or any(value is None for value in values):
            continue
        for part, value in zip(parts, values, strict=True):
            if value is not None:
                fits[chosen] &= match_condition(part, value)
        matches[line] = fits
    return matches


def _reads_signal(condition: Condition) -> bool:
    """Return whether a condition reads a signal; otherwise it reads a column."""
    return not condition.quoted and condition.name in CATALOGUE


def _match_columns(conditions: Sequence[Condition], batch: Batch) -> np.ndarray | None:
    """Return where all conditions on columns hold, shape (n,), bool; None where the data lacks one of the columns."""
    fits = np.ones(len(batch), bool)
    for condition in conditions:
        if _reads_signal(condition):
            continue
        values = find_values(condition, batch, (), np.empty((len(batch), 0)))
        if values is None:
            return None
        fits &= match_condition(condition, values)
    return fits
