"""Are the scores of buckets those of ``leadlight score``, to the bit, whatever the number of buckets and workers?

Also when workers or the run are killed; and is no finished bucket done twice?
"""

import json
import os
import signal
import subprocess
import sys

import pandas as pd
import psutil
import pytest
from click.testing import CliRunner

from features.errors import DataError
from features.folder_lock import lock_folder
from serving.cli.features import features
from serving.scale import scored_buckets
from tests.serving.scale.bucket_scores import (
    BUCKETS,
    make_buckets,
    read_scores,
    run_score,
    score_leads,
    wait_for_buckets,
)
from training.bundle import find_bundle


@pytest.mark.parametrize("more", [(), ("--at", "arrival", "--reasons")], ids=["latest", "arrival with reasons"])
@pytest.mark.parametrize("buckets", [1, 7])
def test_buckets_score_as_whole_files_do(practice_folder, model, tmp_path, buckets, more):  # noqa: F811
    expected, said = score_leads(practice_folder, model, tmp_path / "whole.parquet", *more)
    make_buckets(practice_folder, model, tmp_path / "buckets", "--buckets", str(buckets))

    found, said_of_buckets = score_leads(tmp_path / "buckets", model, tmp_path / "found.parquet", *more)

    pd.testing.assert_frame_equal(found, expected, check_exact=True)
    assert said.split("leads:")[1].split("Scor")[0] == said_of_buckets.split("leads:")[1].split("Scor")[0]


def test_a_csv_of_all_buckets_is_in_the_order_of_the_buckets_and_leaves_nothing_beside_it(
    practice_folder,  # noqa: F811
    model,
    tmp_path,
):
    make_buckets(practice_folder, model, tmp_path / "buckets", "--buckets", "3")

    said = run_score(tmp_path / "buckets", model, tmp_path / "s.csv")
    run_score(tmp_path / "buckets", model, tmp_path / "parts")

    parts = [pd.read_parquet(file) for file in sorted((tmp_path / "parts").glob("*.parquet"))]
    assert pd.read_csv(tmp_path / "s.csv")["lead_id"].tolist() == pd.concat(parts)["lead_id"].tolist()
    assert "3 buckets: 0 had been finished before, 0 were finished twice" in said
    assert "1,302 rows of leads: 1,300 written, 2 rejected." in said
    assert sorted(file.name for file in tmp_path.iterdir()) == ["buckets", "parts", "s.csv"]


def test_more_buckets_than_leads_are_scored(model, tmp_path):
    leads = pd.DataFrame(
        {"lead_id": ["a", "b"], "created_at": pd.Timestamp("2026-03-01", tz="UTC"), "channel": "phone"}
    )
    leads.to_parquet(tmp_path / "leads.parquet")
    make_buckets(tmp_path / "leads.parquet", model, tmp_path / "buckets", "--buckets", "9")

    scores, said = score_leads(tmp_path / "buckets", model, tmp_path / "s.parquet", "--reasons")

    assert scores["lead_id"].tolist() == ["a", "b"] and "9 buckets" in said


def test_a_folder_of_other_scores_is_refused(practice_folder, model, tmp_path):  # noqa: F811
    make_buckets(practice_folder, model, tmp_path / "buckets", "--buckets", "2")
    run_score(tmp_path / "buckets", model, tmp_path / "scores")

    with pytest.raises(DataError, match="is not empty, and what it holds is not of these data, this model"):
        run_score(tmp_path / "buckets", model, tmp_path / "scores", "--reasons")
    assert "2 had been finished before" in run_score(tmp_path / "buckets", model, tmp_path / "scores")


def test_a_second_run_is_refused_until_the_file_of_all_buckets_is_there(practice_folder, model, tmp_path, monkeypatch):
    """It would find the buckets removed, and write a file without leads."""
    make_buckets(practice_folder, model, tmp_path / "buckets", "--buckets", "1")
    seen = []

    def list_files(folder):
        with pytest.raises(DataError, match="another run is writing into"):
            run_score(tmp_path / "buckets", model, tmp_path / "s.csv")
        seen.append(folder)
        return list_as_ever(folder)

    list_as_ever = scored_buckets._list_files
    monkeypatch.setattr(scored_buckets, "_list_files", list_files)
    run_score(tmp_path / "buckets", model, tmp_path / "s.csv")

    assert len(seen) == 2 and len(pd.read_csv(tmp_path / "s.csv")) == 1_300


