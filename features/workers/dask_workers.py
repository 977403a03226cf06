"""Who runs a task many times on many machines? The workers of any Dask cluster, by futures.

Lives here: the only imports of ``distributed``, the optional extra ``scale``; retries, counting lost workers, and the
end of a run whose scheduler is lost. Does not live here: the tasks (``serving.scale``), starting a cluster (Dask's own
commands).

The tasks of buckets return a line alone, and their results are files, so a result that is lost with its worker costs
nothing: the task finds its file. The data, the model and the output are on a disk that all workers see under the same
path.
"""

import logging
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Any

from features.errors import WorkersError
from features.workers.local_workers import ATTEMPTS, Task

__all__ = ["DaskWorkers"]

_SECONDS_TO_CONNECT = 30
_SECONDS_BETWEEN_LOOKS, _SECONDS_TO_RECONNECT = 1, 1
"""A scheduler that comes back knows nothing of the run, so nobody waits for it."""
_UNREADABLE_TASKS = "Error during deserialization of the task graph"


class DaskWorkers:
    """Runs the task on a Dask cluster, for as long as the ``with`` block lasts.

    Parameters
    ----------
    address : str
        Of the scheduler.

    Raises
    ------
    WorkersError
        If Dask is not installed, nothing answers there, or there are no workers.
    """

    def __init__(self, address: str) -> None:
        try:
            from distributed import Client
        except ImportError:
            raise WorkersError(
                "workers: --scheduler needs Dask, which is not installed. Install it with: "
                "pip install 'leadlight[scale]'"
            ) from None
        try:
            self._client = Client(address, timeout=_SECONDS_TO_CONNECT)
        except OSError:
            raise WorkersError(
                f"workers: no Dask scheduler answers at {address!r} within {_SECONDS_TO_CONNECT} seconds. Start one "
                "with dask scheduler, and workers with dask worker ADDRESS --nthreads 1."
            ) from None
        try:
            self._client.wait_for_workers(1, timeout=_SECONDS_TO_CONNECT)
        except TimeoutError:
            self._client.close()
            raise WorkersError(
                f"workers: the Dask scheduler at {address!r} has no worker after {_SECONDS_TO_CONNECT} seconds, "
                f"expected one or more. Start them with dask worker {address} --nthreads 1."
            ) from None
        self._address, self._is_lost = address, False
        # Tracebacks of its own about a scheduler that is gone would hide the one sentence about it.
        for name in ("distributed.client", "distributed.batched"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
        self._client._timeout = _SECONDS_TO_RECONNECT
        self.lost = 0

    def __enter__(self) -> "DaskWorkers":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def run(self, task: Task, numbers: Sequence[int]) -> Iterator[Any]:
        """Yield what the task returns for each number, in the order in which they finish.

        Raises
        ------
        WorkersError
            If workers die again and again with the same task, the scheduler is lost, or either cannot import the task.
        """
        from distributed.client import ClosedClientError
        from distributed.comm import CommClosedError
        from distributed.scheduler import KilledWorker

        workers_then: set[str] = set()
        futures: list[Any] = []
        try:
            workers_then = self._list_workers()
            # Not pure: the same task may have to look for its files again in a later run.
            futures = self._client.map(task, list(numbers), pure=False, retries=ATTEMPTS)
            finished: SimpleQueue[Any] = SimpleQueue()
            for future in futures:
                future.add_done_callback(finished.put)
            for _ in numbers:
                future = self._wait_for_next(finished)
                yield future.result()
                future.release()
        except KilledWorker:
            raise WorkersError(
                "workers: workers of the Dask cluster died again and again with the same task, probably because memory "
                "ran out. Give them more memory; where buckets are scored, make more and smaller ones "
                "(leadlight bucket --buckets)."
            ) from None
        except ImportError as error:
            raise self._describe_other_installation(str(error)) from None
        except RuntimeError as error:
            if not str(error).strip().startswith(_UNREADABLE_TASKS):
                raise
            raise self._describe_other_installation("the scheduler cannot read the tasks") from None
        # What waits for a scheduler that is gone is canceled; what is sent to it afterwards finds a closed client.
        except (CancelledError, ClosedClientError, CommClosedError):
            self._is_lost = True
            raise WorkersError(
                f"workers: the Dask scheduler at {self._address!r} was lost, expected it to answer until the run ends. "
                "Start it and its workers again, and run the same command: what is finished is not done again."
            ) from None
        finally:
            if not self._is_lost:
                self._client.cancel(futures)
                self.lost += len(workers_then - self._list_workers())

    def _describe_other_installation(self, installation: str) -> WorkersError:
        """Describe a cluster that cannot import what the tasks are made of."""
        return WorkersError(
            f"workers: the Dask cluster at {self._address!r} has another installation ({installation}), expected the "
            "same Leadlight and libraries as here for the scheduler and every worker. Install them there, start it "
            "again, and run the same command."
        )

    def _wait_for_next(self, finished: SimpleQueue[Any]) -> Any:
        """Return the next future that is done.

        Dask's own ``as_completed`` waits forever for what is sent while the connection breaks.
        """
        while True:
            try:
                return finished.get(timeout=_SECONDS_BETWEEN_LOOKS)
            except Empty:
                if self._client.status != "running":
                    raise CancelledError from None

    def _list_workers(self) -> set[str]:
        """Return the addresses of the workers that the scheduler knows; none where it has been lost."""
        return set(self._client.scheduler_info(n_workers=-1).get("workers", ()))
