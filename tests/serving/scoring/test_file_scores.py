"""Does scoring a file follow the outcomes beside the leads, say so, and spare the work where there are none?"""

import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from features.mapping.column_mapping import Mapping
from serving.cli.score import score
from serving.scoring import file_scores as module
from training.model.level_update import LevelFilter

LEADS = 400


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Leads of ten weeks, of whom nearly all booked, whatever the model had said."""
    path = tmp_path_factory.mktemp("practice")
    created = pd.Timestamp("2026-01-01", tz="UTC") + pd.to_timedelta(np.arange(LEADS) * 4, unit="h")
    ids = [f"L{number}" for number in range(LEADS)]
    pd.DataFrame({"lead_id": ids, "created_at": created, "channel": "web_form", "message": "what does it cost"}).to_csv(
        path / "leads.csv", index=False
    )
    booked = created + pd.Timedelta(hours=2)
    outcomes = pd.DataFrame({"lead_id": ids, "occurred_at": booked, "stage": "booked", "recorded_at": booked})
    outcomes.iloc[::10, 2] = "lost"
    outcomes.to_csv(path / "outcomes.csv", index=False)
    return path


@pytest.fixture(scope="module")
def followed_bundle(bundle, tmp_path_factory):
    """A bundle whose data ended before these leads, and whose level may move."""
    path = tmp_path_factory.mktemp("followed") / "bundle"
    level = LevelFilter(0.5, 0.01, tuple(np.linspace(0.1, 2, 20).tolist()))
    figures = bundle.figures | {"data_until": "2025-12-31T00:00:00"}
    replace(bundle, mapping=Mapping.identity(), level=level, figures=figures).write(path)
    return path


def run(data, bundle_path, out, *more):
    """The scores, and what was said beside them."""
    done = CliRunner().invoke(
        score, ["--data", str(data), "--model", str(bundle_path), "--out", str(out), *more], catch_exceptions=False
    )
    assert done.exit_code == 0
    return pd.read_csv(out), done.stderr


@pytest.mark.parametrize("at", ["latest", "arrival"])
def test_the_level_follows_outcomes_says_so_and_keeps_the_reasons(folder, followed_bundle, tmp_path, at):
    followed, said = run(folder, followed_bundle, tmp_path / "followed.csv", "--at", at, "--reasons")
    trained, silent = run(folder, followed_bundle, tmp_path / "t.csv", "--at", at, "--reasons", "--as-trained")

    assert "Counted as the last weeks went: +" in said and "Counted as the last weeks went" not in silent
    assert (trained["level_log_odds"] == 0).all() and followed["level_log_odds"].iloc[-1] > 0.5
    np.testing.assert_allclose(followed["log_odds"] - trained["log_odds"], followed["level_log_odds"], atol=1e-9)
    pd.testing.assert_series_equal(followed["reason_1"], trained["reason_1"])
    if at == "latest":
        assert followed["level_log_odds"].nunique() == 1
    else:
        # Each lead at the level of its own arrival: the first could know of no outcome.
        assert followed["level_log_odds"].iloc[0] == 0 < followed["level_log_odds"].iloc[LEADS // 2]


def test_without_outcomes_nothing_is_followed_and_nothing_read_again(folder, followed_bundle, tmp_path, monkeypatch):
    (tmp_path / "data").mkdir()
    shutil.copy(folder / "leads.csv", tmp_path / "data")

    def refuse(*arguments):
        raise AssertionError("every chunk would be read and scored once more")

    monkeypatch.setattr(module, "_follow_level", refuse)
    scores, said = run(tmp_path / "data", followed_bundle, tmp_path / "s.csv", "--reasons")

    assert (scores["level_log_odds"] == 0).all() and "Counted as" not in said
