"""Who runs a step over many buckets on a Spark cluster? Spark's executors, by ``mapInArrow``.

Lives here: the adapter between Arrow's record batches and the steps. Does not live here: the steps (``bucket_job``),
the session, which the caller starts and configures; nothing of Spark is imported here, so any version with
``mapInArrow`` serves.

Positions of buckets go in and each bucket's line comes out, as text; scores are files, as everywhere. Spark runs a task
that is lost with its executor again, and does not tell how many were.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pyarrow as pa

from serving.scale.local_workers import Line, Task

__all__ = ["SparkWorkers"]


class SparkWorkers:
    """Runs the step on the executors of a Spark session.

    Parameters
    ----------
    session : pyspark.sql.SparkSession
        Its Python (``PYSPARK_PYTHON``) has the same Leadlight, and sees the same disk.
    """

    def __init__(self, session: Any) -> None:
        self.lost = 0
        self._session = session

    def run(self, task: Task, buckets: Sequence[int]) -> Iterator[Line]:
        """Yield what the step returns of each bucket, when all of them have finished."""
        # One task for each bucket, so that a task that is lost costs one bucket.
        positions = self._session.range(0, len(buckets), 1, len(buckets))
        lines = positions.mapInArrow(_map_batches(task, buckets), "line string").collect()
        yield from (json.loads(row["line"]) for row in lines)


def _map_batches(task: Task, buckets: Sequence[int]) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """Return the step as ``mapInArrow`` calls it: batches of positions in ``buckets`` in, batches of lines out."""

    def run_buckets(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for position in batch.column("id").to_pylist():
                yield pa.RecordBatch.from_pydict({"line": [json.dumps(task(buckets[position]))]})

    return run_buckets
