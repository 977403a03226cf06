"""Is each fold measured on leads that nothing in it has calibrated, and is the last one's what the page says?"""

from dataclasses import replace

import numpy as np
import pytest

from training.dataset.time_splits import Fold, Splits
from training.evaluation.fold_metrics import FOLD_METRICS, measure_folds


@pytest.fixture
def learning(bare_trained):
    return bare_trained.learning


def halves(learning) -> tuple[Fold, Fold]:
    rows = np.arange(len(learning))
    half = len(rows) // 2
    return Fold(rows[:0], rows[:half]), Fold(rows[:half], rows[half:])


def test_the_last_fold_is_the_held_out_end_with_the_metrics_of_the_report(bare_trained):
    figures = bare_trained.bundle.figures

    last = figures["folds"][-1]

    assert last["leads"] == figures["held_out_leads"]
    for name in FOLD_METRICS:
        assert last[name] == pytest.approx(figures["scorers"]["Leadlight"][name][0], abs=1e-6)


def test_later_folds_do_not_change_what_is_said_of_earlier_ones(learning):
    raw, folds = np.random.default_rng(0).normal(size=len(learning)), halves(learning)
    changed = raw.copy()
    changed[folds[1].test] += 3

    first, other = (measure_folds(scores, learning, Splits(folds, forward=True))[0] for scores in (raw, changed))

    assert first == other and set(first) == {"leads", "converted", *FOLD_METRICS}


def test_folds_without_an_order_are_calibrated_on_all_the_others(learning):
    raw, folds = np.random.default_rng(0).normal(size=len(learning)) + 5, halves(learning)

    shifted, plain = (measure_folds(scores, learning, Splits(folds, forward=False)) for scores in (raw, raw - 5))

    assert [fold["log_loss"] for fold in shifted] == pytest.approx([fold["log_loss"] for fold in plain], abs=1e-4)


def test_a_fold_in_which_all_did_the_same_has_counts_only(learning):
    silent = replace(learning, label=np.zeros(len(learning)))

    (fold, _) = measure_folds(np.zeros(len(learning)), silent, Splits(halves(learning), forward=True))

    assert fold == {"leads": int(learning.arrival[: len(learning) // 2].sum()), "converted": 0}
