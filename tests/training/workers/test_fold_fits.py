"""Are fits of folds run half ahead, and no more than that?"""

from tests.support.unpickling_workers import UnpicklingWorkers
from training.workers.fit_workers import open_fit_workers
from training.workers.fold_fits import FitsAhead


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
