"""Is the cost of a monotone direction found where we planted one?"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from features.practice.practice import Practice
from features.tables.tables import Tables
from training.experiments import ablation
from training.experiments.ablation import measure_direction_costs
from training.settings import Settings


@pytest.fixture()
def export_with_directions(monkeypatch):
    """A flat export in order, with directions set by hand: of Wave against the truth, of Slope with it."""
    random = np.random.default_rng(5)
    wave, slope = random.normal(size=900), random.normal(size=900)
    label = pd.Series((random.random(900) < 1 / (1 + np.exp(1.5 * wave - slope))).astype(float))
    nothing = {
        name: pd.DataFrame(columns=["lead_id", "occurred_at", "kind", "stage", "recorded_at", "day"])
        for name in ("events", "outcomes", "spend")
    }
    leads = pd.DataFrame(
        {"lead_id": np.array([f"L{i}" for i in range(900)], object), "custom:Wave": wave, "custom:Slope": slope}
    )
    tables = Tables(
        leads,
        **nothing,
        custom={"custom:Wave": "number", "custom:Slope": "number"},
        label=label,
        order=pd.Series(np.arange(900.0)),
    )
    honest = ablation.prepare

    def prepare_with_directions(*arguments):
        run = honest(*arguments)
        signals = [
            replace(signal, monotone=1) if signal.name in ("custom:Wave", "custom:Slope") else signal
            for signal in run.data.signals
        ]
        return replace(run, data=replace(run.data, signals=signals))

    monkeypatch.setattr(ablation, "prepare", prepare_with_directions)
    return tables


def test_a_direction_against_the_truth_costs_and_one_with_it_does_not(export_with_directions):
    costs, log_loss, leads = measure_direction_costs(
        export_with_directions, Practice(), Settings(most_trees=40, folds=3, resamples=60, threads=1)
    )

    cost = {result.signal: result.cost for result in costs}
    assert [result.signal for result in costs] == ["all of them", "custom:Wave", "custom:Slope"]
    assert cost["custom:Wave"].low > 0.05 and abs(cost["custom:Slope"].value) < 0.02
    assert 0 < log_loss < 0.7 and leads == 600
