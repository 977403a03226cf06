"""Is each figure of monitoring what the textbook says, and are alarms as rare and as sure as stated?"""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy import stats

from tests.bench.drift_alarms import measured
from training.model.predictions import Grades
from training.monitoring.binning import CELLS, Bins
from training.monitoring.control_limits import (
    Figure,
    compare_with_months,
    log_odds_of_rate,
    measure_calibration,
    wilson_interval,
)
from training.monitoring.estimated_performance import estimate_performance, expected_performance, realized_performance
from training.monitoring.feature_drift import measure_drift, merge_months
from training.monitoring.hypothesis_tests import chi_square_test, holm_correction, kolmogorov_smirnov_test
from training.monitoring.population_stability_index import (
    index_by_chance,
    limit_multiplier,
    measure_usual_movement,
    stability_index,
)
from training.monitoring.reference_profile import MONTH, MonthlyCounts, Reference


@pytest.fixture
def random() -> np.random.Generator:
    """The same numbers each time."""
    return np.random.default_rng(3)


def one_column(values: np.ndarray, months: int = 8, category: bool = False) -> MonthlyCounts:
    """One column of leads spread evenly over months."""
    return MonthlyCounts.from_rows(values[:, None], np.array([category]), np.arange(len(values)) % months, months)


def test_the_index_of_known_shares_is_that_of_the_formula():
    old, new = np.array([0.5, 0.3, 0.2]), np.array([0.2, 0.3, 0.5])

    index, cells = stability_index(old * 1e6, new * 1e6)

    assert index == pytest.approx(2 * 0.3 * np.log(2.5), rel=1e-4)
    assert cells == 3


def test_the_index_without_change_is_as_chance_says(random):
    shares = random.dirichlet(np.full(10, 5.0))
    drawn = [
        stability_index(random.multinomial(20_000, shares), random.multinomial(400, shares))[0] for _ in range(2000)
    ]

    mean = index_by_chance(np.array(10), np.array(20_000), np.array(400))

    assert np.mean(drawn) == pytest.approx(mean, rel=0.06)
    assert np.mean(np.array(drawn) > stats.chi2.ppf(0.95, 9) / 9 * mean) == pytest.approx(0.05, abs=0.02)


def test_the_tests_agree_with_scipys_on_whole_values(random):
    old, new = random.integers(0, 9, 900), random.integers(0, 9, 300) + (random.random(300) < 0.2)
    counts = [np.bincount(values, minlength=10) for values in (old, new)]

    distance, p = kolmogorov_smirnov_test(*counts)

    theirs = stats.ks_2samp(old, new, method="asymp")
    assert distance == pytest.approx(theirs.statistic)
    assert theirs.pvalue <= p < 1.2 * theirs.pvalue
    assert chi_square_test(*counts)[1] == pytest.approx(
        stats.chi2_contingency(np.stack(counts), correction=False).pvalue
    )


def test_holm_multiplies_the_smallest_by_the_number_of_tests():
    corrected = holm_correction(np.array([0.02, 0.001, 0.5]))

    assert corrected.tolist() == pytest.approx([0.04, 0.003, 0.5])


def test_a_new_month_lies_as_far_as_stated_only_as_often_as_stated(random):
    movement = random.normal(size=(40_000, 17)) ** 2

    beyond = movement[:, -1] > limit_multiplier(16, 0.02) * movement[:, :-1].max(axis=1)

    assert beyond.mean() == pytest.approx(0.02, abs=0.003)


def test_what_stands_still_moves_by_chance_only_and_what_moves_is_seen_to(random):
    month = np.repeat(np.arange(12), 400)
    still, moves = random.normal(size=len(month)), random.normal(size=len(month)) + random.normal(0, 0.5, 12)[month]

    counted = MonthlyCounts.from_rows(np.column_stack([still, moves]), np.zeros(2, bool), month, 12)
    usual, tried = measure_usual_movement(counted.months)

    assert usual[0] == 0 and usual[1] > 0.2
    assert tried == 10


def test_unknown_and_values_never_seen_have_bins_of_their_own():
    values = np.repeat([1.0, 2.0, np.nan], 100)[:, None]
    bins = Bins.from_rows(values, np.array([False]))

    counts = bins.sum_cells(bins.count_rows(np.array([[0.0], [1.0], [2.0], [7.0], [np.nan]]))[0])[0]

    assert counts[[0, 1, 2, 3, CELLS - 1]].tolist() == [1, 1, 1, 1, 1]


def test_edges_are_no_single_leads_value(random):
    values = np.concatenate([np.repeat([1.0, 2.0], 50), [987654.0]])

    bins = Bins.from_rows(values[:, None], np.array([False]))

    assert 987654.0 not in bins.edges


def test_rare_categories_share_a_bin_and_the_rare_or_new_code_has_its_own():
    codes = np.concatenate([np.repeat(1.0, 500), np.repeat(2.0, 300), np.repeat(3.0, 2)])
    bins = Bins.from_rows(codes[:, None], np.array([True]))
    item = SimpleNamespace(categories=("", "web", "phone", "fax"), unit="category")

    fine = bins.find_fine_bins(0, np.array([0.0, 1.0, 2.0, 3.0]))

    assert [bins.describe_cell(0, int(at), item) for at in fine] == [
        "a rare or new value",
        '"web"',
        '"phone"',
        "any other value",
    ]


