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
from training.model.gradient_boosting import fit_booster
from training.model.linear_fit import estimate_level_variance, fit_linear
from training.model.linear_model import blend_scores
from training.pipeline import PreparedRun, prepare
from training.settings import Settings

LEADS, SMALL = 1500, 4
SETTINGS = Settings(threads=1, resamples=2)


def five_practices(seed: int) -> tuple[Tables, np.ndarray]:
    """A flat dated export of five practices of one group, the last of them small; each has a level of its own,
    everything else they share.
    """
    random = np.random.default_rng(seed)
    which = random.choice(5, LEADS, p=(0.45, 0.25, 0.15, 0.11, 0.04))
    told = random.normal(size=(LEADS, 6))
    log_odds = -1 + random.normal(0, 0.8, 5)[which] + told @ random.normal(0, 0.4, 6)
    created_at = pd.Series(
        pd.to_datetime("2025-01-01", utc=True) + pd.to_timedelta(np.sort(random.random(LEADS)) * 500, unit="D")
    ).astype("datetime64[us, UTC]")
    leads = pd.DataFrame({"lead_id": np.array([f"L{i}" for i in range(LEADS)], object), "created_at": created_at})
    leads["practice"] = np.array(["North", "South", "East", "West", "Small"], object)[which]
    leads = leads.assign(**{f"custom:X{i}": told[:, i] for i in range(6)})
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
        one.iloc[rows].reset_index(drop=True)
        for one in (tables.label, tables.label_known_at, tables.leads.drop(columns="practice"))
    )
    return replace(tables, leads=leads, label=label, label_known_at=known_at)


def fitted_and_judged(made: PreparedRun, since: float) -> FloatArray:
    """Log loss of each lead that arrived since then, by a model of those whose outcome was known; half line, half
    trees.
    """
    learning = made.learning
    train = np.flatnonzero(learning.known_at.astype(np.int64) <= since)
    later = np.flatnonzero(learning.position >= since)
    booster = fit_booster(
        made.rows[train],
        learning.label[train],
        learning.position[train],
        learning.moments.of_lead[train],
        made.signals,
        SETTINGS,
    )
    line = fit_linear(made.rows[train], learning.label[train], made.signals, SETTINGS.line_penalty)
    z = blend_scores(
        line.predict_raw(made.rows[later].astype(float)), np.asarray(booster.predict(made.rows[later], raw_score=True)), 0.5
    )
    return np.logaddexp(0, z) - learning.label[later] * z


@pytest.fixture(scope="module")
def judged():
    """Log loss of later leads in four worlds, everybody's and the small practice's: shared with the column, shared
    without it, on its own.
    """
    found = {"shared": [], "ignored": [], "small shared": [], "small ignored": [], "small alone": []}
    for seed in range(4):
        tables, which = five_practices(seed)
        since = float(np.quantile(tables.leads["created_at"].astype("int64"), 0.7))
        later = tables.leads["created_at"].astype("int64").to_numpy() >= since
        everybody, small = np.arange(LEADS), np.flatnonzero(which == SMALL)
        for name, made in (("shared", tables), ("ignored", part(tables, everybody))):
            losses = fitted_and_judged(prepare(made, Practice(), SETTINGS), since)
            found[name].append(losses)
            found[f"small {name}"].append(losses[which[later] == SMALL])
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("training.preparation.require_enough_leads", lambda learning: None)  # so few are refused otherwise
            found["small alone"].append(fitted_and_judged(prepare(part(tables, small), Practice(), SETTINGS), since))
    return {name: float(np.concatenate(losses).mean()) for name, losses in found.items()}


def test_levels_of_their_own_beat_a_model_that_ignores_who_is_who(judged):
    assert judged["shared"] < judged["ignored"] - 0.01


def test_the_small_practice_gains_from_the_others(judged):
    assert judged["small shared"] < judged["small ignored"]
    assert judged["small shared"] < judged["small alone"] - 0.02


def test_the_level_of_a_practice_never_seen_is_the_groups():
    tables, _ = five_practices(1)
    made = prepare(tables, Practice(), SETTINGS)
    place = next(place for place, one in enumerate(made.signals) if one.name == "practice")

    line = fit_linear(made.rows, made.learning.label, made.signals, SETTINGS.line_penalty)

    levels = {term.centre: term.weight for term in line.terms if term.signal == place and term.kind == "code"}
    unseen = made.rows[:1].astype(float)
    unseen[0, place] = 0.0
    seen = unseen.copy()
    seen[0, place] = 1.0
    assert len(levels) == 5 and 0.0 not in levels
    assert line.predict_raw(seen)[0] - line.predict_raw(unseen)[0] == pytest.approx(levels[1.0])


def test_levels_that_differ_by_chance_only_are_pooled():
    random = np.random.default_rng(3)
    practice, label = random.integers(1, 6, 2000).astype(float), (random.random(2000) < 0.3).astype(float)

    assert estimate_level_variance(practice, label) < 0.02
    assert estimate_level_variance(practice, np.where(practice == 1, 1.0 - label, label)) > 0.3
    assert estimate_level_variance(np.full(2000, np.nan), label) == 0.01
