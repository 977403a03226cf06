"""Do reasons compare with an average whole lead, also where the trees learned from copies?"""

from dataclasses import replace

import numpy as np
import pytest

from training.explain.shap_values import ShapExplainer
from training.explain.tree_centers import compute_tree_centers
from training.model.gradient_boosting import fit_trees
from training.pipeline import prepare


@pytest.fixture(scope="module")
def data(demo_tables, demo_practice, bare_settings):
    """What a run learns from, before the first fit."""
    return prepare(demo_tables, demo_practice, bare_settings).data


def test_contributions_of_whole_leads_are_zero_on_average(data):
    booster = fit_trees(data.select(), data.signals, data.settings, 20)
    rows = data.rows[:: len(data.rows) // 500].astype(float)

    centers = np.array(compute_tree_centers(ShapExplainer.from_booster(booster), data))

    parts = booster.predict(rows, pred_contrib=True)[:, :-1]
    np.testing.assert_allclose((parts - centers).mean(axis=0), 0, atol=1e-9)


def test_without_copies_the_base_is_that_of_the_trees(data):
    alone = replace(data, withheld=None)

    booster = fit_trees(alone.select(), data.signals, data.settings, 5)

    assert compute_tree_centers(ShapExplainer.from_booster(booster), alone) == ()
