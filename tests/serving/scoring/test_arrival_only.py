"""Is a lead scored at a time that the model knows, when nobody names one?"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from serving.cli.score import score
from serving.scoring.engine import Engine

NOW = np.datetime64("2026-05-01T12:00", "us")
ARRIVED = "2026-03-02T15:30:00Z"


@pytest.fixture
def arrival_only(bundle, tmp_path):
    """Return a bundle that learned from leads at their arrival only, written and read back."""
    made = replace(bundle, figures=bundle.figures | {"arrival_only": True})
    return made.write(tmp_path / "arrival only")


def score_file(folder, tmp_path, *more):
    """Return (the scored file, what was said)."""
    leads = tmp_path / "leads.csv"
    leads.write_text("lead_id,created_at,channel\na,2026-03-02 10:30,web\nb,2026-04-02 11:30,web\n")
    out = tmp_path / "scored.csv"

    ran = CliRunner().invoke(score, ["--data", str(leads), "--model", str(folder), "--out", str(out), *more])

    assert ran.exit_code == 0, ran.output
    return pd.read_csv(out), ran.stderr


def test_a_file_is_scored_at_arrival_where_the_model_knows_no_other_time(arrival_only, tmp_path):
    scored, said = score_file(tmp_path / "arrival only", tmp_path)

    assert scored["cutoff"].str[:16].tolist() == ["2026-03-02 15:30", "2026-04-02 15:30"]
    assert "Scored as of the arrival of each lead (--at arrival)." in said


def test_a_time_that_the_model_never_learned_is_used_with_a_warning(arrival_only, tmp_path):
    scored, said = score_file(tmp_path / "arrival only", tmp_path, "--at", "latest")

    assert scored["cutoff"].str[:16].tolist() == ["2026-04-02 15:30"] * 2
    assert "WARNING: scored as of the latest time in the data" in said
    assert "learned from leads at their arrival only" in said


def test_a_file_is_scored_at_the_latest_time_where_the_model_learned_later_times(bundle_folder, tmp_path):
    scored, said = score_file(bundle_folder, tmp_path)

    assert scored["cutoff"].str[:16].tolist() == ["2026-04-02 15:30"] * 2
    assert "Scored as of the latest time in the data" in said
    assert "WARNING" not in said


def test_a_payload_is_scored_at_arrival_and_at_its_cutoff_if_it_has_one(arrival_only, bundle):
    leads = [{"created_at": ARRIVED}, {"created_at": ARRIVED, "cutoff": "2026-03-05T15:30:00Z"}, {}]
    answers, later = (
        [answer.scored_at for answer in scorer.score_read([scorer.read(lead) for lead in leads], NOW)]
        for scorer in (Engine.of(arrival_only, "1"), Engine.of(bundle, "2"))
    )

    assert answers == [ARRIVED, "2026-03-05T15:30:00Z", "2026-05-01T12:00:00Z"]
    assert later == ["2026-05-01T12:00:00Z", "2026-03-05T15:30:00Z", "2026-05-01T12:00:00Z"]
