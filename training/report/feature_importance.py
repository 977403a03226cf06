"""What moves scores, how much, and which way? Every signal's contributions over the held-out leads.

Lives here: contributions of the whole model (linear part and trees, calibrated), the table of signals.
Does not live here: one lead's reasons (``features.explain.reasons``), the plot (``training.plots``).
"""

from typing import Any

import numpy as np

from features.array_types import FloatArray
from features.registry import Signal
from features.schema import CUSTOM_PREFIX
from training.bundle import Bundle

__all__ = ["MAX_ROWS", "compute_contributions", "format_signal_name", "summarize_signals"]

MAX_ROWS = 1500
"""Number of leads used, the latest; more would change the picture by less than a line's width."""

_MIN_CORRELATION = 0.3


def compute_contributions(bundle: Bundle, matrix: np.ndarray) -> tuple[FloatArray, FloatArray]:
    """Compute what each signal adds to the calibrated log-odds of the latest rows.

    Returns (parts, values), of shape (at most ``MAX_ROWS``, signals).
    """
    values = matrix[-MAX_ROWS:].astype(np.float64)
    return bundle.calibrator.slope * bundle.explain_rows(values)[1], values


def summarize_signals(bundle: Bundle, parts: FloatArray, values: FloatArray) -> list[dict[str, Any]]:
    """Return one row for each signal, strongest first.

    Name, family, unit, moves (mean absolute log-odds), way, policy (its monotone direction), evidence, and the share of
    leads it is known for.
    """
    strength = np.abs(parts).mean(axis=0)
    rows = [
        {
            "name": format_signal_name(signal),
            "family": signal.family,
            "unit": signal.unit,
            "moves": round(float(strength[column]), 4),
            "way": _describe_direction(signal, parts[:, column], values[:, column]),
            "policy": signal.monotone,
            "evidence": list(signal.evidence) or ["the column itself"],
            "known": round(float(np.mean(~np.isnan(values[:, column]))), 4),
        }
        for column, signal in enumerate(bundle.signals)
    ]
    return sorted(rows, key=lambda row: (-row["moves"], row["name"]))


def format_signal_name(signal: Signal) -> str:
    """Return a signal's name in words."""
    return signal.name.removeprefix(CUSTOM_PREFIX).replace("_", " ")


def _describe_direction(signal: Signal, parts: FloatArray, values: FloatArray) -> str:
    """Say whether more of the signal raises or lowers scores, by the correlation of values and contributions.

    >>> from features.registry import CATALOGUE
    >>> import features.signals
    >>> _describe_direction(CATALOGUE["attempts_made"], np.array([0.0, 0.1, 0.4]), np.array([1.0, 2.0, 3.0]))
    'more raises'
    """
    has_value = ~np.isnan(values)
    if signal.is_category:
        return "by value"
    if not np.abs(parts).max(initial=0) > 0:
        return "not used"
    if has_value.sum() < 2 or values[has_value].std() == 0 or parts[has_value].std() == 0:
        return "known or not"
    # A sign, not a measure: trees bend, so a weak correlation says "both ways" and not a direction.
    correlation = float(np.corrcoef(values[has_value], parts[has_value])[0, 1])
    if abs(correlation) <= _MIN_CORRELATION:
        return "both ways"
    return "more raises" if correlation > 0 else "more lowers"
