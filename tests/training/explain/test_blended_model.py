"""Does a model without a bundle score and explain as the bundle of the same parts?"""

import numpy as np

from training.explain.blended_model import BlendedModel
from training.explain.shap_values import ShapExplainer


def test_scores_and_contributions_are_those_of_the_bundle(trained):
    bundle, rows = trained.bundle, trained.evaluation.matrix[:40].astype(float)
    explainer = ShapExplainer.from_booster(bundle.booster)
    model = BlendedModel(bundle.linear, bundle.linear_weight, explainer, bundle.tree_centers)

    np.testing.assert_array_equal(model.predict_raw(rows), bundle.predict_raw(rows))
    for ours, theirs in zip(model.explain_rows(rows), bundle.explain_rows(rows), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert model.predict_raw(rows[:0]).shape == (0,)