def test_a_small_month_does_not_cry_wolf(random):
    reference = one_column(random.normal(size=4000))

    item = measure_drift(reference, random.normal(size=(12, 1)), level=0.02)[0]

    assert item.index > 0.25 and not item.alarm


def test_too_few_months_say_nothing(random):
    assert measure_drift(one_column(random.normal(size=400), months=4), random.normal(size=(100, 1)), level=0.02) == []


def test_months_put_together_are_counted_back_from_the_newest():
    months = np.arange(7).reshape(7, 1, 1)

    assert merge_months(months, 3).ravel().tolist() == [1 + 2 + 3, 4 + 5 + 6]


def test_expected_performance_is_the_mean_over_all_outcomes_weighted_by_their_chance():
    p = np.array([0.1, 0.4, 0.4, 0.8])
    every = [np.array([float(digit) for digit in f"{outcome:04b}"]) for outcome in range(16)]
    chance = [np.prod(np.where(item == 1, p, 1 - p)) for item in every]

    results = expected_performance(p)

    for name in ("log_loss", "brier"):
        assert results[name] == pytest.approx(
            sum(weight * realized_performance(item, p)[name] for weight, item in zip(chance, every, strict=True))
        )
    pairs = [(i, j) for i in range(4) for j in range(4) if i != j]
    right = sum(p[i] * (1 - p[j]) * ((p[i] > p[j]) + 0.5 * (p[i] == p[j])) for i, j in pairs)
    assert results["auc"] == pytest.approx(right / sum(p[i] * (1 - p[j]) for i, j in pairs))


def test_performance_is_estimated_before_outcomes_come_when_probabilities_hold(random):
    p = 1 / (1 + np.exp(-random.normal(-1, 1.2, 4000)))
    label = (random.random(4000) < p).astype(float)

    estimated, realized = estimate_performance(p), realized_performance(label, p)

    assert all(estimated[name].low <= realized[name] <= estimated[name].high for name in realized)


def test_shift_and_slope_are_found_back(random):
    log_odds = random.normal(-1, 1.2, 40_000)
    label = (random.random(40_000) < 1 / (1 + np.exp(-(0.4 + 0.7 * log_odds)))).astype(float)

    _, slope = measure_calibration(log_odds, label)
    shift, _ = measure_calibration(0.4 + 0.7 * log_odds - 0.3, label)

    assert slope.value == pytest.approx(0.7, abs=0.04)
    assert shift.value == pytest.approx(0.3, abs=0.04)


def test_a_month_like_the_others_is_quiet_at_the_stated_rate(random):
    every = []
    for _ in range(400):
        rate = 1 / (1 + np.exp(-(-1 + random.normal(0, 0.15, 15))))
        months = [log_odds_of_rate(random.binomial(400, item), 400) for item in rate]
        every.append(compare_with_months(months[:-1], months[-1]).p < 0.05)

    assert np.mean(every) == pytest.approx(0.05, abs=0.025)


def test_no_months_no_judgement():
    assert compare_with_months([Figure(0.0, 0.1)] * 2, Figure(9.0, 0.1)).p == 1.0


def test_wilson_is_that_of_the_textbook():
    low, high = wilson_interval(np.array([8.0]), np.array([10.0]))

    theirs = stats.binomtest(8, 10).proportion_ci(method="wilson")
    assert (low[0], high[0]) == (pytest.approx(theirs.low, abs=1e-4), pytest.approx(theirs.high, abs=1e-4))


def test_a_reference_survives_being_written(random):
    n = 600
    arrived = np.datetime64("2026-01-01", "us") + (
        np.arange(n) / n * 10 * MONTH.astype("timedelta64[us]").astype(float)
    ).astype("timedelta64[us]")
    learning = SimpleNamespace(
        arrival=np.ones(n, bool), moments=SimpleNamespace(cutoff=arrived), label=(random.random(n) < 0.3).astype(float)
    )
    reference = Reference.from_training(
        random.normal(size=(n, 2)).astype(np.float32),
        [SimpleNamespace(is_category=False)] * 2,
        learning,
        random.normal(size=n),
        Grades(0.6, 0.4, 0.2),
    )

    again = Reference.from_arrays(reference.to_arrays())

    assert again.until == reference.until and abs(again.until - arrived[-1]) < np.timedelta64(1, "D")
    np.testing.assert_array_equal(again.signals.months, reference.signals.months)
    np.testing.assert_array_equal(
        [month.to_row() for month in again.months], [month.to_row() for month in reference.months]
    )


def test_changes_are_found_and_quiet_months_stay_quiet():
    """A short version of ``python -m tests.bench.drift_alarms``, whose 400 runs the README states."""
    runs = 40

    results = measured(runs, leads_a_month=300)

    assert results["changed, found among all"] >= 0.95 * runs and results["changed, found alone"] >= 0.95 * runs
    assert stats.binomtest(results.get("quiet month, any alarm", 0), runs, 0.05, alternative="greater").pvalue > 0.01
