"""Does the reason of a loss agree with the lead's own record? Out of network, out of area and a service that is not
offered can be checked.

Lives here: each such loss against the practice's payers, areas and services.
Does not live here: how often it happens (``serving.insights.practice_checks.careless_reasons``).
"""

from dataclasses import replace

import numpy as np
import pandas as pd

from features.array_types import FloatArray, ObjectArray, TimeArray
from features.batch import Batch
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

    The service is read from its own field alone: an MRI that somebody had is no service that they ask for, and a loss
    must not be doubted because of a word in a message. Where services take different plans, whether one is taken is
    told only for a service that is known.

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
    fields_only = replace(tables, leads=tables.leads.drop(columns="message", errors="ignore"))
    batch = build_arrival_batch(fields_only, rows, arrived_at[checked], Context(practice))
    values = _compute_signals(fields_only, batch)
    plans_differ = len({frozenset(service.payers) for service in practice.services}) > 1
    for reason, (name, otherwise) in CHECKED_REASONS.items():
        of_reason = np.flatnonzero(lost_reason[checked] == reason)
        stated = values[name][of_reason]
        verdict = np.where(np.isnan(stated), np.nan, stated == otherwise)
        if reason == "out_of_network" and plans_differ:
            # A plan that is taken for some service may not be taken for the one that was meant.
            verdict[values["service_offered"][of_reason] != 1] = np.nan
        doubted[checked[of_reason]] = verdict
    return doubted


def _compute_signals(tables: Tables, batch: Batch) -> dict[str, FloatArray]:
    """Return each signal that tells, NaN where the data does not support it."""
    names = {name for name, _ in CHECKED_REASONS.values()}
    columns_filled = [name for name in tables.leads.columns if tables.leads[name].notna().any()]
    supported = select_supported_signals(columns_filled, tables.has_events, batch.context)
    signals = [signal for signal in supported if signal.name in names]
    matrix = compute_matrix(batch, signals)
    unknown = {name: np.full(len(matrix), np.nan) for name in names}
    return unknown | {signal.name: matrix[:, column] for column, signal in enumerate(signals)}
