"""Does Python load every kind of model, and score as the command line does, to the bit?"""

import logging

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import leadlight
from serving.cli.score import score as score_command
from training.errors import BundleError


@pytest.fixture(scope="module")
def model(registered):
    return leadlight.load("champion", registered)


@pytest.fixture(scope="module")
def frames(demo_folder):
    return {name: pd.read_parquet(demo_folder / f"{name}.parquet") for name in ("leads", "events")}


@pytest.mark.parametrize("options", [[], ["--reasons"], ["--reasons", "--at", "arrival"]], ids=" ".join)
def test_a_frame_is_scored_as_the_command_line_scores_its_file(options, model, registered, frames, tmp_path):
    (tmp_path / "data").mkdir()
    frames["leads"].head(200).to_parquet(tmp_path / "data" / "leads.parquet", index=False)
    frames["events"].to_parquet(tmp_path / "data" / "events.parquet", index=False)
    named = [
        "--data",
        str(tmp_path / "data"),
        "--model",
        str(registered / "made"),
        "--out",
        str(tmp_path / "s.parquet"),
    ]

    ran = CliRunner().invoke(score_command, [*named, *options], catch_exceptions=False)
    scores = model.score(
        frames | {"leads": frames["leads"].head(200)},
        reasons="--reasons" in options,
        at="arrival" if "arrival" in options else "auto",
    )

    assert ran.exit_code == 0
    written = pd.read_parquet(tmp_path / "s.parquet")
    assert list(scores) == list(written) and len(scores) == 200
    for column in ("probability", "probability_low", "probability_high", "score"):
        np.testing.assert_array_equal(scores[column], written[column])
    for column in ("lead_id", "grade", "lane", *(name for name in scores if name.startswith("reason_"))):
        assert scores[column].where(scores[column].notna(), None).tolist() == (
            written[column].where(written[column].notna(), None).tolist()
        )


@pytest.mark.parametrize("options", [[], ["--as-trained"]], ids=["followed", "as trained"])
def test_outcomes_beside_the_leads_count_as_on_the_command_line(
    options, model, demo_folder, frames, registered, tmp_path
):
    outcomes = pd.read_parquet(demo_folder / "outcomes.parquet")
    named = ["--data", str(demo_folder), "--model", str(registered / "made"), "--out", str(tmp_path / "s.parquet")]
    CliRunner().invoke(score_command, [*named, *options], catch_exceptions=False)

    scores = model.score(frames | {"outcomes": outcomes}, as_trained=bool(options))

    np.testing.assert_array_equal(scores["probability"], pd.read_parquet(tmp_path / "s.parquet")["probability"])


def test_every_way_of_naming_a_model_finds_the_same_one(model, registered):
    run = _find_run(registered)
    names = [
        "leadlight",
        "leadlight@champion",
        "leadlight/1",
        str(registered / "made"),
        str(registered / "made" / "bundle"),
    ]
    names += [run, f"runs:/{run}/model", "models:/leadlight/1", "models:/leadlight@champion"]

    loaded = [leadlight.load(name, registered) for name in names]

    assert {found.bundle.sha256 for found in loaded} == {model.bundle.sha256}
    assert {found.version for found in loaded} == {"1", model.bundle.sha256[:12]}


def _find_run(home) -> str:
    import mlflow

    address = f"sqlite:///{home / 'mlflow.db'}"
    client = mlflow.MlflowClient(address, address)
    return client.get_model_version("leadlight", "1").run_id


@pytest.mark.parametrize("name", ["models:/leadlight/99", "0" * 32, "runs:/nothing/model"])
def test_what_mlflow_does_not_know_is_answered_in_words(name, registered):
    with pytest.raises(BundleError, match=r"MLflow has no such model .*Expected models:/NAME/VERSION"):
        leadlight.load(name, registered)


def test_features_and_contributions_are_named_and_sum_to_the_score(model, frames):
    leads = frames["leads"].head(40)
    features, parts = (
        compute({"leads": leads, "events": frames["events"]}) for compute in (model.features, model.contributions)
    )
    scores = model.score({"leads": leads, "events": frames["events"]}, reasons=True)

    assert list(parts) == ["base", "level", *features] and features.index.name == parts.index.name == "lead_id"
    assert features.dtypes.eq("float32").all() and features.index.tolist() == leads["lead_id"].tolist()
    np.testing.assert_allclose(parts.sum(axis=1), scores["log_odds"], atol=1e-9)


def test_a_misspelled_column_is_named_and_logged_without_a_value(model, frames, caplog):
    leads = frames["leads"].head(5).rename(columns={"postal_code": "postal_kode"})

    with caplog.at_level(logging.INFO, "leadlight"):
        scores = model.score(leads)

    assert any("does not use" in note and "postal_kode" in note for note in scores.attrs["notes"])
    assert [record.getMessage() for record in caplog.records] == scores.attrs["notes"]
    messages = [text for text in frames["leads"].head(5)["message"].dropna()]
    assert messages and not [text for text in messages if text in caplog.text]


def test_a_saved_model_is_loaded_from_its_folder(model, frames, tmp_path):
    folder = model.save(tmp_path / "mine")

    pd.testing.assert_series_equal(
        leadlight.score(frames["leads"].head(9), folder)["probability"],
        model.score(frames["leads"].head(9))["probability"],
    )
