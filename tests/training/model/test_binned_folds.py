"""Are bins found once a fold, and do boosters fitted to shared bins equal those fitted alone?"""

from dataclasses import replace

import numpy as np
import pytest

from training.model.binned_folds import BinnedFolds
from training.model.gradient_boosting import fit_trees
from training.preparation import prepare


@pytest.fixture(scope="module")
def data(demo_tables, demo_practice, bare_settings):
    """The synthetic practice in two folds, with copies."""
    return prepare(demo_tables, demo_practice, bare_settings).data


def write_trees(rows, data):
    """The text of a few trees."""
    return fit_trees(rows, data.signals, data.tree_settings, 4).model_to_string().split("\nparameters:")[0]


def test_boosters_on_shared_bins_are_those_fitted_alone_whatever_was_fitted_before(data):
    bins, fold = BinnedFolds(), data.splits.folds[-1]
    turned = replace(data, learning=replace(data.learning, label=1 - data.learning.label))
    versions = [data, data.with_withheld_share(1.0), replace(turned, withheld=data.withheld), data]

    shared = [bins.select(version, fold) for version in versions]

    assert len({id(rows.bins) for rows in shared}) == 1
    for version, rows in zip(versions, shared, strict=True):
        assert write_trees(rows, data) == write_trees(version.select(fold.train), data)


def test_weights_of_an_earlier_booster_do_not_stay(data):
    bins, fold = BinnedFolds(), data.splits.folds[-1]
    rows = bins.select(data, fold)
    unweighted = rows._replace(weight=None)

    before = write_trees(unweighted, data)
    weighted = write_trees(rows._replace(weight=np.linspace(0.1, 3.0, len(rows.rows))), data)

    assert write_trees(unweighted, data) == before != weighted


def test_each_fold_has_its_own_bins(data):
    bins, fold = BinnedFolds(), data.splits.folds[-1]
    other = replace(fold, train=fold.train[: len(fold.train) // 2])

    assert bins.select(data, fold).bins is not bins.select(data, other).bins
    assert bins.select(data, other).bins.num_data() == len(data.select(other.train).rows)
