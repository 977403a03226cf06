"""Does a Dask cluster score what one process scores, also when a worker is killed? Needs the extra ``scale``."""

import os
import signal
import threading

import pandas as pd
import pytest

from serving.errors import ServiceError
from tests.serving.scale.test_bucket_run import make_buckets, run_score, score_leads
from tests.serving.scale.test_local_workers import read_scores, wait_for_buckets

distributed = pytest.importorskip("distributed", reason="Dask is not installed; it comes with the extra scale")


@pytest.fixture(scope="module")
def cluster():
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1"
    ) as started:
        yield started


def test_a_cluster_scores_what_one_process_scores_though_a_worker_is_killed(practice_folder, model, tmp_path, cluster):
    make_buckets(practice_folder, model, tmp_path / "buckets", "--buckets", "24")
    expected, _ = score_leads(tmp_path / "buckets", model, tmp_path / "s.parquet", "--reasons")
    killed = threading.Thread(target=kill_one, args=(cluster, tmp_path / "scores"))
    killed.start()

    said = run_score(
        tmp_path / "buckets", model, tmp_path / "scores", "--reasons", "--scheduler", cluster.scheduler_address
    )

    killed.join()
    pd.testing.assert_frame_equal(read_scores(tmp_path / "scores"), expected, check_exact=True)
    assert "24 buckets: 0 had been finished before" in said and "1 workers were lost" in said


def kill_one(cluster, out) -> None:
    """Kill a worker once two buckets are finished."""
    wait_for_buckets(None, out, 2)
    os.kill(next(iter(cluster.workers.values())).pid, signal.SIGKILL)


def test_an_address_where_nothing_answers_is_said(practice_folder, model, tmp_path, monkeypatch):
    monkeypatch.setattr("serving.scale.dask_workers._SECONDS_TO_CONNECT", 1)
    make_buckets(practice_folder, model, tmp_path / "buckets", "--buckets", "2")

    with pytest.raises(ServiceError, match="no Dask scheduler answers at 'tcp://127.0.0.1:9'"):
        run_score(tmp_path / "buckets", model, tmp_path / "scores", "--scheduler", "tcp://127.0.0.1:9")
