"""Which trees predict the label best? LightGBM with few, named choices; the number of trees is found on later leads.

Lives here: fitting one booster. Same data, same seed, same bytes.
Does not live here: folds (``training.dataset.time_splits``), calibration (``calibration``), metrics
(``training.evaluation.metrics``).
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import lightgbm
import numpy as np

from features.array_types import FloatArray, IntArray
from features.registry import Signal
from training.dataset.training_data import LabeledRows, TrainingData
from training.model.linear.signal_penalties import FEW_LEADS
from training.settings import Settings

__all__ = [
    "LabeledRows",
    "bin_rows",
    "compute_column_share",
    "compute_max_leaves",
    "count_trees",
    "enlarge_steps",
    "fit_booster",
    "fit_trees",
    "fit_trees_until_stale",
    "limit_trees",
    "mask_latest_leads",
    "scale_trees",
]

_PATIENCE_TREES, _PATIENCE = 60, 2.4
"""Trees without improvement after which counting ends: fewer where each tree may change more, by the learning rate."""
_VALIDATION_SHARE = 0.2
_MIN_TREES = 10
_TREES_GROWTH = 0.43
"""A quarter more rows take a tenth more trees."""
_LARGER_STEPS, _LARGEST_RATE = 2.0, 0.1
_MIN_COLUMNS = 8
_ROWS_FOR_BASE_LEAVES = 10_000
_MAX_LEAVES_FACTOR = 4.0
_LEADS_PER_TREE = 4
"""There are never more trees than leads divided by this: with few rows, early stopping on the latest fifth is chance.

