"""In which bins do the training rows of each fold lie? Found once, for every booster that learns from that fold.

Lives here: the rows of a fold with their bins, and who else may fit to them.
Does not live here: finding bins, fitting boosters (``gradient_boosting``), cutting leads into folds
(``training.dataset.time_splits``).

Conversions are learned with several weights of copies, and being reached with labels of its own, all from the same
rows. A fold's bins know its own rows alone: bounds drawn from all rows would know what later leads are like.
"""

import lightgbm

from training.dataset.time_splits import Fold
from training.dataset.training_data import LabeledRows, TrainingData
from training.model.gradient_boosting import bin_rows
from training.workers.fit_workers import THIS_PROCESS, FitWorkers

__all__ = ["BinnedFolds"]


class BinnedFolds:
    """The training rows of folds in bins, for data of the same rows, copies and columns, whatever its labels.

    Parameters
    ----------
    workers : FitWorkers
        Who fits to them; nobody but this process by default.
    """

    def __init__(self, workers: FitWorkers = THIS_PROCESS) -> None:
        self.workers = workers
        self._bins: list[tuple[Fold, lightgbm.Dataset]] = []

    def select(self, data: TrainingData, fold: Fold) -> LabeledRows:
        """Return what a model learns from the fold (see ``TrainingData.select``), with bins."""
        train = data.select(fold.train)
        for binned_fold, bins in self._bins:
            if binned_fold is fold:
                return train._replace(bins=bins)
        bins = bin_rows(train, data.signals, data.settings)
        self._bins.append((fold, bins))
        return train._replace(bins=bins)
