"""Is the ranking within folds measured with an interval that holds, and does it tell a signal that few leads hide?"""

import numpy as np
import pytest
from scipy.special import expit
from sklearn.metrics import roc_auc_score

from training.evaluation.fold_ranking import FoldRanking, measure_fold_ranking
from training.evaluation.metrics import Interval
from training.evaluation.readiness import BORDERLINE, USE_THE_RULES, admit_earlier_folds

FOLDS = np.split(np.arange(600), 4)


def draw(seed: int, strength: float) -> tuple[np.ndarray, np.ndarray]:
    """Scores of 600 leads and their labels."""
    random = np.random.default_rng(seed)
    raw = random.normal(size=600)
    return raw, (random.random(600) < expit(strength * raw - 1)).astype(float)


def test_each_fold_counts_by_its_pairs_and_folds_are_never_compared_with_each_other():
    raw, label = draw(1, 0.8)
    shifted = raw + np.repeat([0.0, 5.0, -3.0, 40.0], 150)

    ranking = measure_fold_ranking(shifted, label, FOLDS)

    areas = [roc_auc_score(label[rows], raw[rows]) for rows in FOLDS]
    pairs = [label[rows].sum() * (1 - label[rows]).sum() for rows in FOLDS]
    assert ranking.auc.value == pytest.approx(np.average(areas, weights=pairs))
    assert (ranking.leads, ranking.folds) == (600, 4)


def test_the_interval_holds_the_truth_about_as_often_as_it_says():
    worlds = [draw(seed, 0.6) for seed in range(400)]
    raw, label = (np.concatenate(parts) for parts in zip(*worlds, strict=True))
    truth = roc_auc_score(label, raw)

    intervals = [measure_fold_ranking(*world, FOLDS).auc for world in worlds]

    assert 0.92 <= np.mean([auc.low <= truth <= auc.high for auc in intervals]) <= 0.98


def rank_at_random(random: np.random.Generator, conversions: list[int], leads: int) -> FoldRanking:
    """The ranking of folds with these conversions by scores that know nothing."""
    label = np.concatenate([np.repeat([1.0, 0.0], [ones, leads - ones]) for ones in conversions])
    folds = np.split(np.arange(len(label)), len(conversions))
    return measure_fold_ranking(random.normal(size=len(label)), label, folds)


@pytest.mark.parametrize("conversions", [[1], [2], [1, 1, 1, 1], [1, 2, 3, 8], [38]], ids=str)
def test_few_conversions_that_are_first_by_chance_prove_no_signal(conversions):
    random = np.random.default_rng(11)

    rankings = [rank_at_random(random, conversions, 40) for _ in range(600)]

    # Nominal are 0.025 on either side; three standard errors of 600 draws are 0.019.
    assert np.mean([ranking.auc.low > 0.5 for ranking in rankings]) < 0.044
    assert np.mean([ranking.auc.high < 0.5 for ranking in rankings]) < 0.044


def test_the_interval_of_a_perfect_fold_narrows_with_its_conversions():
    def rank_perfectly(ones):
        label = np.repeat([1.0, 0.0], [ones, 40 - ones])
        return measure_fold_ranking(label, label, [np.arange(40)]).auc

    auc = [rank_perfectly(ones) for ones in (1, 2, 5, 20)]

    assert all(interval.value == interval.high == 1 for interval in auc)
    assert 0.3 < auc[0].low < 0.5 and np.all(np.diff([interval.low for interval in auc]) > 0)


def test_a_fold_of_one_outcome_says_nothing_and_none_at_all_is_no_figure():
    raw, label = draw(2, 0.8)
    label[FOLDS[0]] = 1.0

    assert measure_fold_ranking(raw, label, FOLDS).folds == 3
    assert measure_fold_ranking(raw, np.ones(600), FOLDS) is None


def a_verdict(auc: list[float], ahead: float = 0.1) -> dict:
    """As ``assess_readiness`` gives it where no signal is proven."""
    beats = {"AUC against newest first": [ahead, -0.05, 0.25]}
    return {"verdict": USE_THE_RULES, "why": "Too few leads to tell.", "auc": auc, "beats": beats, "peers": {}}


def test_a_signal_that_all_folds_prove_is_said_and_stays_uncertain_on_the_newest():
    all_folds = FoldRanking(Interval(0.62, 0.56, 0.68), 636, 4)

    verdict = admit_earlier_folds(a_verdict([0.57, 0.48, 0.67]), all_folds)

    assert verdict["verdict"] == BORDERLINE
    assert "over 636 later leads of 4 folds" in verdict["why"] and "0.570 [0.480 0.670]" in verdict["why"]


@pytest.mark.parametrize(
    ("verdict", "all_folds"),
    [
        (a_verdict([0.57, 0.48, 0.67]), None),
        (a_verdict([0.57, 0.48, 0.67]), FoldRanking(Interval(0.53, 0.49, 0.57), 636, 4)),
        (a_verdict([0.67, 0.58, 0.75]), FoldRanking(Interval(0.62, 0.56, 0.68), 636, 4)),
        (a_verdict([0.57, 0.48, 0.67], ahead=-0.02), FoldRanking(Interval(0.62, 0.56, 0.68), 636, 4)),
    ],
)
def test_the_verdict_stands_where_the_folds_prove_nothing_more_or_the_order_of_arrival_is_ahead(verdict, all_folds):
    assert admit_earlier_folds(verdict, all_folds) == verdict
