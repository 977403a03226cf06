"""Does a source that halves raise an alarm the same week, and does an ordinary week raise none?"""

import numpy as np
import pytest

from features.signals.custom_columns import build_column_signals
from training.monitoring.binning import Bins
from training.monitoring.reference_profile import MonthlyCounts
from training.monitoring.source_changes import find_source_changes, select_sources

SHARES = np.array([0.36, 0.3, 0.2, 0.14])
LEVEL = 0.01


def draw(random, leads, shares=SHARES):
    """Leads of a week or month: one column of codes, 1 the web form."""
    return random.choice(len(shares), leads, p=shares)[:, None] + 1.0


def reference(random, months=12, leads=450, wander=0.0):
    """Months of training; ``wander``: how far the shares move by themselves from month to month."""
    parts = []
    for _ in range(months):
        shares = SHARES * np.exp(random.normal(0, wander, len(SHARES)))
        parts.append(draw(random, leads, shares / shares.sum()))
    rows = np.concatenate(parts)
    bins = Bins.from_rows(rows, np.array([True]))
    fine = bins.count_rows(rows, np.repeat(np.arange(months), leads), months)
    counts = np.stack([bins.sum_cells(month) for month in fine])
    return MonthlyCounts(bins, fine.sum(axis=0), counts)


def test_a_source_that_halves_is_found_within_the_week():
    halved = np.array([0.18, *(SHARES[1:] * 0.82 / 0.64)])
    found = 0
    for seed in range(40):
        random = np.random.default_rng(seed)
        changes = find_source_changes(reference(random), [0], draw(random, 160, halved), LEVEL)
        found += any(change.share < change.usual and change.usual > 0.3 for change in changes)

    assert found >= 36


def test_it_is_found_where_the_months_of_training_lay_far_apart():
    found = 0
    for seed in range(40):
        random = np.random.default_rng(seed)
        halved = np.array([0.18, *(SHARES[1:] * 0.82 / 0.64)])
        changes = find_source_changes(reference(random, wander=0.12), [0], draw(random, 450, halved), LEVEL)
        found += any(change.share < change.usual for change in changes)

    assert found >= 30


@pytest.mark.parametrize("wander", [0.0, 0.12])
def test_ordinary_weeks_are_quiet(wander):
    alarms = 0
    for seed in range(200):
        random = np.random.default_rng(seed)
        counts = reference(random, wander=wander)
        shares = SHARES * np.exp(random.normal(0, wander, len(SHARES)))
        alarms += bool(find_source_changes(counts, [0], draw(random, 110, shares / shares.sum()), LEVEL))

    assert alarms <= 200 * 2 * LEVEL


def test_a_source_that_was_phased_out_before_is_not_expected_back():
    random = np.random.default_rng(3)
    old, recent = np.array([0.5, 0.2, 0.2, 0.1]), np.array([0.02, 0.4, 0.38, 0.2])
    rows = np.concatenate([draw(random, 450, old) for _ in range(9)] + [draw(random, 450, recent) for _ in range(3)])
    bins = Bins.from_rows(rows, np.array([True]))
    fine = bins.count_rows(rows, np.repeat(np.arange(12), 450), 12)
    counts = MonthlyCounts(bins, fine.sum(axis=0), np.stack([bins.sum_cells(month) for month in fine]))

    assert find_source_changes(counts, [0], draw(random, 200, recent), LEVEL) == []


def test_columns_of_where_a_lead_came_from_are_selected():
    category = np.array(["a", "b"] * 40, object)
    signals = [
        build_column_signals(name, "category", category)[0] for name in ("channel", "payer", "custom:utm_source")
    ]

    assert select_sources(signals) == [0, 2]
