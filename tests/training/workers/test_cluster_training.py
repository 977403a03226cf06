"""Does a cluster train the same model, though a worker or the scheduler is killed? Needs the extra ``scale``."""

import threading
import time

import pytest

from features.errors import WorkersError
from features.workers.dask_workers import DaskWorkers
from tests.features.workers.dask_processes import dask_processes  # noqa: F401  (a fixture)
from tests.support.unpickling_workers import UnpicklingWorkers
from training.pipeline import TrainingOptions, train
from training.workers.fit_workers import open_fit_workers


def list_results(out):
    """The results of fits that are finished, and when each was written."""
    return {file: file.stat().st_mtime_ns for file in (out / ".fits").glob("*.result")}


def kill_after(process, out, results) -> threading.Thread:
    """Kill a process once so many fits are finished."""

    def wait_and_kill() -> None:
        while len(list_results(out)) < results:
            time.sleep(0.01)
        process.kill()

    thread = threading.Thread(target=wait_and_kill)
    thread.start()
    return thread


def test_a_killed_worker_changes_nothing_and_a_killed_scheduler_ends_in_a_sentence(
    bare_trained,
    demo_tables,
    demo_practice,
    bare_settings,
    tmp_path,
    dask_processes,  # noqa: F811
):
    def train_by(workers):
        with open_fit_workers(workers, tmp_path) as fit_workers:
            options = TrainingOptions(workers=fit_workers)
            return train(demo_tables, demo_practice, bare_settings, demo_tables.mapping, options).bundle

    with DaskWorkers(dask_processes.address) as cluster:
        killed = kill_after(dask_processes.workers[0], tmp_path, 1)
        bundle = train_by(cluster)
        killed.join()
        assert cluster.lost == 1 and bundle.figures == bare_trained.bundle.figures
        assert bundle.model_text == bare_trained.bundle.model_text
        killed = kill_after(dask_processes.scheduler, tmp_path, 2)
        with pytest.raises(WorkersError, match="was lost, expected it to answer until .* run the same command"):
            train_by(cluster)
    killed.join()
    finished = list_results(tmp_path)

    bundle = train_by(RememberingWorkers(tmp_path, finished))

    assert len(finished) >= 2 and bundle.figures == bare_trained.bundle.figures


class RememberingWorkers(UnpicklingWorkers):
    """Runs what is left, and sees that what was finished is not done again."""

    def __init__(self, out, finished):
        super().__init__()
        self.out, self.finished = out, finished

    def run(self, task, numbers):
        yield from super().run(task, numbers)
        results = list_results(self.out)
        assert self.finished == {file: results[file] for file in self.finished}
