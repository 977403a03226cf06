"""Do moments that are not ripe yet teach what their silence is worth, and no more?"""

from dataclasses import replace

import numpy as np
import pytest

from features.array_types import DAY
from features.calendar.timezones import to_utc_times
from features.point_in_time.scoring_moments import Moments
from features.registry import CATALOGUE
from training.bundle import Bundle
from training.dataset.as_of import cut_tables_as_of
from training.dataset.label_delay import LabelDelay, compute_expected_label
from training.dataset.labels import LearningSet, PendingLabels, build_learning_set
from training.dataset.time_splits import Fold
from training.errors import SettingsError, TrainingError
from training.experiments import backtest
from training.experiments.backtest import backtest_unripe, describe_backtest
from training.model.calibration import Calibrator
from training.model.gradient_boosting import LabeledRows, fit_trees
from training.model.pending_labels import estimate_pending_labels
from training.pipeline import train
from training.settings import Settings


def test_the_share_known_never_falls_and_ends_at_one():
    random = np.random.default_rng(1)
    curve = LabelDelay.from_bookings(random.choice([0.0, 24.0], 500), random.exponential(4.0, 500))

    days = np.tile(np.linspace(0, 60, 60), 3)
    share = curve.compute_share_known(np.repeat([0.0, 24.0, 168.0], 60), days).reshape(3, 60)

    assert (np.diff(share, axis=1) >= 0).all() and (share >= 0).all()
    np.testing.assert_allclose(share[:, -1], 1.0)


def test_an_offset_with_few_bookings_leans_on_all_of_them():
    curve = LabelDelay.from_bookings(np.array([0.0] * 1000 + [24.0]), np.array([1.0] * 1000 + [20.0]))

    alone = curve.compute_share_known(np.array([24.0]), np.array([2.0]))

    assert alone[0] > 0.9  # one booking after 20 days does not make all of them slow


def test_with_too_few_bookings_nothing_is_said():
    share = LabelDelay.from_bookings(np.zeros(29), np.ones(29)).compute_share_known(np.zeros(1), np.array([5.0]))

    assert share.tolist() == [0.0]


def test_silence_weighs_more_with_every_day_and_a_booking_is_certain():
    silent = compute_expected_label(np.full(11, 0.4), np.zeros(11), np.linspace(0, 1, 11))

    assert silent[0] == 0.4 and silent[-1] == 0.0 and (np.diff(silent) < 0).all()
    assert compute_expected_label(np.array([0.1]), np.array([1.0]), np.array([0.2])).tolist() == [1.0]


def test_calibration_finds_the_line_back_from_labels_that_are_not_ripe():
    random = np.random.default_rng(4)
    raw, share = random.normal(-0.5, 1.2, 60_000), random.uniform(0.05, 1, 60_000)
    converts = random.random(60_000) < 1 / (1 + np.exp(-(0.8 * raw - 0.3)))
    so_far = (converts & (random.random(60_000) < share)).astype(float)

    calibrator, naive = Calibrator.fit(raw, so_far, share), Calibrator.fit(raw, so_far)

    assert calibrator.slope == pytest.approx(0.8, abs=0.05) and calibrator.intercept == pytest.approx(-0.3, abs=0.05)
    assert naive.intercept < -0.8  # counting "not yet" as "no" halves the odds


def test_pending_moments_carry_what_is_known_of_them(demo_tables, demo_practice):
    learning = build_learning_set(demo_tables, demo_practice, "booked")
    pending, horizon = learning.pending, demo_practice.horizon_days * DAY

    assert (pending.moments.cutoff + horizon > demo_tables.as_of).all() and (
        learning.moments.cutoff + horizon <= demo_tables.as_of
    ).all()
    assert len(pending) == learning.left_out["the 30 days after the moment are not over yet"]
    assert 0 < pending.converted.mean() < learning.label.mean() and pending.has_delay_curve
    oldest, newest = (
        pending.moments.cutoff < demo_tables.as_of - 20 * DAY,
        pending.moments.cutoff > demo_tables.as_of - 2 * DAY,
    )
    assert pending.share_known[oldest].min() > pending.share_known[newest].max()


def test_the_past_as_it_was_known_holds_nothing_newer(demo_tables):
    when = demo_tables.as_of - 60 * DAY

    past = cut_tables_as_of(demo_tables, when)

    assert (
        to_utc_times(past.leads["created_at"]).max() <= when and to_utc_times(past.events["occurred_at"]).max() <= when
    )
    assert to_utc_times(past.outcomes["recorded_at"]).max() <= when and past.as_of <= when
    late = demo_tables.outcomes[
        (to_utc_times(demo_tables.outcomes["occurred_at"]) <= when)
        & (to_utc_times(demo_tables.outcomes["recorded_at"]) > when)
    ]
    assert len(late) and len(past.outcomes) < len(demo_tables.outcomes)


