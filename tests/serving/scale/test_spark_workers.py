"""Do Spark's executors score what one process scores? Needs pyspark, which no requirement brings, and Java."""

import os
import shutil
import sys
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from serving.scale.bucket_run import Running, score_buckets
from serving.scale.spark_workers import SparkWorkers, _map_batches
from serving.scoring.file_scores import ScoringOptions
from tests.serving.scale.test_bucket_run import make_buckets, score_leads
from tests.serving.scale.test_local_workers import read_scores
from training.bundle import find_bundle


@pytest.fixture(scope="module")
def session():
    spark = pytest.importorskip("pyspark.sql", reason="pyspark is not installed; pip install pyspark to run this")
    if shutil.which("java") is None:
        pytest.skip("there is no Java, which Spark runs on")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYSPARK_PYTHON", sys.executable)
        # Executors are processes of their own, which find the checkout as this one does.
        patch.setenv("PYTHONPATH", os.pathsep.join([str(Path(__file__).parents[3]), os.environ.get("PYTHONPATH", "")]))
        builder = spark.SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
        session = builder.config("spark.driver.host", "127.0.0.1").getOrCreate()
        yield session
        session.stop()


def test_executors_score_what_one_process_scores(practice_folder, model, tmp_path, session):
    make_buckets(practice_folder, model, tmp_path / "buckets", "--buckets", "4")
    expected, _ = score_leads(tmp_path / "buckets", model, tmp_path / "s.parquet", "--reasons")
    said = []

    counts = score_buckets(
        tmp_path / "buckets",
        None,
        (str(model), tmp_path, *find_bundle(str(model), tmp_path)),
        ScoringOptions(reasons=True),
        tmp_path / "scores",
        Running(SparkWorkers(session), said.append, lambda *step: None),
    )

    pd.testing.assert_frame_equal(read_scores(tmp_path / "scores"), expected, check_exact=True)
    assert (counts.buckets, counts.scored, counts.twice) == (4, 1_300, 0)


def test_a_step_reads_positions_and_writes_lines_as_arrow():
    batches = [pa.RecordBatch.from_pydict({"id": [1, 0]}), pa.RecordBatch.from_pydict({"id": []})]

    lines = list(_map_batches(lambda bucket: {"bucket": bucket}, range(5, 7))(iter(batches)))

    assert [line.to_pydict() for line in lines] == [{"line": ['{"bucket": 6}']}, {"line": ['{"bucket": 5}']}]
