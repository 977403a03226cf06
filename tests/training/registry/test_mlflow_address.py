"""Are MLflow's own variables honored, with a real server, and is a dead address refused before training begins?"""

import os
import socket
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.postgresql import new_database, why_not
from training.bundle import find_bundle
from training.errors import TrainingError
from training.registry.mlflow_address import Addresses, keep_variables, require_answer
from training.registry.mlflow_models import download_bundle, read_version_files
from training.registry.mlflow_tracking import find_alias, log_training_run, move_alias, require_tracking
from training.registry.training_run import RunOptions, run_training


@pytest.fixture
def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@pytest.fixture
def server(free_port, tmp_path):
    """A tracking server with SQLite that keeps artifacts itself."""
    command = [sys.executable, "-m", "mlflow", "server", "--port", str(free_port), "--workers", "1"]
    stores = [f"sqlite:///{tmp_path / 'server.db'}", "--artifacts-destination", str(tmp_path / "kept")]
    log = (tmp_path / "server.log").open("w")
    process = subprocess.Popen(
        [*command, "--backend-store-uri", *stores],
        cwd=tmp_path,
        # Its own jobs are seven processes more, each of which imports MLflow; nothing here starts a job.
        env=os.environ | {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"},
        stdout=log,
        stderr=log,
        start_new_session=True,
    )
    address = f"http://127.0.0.1:{free_port}"
    try:
        _wait_for(free_port, process)
        yield address
    finally:
        os.killpg(process.pid, 9)  # nobody needs it any more: its workers take their time to end by themselves
        process.wait(30)
        log.close()


def _wait_for(port: int, process: subprocess.Popen) -> None:
    for _ in range(600):
        assert process.poll() is None, "the tracking server ended"
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError("the tracking server did not begin within a minute")


def test_the_variables_are_used_and_the_home_is_the_default(monkeypatch):
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.delenv("MLFLOW_REGISTRY_URI", raising=False)
    own = Addresses.choose("sqlite:///home/mlflow.db")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://tracking")
    tracked = Addresses.choose("sqlite:///home/mlflow.db")
    monkeypatch.setenv("MLFLOW_REGISTRY_URI", "http://registry")

    assert own.is_own and own.registry == "sqlite:///home/mlflow.db"
    assert (tracked.tracking, tracked.registry, tracked.is_own) == ("http://tracking", "http://tracking", False)
    assert Addresses.choose("sqlite:///home/mlflow.db").registry == "http://registry"


def test_variables_are_as_before_whatever_mlflow_writes_into_them(monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://mine")
    monkeypatch.delenv("MLFLOW_REGISTRY_URI", raising=False)

    with keep_variables():
        os.environ["MLFLOW_TRACKING_URI"] = os.environ["MLFLOW_REGISTRY_URI"] = "sqlite:///other.db"

    assert os.environ["MLFLOW_TRACKING_URI"] == "http://mine" and "MLFLOW_REGISTRY_URI" not in os.environ


@pytest.mark.parametrize("variable", ["MLFLOW_TRACKING_URI", "MLFLOW_REGISTRY_URI"])
def test_a_dead_address_is_refused_before_training_without_its_password(
    variable, free_port, tmp_path, monkeypatch, demo_tables, demo_practice, bare_settings
):
    monkeypatch.setenv(variable, f"postgresql+psycopg://anna:secret@127.0.0.1:{free_port}/runs")
    options = RunOptions("leadlight", tmp_path / "home", tmp_path / "out")

    with pytest.raises(
        TrainingError, match=rf"nobody answers at postgresql://127.0.0.1:{free_port}.*{variable}"
    ) as refusal:
        run_training(demo_tables, demo_practice, bare_settings, options)

    assert "secret" not in str(refusal.value) and "anna" not in str(refusal.value)
    assert not (tmp_path / "out").exists()


def test_a_listener_is_enough_and_files_need_none(free_port):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", free_port))
        listener.listen()
        require_answer(Addresses(f"http://127.0.0.1:{free_port}", "sqlite:///runs.db", False), Path("home"))


@pytest.fixture
def postgresql(shared_folder):
    """The URL of a new database, as MLflow takes it; skipped in words where there is no server or no driver."""
    if (reason := why_not()) is not None:
        pytest.skip(reason)
    with new_database(shared_folder, "runs") as url:
        yield url


def test_postgresql_keeps_the_runs_and_artifacts_stay_in_the_home(
    postgresql, tmp_path, monkeypatch, bare_trained, bare_settings
):
    home, folder = tmp_path / "home", tmp_path / "bundle"
    trained = replace(bare_trained, bundle=bare_trained.bundle.write(folder))
    monkeypatch.setenv("MLFLOW_TRACKING_URI", postgresql)
    (tmp_path / "typed_here").mkdir()
    monkeypatch.chdir(tmp_path / "typed_here")

    require_tracking(home)
    version = log_training_run(trained, folder, [], bare_settings, home)
    move_alias(home, "leadlight", version)

    assert find_alias(home, "leadlight", "champion") == "1" and find_alias(home, "leadlight", "shadow") is None
    assert download_bundle(home, "models:/leadlight@champion")[0].sha256 == trained.bundle.sha256
    assert not list((tmp_path / "typed_here").iterdir()) and not (home / "mlflow.db").exists()
    assert (home / "artifacts").is_dir()


def test_a_server_keeps_the_run_and_the_service_follows_a_copy(
    server, tmp_path, monkeypatch, bare_trained, bare_settings
):
    home, folder = tmp_path / "home", tmp_path / "bundle"
    bundle = bare_trained.bundle.write(folder)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", server)
    trained = replace(bare_trained, bundle=bundle)

    require_tracking(home)
    version = log_training_run(trained, folder, [], bare_settings, home)

    assert find_bundle(f"leadlight/{version}", home)[0].sha256 == bundle.sha256
    assert download_bundle(home, f"models:/leadlight/{version}")[0].sha256 == bundle.sha256
    assert any(name.endswith("figures.json") for name in read_version_files(home, "leadlight", version))
    assert not (home / "mlflow.db").exists() and os.environ["MLFLOW_TRACKING_URI"] == server
