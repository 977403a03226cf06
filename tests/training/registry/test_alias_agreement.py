"""Is it said when an alias was set in MLflow's page and the service follows another version?"""

import shutil
from pathlib import Path

import mlflow
import pytest
from click.testing import CliRunner

from serving.cli.main import leadlight
from training.registry.alias_agreement import describe_disagreement
from training.registry.mlflow_tracking import move_alias


@pytest.fixture
def home(bare_registered, tmp_path, monkeypatch) -> Path:
    """A home with one version, its champion, that may be changed."""
    monkeypatch.setenv("LEADLIGHT_HOME", str(tmp_path / "home"))
    return Path(shutil.copytree(bare_registered, tmp_path / "home"))


def test_nothing_is_said_where_both_agree_or_there_is_no_registry(home, tmp_path):
    assert describe_disagreement(home, "leadlight") == "" and describe_disagreement(tmp_path, "leadlight") == ""


def test_an_alias_that_was_removed_in_mlflow_is_said_until_it_is_promoted_again(home):
    client = mlflow.MlflowClient(f"sqlite:///{home / 'mlflow.db'}", f"sqlite:///{home / 'mlflow.db'}")
    client.delete_registered_model_alias("leadlight", "champion")

    said = CliRunner().invoke(leadlight, ["versions"], catch_exceptions=False)
    move_alias(home, "leadlight", "1")

    assert "MLflow has no champion of that name, the service follows leadlight/1" in said.stderr
    assert "leadlight promote 1 --name leadlight" in said.stderr and "leadlight/1" in said.stdout
    assert describe_disagreement(home, "leadlight") == ""


def test_an_alias_that_was_set_in_another_registry_is_asked_for_there(home, monkeypatch):
    # The same database, named by MLflow's own variable, is asked through MLflow.
    shutil.move(home / "mlflow.db", home / "shared.db")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{home / 'shared.db'}")
    agreed = describe_disagreement(home, "leadlight")
    (home / "pointers" / "leadlight" / "champion.json").unlink()

    assert agreed == "" and describe_disagreement(home, "leadlight").startswith(
        "MLflow calls leadlight/1 the champion, the service follows none: an alias that is set in MLflow moves nothing"
    )
    assert "has no champion" not in describe_disagreement(home, "other")
