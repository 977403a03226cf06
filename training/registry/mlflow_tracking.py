"""Where does a data scientist find every run? In MLflow: parameters, metrics, plots, and the registered version.

Lives here: logging a run, registering its model, moving the alias. Everything is kept in one folder (``mlruns``), a
SQLite database and the artifacts, unless MLflow's own variables name a server.
Does not live here: the model's own files (``logged_model``), reading models back (``mlflow_models``), addresses
(``mlflow_address``), what is logged (``run_records``, ``logged_tables``, ``training.plots``), whether a model may be
promoted (``promotion``), the pointer the service follows (``training.bundle.alias_pointers``).
"""

import logging
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("DO_NOT_TRACK", "true")
os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")

import mlflow  # noqa: E402  (telemetry is read when it is imported)
from mlflow.entities import Experiment, Metric, Param
from mlflow.exceptions import MlflowException
from mlflow.tracking.context.registry import resolve_tags
from mlflow.utils.git_utils import get_git_commit
from mlflow.utils.mlflow_tags import MLFLOW_GIT_COMMIT, MLFLOW_PARENT_RUN_ID

from features.file_permissions import close_folder, make_private_folder, private_files
from training.bundle import Bundle, Pointer, read_pointer, resolve_folder
from training.bundle.alias_pointers import write_pointer
from training.errors import TrainingError
from training.pipeline import TrainingResult
from training.registry.logged_model import log_model
from training.registry.logged_tables import list_training_tables
from training.registry.mlflow_address import (
    Addresses,
    get_local_path,
    is_database,
    is_local,
    keep_variables,
    require_answer,
)
from training.registry.run_records import (
    describe_verdict,
    list_fold_metrics,
    list_headline_metrics,
    list_parameters,
    list_tags,
    tabulate,
)
from training.report.card_metadata import CARD_FILE, render_card
from training.settings import Settings

if TYPE_CHECKING:
    from training.experiments.learning_curve import LearningCurve
    from training.model.hyperparameter_search import Trial

__all__ = [
    "move_alias",
    "log_training_run",
    "log_learning_curve",
    "find_alias",
    "find_registered_version",
    "require_tracking",
    "tracking_at",
]

EXPERIMENT = "leadlight"
CHAMPION = "champion"
_EXPERIMENT_KIND = {"mlflow.experimentKind": "custom_model_development"}
"""MLflow's page opens an experiment of this kind on its runs, one without on its traces, of which there are none."""


def require_tracking(home: Path) -> None:
    """Refuse addresses of MLflow that cannot be used, before a training whose run would be lost.

    Raises
    ------
    TrainingError
        If a server or database that MLflow's variables name does not answer, or refuses.
    """
    if Addresses.choose(_database(home)).is_own:
        return
    try:
        with tracking_at(home) as client:
            client.search_registered_models(max_results=1)
    except MlflowException as fault:
        raise TrainingError(
            f"mlflow: what MLFLOW_TRACKING_URI and MLFLOW_REGISTRY_URI name refuses ({fault.error_code}). Expected a "
            f"server or database with runs and models; correct them, or unset them to keep runs in {home}."
        ) from None


@private_files()
def log_training_run(
    trained: TrainingResult, folder: Path, plots: list[Path], settings: Settings, home: Path, report: Path | None = None
) -> str:
    """Log one run and register its bundle; return the version as people write it, ``3``.

    Parameters
    ----------
    folder : Path
        The written bundle.
    home : Path
        Where MLflow's database and artifacts are kept.
    report : Path, optional
        The page that ``report.write_report`` wrote.
    """
    bundle = trained.bundle
    with tracking_at(home) as client, _start_run(client, trained, home) as run:
        mlflow.log_params(list_parameters(bundle, settings))
        mlflow.log_metrics(list_headline_metrics(trained))
        now = round(1000 * time.time())
        folds = [Metric(name, value, now, fold) for name, value, fold in list_fold_metrics(bundle)]
        client.log_batch(run.info.run_id, folds)
        mlflow.log_table(tabulate(trained), "metrics.json")
        mlflow.set_tags(list_tags(bundle))
        for table in list_training_tables(bundle):
            mlflow.log_input(table, context="training")
        mlflow.log_dict(bundle.figures, "figures.json")
        mlflow.log_text(render_card(bundle), CARD_FILE)
        mlflow.log_table(
            {
                "signal": [s.name for s in bundle.signals],
                "family": [s.family for s in bundle.signals],
                "unit": [s.unit for s in bundle.signals],
            },
            "signals.json",
        )
        if trained.tuning is not None:
            _log_trials(client, run.info, trained.tuning.trials)
        for plot in plots:
            mlflow.log_artifact(str(plot), "plots")
        if report is not None:
            mlflow.log_artifact(str(report))
        model = log_model(client, bundle, folder)
        tags = {"bundle_sha256": bundle.sha256, "verdict": bundle.figures["verdict"]["verdict"]}
        version = mlflow.register_model(model.model_uri, bundle.name, tags=tags).version
        client.update_model_version(bundle.name, str(version), describe_verdict(bundle))
        client.update_registered_model(bundle.name, f"Version {version}: {describe_verdict(bundle)}")
        client.set_tag(run.info.run_id, "version", str(version))
        # The pointer comes last: until it is there, nothing can follow a half-registered version.
        _write_version_pointer(client, bundle, str(version), str(version), home)
    # MLflow copies files with the mode they had.
    close_folder(home)
    return str(version)


