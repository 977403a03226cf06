"""Do the options open the workers that they name, and never two kinds?"""

import pytest

from features.errors import WorkersError
from features.workers.local_workers import LocalWorkers, Loop
from features.workers.worker_options import WorkerChoice


def test_each_choice_opens_its_workers():
    with WorkerChoice().open() as here, WorkerChoice(workers=2).open() as processes:
        assert isinstance(here, Loop) and isinstance(processes, LocalWorkers)
    assert WorkerChoice().is_default and not WorkerChoice(workers=1).is_default


def test_two_kinds_of_workers_are_refused():
    choice = WorkerChoice(workers=2, scheduler="tcp://127.0.0.1:9")

    with pytest.raises(WorkersError, match="found --workers and --scheduler, expected one of them"):
        choice.open().__enter__()
