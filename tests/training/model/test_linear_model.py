"""The linear part: terms, directions, parts that sum; and how much of the score it becomes."""

from types import SimpleNamespace

import numpy as np
import pytest

from training.dataset.time_splits import Fold
from training.model.blending import blend_out_of_fold
from training.model.linear_fit import fit_linear
from training.model.linear_model import LinearModel, blend_scores

PENALTY = 5.0


def column(monotone: int = 0, is_category: bool = False) -> SimpleNamespace:
    """What the linear part asks of a signal."""
    return SimpleNamespace(name="any", group="any", monotone=monotone, is_category=is_category)


@pytest.fixture
def sample() -> tuple[np.ndarray, np.ndarray, list[SimpleNamespace]]:
    """A number that helps, a number that harms with some unknown, a category of which code 2 helps, a column of
    nothing.
    """
    random = np.random.default_rng(5)
    helps, harms, code = (
        random.normal(size=4000),
        random.exponential(size=4000),
        random.integers(0, 4, 4000).astype(float),
    )
    log_odds = -1 + 0.9 * helps - 0.7 * harms + 1.2 * (code == 2)
    harms[random.random(4000) < 0.2] = np.nan
    matrix = np.column_stack([helps, harms, code, np.full(4000, np.nan)]).astype(np.float32)
    label = (random.random(4000) < 1 / (1 + np.exp(-log_odds))).astype(float)
    return matrix, label, [column(), column(), column(is_category=True), column()]


def test_a_file_brings_back_the_same_line(sample):
    matrix, label, signals = sample
    linear = fit_linear(matrix, label, signals, PENALTY)

    again = LinearModel.from_dict(linear.to_dict())

    np.testing.assert_array_equal(again.predict_raw(matrix.astype(float)), linear.predict_raw(matrix.astype(float)))


def folds(rows: int, count: int = 4) -> list[Fold]:
    """Folds forward in time over so many rows, the first part only learned from."""
    parts = np.array_split(np.arange(rows), count + 1)
    return [Fold(np.concatenate(parts[:at]), parts[at]) for at in range(1, count + 1)]


@pytest.fixture
def truth() -> tuple[np.ndarray, np.ndarray]:
    """Log-odds and labels drawn from them."""
    random = np.random.default_rng(11)
    log_odds = random.normal(-1, 1.2, 5000)
    return log_odds, (random.random(5000) < 1 / (1 + np.exp(-log_odds))).astype(float)


def test_no_fold_is_blended_with_a_weight_it_chose(truth):
    log_odds, label = truth
    noise = np.random.default_rng(1).normal(0, 2.0, 5000)
    cut = folds(5000)
    other = label.copy()
    other[cut[-1].test] = 1 - other[cut[-1].test]

    original, flipped = (blend_out_of_fold(log_odds, noise, labels, cut, True) for labels in (label, other))

    np.testing.assert_array_equal(original[cut[-1].test], flipped[cut[-1].test])
    np.testing.assert_array_equal(original[cut[0].test], blend_scores(log_odds, noise, 0.5)[cut[0].test])
