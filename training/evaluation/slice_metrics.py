"""For whom does it hold? The figures by month, clinic, channel and group, with counts; what is too small to judge is
not shown.

Lives here: cutting the held-out leads, the figures of each part, fairness by age band.
Does not live here: the arithmetic of a figure (``evaluate``).

Age is barred from the score. An audit may look at it all the same: whether a score treats people of different ages
alike can only be seen with their ages."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from features.array_types import FloatArray, ObjectArray
from training.evaluation.metrics import evaluate

__all__ = ["MIN_LEADS_PER_SLICE", "measure_slices"]

MIN_LEADS_PER_SLICE = 30
"""A part with fewer leads is counted and not shown: its figures would mean nothing, and it might point at a person."""

_MIN_LEADS_PER_CLASS = 5
"""AUC of a part is told when at least so many of its leads converted, and so many did not."""

_MAX_SLICES = 24


def measure_slices(
    label: FloatArray, probability: FloatArray, by: Mapping[str, ObjectArray], resamples: int = 200, seed: int = 7
) -> dict[str, dict[str, Any]]:
    """The figures of every part of every cut, as JSON values.

    Parameters
    ----------
    label, probability : float arrays of shape (n,)
    by : dict
        Title -> part of each lead, shape (n,), None not said.

    Returns
    -------
    dict
        Title -> ``parts`` (largest first, but months in their order), ``hidden`` (parts not shown), ``hidden_leads``
        and ``not_said``. A part has leads, happened and said (0 to 1), gap (said less happened) and auc with their
        intervals, and top_fifth, the share of it that stands among the highest-scored fifth of all.

    >>> found = measure_slices(
    ...     np.array([0.0, 1.0] * 40), np.full(80, 0.5), {"Channel": np.array(["web"] * 60 + ["fax"] * 20, object)}
    ... )
    >>> found["Channel"]["parts"][0]["leads"], found["Channel"]["hidden"], found["Channel"]["hidden_leads"]
    (60, 1, 20)
    """
    top = _share_in_top_fifth(probability)
    return {title: _measure_dimension(title, parts, label, probability, top, resamples, seed) for title, parts in by.items()}


def _measure_dimension(
    title: str, of: ObjectArray, label: FloatArray, probability: FloatArray, top: FloatArray, resamples: int, seed: int
) -> dict[str, Any]:
    """One cut: its parts that are large enough."""
    said = [value for value in of if value is not None]
    names, counts = (
        np.unique(np.array(said, object).astype(str), return_counts=True)
        if said
        else (np.empty(0, str), np.empty(0, int))
    )
    large = [
        (name, int(count)) for name, count in zip(names.tolist(), counts.tolist(), strict=True) if count >= MIN_LEADS_PER_SLICE
    ]
    shown = sorted(large, key=lambda one: (-one[1], one[0]))[:_MAX_SLICES]
    shown.sort(key=lambda one: one[0] if title == "Month" or title == "Age band" else "")
    parts = []
    for name, _ in shown:
        rows = np.flatnonzero(of == name)
        parts.append({"name": name} | _measure_slice(label[rows], probability[rows], top[rows], resamples, seed))
    hidden = len(names) - len(shown)
    return {
        "parts": parts,
        "hidden": hidden,
        "hidden_leads": int(counts.sum()) - sum(part["leads"] for part in parts),
        "not_said": int(len(of) - len(said)),
    }


def _measure_slice(label: FloatArray, probability: FloatArray, top: FloatArray, resamples: int, seed: int) -> dict[str, Any]:
    """The figures of one part."""
    gap = probability - label
    draws = np.random.default_rng(seed).poisson(1.0, (resamples, len(gap)))
    means = draws @ gap / np.maximum(draws.sum(axis=1), 1)
    both = min(label.sum(), len(label) - label.sum()) >= _MIN_LEADS_PER_CLASS
    auc = (
        evaluate(label, probability, np.arange(len(label)), resamples, seed, is_probability=False)["auc"]
        if both
        else None
    )
    return {
        "leads": len(label),
        "happened": round(float(label.mean()), 6),
        "said": round(float(probability.mean()), 6),
        "gap": [round(float(one), 6) for one in (gap.mean(), *np.percentile(means, (2.5, 97.5)))],
        "auc": None if auc is None else auc.plain(),
        "top_fifth": round(float(top.mean()), 6),
    }


def _share_in_top_fifth(probability: FloatArray) -> FloatArray:
    """How much of each lead stands among the highest fifth; whoever ties at the edge shares it."""
    edge = np.sort(probability)[::-1][max(0, int(np.ceil(0.2 * len(probability))) - 1)]
    above, at = probability > edge, probability == edge
    return above + at * ((0.2 * len(probability) - above.sum()) / max(1, at.sum()))
