"""Which trees predict the label best? LightGBM with few, named choices; the number of trees is found on later leads.

Lives here: fitting one booster. Same data, same seed, same bytes.
Does not live here: folds (``training.dataset.time_splits``), calibration (``calibration``), metrics
(``training.evaluation.metrics``).
"""

from collections.abc import Sequence
from typing import Any

import lightgbm
import numpy as np

from features.array_types import FloatArray, IntArray
from features.registry import Signal
from training.dataset.training_data import LabeledRows, TrainingData
from training.settings import Settings

__all__ = [
    "LabeledRows",
    "compute_column_share",
    "compute_max_leaves",
    "count_trees",
    "fit_booster",
    "fit_trees",
    "mask_latest_leads",
]

_PATIENCE_TREES = 60
_VALIDATION_SHARE = 0.2
_MIN_TREES = 10
_MIN_COLUMNS = 8
_ROWS_FOR_BASE_LEAVES = 10_000
_MAX_LEAVES_FACTOR = 4.0
_LEADS_PER_TREE = 8
"""There are never more trees than leads divided by this: with few rows, early stopping on the latest fifth is chance.

With 150 leads (about 550 rows) of the synthetic practice, four worlds, the trees alone were worse than the base rate by
0.054 of log loss without a limit and better by 0.007 with one of a tree for 20 rows. Exports have a row for each lead:
on the next 1,500 leads of 18 windows of real exports, invented worlds and the synthetic practice with 300 to 1,200
leads, a tree for 8 leads gained .005 of the whole model's log loss over one for 20 rows, and .003 of AUC."""


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
    learning, signals, settings = data.learning, data.signals, data.tree_settings
    label, moments = learning.label[train], np.arange(len(learning))[train]
    later = mask_latest_leads(learning.order[train], learning.moments.of_lead[train], _VALIDATION_SHARE, settings.seed)
    if len(np.unique(label[later])) < 2 or len(np.unique(label[~later])) < 2:
        return _MIN_TREES
    leads = len(np.unique(learning.moments.of_lead[train]))
    limit = min(settings.most_trees, max(_MIN_TREES, leads // _LEADS_PER_TREE))
    probe_rows, validation = (LabeledRows(data.rows[moments[side]], label[side]) for side in (~later, later))
    probe = fit_trees(probe_rows, signals, settings, limit, validation, enforce_monotone)
    # The final fit has a quarter more rows than the probe; a tenth more trees suits them.
    return round(max(probe.best_iteration, _MIN_TREES) * 1.1)


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


def fit_trees(
    train: LabeledRows,
    signals: Sequence[Signal],
    settings: Settings,
    trees: int,
    validation: LabeledRows | None = None,
    enforce_monotone: bool = True,
) -> lightgbm.Booster:
    """Fit this many trees; with ``validation`` rows, stop when their loss has not improved for a while.

    A label between 0 and 1 is an expectation; cross entropy takes it as it is, and is log loss where all labels are 0
    or 1.

    Monotone directions hold by construction: left of a split on such a signal no leaf is higher than any leaf to its
    right, or none is lower ("basic"). LightGBM's "intermediate" compares only leaves whose thresholds meet, and a lead
    with another signal unknown reaches leaves whose thresholds do not: with 1,200 leads of the synthetic practice
    scores moved against the direction. Nor did it gain: in twelve worlds of 3,000 leads, last fold at arrival, "basic"
    changed log loss by -0.0000 [-0.0009 +0.0009] and AUC by -0.0006 [-0.0021 +0.0010]."""
    parameters = _build_parameters(settings, *train.rows.shape) | {
        "objective": "binary" if np.isin(train.label, (0, 1)).all() else "cross_entropy"
    }
    if enforce_monotone:
        parameters |= {
            "monotone_constraints": [signal.monotone for signal in signals],
            "monotone_constraints_method": "basic",
        }
    dataset = lightgbm.Dataset(
        train.rows,
        train.label,
        weight=train.weight,
        # LightGBM refuses names with punctuation; the bundle holds the real ones.
        feature_name=[f"s{column}" for column in range(len(signals))],
        categorical_feature=[column for column, signal in enumerate(signals) if signal.is_category],
        params=parameters,
    )
    early_stopping: dict[str, Any] = {}
    if validation is not None:
        early_stopping = {
            "valid_sets": [dataset.create_valid(validation.rows, validation.label, weight=validation.weight)],
            "callbacks": [lightgbm.early_stopping(_PATIENCE_TREES, verbose=False)],
        }
    return lightgbm.train(parameters, dataset, num_boost_round=trees, **early_stopping)


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
