"""Which workers did a person ask for? Options ``--workers`` and ``--scheduler``, and the workers that they open.

Lives here: both options as one object. Does not live here: the workers (``local_workers``, ``dask_workers``).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import click

from features.errors import WorkersError
from features.option_groups import group_options
from features.workers.local_workers import LocalWorkers, Loop, Workers

__all__ = ["WorkerChoice", "worker_options"]


@dataclass(frozen=True)
class WorkerChoice:
    """The workers that were asked for; this process alone by default.

    Parameters
    ----------
    workers : int or None
        Local processes.
    scheduler : str or None
        Address of a Dask cluster.
    """

    workers: int | None = None
    scheduler: str | None = None

    @property
    def is_default(self) -> bool:
        """Whether none were asked for."""
        return self.workers is None and self.scheduler is None

    @contextmanager
    def open(self) -> Iterator[Workers]:
        """Open the workers for as long as the block lasts.

        Raises
        ------
        WorkersError
            If both kinds are asked for, or the cluster does not answer.
        """
        if self.workers is not None and self.scheduler is not None:
            raise WorkersError(
                "workers: found --workers and --scheduler, expected one of them: processes on this machine, or those "
                "of a cluster."
            )
        if self.scheduler is not None:
            # Dask takes a second to import, and is not everywhere.
            from features.workers.dask_workers import DaskWorkers

            with DaskWorkers(self.scheduler) as cluster:
                yield cluster
        elif self.workers is not None:
            with LocalWorkers(self.workers) as processes:
                yield processes
        else:
            yield Loop()


worker_options = group_options(
    "worker_choice",
    WorkerChoice,
    click.option("--workers", type=click.IntRange(1), help="Processes that share the work, one thread each."),
    click.option("--scheduler", help="Address of a Dask cluster that does the work, such as tcp://10.0.0.1:8786."),
)
"""Options ``--workers`` and ``--scheduler`` as ``worker_choice``."""
