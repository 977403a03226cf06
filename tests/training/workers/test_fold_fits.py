"""Are fits of folds run half ahead, and no more than that?"""

from types import SimpleNamespace

import numpy as np

from tests.support.unpickling_workers import UnpicklingWorkers
from training.dataset.training_data import TrainingData
from training.settings import Settings
from training.workers.fit_workers import open_fit_workers
from training.workers.fold_fits import FitsAhead, reduce_for_worker


class Number:
    """A fit that returns its number."""

    def __init__(self, number):
        self.number = number

    def __call__(self):
        return self.number


def test_half_of_the_folds_are_fitted_ahead_and_the_rest_when_it_is_asked_for(tmp_path):
    processes = UnpicklingWorkers()
    with open_fit_workers(processes, tmp_path) as workers:
        ahead = FitsAhead(workers, lambda fold: [Number(fold), Number(-fold)], 5)

        assert ahead.get(0) == [0, 0] and processes.runs == 6
        assert ahead.get(2) == [2, -2] and processes.runs == 6
        assert ahead.get(3) == [3, -3] and ahead.get(4) == [4, -4] and processes.runs == 10


def test_no_hash_of_a_person_goes_to_a_worker():
    learning = SimpleNamespace(label=np.zeros(3))
    data = TrainingData(np.zeros((3, 1)), learning, None, np.array([5, 0, 7], np.uint64), (), Settings(threads=2))

    reduced = reduce_for_worker(data)

    assert reduced.settings.threads == 1 and not reduced.people.any() and len(reduced.people) == 3
