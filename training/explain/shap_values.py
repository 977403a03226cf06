"""How much did each signal move the score? Exact Shapley contributions of a booster, in log-odds, or its scores alone.

Lives here: the way a model scores and is explained: by our own kernel (``tree_shap``), or by LightGBM, when the model
is of a kind that the kernel does not know or the two differ on rows made from the model itself. Both contributions are
path-dependent TreeSHAP (Lundberg et al. 2020, doi:10.1038/s42256-019-0138-9).
Does not live here: the mathematics (``tree_shap``), turning contributions into reasons (``features.explain.reasons``).
"""

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

import lightgbm
import numpy as np

from features.array_types import FloatArray
from training.errors import UnsupportedTrees

if TYPE_CHECKING:
    from training.explain.tree_shap import Contributions, FastTreeShap

__all__ = ["ShapExplainer"]

log = logging.getLogger("leadlight.contributions")

_TOLERANCE = 1e-9
_TEST_ROWS = 12


@dataclass(frozen=True)
class ShapExplainer:
    """Computes and explains scores of one booster.

    Parameters
    ----------
    booster : lightgbm.Booster
    trees : FastTreeShap or None
        None where LightGBM's own contributions are used.
    fallback_reason : str or None
        Why they are, as a sentence to show; None where our own kernel is used.
    """

    booster: lightgbm.Booster
    trees: "FastTreeShap | None"
    fallback_reason: str | None

    @classmethod
    def from_booster(cls, booster: lightgbm.Booster) -> "ShapExplainer":
        """Choose our own kernel once it agrees with LightGBM on a few rows to 1e-9; else LightGBM, and log why.

        Raises
        ------
        UnsupportedTrees
            If LightGBM cannot explain the model either, as with linear trees.
        """
        # numba takes a second to import: not before there is something to explain.
        from training.explain.tree_shap import FastTreeShap

        try:
            trees = FastTreeShap.from_model_text(booster.model_to_string())
            fault = _find_difference(booster, trees)
        except UnsupportedTrees as unsupported:
            trees, fault = None, str(unsupported)
        if fault is None:
            return cls(booster, trees, None)
        _explain_by_lightgbm(booster, np.zeros((1, booster.num_feature())), 1)
        log.warning("contributions are computed by LightGBM, many times slower: %s", fault)
        return cls(booster, None, fault)

    def explain(self, rows: np.ndarray, threads: int = 1) -> "Contributions":
        """Return raw scores of ``rows``, float array of shape (n, columns), and what each column moved, in log-odds."""
        if self.trees is not None:
            return self.trees.explain(rows, threads)
        return _explain_by_lightgbm(self.booster, rows, threads)

    def predict(self, rows: np.ndarray, threads: int = 1) -> FloatArray:
        """Return the raw scores alone, shape (n,). LightGBM's own way takes 0.3 ms to hand over one row."""
        if self.trees is not None:
            return self.trees.predict(rows, threads)
        return np.asarray(self.booster.predict(rows, raw_score=True, num_threads=threads)) if len(rows) else np.empty(0)


def _explain_by_lightgbm(booster: lightgbm.Booster, rows: np.ndarray, threads: int) -> "Contributions":
    """Return the same from LightGBM."""
    from training.explain.tree_shap import Contributions

    columns = booster.num_feature()
    if not len(rows):
        return Contributions(np.empty(0), np.empty((0, columns)), 0.0, tuple(booster.feature_name()))
    try:
        both = np.asarray(booster.predict(rows, pred_contrib=True, num_threads=threads))
    except lightgbm.basic.LightGBMError:
        raise UnsupportedTrees(
            "model: LightGBM computes no contributions for trees of its kind (linear ones), so its scores cannot be "
            "explained. Score without reasons, or train again without linear trees."
        ) from None
    raw = np.asarray(booster.predict(rows, raw_score=True, num_threads=threads))
    return Contributions(raw, both[:, :-1], float(both[0, -1]), tuple(booster.feature_name()))


def _find_difference(booster: lightgbm.Booster, trees: "FastTreeShap") -> str | None:
    """Describe where our kernel differs from LightGBM by more than 1e-9 of the largest score; None when nowhere."""
    rows = _build_test_rows(trees)
    ours, theirs = trees.explain(rows), _explain_by_lightgbm(booster, rows, 1)
    tolerance = _TOLERANCE * max(1.0, float(np.abs(theirs.raw).max()))
    gaps = {
        "scores": np.abs(ours.raw - theirs.raw).max(),
        "scores alone": np.abs(trees.predict(rows) - theirs.raw).max(),
        "contributions": np.abs(ours.parts - theirs.parts).max(initial=0.0),
        "mean score": abs(ours.base - theirs.base),
        "sums": np.abs(ours.base + ours.parts.sum(axis=1) - ours.raw).max(),
    }
    # "Not at most" rather than "more than": a gap of NaN counts as a difference.
    differences = [f"{name} by {gap:.3g}" for name, gap in gaps.items() if not gap <= tolerance]
    if not differences:
        return None
    return f"ours differ from LightGBM's on rows made from the model's own thresholds: {', '.join(differences)}."


def _build_test_rows(trees: "FastTreeShap") -> FloatArray:
    """Build rows that test the model's own splits: at a threshold, just above it, missing, zero, categories.

    Shape (12, columns).
    """
    random, forest = np.random.default_rng(7), trees.forest
    rows = np.full((_TEST_ROWS, len(trees.names)), np.nan)
    for column in range(len(trees.names)):
        split = forest.nodes["threshold"][forest.nodes["feature"] == column]
        values = np.concatenate([split, np.nextafter(split, np.inf), [np.nan, 0.0, -1.0, 1.0, 5.0, 31.0, 1e6]])
        rows[:, column] = random.choice(values, _TEST_ROWS)
    return rows