@private_files()
def log_learning_curve(curve: "LearningCurve", files: Sequence[Path], home: Path) -> None:
    """Log a learning curve as a run of its own: the metrics at each number of leads, the gain of twice as many."""
    with tracking_at(home), mlflow.start_run(run_name="learning curve"):
        mlflow.set_tag("mlflow.note.content", curve.describe())
        for point in curve.points:
            mlflow.log_metrics({"auc": point.auc.value, "log_loss": point.log_loss.value}, step=point.leads)
        mlflow.log_metrics(
            {
                "auc_gain_of_twice": curve.auc_gain.value,
                "log_loss_gain_of_twice": curve.log_loss_gain.value,
                "judged_leads": curve.held_out_leads,
            }
        )
        for file in files:
            mlflow.log_artifact(str(file))
    # MLflow copies files with the mode they had.
    close_folder(home)


@private_files()
def find_registered_version(home: Path, name: str, version: str) -> str:
    """Return the number of a registered version; of the newest for ``latest``.

    Raises
    ------
    TrainingError
        If there is no such version.
    """
    with tracking_at(home) as client:
        try:
            if version == "latest":
                version = str(
                    max((int(model.version) for model in client.search_model_versions(f"name='{name}'")), default=0)
                )
            return str(client.get_model_version(name, version).version)
        except MlflowException:
            raise TrainingError(
                f"promote: {name}/{version} is not registered in {home}. "
                f"List the versions: mlflow ui --backend-store-uri {_database(home)}"
            ) from None


@private_files()
def find_alias(home: Path, name: str, alias: str) -> str | None:
    """Return the version that the registry calls by an alias; None where it knows no such model or alias."""
    with tracking_at(home) as client:
        try:
            return str(client.get_model_version_by_alias(name, alias).version)
        except MlflowException as fault:
            if fault.error_code not in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
                raise TrainingError(f"mlflow: the registry of {name} refuses ({fault.error_code}).") from None
            return None


@private_files()
def move_alias(home: Path, name: str, version: str) -> Pointer:
    """Make a registered version the champion: first the pointer that the service follows, then MLflow's alias.

    A move that was interrupted between the two is completed by calling this again.

    Raises
    ------
    BundleError
        If that version's bundle is damaged; nothing has moved then.
    """
    pointer = replace(read_pointer(home, version, name), alias=CHAMPION)
    Bundle.load(resolve_folder(pointer, home), pointer.sha256)
    with tracking_at(home) as client:
        write_pointer(home, pointer)
        client.set_registered_model_alias(name, CHAMPION, version)
    return pointer


def _start_run(client: Any, trained: TrainingResult, home: Path) -> mlflow.ActiveRun:
    """Begin the run at the time when training began, so that its duration is the training's."""
    bundle = trained.bundle
    tags = resolve_tags(_find_commit())
    experiment = _find_experiment(client, home)
    started_at = round(1000 * trained.started_at.timestamp())
    name = f"{bundle.name} {bundle.created_at}"
    created = client.create_run(experiment.experiment_id, started_at, tags, name)
    return mlflow.start_run(run_id=created.info.run_id)


