"""How do the tests make buckets, score them, and wait for some of them? By the commands."""

import time

import pandas as pd
from click.testing import CliRunner

from serving.cli.bucket import bucket
from serving.cli.score import score

BUCKETS = 24


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


def wait_for_buckets(running, out, count) -> list:
    """Wait until some buckets are finished; return their manifests."""
    while len(finished := list(out.glob("bucket-*.json"))) < count:
        assert running is None or running.poll() is None, running.stderr.read()
        time.sleep(0.01)
    return finished


def read_scores(out) -> pd.DataFrame:
    frames = [pd.read_parquet(file) for file in sorted(out.glob("bucket-*.parquet"))]
    return pd.concat(frames).sort_values("lead_id", ignore_index=True)
