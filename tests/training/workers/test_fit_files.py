"""Does a fit travel by files, its arrays once, and is what other code wrote refused?"""

from dataclasses import dataclass

import numpy as np
import pytest

from features.errors import WorkersError
from training.workers.fit_files import FitFiles, run_fit


@dataclass(frozen=True)
class Sum:
    """A fit that returns what its arrays add up to."""

    large: np.ndarray
    small: np.ndarray

    def __call__(self):
        return float(self.large.sum() + self.small.sum()), self.large.flags.writeable


def test_a_large_array_is_one_file_for_all_fits_and_read_only(tmp_path):
    files, large = FitFiles(tmp_path / "fits"), np.ones(20_000)

    names = tuple(files.write(Sum(large, np.full(2, value))) for value in (1.0, 2.0))

    assert len(list((tmp_path / "fits").glob("*.npy"))) == 1
    assert [run_fit(str(tmp_path / "fits"), names, number) for number in (0, 1)] == [
        (20_002.0, False),
        (20_004.0, False),
    ]
    assert oct((tmp_path / "fits").stat().st_mode & 0o777) == "0o700"


def test_the_same_fit_has_the_same_name_in_another_run_and_its_result_is_used(tmp_path):
    (name,) = {FitFiles(tmp_path).write(Sum(np.ones(20_000), np.ones(1))) for _ in range(2)}
    result = run_fit(str(tmp_path), (name,), 0)
    (tmp_path / f"{name}.fit").unlink()

    assert run_fit(str(tmp_path), (name,), 0) == result
    assert FitFiles(tmp_path).write(Sum(np.zeros(20_000), np.ones(1))) != name


def test_a_worker_of_other_code_is_refused(tmp_path, monkeypatch):
    name = FitFiles(tmp_path).write(Sum(np.ones(2), np.ones(1)))
    monkeypatch.setattr("training.workers.fit_files.digest_code", lambda: "another")

    with pytest.raises(WorkersError, match="this worker runs another version of Leadlight"):
        run_fit(str(tmp_path), (name,), 0)
