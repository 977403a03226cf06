"""Does a model that practices share learn each one's own level, better than no column and better than a model of its
own for the small one?
"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from features.array_types import FloatArray
from features.practice.practice import Practice
from features.tables.tables import Tables
from training.dataset.training_data import TrainingData
from training.model.gradient_boosting import fit_booster
from training.model.linear.linear_fit import Penalty, estimate_level_variance, fit_linear
from training.model.linear.linear_model import blend_scores
from training.pipeline import prepare
from training.settings import Settings

LEADS, SMALL = 1500, 4
SETTINGS = Settings(threads=1, resamples=2)


def five_practices(seed: int) -> tuple[Tables, np.ndarray]:
    """A flat dated export of five practices of one group, the last of them small; each has a level of its own,
    everything else they share.
    """
    random = np.random.default_rng(seed)
    which = random.choice(5, LEADS, p=(0.45, 0.25, 0.15, 0.11, 0.04))
    values = random.normal(size=(LEADS, 6))
    log_odds = -1 + random.normal(0, 0.8, 5)[which] + values @ random.normal(0, 0.4, 6)
    created_at = pd.Series(
        pd.to_datetime("2025-01-01", utc=True) + pd.to_timedelta(np.sort(random.random(LEADS)) * 500, unit="D")
    ).astype("datetime64[us, UTC]")
    leads = pd.DataFrame({"lead_id": np.array([f"L{i}" for i in range(LEADS)], object), "created_at": created_at})
    leads["practice"] = np.array(["North", "South", "East", "West", "Small"], object)[which]
    leads = leads.assign(**{f"custom:X{i}": values[:, i] for i in range(6)})
    label = pd.Series((random.random(LEADS) < 1 / (1 + np.exp(-log_odds))).astype(float))
    nothing = {
        name: pd.DataFrame(columns=["lead_id", "occurred_at", "kind", "stage", "recorded_at", "day"])
        for name in ("events", "outcomes", "spend")
    }
    custom = {f"custom:X{i}": "number" for i in range(6)}
    return Tables(
        leads, **nothing, custom=custom, label=label, label_known_at=created_at + pd.Timedelta(days=10)
    ), which


def part(tables: Tables, rows: np.ndarray) -> Tables:
    """The export of some of the leads, without the column that says which practice."""
    label, known_at, leads = (
        column.iloc[rows].reset_index(drop=True)
        for column in (tables.label, tables.label_known_at, tables.leads.drop(columns="practice"))
    )
    return replace(tables, leads=leads, label=label, label_known_at=known_at)


def measure_later_losses(data: TrainingData, since: float) -> FloatArray:
    """Log loss of each lead that arrived since then, by a model of those whose outcome was known; half linear, half
    trees.
    """
    learning = data.learning
    train = np.flatnonzero(learning.known_at.astype(np.int64) <= since)
    later = np.flatnonzero(learning.position >= since)
    booster = fit_booster(data, train)
    linear = fit_linear(data.rows[train], learning.label[train], data.signals, Penalty(SETTINGS.line_penalty))
    trees = np.asarray(booster.predict(data.rows[later], raw_score=True))
    z = blend_scores(linear.predict_raw(data.rows[later].astype(float)), trees, 0.5)
    return np.logaddexp(0, z) - learning.label[later] * z


@pytest.fixture(scope="module")
def later_losses():
    """Log loss of later leads in four worlds, everybody's and the small practice's: shared with the column, shared
    without it, on its own.
    """
    losses_by_way = {"shared": [], "ignored": [], "small shared": [], "small ignored": [], "small alone": []}
    for seed in range(4):
        tables, which = five_practices(seed)
        since = float(np.quantile(tables.leads["created_at"].astype("int64"), 0.7))
        later = tables.leads["created_at"].astype("int64").to_numpy() >= since
        everybody, small = np.arange(LEADS), np.flatnonzero(which == SMALL)
        for name, export in (("shared", tables), ("ignored", part(tables, everybody))):
            losses = measure_later_losses(prepare(export, Practice(), SETTINGS).data, since)
            losses_by_way[name].append(losses)
            losses_by_way[f"small {name}"].append(losses[which[later] == SMALL])
        with pytest.MonkeyPatch.context() as patch:
            # So few leads are refused otherwise.
            patch.setattr("training.preparation.require_enough_leads", lambda learning: None)
            alone = prepare(part(tables, small), Practice(), SETTINGS).data
            losses_by_way["small alone"].append(measure_later_losses(alone, since))
    return {name: float(np.concatenate(losses).mean()) for name, losses in losses_by_way.items()}


def test_levels_of_their_own_beat_a_model_that_ignores_who_is_who(later_losses):
    assert later_losses["shared"] < later_losses["ignored"] - 0.01


def test_the_small_practice_gains_from_the_others(later_losses):
    assert later_losses["small shared"] < later_losses["small ignored"]
    assert later_losses["small shared"] < later_losses["small alone"] - 0.02


def test_the_level_of_a_practice_never_seen_is_the_groups():
    tables, _ = five_practices(1)
    data = prepare(tables, Practice(), SETTINGS).data
    column = next(column for column, signal in enumerate(data.signals) if signal.name == "practice")

    linear = fit_linear(data.rows, data.learning.label, data.signals, Penalty(SETTINGS.line_penalty))

    levels = {term.center: term.weight for term in linear.terms if term.signal == column and term.kind == "code"}
    new_practice = data.rows[:1].astype(float)
    new_practice[0, column] = 0.0
    first_practice = new_practice.copy()
    first_practice[0, column] = 1.0
    assert len(levels) == 5 and 0.0 not in levels
    difference = linear.predict_raw(first_practice)[0] - linear.predict_raw(new_practice)[0]
    assert difference == pytest.approx(levels[1.0])


def test_levels_that_differ_by_chance_only_are_pooled():
    random = np.random.default_rng(3)
    practice, label = random.integers(1, 6, 2000).astype(float), (random.random(2000) < 0.3).astype(float)

    assert estimate_level_variance(practice, label) < 0.02
    assert estimate_level_variance(practice, np.where(practice == 1, 1.0 - label, label)) > 0.3
    assert estimate_level_variance(np.full(2000, np.nan), label) == 0.01
