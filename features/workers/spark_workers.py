"""Who runs a task many times on a Spark cluster? Spark's executors, by ``mapInArrow``.

Lives here: the adapter between Arrow's record batches and tasks. Does not live here: the tasks (``serving.scale``),
the session, which the caller starts and configures; nothing of Spark is imported here, so any version with
``mapInArrow`` serves.

Numbers of buckets go in and what JSON has of each comes out, as text; scores are files, as everywhere. Spark runs a
task that is lost with its executor again, and does not tell how many were.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pyarrow as pa

from features.workers.local_workers import Task

__all__ = ["SparkWorkers"]


class SparkWorkers:
    """Runs the task on the executors of a Spark session.

    Parameters
    ----------
    session : pyspark.sql.SparkSession
        Its Python (``PYSPARK_PYTHON``) has the same Leadlight, and sees the same disk.
    """

    def __init__(self, session: Any) -> None:
        self.lost = 0
        self._session = session

    def run(self, task: Task, numbers: Sequence[int]) -> Iterator[Any]:
        """Yield what the task returns for each number, all that JSON has, when all of them have finished."""
        # One of Spark's tasks for each number, so that one that is lost costs no other.
        positions = self._session.range(0, len(numbers), 1, len(numbers))
        lines = positions.mapInArrow(_map_batches(task, numbers), "line string").collect()
        yield from (json.loads(row["line"]) for row in lines)


def _map_batches(task: Task, numbers: Sequence[int]) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """Return the task as ``mapInArrow`` calls it: batches of positions in ``numbers`` in, batches of lines out."""

    def run_batches(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for position in batch.column("id").to_pylist():
                yield pa.RecordBatch.from_pydict({"line": [json.dumps(task(numbers[position]))]})

    return run_batches
