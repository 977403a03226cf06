"""What do the tests of the model share? A sample with known effects, and folds over drawn labels."""

from types import SimpleNamespace

import numpy as np
import pytest

from training.dataset.time_splits import Fold
from training.model.linear.linear_fit import Penalty

PENALTY = Penalty(5.0)


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