def test_either_way_trains_and_says_which(bare_trained, demo_tables, demo_practice, bare_settings):
    learned, without = bare_trained.bundle, replace(bare_settings, unripe="leave_out")
    left_out = train(demo_tables, demo_practice, without, demo_tables.mapping).bundle

    assert learned.figures["unripe"]["used"] == "delay_model" and left_out.figures["unripe"]["used"] == "leave_out"
    assert learned.figures["left_out"] == {} and list(left_out.figures["left_out"]) == [
        "the 30 days after the moment are not over yet"
    ]
    assert learned.model_text != left_out.model_text
    assert learned.figures["scorers"] == left_out.figures["scorers"]  # held-out figures use ripe labels only


def test_a_use_of_unripe_moments_that_is_not_known_is_a_sentence():
    with pytest.raises(SettingsError, match="expected one of delay_model, leave_out"):
        Settings(unripe="guess")


def test_the_study_compares_both_ways_on_leads_that_neither_has_seen(
    demo_tables, demo_practice, bare_settings, monkeypatch
):
    seen, scored = [], []
    # The proofs score leads of the training data too, and say nothing about the later ones.
    monkeypatch.setattr("training.pipeline.run_proofs", lambda *_: ())
    monkeypatch.setattr(
        backtest,
        "train",
        lambda tables, *rest, **named: seen.append(set(tables.leads["lead_id"])) or train(tables, *rest, **named),
    )
    monkeypatch.setattr(
        Bundle,
        "score",
        lambda self, batch, *rest, score=Bundle.score, **named: (
            scored.append(batch) or score(self, batch, *rest, **named)
        ),
    )

    results = backtest.backtest_unripe(demo_tables, demo_practice, bare_settings)

    later = [set(batch.lead_ids[batch.of_lead]) for batch in scored]
    assert len(seen) == len(later) == 2 and not any(train & test for train, test in zip(seen, later, strict=True))
    assert set(results) == {"delay_model", "leave_out"}
    assert results["delay_model"]["leads"] == results["leave_out"]["leads"] > 30
    assert results["delay_model"]["observed"] == results["leave_out"]["observed"]
    assert len(describe_backtest(results)) == 3 and "log loss" in describe_backtest(results)[1]


def test_a_study_without_dates_is_a_sentence(demo_tables, demo_practice, quick_settings):
    timeless = replace(demo_tables, leads=demo_tables.leads.drop(columns="created_at"))

    with pytest.raises(TrainingError, match="without dated outcomes"):
        backtest_unripe(timeless, demo_practice, quick_settings)


def test_a_campaign_that_began_this_month_is_learned_at_its_own_rate(quick_settings):
    """The newest leads come from somewhere new, which books at 15 in 100 in place of 40; no ripe lead can tell."""
    random = np.random.default_rng(8)
    new = np.concatenate([np.zeros(3000), np.ones(1500)])
    rows = np.column_stack([new, random.normal(size=4500)]).astype(np.float32)
    converts = (random.random(4500) < np.where(new == 1, 0.15, 0.40)).astype(float)
    share = random.uniform(0.1, 0.9, 1500)
    so_far = converts[3000:] * (random.random(1500) < share)
    days, ripe = (
        np.arange("2026-01-01", "2038-04-28", dtype="datetime64[D]").astype("datetime64[us]")[:4500],
        slice(0, 3000),
    )
    pending = PendingLabels(Moments(np.arange(3000, 4500), days[3000:]), so_far, share, np.arange(3000.0, 4500))
    learning = LearningSet(
        Moments(np.arange(3000), days[ripe]),
        converts[ripe],
        np.arange(3000.0),
        np.ones(3000, bool),
        {},
        pending=pending,
    )
    signals = [CATALOGUE["hours_open"]] * 2
    old = fit_trees(LabeledRows(rows[ripe], learning.label), signals, quick_settings, 100)
    raw = old.predict(rows[ripe], raw_score=True)

    pending_raw = old.predict(rows[3000:], raw_score=True)
    expected = estimate_pending_labels(pending_raw, raw, learning, [Fold(np.arange(1500), np.arange(1500, 3000))])
    booster = fit_trees(
        LabeledRows(np.concatenate([rows[ripe], rows[3000:]]), np.concatenate([learning.label, expected])),
        signals,
        quick_settings,
        old.num_trees(),
    )

    probability = 1 / (1 + np.exp(-booster.predict(rows, raw_score=True)))
    left_out = 1 / (1 + np.exp(-raw.mean()))
    assert left_out == pytest.approx(0.40, abs=0.03)
    assert so_far.mean() < 0.10  # what counting "not yet" as "no" would teach
    assert abs(probability[3000:].mean() - 0.15) < abs(left_out - 0.15) / 2
    assert probability[ripe].mean() == pytest.approx(0.40, abs=0.03)  # and the others stay where they were