def _find_commit() -> dict[str, str]:
    """Return the tag of the commit that the training code was checked out at; none where it was installed."""
    commit = get_git_commit(str(Path(__file__).parent))
    return {} if commit is None else {MLFLOW_GIT_COMMIT: commit}


def _log_trials(client: Any, parent: Any, trials: "Sequence[Trial]") -> None:
    """Log each trial of a search as a run of its own under the training run."""
    for number, trial in enumerate(trials):
        tags = {MLFLOW_PARENT_RUN_ID: parent.run_id, "state": trial.state}
        child = client.create_run(
            parent.experiment_id, round(1000 * trial.started), tags, f"trial {number}"
        ).info.run_id
        params = [Param(name, str(value)) for name, value in trial.settings.items()]
        at = round(1000 * trial.ended)
        metrics = [Metric("fold_log_loss", loss, at, fold) for fold, loss in enumerate(trial.fold_losses, 1)]
        client.log_batch(child, [*metrics, Metric("tuning_log_loss", trial.log_loss, at, 0)], params)
        client.set_terminated(child, "FINISHED" if trial.state == "complete" else "KILLED", round(1000 * trial.ended))


def _write_version_pointer(client: Any, bundle: Bundle, version: str, alias: str, home: Path) -> None:
    """Write the pointer of one version, so that it can be found without MLflow."""
    address = client.get_model_version_download_uri(bundle.name, version)
    if is_local(address) and home.resolve() in get_local_path(address).resolve().parents:
        folder = next((get_local_path(address) / "data").iterdir())
    else:
        # Kept by a server: the service follows a copy in the home, and needs no server to start.
        folder = home / "bundles" / bundle.name / version
        bundle.write(folder)
    write_pointer(home, _build_pointer(bundle, folder, alias, version, home))


def _build_pointer(bundle: Bundle, folder: Path, alias: str, version: Any, home: Path) -> Pointer:
    """Return the pointer of a version; its folder is relative to ``home``, so that mlruns can be moved."""
    return Pointer(bundle.name, alias, str(version), os.path.relpath(folder, home), bundle.sha256)


@contextmanager
def tracking_at(home: Path) -> Iterator[mlflow.MlflowClient]:
    """Point MLflow at ``home`` while the block lasts, and restore its settings after."""
    home = home.resolve()
    make_private_folder(home)
    for logger in ("mlflow", "alembic"):
        logging.getLogger(logger).setLevel(logging.WARNING)
    with keep_variables():
        addresses = Addresses.choose(_database(home))
        require_answer(addresses, home)
        tracking_uri, registry_uri = mlflow.get_tracking_uri(), mlflow.get_registry_uri()
        mlflow.set_tracking_uri(addresses.tracking)
        mlflow.set_registry_uri(addresses.registry)
        client = mlflow.MlflowClient()
        try:
            mlflow.set_experiment(experiment_id=_find_experiment(client, home).experiment_id)
            yield client
        finally:
            mlflow.set_tracking_uri(tracking_uri)
            # Left empty where nobody chose one: it then follows the address of the runs that a person sets later.
            mlflow.set_registry_uri("" if registry_uri == tracking_uri else registry_uri)


def _find_experiment(client: Any, home: Path) -> Experiment:
    """Return the experiment of our runs; create it where there is none.

    MLflow stores where its artifacts are as an absolute path. So a folder that was moved gets an experiment of its own:
    in the old one new models would be written to the old location. A database that others share as well has no folder
    of its own: the artifacts of an experiment that begins here are kept in ``home``, not where the command was typed.
    """
    tracking = Addresses.choose(_database(home)).tracking
    location = (home.resolve() / "artifacts").as_uri() if is_database(tracking) else None
    name = EXPERIMENT
    experiment = client.get_experiment_by_name(name)
    while tracking == _database(home) and experiment is not None and experiment.artifact_location != location:
        name += " (moved)"
        experiment = client.get_experiment_by_name(name)
    if experiment is None:
        experiment = client.get_experiment(client.create_experiment(name, artifact_location=location))
    for tag, kind in _EXPERIMENT_KIND.items():
        if tag not in experiment.tags:
            client.set_experiment_tag(experiment.experiment_id, tag, kind)
    return experiment


def _database(home: Path) -> str:
    """Return the URL of MLflow's database."""
    return f"sqlite:///{home.resolve() / 'mlflow.db'}"
