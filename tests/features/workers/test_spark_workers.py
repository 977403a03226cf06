"""What does Spark see of a task? Batches of positions in, batches of lines out."""

import pyarrow as pa

from features.workers.spark_workers import _map_batches


def test_a_step_reads_positions_and_writes_lines_as_arrow():
    batches = [pa.RecordBatch.from_pydict({"id": [1, 0]}), pa.RecordBatch.from_pydict({"id": []})]

    lines = list(_map_batches(lambda bucket: {"bucket": bucket}, range(5, 7))(iter(batches)))

    assert [line.to_pydict() for line in lines] == [{"line": ['{"bucket": 6}']}, {"line": ['{"bucket": 5}']}]
