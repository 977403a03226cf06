"""Who runs a step over many buckets on many machines? The workers of any Dask cluster, by futures.

Lives here: the only imports of ``distributed``, the optional extra ``scale``; retries, and counting lost workers.
Does not live here: the steps (``bucket_job``), starting a cluster (Dask's own commands).

A step returns its bucket's line alone, and its results are files, so a result that is lost with its worker costs
nothing: the step finds its file. The data, the model and the output are on a disk that all workers see under the same
path.
"""

from collections.abc import Iterator, Sequence
from types import TracebackType

from serving.errors import ServiceError
from serving.scale.local_workers import ATTEMPTS, Line, Task

__all__ = ["DaskWorkers"]

_SECONDS_TO_CONNECT = 30


class DaskWorkers:
    """Runs the step on a Dask cluster, for as long as the ``with`` block lasts.

    Parameters
    ----------
    address : str
        Of the scheduler.

    Raises
    ------
    ServiceError
        If Dask is not installed or nothing answers there.
    """

    def __init__(self, address: str) -> None:
        try:
            from distributed import Client
        except ImportError:
            raise ServiceError(
                "score: --scheduler needs Dask, which is not installed. Install it with: pip install 'leadlight[scale]'"
            ) from None
        try:
            self._client = Client(address, timeout=_SECONDS_TO_CONNECT)
        except OSError:
            raise ServiceError(
                f"score: no Dask scheduler answers at {address!r} within {_SECONDS_TO_CONNECT} seconds. Start one with "
                "dask scheduler, and workers with dask worker ADDRESS --nthreads 1."
            ) from None
        self.lost = 0

    def __enter__(self) -> "DaskWorkers":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def run(self, task: Task, buckets: Sequence[int]) -> Iterator[Line]:
        """Yield what the step returns of each bucket, in the order in which they finish.

        Raises
        ------
        ServiceError
            If workers die again and again with the same bucket.
        """
        from distributed import as_completed
        from distributed.scheduler import KilledWorker

        before = set(self._client.scheduler_info(n_workers=-1)["workers"])
        # Not pure: the same step may have to look for its files again in a later run.
        futures = self._client.map(task, list(buckets), pure=False, retries=ATTEMPTS)
        try:
            for future, line in as_completed(futures, with_results=True):
                yield line
                future.release()
        except KilledWorker:
            raise ServiceError(
                "score: workers of the Dask cluster died again and again with the same bucket, probably because memory "
                "ran out. Give them more memory, or make more and smaller buckets (leadlight bucket --buckets)."
            ) from None
        finally:
            self._client.cancel(futures)
            self.lost += len(before - set(self._client.scheduler_info(n_workers=-1)["workers"]))
