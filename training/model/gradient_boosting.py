"""Which trees predict the label best? LightGBM with few, named choices; the number of trees found on later leads.

Lives here: fitting one booster. Same data, same seed, same bytes.
Does not live here: folds (``splits``), calibration (``calibrate``), figures (``evaluate``).
"""

from collections.abc import Sequence

import lightgbm
import numpy as np

from features.array_types import FloatArray, IntArray
from features.registry import Signal
from training.settings import Settings

__all__ = ["compute_column_share", "fit_booster", "fit_trees", "mask_latest_leads", "compute_max_leaves"]

_PATIENCE_TREES = 60
_VALIDATION_SHARE = 0.2
_FEWEST_TREES = 10
_FEWEST_COLUMNS = 8
_ROWS_FOR_THE_LEAVES = 10_000
_MOST_TIMES_THE_LEAVES = 4.0
_ROWS_PER_TREE = 20
"""No more trees than rows by this: with few rows the latest fifth stops at chance. With 150 leads (about 550 rows) of
the invented practice, four worlds, the trees alone were worse than the base rate by 0.054 of log loss without it and
better by 0.007 with it; with 1,200 leads they gained 0.001."""


def fit_booster(
    matrix: np.ndarray,
    label: FloatArray,
    order: FloatArray,
    of_lead: IntArray,
    signals: Sequence[Signal],
    settings: Settings,
    policy: bool = True,
) -> lightgbm.Booster:
    """A booster fitted to all rows, its number of trees found by early stopping on the latest fifth of the leads (a
    random fifth without order).

    Parameters
    ----------
    matrix : float32 array of shape (n, signals)
    label : float array of shape (n,)
    order : float array of shape (n,)
        Grows with time; NaN when there is no order.
    of_lead : int array of shape (n,)
    policy : bool
        Whether the signals' monotone directions hold; they are about converting.
    """
    later = mask_latest_leads(order, of_lead, _VALIDATION_SHARE, settings.seed)
    if len(np.unique(label[later])) < 2 or len(np.unique(label[~later])) < 2:
        return fit_trees(matrix, label, signals, settings, _FEWEST_TREES, policy=policy)
    most = min(settings.most_trees, max(_FEWEST_TREES, len(matrix) // _ROWS_PER_TREE))
    probe = fit_trees(matrix[~later], label[~later], signals, settings, most, (matrix[later], label[later]), policy)
    trees = round(max(probe.best_iteration, _FEWEST_TREES) * 1.1)  # a tenth more trees for a quarter more rows
    return fit_trees(matrix, label, signals, settings, trees, policy=policy)


def mask_latest_leads(order: FloatArray, of_lead: IntArray, share: float, seed: int) -> np.ndarray:
    """Mask of the rows of the latest ``share`` of leads; of a random share where order is unknown.

    A lead is never cut in two.
    """
    if np.isnan(order).any():
        leads = np.unique(of_lead)
        chosen = np.random.default_rng(seed).permutation(leads)[: max(1, int(len(leads) * share))]
        return np.isin(of_lead, chosen)
    return order > np.quantile(order, 1 - share)


def fit_trees(
    matrix: np.ndarray,
    label: FloatArray,
    signals: Sequence[Signal],
    settings: Settings,
    trees: int,
    later: tuple[np.ndarray, FloatArray] | None = None,
    policy: bool = True,
) -> lightgbm.Booster:
    """One call of LightGBM for so many trees; with ``later`` rows it stops when they have not improved for a while.

    A label between 0 and 1 is an expectation; cross entropy takes it as it is, and is log loss where all labels are 0
    or 1.

    The policy holds by construction: left of a split on a bound signal every leaf says no more than every leaf to its
    right, or no less ("basic"). LightGBM's "intermediate" compares only leaves whose thresholds meet, and a lead of
    whom another signal is unknown reaches leaves whose thresholds do not: with 1,200 leads of the invented practice
    scores moved against the policy. Nor did it gain: in twelve worlds of 3,000 leads, last fold at arrival, "basic"
    changed log loss by -0.0000 [-0.0009 +0.0009] and AUC by -0.0006 [-0.0021 +0.0010]."""
    parameters = _parameters(settings, *matrix.shape) | {
        "objective": "binary" if np.isin(label, (0, 1)).all() else "cross_entropy"
    }
    parameters |= (
        {"monotone_constraints": [one.monotone for one in signals], "monotone_constraints_method": "basic"}
        if policy
        else {}
    )
    categories = [i for i, one in enumerate(signals) if one.is_category]
    names = [
        f"s{i}" for i in range(len(signals))
    ]  # LightGBM refuses names with punctuation; the bundle holds the real ones
    train = lightgbm.Dataset(matrix, label, feature_name=names, categorical_feature=categories, params=parameters)
    watched = (
        {}
        if later is None
        else {
            "valid_sets": [train.create_valid(later[0], later[1])],
            "callbacks": [lightgbm.early_stopping(_PATIENCE_TREES, verbose=False)],
        }
    )
    return lightgbm.train(parameters, train, num_boost_round=trees, **watched)


def compute_column_share(share: float, columns: int) -> float:
    """The share of the columns that each tree may look at: the setting, but never fewer than eight columns.

    Four of eleven columns seldom hold the three that matter together. On 110,527 booked appointments with eleven
    columns, whether the patient came: 4 columns a tree gave AUC .740 on a random fifth and .723 on the latest, 8 gave
    .743 and .725, with less than half the trees.

    >>> [round(compute_column_share(0.4, columns), 3) for columns in (5, 11, 20, 200)]
    [1.0, 0.727, 0.4, 0.4]
    """
    return max(share, min(1.0, _FEWEST_COLUMNS / max(columns, 1)))


def compute_max_leaves(leaves: int, rows: int) -> int:
    """The most leaves of a tree: the setting up to 10,000 rows, from there growing with their root, at most four times
    as many.

    Each leaf still holds more rows than before, and finer interactions can be told. On the appointments of
    ``compute_column_share``, 88,000 rows: 16 leaves gave AUC .743 on a random fifth and .725 on the latest, 48 gave .750 and
    .726. On 33,000 contacts of a call desk it made no difference; on 7,400 leads 32 leaves were worse than 16.

    >>> [compute_max_leaves(16, rows) for rows in (500, 10_000, 40_000, 10_000_000)]
    [16, 16, 32, 64]
    """
    return round(leaves * min(_MOST_TIMES_THE_LEAVES, max(1.0, (rows / _ROWS_FOR_THE_LEAVES) ** 0.5)))


def _parameters(settings: Settings, rows: int, columns: int) -> dict:
    """LightGBM's names for our choices, for so many rows and columns."""
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
        "force_row_wise": True,
        "verbosity": -1,
    }
