"""Does a fit travel by files, its arrays once, and is what other code wrote refused?"""

import os
import threading
from dataclasses import dataclass, field

import numpy as np
import pytest
from threadpoolctl import threadpool_info

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


@dataclass(frozen=True)
class Look:
    """A fit that returns with how many threads it computes, and whether another fit of its process runs beside it."""

    beside: list[int] = field(default_factory=list)

    def __call__(self):
        running = _running.acquire(blocking=False)
        threading.Event().wait(0.01)
        _running.release()
        return running, {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}


_running = threading.Lock()


def test_a_worker_of_several_threads_runs_one_fit_at_a_time_with_one_thread(tmp_path):
    names = tuple(FitFiles(tmp_path).write(Look([number])) for number in range(3))
    results = []

    threads = [
        threading.Thread(target=lambda number=number: results.append(run_fit(str(tmp_path), names, number)))
        for number in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert results == [(True, {1})] * 3


@pytest.mark.parametrize("suffix", ["fit", "result"])
@pytest.mark.parametrize("how", ["writable", "another user's"])
def test_a_pickle_that_another_user_may_have_written_is_not_read(tmp_path, monkeypatch, suffix, how):
    name = FitFiles(tmp_path / "fits").write(Sum(np.ones(2), np.ones(1)))
    if suffix == "result":
        run_fit(str(tmp_path / "fits"), (name,), 0)
    file = tmp_path / "fits" / f"{name}.{suffix}"
    if how == "writable":
        file.chmod(0o662)
    else:
        monkeypatch.setattr("training.workers.fit_files._find_own_user", lambda folder: os.geteuid() + 1)

    with pytest.raises(WorkersError, match="is another user's or writable by others"):
        run_fit(str(tmp_path / "fits"), (name,), 0)


def test_a_worker_that_does_not_see_the_folder_says_so(tmp_path):
    with pytest.raises(WorkersError, match="does not find .* under the same path on every machine"):
        run_fit(str(tmp_path / "elsewhere"), ("0" * 64,), 0)