With 150 leads (about 550 rows) of the synthetic practice, four worlds, the trees alone were worse than the base rate by
0.054 of log loss without a limit and better by 0.007 with one of a tree for 20 rows. Exports have a row for each lead:
on the next 1,500 leads of 18 windows of real exports, invented worlds and the synthetic practice with 300 to 1,200
leads, a tree for 8 leads gained .005 of the whole model's log loss over one for 20 rows, and .003 of AUC. A tree for 4
gained .005 and .003 more on four files of 120 to 400 leads by which it was chosen, .002 and .001 on six others (at best
.009, at worst -.003 of log loss): small steps that end so early have not learned what early stopping would allow. The
last 400 contacts of a call desk before its world turned lose .026; no number of trees is right there."""


def fit_booster(
    data: TrainingData, train: IntArray | slice = slice(None), enforce_monotone: bool = True
) -> lightgbm.Booster:
    """Fit a booster to the moments ``train`` and their copies with fields withheld; to all moments when not given.

    Parameters
    ----------
    enforce_monotone : bool
        Whether scores follow the signals' monotone directions, which are about converting.
    """
    trees = count_trees(data, train, enforce_monotone)
    return fit_trees(data.select(train), data.signals, data.tree_settings, trees, enforce_monotone=enforce_monotone)


def count_trees(data: TrainingData, train: IntArray | slice = slice(None), enforce_monotone: bool = True) -> int:
    """Find how many trees suit the moments ``train``: by early stopping on their latest fifth of the leads (a random
    fifth without dates).

    Whole rows alone decide it: where the world drifts, copies with fields withheld would stop the trees too early.
    """
    learning, signals, settings, limit = data.learning, data.signals, data.tree_settings, limit_trees(data, train)
    label, moments = learning.label[train], np.arange(len(learning))[train]
    later = mask_latest_leads(learning.order[train], learning.moments.of_lead[train], _VALIDATION_SHARE, settings.seed)
    if len(np.unique(label[later])) < 2 or len(np.unique(label[~later])) < 2:
        return min(round(_MIN_TREES / data.tree_steps), limit)
    probe_rows, validation = (LabeledRows(data.rows[moments[side]], label[side]) for side in (~later, later))
    probe = fit_trees_until_stale(probe_rows, signals, settings, (0, limit), validation, enforce_monotone)
    return min(limit, scale_trees(probe.best_iteration, len(probe_rows.rows), len(moments), data.tree_steps))


def limit_trees(data: TrainingData, train: IntArray | slice = slice(None)) -> int:
    """Return how many trees at most suit the moments ``train``, by their number of leads; fewer if steps are larger."""
    leads = len(np.unique(data.learning.moments.of_lead[train]))
    limit = min(data.settings.most_trees, max(_MIN_TREES, leads // _LEADS_PER_TREE))
    return max(1, int(limit / data.tree_steps))


def enlarge_steps(data: TrainingData) -> TrainingData:
    """Return the data for fold models: with many leads half as many trees, each of which may change twice as much.

    What folds choose and show hardly depends on the size of a step; the model that is signed takes small ones. On the
    next 1,500 leads of 19 windows of three exports (5,000 to 12,000 leads), larger steps changed the signed model's log
    loss by +.0002 (standard error .0003) and its AUC by -.0015 (.0022), for a sixth less time.
    """
    if data.learning.arrival.sum() <= FEW_LEADS:
        return data
    return replace(data, tree_steps=min(_LARGER_STEPS, max(1.0, _LARGEST_RATE / data.settings.learning_rate)))


def scale_trees(trees: int, rows: int, more_rows: int, steps: float = 1.0) -> int:
    """Return how many trees suit ``more_rows`` whole rows, where so many suited later rows than ``rows``; 10 or more.

    Larger ``steps`` take fewer: where the world turns, ten trees that change twice as much are surer of what ends.

    >>> scale_trees(100, 4_000, 5_000), scale_trees(3, 4_000, 4_000), scale_trees(3, 4_000, 4_000, steps=2.0)
    (110, 10, 5)
    """
    return round(max(trees, _MIN_TREES / steps) * (more_rows / rows) ** _TREES_GROWTH)


def mask_latest_leads(order: FloatArray, of_lead: IntArray, share: float, seed: int) -> np.ndarray:
    """Return a mask of the rows of the latest ``share`` of leads; of a random share where order is unknown.

    All rows of a lead are on the same side.

    Parameters
    ----------
    order : float array of shape (n,)
        Grows with time; NaN when there is no order.
    of_lead : int array of shape (n,)
    """
    if np.isnan(order).any():
        leads = np.unique(of_lead)
        sample = np.random.default_rng(seed).permutation(leads)[: max(1, int(len(leads) * share))]
        return np.isin(of_lead, sample)
    return order > np.quantile(order, 1 - share)


def bin_rows(train: LabeledRows, signals: Sequence[Signal], settings: Settings) -> lightgbm.Dataset:
    """Find the bins of these rows, once for all boosters that learn from them, whatever the labels and the weights."""
    return lightgbm.Dataset(
        train.rows,
        train.label,
        # LightGBM refuses names with punctuation; the bundle holds the real ones.
        feature_name=[f"s{column}" for column in range(len(signals))],
        categorical_feature=[column for column, signal in enumerate(signals) if signal.is_category],
        params=_build_parameters(settings, *train.rows.shape),
    ).construct()


def fit_trees(
    train: LabeledRows, signals: Sequence[Signal], settings: Settings, trees: int, enforce_monotone: bool = True
) -> lightgbm.Booster:
    """Fit this many trees.

    A label between 0 and 1 is an expectation; cross entropy takes it as it is, and is log loss where all labels are 0
    or 1.

    Monotone directions hold by construction: left of a split on such a signal no leaf is higher than any leaf to its
    right, or none is lower ("basic"). LightGBM's "intermediate" compares only leaves whose thresholds meet, and a lead
    with another signal unknown reaches leaves whose thresholds do not: with 1,200 leads of the synthetic practice
    scores moved against the direction. Nor did it gain: in twelve worlds of 3,000 leads, last fold at arrival, "basic"
    changed log loss by -0.0000 [-0.0009 +0.0009] and AUC by -0.0006 [-0.0021 +0.0010]."""
    booster, _ = _start_booster(train, signals, settings, enforce_monotone)
    for _ in range(trees):
        booster.update()
    return _keep_trees(booster)


def fit_trees_until_stale(
    train: LabeledRows,
    signals: Sequence[Signal],
    settings: Settings,
    number: tuple[int, int],
    validation: LabeledRows,
    enforce_monotone: bool = True,
) -> lightgbm.Booster:
    """Fit trees until the loss of later rows has not improved for a while.

    Parameters
    ----------
    number : tuple of int
        The fewest and the most trees.
    validation : LabeledRows

    Returns
    -------
    lightgbm.Booster
        Its ``best_iteration`` is the number of trees with the least loss, which may lie below the fewest.
    """
    booster, bins = _start_booster(train, signals, settings, enforce_monotone)
    booster.add_valid(bins.create_valid(validation.rows, validation.label), "later")
    fewest, limit = number
    patience = min(_PATIENCE_TREES, round(_PATIENCE / settings.learning_rate))
    least_loss, best = np.inf, 0
    for trees in range(1, max(fewest, limit) + 1):
        booster.update()
        loss = booster.eval_valid()[0][2]
        # What comes after the most trees is fitted for its scores alone.
        if loss < least_loss and trees <= limit:
            least_loss, best = loss, trees
        if trees >= max(fewest, min(limit, best + patience)):
            break
    fitted = _keep_trees(booster)
    fitted.best_iteration = best
    return fitted


def _start_booster(
    train: LabeledRows, signals: Sequence[Signal], settings: Settings, enforce_monotone: bool
) -> tuple[lightgbm.Booster, lightgbm.Dataset]:
    """Return a booster without trees, and its rows in bins.

    It must be finished before another one is started on the same bins.
    """
    bins = bin_rows(train, signals, settings) if train.bins is None else train.bins
    parameters = _build_parameters(settings, *train.rows.shape) | {
        "objective": "binary" if np.isin(train.label, (0, 1)).all() else "cross_entropy"
    }
    if enforce_monotone:
        parameters |= {
            "monotone_constraints": [signal.monotone for signal in signals],
            "monotone_constraints_method": "basic",
        }
    bins.set_label(train.label)
    # Not set_weight: that leaves the weights of the last booster where there are none now.
    bins.set_field("weight", train.weight)
    return lightgbm.Booster(parameters, bins), bins


def _keep_trees(booster: lightgbm.Booster) -> lightgbm.Booster:
    """Return the booster without the data that it was fitted to."""
    return lightgbm.Booster(model_str=booster.model_to_string(num_iteration=-1))


def compute_column_share(share: float, columns: int) -> float:
    """Compute the share of the columns that each tree may use: the setting, but never fewer than eight columns.

    Four columns of eleven seldom include the three that matter together. On 110,527 booked appointments with eleven
    columns, whether the patient came: 4 columns a tree gave AUC .740 on a random fifth and .723 on the latest, 8 gave
    .743 and .725, with less than half the trees.

    >>> [round(compute_column_share(0.4, columns), 3) for columns in (5, 11, 20, 200)]
    [1.0, 0.727, 0.4, 0.4]
    """
    return max(share, min(1.0, _MIN_COLUMNS / max(columns, 1)))


def compute_max_leaves(leaves: int, rows: int) -> int:
    """Compute the maximum number of leaves of a tree.

    The setting up to 10,000 rows; beyond, it grows with the root of the rows, to at most four times the setting. Each
    leaf still holds more rows than before, and finer interactions can be found. On the appointments of
    ``compute_column_share``, 88,000 rows: 16 leaves gave AUC .743 on a random fifth and .725 on the latest, 48 gave
    .750 and .726. On 33,000 contacts of a call desk it made no difference; on 7,400 leads 32 leaves were worse than 16.

    >>> [compute_max_leaves(16, rows) for rows in (500, 10_000, 40_000, 10_000_000)]
    [16, 16, 32, 64]
    """
    return round(leaves * min(_MAX_LEAVES_FACTOR, max(1.0, (rows / _ROWS_FOR_BASE_LEAVES) ** 0.5)))


def _build_parameters(settings: Settings, rows: int, columns: int) -> dict[str, Any]:
    """Return the settings under LightGBM's names, for this many rows and columns."""
    return {
        "learning_rate": settings.learning_rate,
        "num_leaves": compute_max_leaves(settings.leaves, rows),
        "min_data_in_leaf": settings.leads_per_leaf,
        "feature_fraction": compute_column_share(settings.feature_fraction, columns),
        "lambda_l2": settings.l2,
        "cat_smooth": 20.0,
        "cat_l2": 10.0,
        "num_threads": settings.threads,
        "seed": settings.seed,
        "deterministic": True,
        # The same trees as row by row, to the bit, in a tenth less time; and whatever the number of threads.
        "force_col_wise": True,
        "verbosity": -1,
    }
