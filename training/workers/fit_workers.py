"""Who runs the fits of a training beside each other? Nobody by default; local processes or a cluster where asked for.

Lives here: running a list of fits, and what is said where workers are lost. Does not live here: the workers
(``features.workers``), what a fit is (``fold_fits``), its files (``fit_files``).

Only fits that do not wait for each other are spread: whoever fits them, the results are the same to the bit.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from features.errors import DataError
from features.file_permissions import make_private_folder
from features.folder_lock import delete_locked, lock_folder
from features.workers.local_workers import Loop, Workers, run_in_order
from training.errors import TrainingError
from training.workers.fit_files import Fit, FitFiles, is_own, run_fit

__all__ = ["THIS_PROCESS", "FitWorkers", "open_fit_workers"]

_FOLDER = ".fits"


@dataclass(frozen=True)
class FitWorkers:
    """The workers of one training.

    Parameters
    ----------
    workers : Workers
        This process alone by default.
    folder : Path or None
        Where fits and their results lie for them.
    """

    workers: Workers = Loop()
    folder: Path | None = None

    @property
    def are_spread(self) -> bool:
        """Whether fits are run elsewhere, beside each other."""
        return self.folder is not None

    def run(self, fits: Sequence[Fit]) -> list[Any]:
        """Return the result of each fit, in their order; one that was run before has its result already.

        Raises
        ------
        WorkersError
            If workers die again and again, run other code, or the scheduler is lost.
        """
        if self.folder is None:
            return [fit() for fit in fits]
        files = FitFiles(self.folder)
        names = tuple(files.write(fit) for fit in fits)
        return run_in_order(self.workers, partial(run_fit, str(self.folder), names), len(names))


THIS_PROCESS = FitWorkers()
"""Nobody else."""


@contextmanager
def open_fit_workers(workers: Workers, out: Path) -> Iterator[FitWorkers]:
    """Spread fits over workers while the block lasts, by files in ``out`` that go when no other run can use them.

    Parameters
    ----------
    out : Path
        The folder of the run; workers on other machines see it under the same path. What an interrupted run left of
        its fits is used by the same command.

    Raises
    ------
    DataError
        If another run is training into ``out``, or the folder of its fits is not this user's own.
    """
    if isinstance(workers, Loop):
        yield THIS_PROCESS
        return
    folder = _make_own_folder(out.resolve() / _FOLDER)
    with lock_folder(folder, "train"):
        try:
            yield FitWorkers(workers, folder)
        except TrainingError:
            # The same command would end in the same way.
            delete_locked(folder)
            raise
        delete_locked(folder)


def _make_own_folder(folder: Path) -> Path:
    """Make a folder that only this user can write into: DataError where it is a link, or another user can."""
    # A link is not followed: what it leads to would be closed to others, too.
    if folder.is_symlink() or not is_own(make_private_folder(folder).stat(), folder):
        raise DataError(
            f"train: {str(folder)!r} is a link, another user's or writable by others, expected a folder of this user "
            "alone, since what lies in it is run. Delete it, or name another --out."
        )
    return folder
