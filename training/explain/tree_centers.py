"""What do the trees add for an average lead? The point that reasons compare with, where trees also learned from copies.

Lives here: the mean contribution of each signal over whole leads.
Does not live here: contributions of one lead (``shap_values``), copies of leads with fields withheld
(``training.dataset.withheld_fields``).
"""

import numpy as np

from training.dataset.training_data import TrainingData
from training.explain.shap_values import ShapExplainer

__all__ = ["compute_tree_centers"]

_MOMENTS = 500


def compute_tree_centers(explainer: ShapExplainer, data: TrainingData) -> tuple[float, ...]:
    """Compute the mean contribution of each signal over some hundred moments, evenly through the data.

    Empty where there are no copies: the trees' own base is the average of whole leads then.
    """
    if data.withheld is None:
        return ()
    rows = data.rows[:: max(1, len(data.rows) // _MOMENTS)].astype(np.float64)
    parts = explainer.explain(rows, data.settings.threads).parts
    return tuple(parts.mean(axis=0).tolist())
