"""What moves scores, how much, and which way? Every signal's contributions over the held-out leads.

Lives here: contributions of the whole model (line and trees, calibrated), the table of signals.
Does not live here: one lead's reasons (``serving.scoring.reasons``), the plot (``plots``).
"""

from typing import Any

import numpy as np

from features.array_types import FloatArray
from features.registry import Signal
from features.schema import CUSTOM_PREFIX
from training.bundle import Bundle

__all__ = ["MAX_ROWS", "compute_contributions", "format_signal_name", "summarize_signals"]

MAX_ROWS = 1500
"""Leads looked at, the latest; more would change the picture by less than a line's width."""

_CLEAR = 0.3


def compute_contributions(bundle: Bundle, matrix: np.ndarray) -> tuple[FloatArray, FloatArray]:
    """What each signal adds to the calibrated log-odds of the latest rows: (parts, values), of shape (at most
    ``MAX_ROWS``, signals).
    """
    values = matrix[-MAX_ROWS:].astype(np.float64)
    return bundle.calibrator.slope * bundle.explain_rows(values)[1], values


def summarize_signals(bundle: Bundle, parts: FloatArray, values: FloatArray) -> list[dict[str, Any]]:
    """One row for each signal, strongest first: name, family, unit, moves (mean absolute log-odds), way, policy and
    evidence.
    """
    strength = np.abs(parts).mean(axis=0)
    rows = [
        {
            "name": format_signal_name(one),
            "family": one.family,
            "unit": one.unit,
            "moves": round(float(strength[place]), 4),
            "way": _way(one, parts[:, place], values[:, place]),
            "policy": one.monotone,
            "evidence": list(one.evidence) or ["the column itself"],
            "known": round(float(np.mean(~np.isnan(values[:, place]))), 4),
        }
        for place, one in enumerate(bundle.signals)
    ]
    return sorted(rows, key=lambda row: (-row["moves"], row["name"]))


def format_signal_name(one: Signal) -> str:
    """A signal's name in words."""
    return one.name.removeprefix(CUSTOM_PREFIX).replace("_", " ")


def _way(one: Signal, parts: FloatArray, values: FloatArray) -> str:
    """Which way more of it goes, where that is clear: the correlation of values and contributions.

    >>> from features.registry import CATALOGUE
    >>> import features.signals
    >>> _way(CATALOGUE["attempts_made"], np.array([0.0, 0.1, 0.4]), np.array([1.0, 2.0, 3.0]))
    'more raises'
    """
    known = ~np.isnan(values)
    if one.is_category:
        return "by value"
    if not np.abs(parts).max(initial=0) > 0:
        return "not used"
    if known.sum() < 2 or values[known].std() == 0 or parts[known].std() == 0:
        return "known or not"
    clear = float(np.corrcoef(values[known], parts[known])[0, 1])
    return "more raises" if clear > _CLEAR else "more lowers" if clear < -_CLEAR else "both ways"
