"""Is the family that carries the truth the one that is missed, in the model that is served?"""

from dataclasses import replace

import numpy as np
import pandas as pd

from features.practice.practice import Practice
from features.tables.tables import Tables
from training.experiments import ablation
from training.experiments.ablation import ablate_families
from training.settings import Settings


def flat_export(seed: int = 5, count: int = 900) -> Tables:
    """A flat export in order: a column that decides, a channel that says nothing."""
    random = np.random.default_rng(seed)
    decides = random.normal(size=count)
    label = pd.Series((random.random(count) < 1 / (1 + np.exp(-1.4 * decides))).astype(float))
    nothing = {
        name: pd.DataFrame(columns=["lead_id", "occurred_at", "kind", "stage", "recorded_at", "day"])
        for name in ("events", "outcomes", "spend")
    }
    leads = {
        "lead_id": np.array([f"L{i}" for i in range(count)], object),
        "custom:Decides": decides,
        "channel": random.choice(["ads", "friends"], count),
    }
    return Tables(
        pd.DataFrame(leads),
        **nothing,
        custom={"custom:Decides": "number"},
        label=label,
        order=pd.Series(np.arange(float(count))),
    )


def test_what_decides_is_missed_beyond_its_interval_and_what_says_nothing_is_not():
    families, (log_loss, auc), leads = ablate_families(
        flat_export(), Practice(), Settings(most_trees=40, folds=3, resamples=60, threads=1)
    )

    custom, track_record = (
        next(result for result in families if result.family == name) for name in ("custom", "track_record")
    )
    assert families[0] == custom and custom.loss_increase.low > 0.1 and custom.auc < 0.6 < auc
    assert abs(track_record.loss_increase.value) < 0.02
    assert 0 < log_loss < 0.65 and leads == 600


def test_the_linear_part_is_measured_with_the_trees(monkeypatch):
    """A tree that knows nothing must not decide alone: what the linear part knows is lost with its columns."""
    honest = ablation.fit_booster

    def fit_to_shuffled_labels(data, train):
        label = data.learning.label.copy()
        label[train] = np.random.default_rng(1).permutation(label[train])
        return honest(replace(data, learning=replace(data.learning, label=label)), train)

    monkeypatch.setattr(ablation, "fit_booster", fit_to_shuffled_labels)

    settings = Settings(most_trees=40, folds=3, resamples=60, threads=1)
    families, (_, auc), _ = ablate_families(flat_export(), Practice(), settings)

    assert auc > 0.75 and families[0].family == "custom"
