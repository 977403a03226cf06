"""Are the scores of buckets those of ``leadlight score``, to the bit, whatever the number of buckets and workers?"""

import pandas as pd
import pytest
from click.testing import CliRunner

from features.errors import DataError
from serving.cli.bucket import bucket
from serving.cli.score import score


def make_buckets(data, model, out, *more) -> str:
    """Run ``leadlight bucket``; return what it prints."""
    ran = CliRunner().invoke(
        bucket, ["--data", str(data), "--model", str(model), "--out", str(out), *more], catch_exceptions=False
    )
    assert ran.exit_code == 0
    return ran.stdout


def run_score(data, model, out, *more) -> str:
    """Run ``leadlight score``; return what it says."""
    ran = CliRunner().invoke(
        score, ["--data", str(data), "--model", str(model), "--out", str(out), *more], catch_exceptions=False
    )
    assert ran.exit_code == 0
    return ran.stderr


def score_leads(data, model, out, *more) -> tuple[pd.DataFrame, str]:
    """Run ``leadlight score``; return the scores in the order of the ids, and what it says."""
    said = run_score(data, model, out, *more)
    return pd.read_parquet(out).sort_values("lead_id", ignore_index=True), said


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
    assert "3 buckets: 0 had been finished before, 0 were scored twice" in said
    assert "1,302 rows of leads: 1,300 scored, 2 rejected." in said
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


def test_workers_need_buckets(practice_folder, model, tmp_path):  # noqa: F811
    with pytest.raises(DataError, match="is no folder of buckets. Make them first"):
        run_score(practice_folder, model, tmp_path / "s.csv", "--workers", "2")
