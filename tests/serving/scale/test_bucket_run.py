"""Are the scores of buckets those of ``leadlight score``, to the bit, whatever the number of buckets and workers?"""

import pandas as pd
import pytest
from click.testing import CliRunner

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
