"""Are held-out copies measured by what was left of them?"""

from types import SimpleNamespace

import numpy as np
from scipy.special import logit

from training.dataset.training_data import WithheldRows
from training.evaluation.withheld_leads import measure_withheld


def build_data(copies: int) -> SimpleNamespace:
    """Moments of which the later half is held out, each with a copy; half of them convert."""
    label = np.tile([0.0, 1.0], copies // 2)
    fold = SimpleNamespace(test=np.arange(copies // 2, copies))
    return SimpleNamespace(
        withheld=WithheldRows(np.zeros((copies, 1)), np.arange(copies), 1.0),
        learning=SimpleNamespace(label=label),
        splits=SimpleNamespace(folds=[fold]),
    )


def test_copies_of_held_out_leads_are_measured_all_together_and_by_coverage():
    data, coverage = build_data(800), np.repeat([0.1, 0.9], 400)
    log_odds = logit(np.where(data.learning.label == 1, 0.6, 0.4))

    every, much = measure_withheld(data, log_odds, coverage)

    assert (every["leads"], every["auc"], every["calibration_error"]) == (400, 1.0, 0.4)
    assert much["coverage"] == [0.75, 1.0]


def test_without_copies_or_with_few_there_is_nothing_to_measure():
    data = build_data(100)

    assert measure_withheld(data, np.zeros(100), np.ones(100)) == []
    data.withheld = None
    assert measure_withheld(data, np.zeros(100), np.ones(100)) == []
