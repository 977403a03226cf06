"""What do both parts of one fit say of a row, and how do their contributions add up?

Lives here: scores and contributions of a linear part and trees with their weights, before calibration and without a
bundle.
Does not live here: the model that is signed (``training.bundle``), contributions of trees (``shap_values``).
"""

from dataclasses import dataclass

import lightgbm
import numpy as np

from features.array_types import FloatArray
from training.dataset.training_data import TrainingData
from training.explain.shap_values import ShapExplainer
from training.explain.tree_centers import compute_tree_centers
from training.model.linear.linear_model import LinearModel, blend_scores

__all__ = ["BlendedModel"]


@dataclass(frozen=True)
class BlendedModel:
    """A linear part and trees.

    Parameters
    ----------
    linear : LinearModel
    linear_weight : float
    explainer : ShapExplainer
        Of the trees.
    tree_centers : tuple of float
        See ``compute_tree_centers``.
    """

    linear: LinearModel
    linear_weight: float
    explainer: ShapExplainer
    tree_centers: tuple[float, ...]

    @classmethod
    def of_parts(
        cls, booster: lightgbm.Booster, linear: LinearModel, linear_weight: float, data: TrainingData
    ) -> "BlendedModel":
        """Return the model of these two parts, whose contributions are differences from the average row of the data."""
        explainer = ShapExplainer.from_booster(booster)
        return cls(linear, linear_weight, explainer, compute_tree_centers(explainer, data))

    def predict_raw(self, rows: FloatArray) -> FloatArray:
        """Return the score of rows of the matrix, log-odds. Shape (n,)."""
        return blend_scores(self.linear.predict_raw(rows), self.explainer.predict(rows), self.linear_weight)

    def explain_rows(self, rows: FloatArray) -> tuple[FloatArray, FloatArray, float]:
        """Return raw scores of shape (n,), contributions of shape (n, signals), and the score of the average lead."""
        linear_parts, trees = self.linear.compute_parts(rows), self.explainer.explain(rows)
        tree_parts, tree_base = trees.parts, trees.base
        if self.tree_centers:
            tree_parts, tree_base = tree_parts - np.array(self.tree_centers), tree_base + sum(self.tree_centers)
        return (
            blend_scores(self.linear.base + linear_parts.sum(axis=1), trees.raw, self.linear_weight),
            blend_scores(linear_parts, tree_parts, self.linear_weight),
            float(blend_scores(self.linear.base, tree_base, self.linear_weight)),
        )