def test_a_time_that_cannot_be_read_claims_no_folder(practice_folder, model, tmp_path):
    make_buckets(practice_folder, model, tmp_path / "buckets", "--buckets", "1")

    with pytest.raises(DataError, match="--at is 'now', expected auto, latest, arrival"):
        run_score(tmp_path / "buckets", model, tmp_path / "scores", "--at", "now")
    assert not (tmp_path / "scores").exists()


def test_workers_need_buckets(practice_folder, model, tmp_path):  # noqa: F811
    with pytest.raises(DataError, match="is no folder of buckets. Make them first"):
        run_score(practice_folder, model, tmp_path / "s.csv", "--workers", "2")


def start(buckets, model, out) -> subprocess.Popen:
    """Start ``leadlight score --workers 2`` as a process of its own."""
    command = "from serving.cli.main import main; main()"
    options = ["--data", str(buckets), "--model", str(model), "--out", str(out), "--workers", "2", "--reasons"]
    return subprocess.Popen(
        [sys.executable, "-c", command, "score", *options], stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def find_workers(running) -> list[psutil.Process]:
    return [child for child in psutil.Process(running.pid).children() if "spawn_main" in " ".join(child.cmdline())]


def test_kills_cost_no_lead_and_no_finished_bucket_is_done_again(buckets, model, expected, tmp_path):
    """First one of two workers is killed, then the run itself; then it goes on, here and without workers."""
    out = tmp_path / "scores"
    running = start(buckets, model, out)
    wait_for_buckets(running, out, 2)
    find_workers(running)[0].kill()
    wait_for_buckets(running, out, 8)
    workers = find_workers(running)
    os.kill(running.pid, signal.SIGKILL)
    running.communicate()
    # Workers end with the process that started them, so that nobody else writes from now on.
    assert not psutil.wait_procs(workers, timeout=60)[1]
    finished = {file: file.stat().st_mtime_ns for file in out.glob("bucket-*.json")}

    said = run_score(buckets, model, out, "--reasons")

    assert f"{len(finished)} had been finished before, 0 were finished twice" in said
    assert 8 <= len(finished) < BUCKETS and finished == {file: file.stat().st_mtime_ns for file in finished}
    pd.testing.assert_frame_equal(read_scores(out), expected, check_exact=True)
    lines = [json.loads(file.read_text()) for file in out.glob("bucket-*.json")]
    assert sum(line["rows"] for line in lines) == sum(line["written"] + line["rejected"] for line in lines) == 1_302
    assert len(lines) == BUCKETS and not (out / ".work").exists()


def test_a_second_run_into_the_same_folder_is_refused_while_the_first_one_lasts(buckets, model, tmp_path):
    out = tmp_path / "scores"
    with lock_folder(out, "the first run"), pytest.raises(DataError, match="another run is writing into .*scores"):
        run_score(buckets, model, out)
    assert [file.name for file in out.iterdir()] == [".lock"]

    assert "24 buckets: 0 had been finished before" in run_score(buckets, model, out)


def run_features(data, model, out, *more) -> pd.DataFrame:
    """Run ``leadlight features``; return its rows in the order of the ids."""
    ran = CliRunner().invoke(
        features, ["--data", str(data), "--model", str(model), "--out", str(out), *more], catch_exceptions=False
    )
    assert ran.exit_code == 0 and "1,300 leads with the" in ran.stdout
    files = [out] if out.suffix else sorted(out.glob("bucket-*.parquet"))
    return pd.concat(map(pd.read_parquet, files)).sort_values("lead_id", ignore_index=True)


def test_signals_of_buckets_are_those_of_whole_files(practice_folder, buckets, model, tmp_path):  # noqa: F811
    expected = run_features(practice_folder, model, tmp_path / "whole.parquet", "--at", "arrival")

    # In this process: which processes run the task is for scores and signals alike, and proven on scores.
    found = run_features(buckets, model, tmp_path / "folder", "--at", "arrival")

    bundle = find_bundle(str(model), tmp_path)[0]
    assert list(expected) == ["lead_id", "cutoff", *(signal.name for signal in bundle.signals)]
    assert expected.notna().any().mean() > 0.5 and (expected.dtypes[2:] == "float32").all()
    pd.testing.assert_frame_equal(found, expected, check_exact=True)
