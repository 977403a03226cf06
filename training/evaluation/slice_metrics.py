"""How does the model perform by segment? Metrics by month, clinic, channel, service and age band, with counts.

Lives here: slicing the held-out leads, the metrics of each slice, fairness by age band; slices too small to judge are
not shown.
Does not live here: how a metric is computed (``metrics``).

Age is barred from the score. An audit may still use it: whether a score treats people of different ages alike can only
be seen with their ages."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from features.array_types import FloatArray, ObjectArray
from training.evaluation.metrics import Bootstrap, evaluate

__all__ = ["MIN_LEADS_PER_SLICE", "measure_slices"]

MIN_LEADS_PER_SLICE = 30
"""A slice with fewer leads is counted but not shown: its metrics mean nothing, and it might identify a person."""

_MIN_LEADS_PER_CLASS = 5
"""Leads that converted, and that did not, needed for the AUC of a slice."""

_MAX_SLICES = 24
_DEFAULT_BOOTSTRAP = Bootstrap(resamples=200)


def measure_slices(
    label: FloatArray,
    probability: FloatArray,
    dimensions: Mapping[str, ObjectArray],
    bootstrap: Bootstrap = _DEFAULT_BOOTSTRAP,
) -> dict[str, dict[str, Any]]:
    """Compute the metrics of every slice of every dimension, as JSON values.

    Parameters
    ----------
    label, probability : float arrays of shape (n,)
    dimensions : dict
        Title -> slice of each lead, shape (n,), None not given.

    Returns
    -------
    dict
        Title -> ``parts`` (the slices shown, largest first, but months in their order), ``hidden`` (slices not shown),
        ``hidden_leads`` and ``not_said``. A slice has leads, happened and said (actual and predicted rate, 0 to 1), gap
        (predicted minus actual) and auc with their intervals, and top_fifth, the share of it that is among the
        highest-scored fifth of all leads.

    >>> slices = measure_slices(
    ...     np.array([0.0, 1.0] * 40), np.full(80, 0.5), {"Channel": np.array(["web"] * 60 + ["fax"] * 20, object)}
    ... )
    >>> slices["Channel"]["parts"][0]["leads"], slices["Channel"]["hidden"], slices["Channel"]["hidden_leads"]
    (60, 1, 20)
    """
    top = _share_in_top_fifth(probability)
    return {
        title: _measure_dimension(title, slice_of, label, probability, top, bootstrap)
        for title, slice_of in dimensions.items()
    }


def _measure_dimension(
    title: str,
    slice_of: ObjectArray,
    label: FloatArray,
    probability: FloatArray,
    top: FloatArray,
    bootstrap: Bootstrap,
) -> dict[str, Any]:
    """Measure the slices of one dimension that are large enough."""
    values = [value for value in slice_of if value is not None]
    names, counts = (
        np.unique(np.array(values, object).astype(str), return_counts=True)
        if values
        else (np.empty(0, str), np.empty(0, int))
    )
    large = [
        (name, int(count))
        for name, count in zip(names.tolist(), counts.tolist(), strict=True)
        if count >= MIN_LEADS_PER_SLICE
    ]
    # The largest are shown; months and ages then go in their own order, in which a trend can be seen.
    shown = sorted(large, key=lambda pair: (-pair[1], pair[0]))[:_MAX_SLICES]
    if title in ("Month", "Age band"):
        shown.sort()
    parts = []
    for name, _ in shown:
        rows = np.flatnonzero(slice_of == name)
        parts.append({"name": name} | _measure_slice(label[rows], probability[rows], top[rows], bootstrap))
    hidden = len(names) - len(shown)
    return {
        "parts": parts,
        "hidden": hidden,
        "hidden_leads": int(counts.sum()) - sum(part["leads"] for part in parts),
        "not_said": int(len(slice_of) - len(values)),
    }


def _measure_slice(label: FloatArray, probability: FloatArray, top: FloatArray, bootstrap: Bootstrap) -> dict[str, Any]:
    """Compute the metrics of one slice."""
    gap = probability - label
    draws = np.random.default_rng(bootstrap.seed).poisson(1.0, (bootstrap.resamples, len(gap)))
    means = draws @ gap / np.maximum(draws.sum(axis=1), 1)
    auc = None
    if min(label.sum(), len(label) - label.sum()) >= _MIN_LEADS_PER_CLASS:
        auc = evaluate(label, probability, np.arange(len(label)), bootstrap, is_probability=False)["auc"]
    return {
        "leads": len(label),
        "happened": round(float(label.mean()), 6),
        "said": round(float(probability.mean()), 6),
        "gap": [round(float(value), 6) for value in (gap.mean(), *np.percentile(means, (2.5, 97.5)))],
        "auc": None if auc is None else auc.to_list(),
        "top_fifth": round(float(top.mean()), 6),
    }


def _share_in_top_fifth(probability: FloatArray) -> FloatArray:
    """Return how much of each lead is among the highest fifth; leads tied at the edge share what is left."""
    edge = np.sort(probability)[::-1][max(0, int(np.ceil(0.2 * len(probability))) - 1)]
    above, at = probability > edge, probability == edge
    return above + at * ((0.2 * len(probability) - above.sum()) / max(1, at.sum()))
