"""Are the results of spread fits those of this process, in their order, also after a kill?"""

import os
import signal
from dataclasses import dataclass
from pathlib import Path

import pytest

from features.errors import DataError
from features.workers.local_workers import LocalWorkers, Loop
from tests.support.unpickling_workers import UnpicklingWorkers
from training.errors import TrainingError
from training.workers.fit_workers import open_fit_workers


@dataclass(frozen=True)
class Square:
    """A fit that leaves a mark each time it is run, and whose first process is killed."""

    number: int
    marks: Path | None = None
    kills: bool = False

    def __call__(self):
        if self.marks is not None:
            mark = self.marks / f"{self.number}"
            is_first = not mark.exists()
            mark.write_text(mark.read_text() + "x" if mark.exists() else "x")
            if is_first and self.kills:
                os.kill(os.getpid(), signal.SIGKILL)
        return self.number**2


def test_results_are_in_the_order_of_the_fits_and_nothing_stays(tmp_path):
    with open_fit_workers(UnpicklingWorkers(), tmp_path / "report") as workers:
        results = workers.run([Square(number) for number in (3, 1, 2)])
        assert workers.are_spread and (tmp_path / "report" / ".fits").is_dir()

    assert results == [9, 1, 4] and not list((tmp_path / "report").iterdir())


def test_without_workers_there_are_no_files(tmp_path):
    with open_fit_workers(Loop(), tmp_path / "report") as workers:
        assert workers.run([Square(2)]) == [4] and not workers.are_spread
    assert not (tmp_path / "report").exists()


def test_a_killed_worker_changes_no_result(tmp_path):
    fits = [Square(1, tmp_path), Square(2, tmp_path, kills=True), Square(3, tmp_path)]

    with LocalWorkers(1) as processes, open_fit_workers(processes, tmp_path / "report") as workers:
        assert workers.run(fits) == [1, 4, 9]

    assert processes.lost == 1 and (tmp_path / "2").read_text() == "xx"


def test_an_interrupted_run_goes_on_with_what_is_finished(tmp_path):
    with pytest.raises(KeyboardInterrupt), open_fit_workers(UnpicklingWorkers(), tmp_path / "report") as workers:
        workers.run([Square(1, tmp_path)])
        raise KeyboardInterrupt

    with open_fit_workers(UnpicklingWorkers(), tmp_path / "report") as workers:
        assert workers.run([Square(1, tmp_path), Square(2, tmp_path)]) == [1, 4]

    assert (tmp_path / "1").read_text() == (tmp_path / "2").read_text() == "x"


def test_two_runs_into_one_folder_are_refused(tmp_path):
    with open_fit_workers(UnpicklingWorkers(), tmp_path / "report"):
        with pytest.raises(DataError, match="train: another run is writing into"):
            open_fit_workers(UnpicklingWorkers(), tmp_path / "report").__enter__()


def test_nothing_stays_of_a_training_that_cannot_succeed(tmp_path):
    with pytest.raises(TrainingError), open_fit_workers(UnpicklingWorkers(), tmp_path) as workers:
        workers.run([Square(1)])
        raise TrainingError("train: one class")

    assert not list(tmp_path.iterdir())


def test_a_folder_of_fits_that_others_made_is_refused(tmp_path, monkeypatch):
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    # By chmod: whatever the umask is, which a service in this process makes private.
    theirs.chmod(0o755)
    (tmp_path / "link").mkdir()
    (tmp_path / "link" / ".fits").symlink_to(theirs)
    (tmp_path / "open" / ".fits").mkdir(parents=True)
    (tmp_path / "open" / ".fits").chmod(0o777)

    with pytest.raises(DataError, match="is a link, another user's or writable by others"):
        open_fit_workers(UnpicklingWorkers(), tmp_path / "link").__enter__()
    assert theirs.stat().st_mode & 0o777 == 0o755 and not list(theirs.iterdir())
    with open_fit_workers(UnpicklingWorkers(), tmp_path / "open"):
        # One's own is closed to others.
        assert (tmp_path / "open" / ".fits").stat().st_mode & 0o777 == 0o700
    monkeypatch.setattr("training.workers.fit_files._find_own_user", lambda folder: -1)
    with pytest.raises(DataError, match="is a link, another user's or writable by others"):
        open_fit_workers(UnpicklingWorkers(), tmp_path / "foreign").__enter__()
