"""Does the reason of a loss agree with the lead's own record? Out of network, out of area and a service that is not
offered can be checked.

Lives here: each such loss against the practice's payers, areas and services.
Does not live here: how often it happens (``serving.insights.practice_checks.careless_reasons``).
"""

import numpy as np
import pandas as pd

from features.array_types import FloatArray, ObjectArray, TimeArray
from features.feature_matrix import compute_matrix, select_supported_signals
from features.point_in_time.context import Context
from features.practice.practice import Practice
from features.tables.tables import Tables
from serving.insights.columns.arrival_signals import build_arrival_batch

__all__ = ["CHECKED_REASONS", "check_reasons"]

CHECKED_REASONS = {
    "out_of_network": ("payer_accepted", 1.0),
    "service_not_offered": ("service_offered", 1.0),
    "out_of_area": ("distance_outside_area", 0.0),
}
"""Reason -> the signal that tells, and its value where the record says otherwise."""


def check_reasons(
    tables: Tables, practice: Practice, leads: pd.DataFrame, arrived_at: TimeArray, lost_reason: ObjectArray
) -> FloatArray:
    """Check the reasons of losses.

    Parameters
    ----------
    leads : DataFrame of shape (n, ...)
        Rows of the tables' leads.
    arrived_at : datetime64[us] array of shape (n,)
    lost_reason : object array of shape (n,)

    Returns
    -------
    float array of shape (n,)
        1 where the record says otherwise, 0 where it does not, NaN where nothing tells.
    """
    doubted = np.full(len(leads), np.nan)
    checked = np.flatnonzero(np.isin(lost_reason, list(CHECKED_REASONS)))
    if not len(checked):
        return doubted
    rows = pd.Index(tables.leads["lead_id"]).get_indexer(leads["lead_id"].iloc[checked])
    batch = build_arrival_batch(tables, rows, arrived_at[checked], Context(practice))
    given = [name for name in tables.leads.columns if tables.leads[name].notna().any()]
    names = {name for name, _ in CHECKED_REASONS.values()}
    signals = [
        signal for signal in select_supported_signals(given, tables.has_events, batch.context) if signal.name in names
    ]
    matrix = compute_matrix(batch, signals)
    position = {signal.name: column for column, signal in enumerate(signals)}
    for reason, (name, otherwise) in CHECKED_REASONS.items():
        of_reason = np.flatnonzero(lost_reason[checked] == reason)
        if name in position:
            values = matrix[of_reason, position[name]]
            doubted[checked[of_reason]] = np.where(np.isnan(values), np.nan, values == otherwise)
    return doubted
