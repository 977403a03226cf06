"""Which leads fit the practice's own rule for qualified leads, by what was known when they came in?

Lives here: each line of the rule against each lead.
Does not live here: how a line is written (``features.practice_file.scoring_rules``), whether the rule is any good
(``serving.insights.practice_checks.rule_value``).
"""

import numpy as np
import pandas as pd

from features.array_types import TimeArray
from features.batch import Batch
from features.feature_matrix import compute_matrix, select_supported_signals
from features.point_in_time.context import Context
from features.practice.practice import Practice
from features.practice_file.rule_matching import find_values, match_condition
from features.practice_file.scoring_rules import parse_conditions
from features.tables.tables import Tables

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
    conditions = {rule.when: parse_conditions(rule.when) for rule in practice.qualified}
    rows = pd.Index(tables.leads["lead_id"]).get_indexer(leads["lead_id"])
    batch = Batch.from_tables(tables, rows, arrived_at, Context(practice))
    read = {condition.name for line in conditions.values() for condition in line if not condition.quoted}
    given = [name for name in tables.leads.columns if tables.leads[name].notna().any()]
    supported = select_supported_signals(given, tables.has_events, batch.context)
    signals = [signal for signal in supported if signal.name in read]
    matrix = compute_matrix(batch, signals)
    matches = {}
    for line, parts in conditions.items():
        values = [find_values(condition, batch, signals, matrix) for condition in parts]
        known = [
            match_condition(condition, value)
            for condition, value in zip(parts, values, strict=True)
            if value is not None
        ]
        if len(known) == len(parts):
            matches[line] = np.logical_and.reduce(known)
    return matches
