"""Where does a data scientist find every run? In MLflow: parameters, metrics, plots, and the registered version.

Lives here: logging a run, registering its model, moving the alias. Everything is kept in one folder (``mlruns``), a
SQLite database and the artifacts, unless MLflow's own variables name a server.
Does not live here: reading models back (``mlflow_models``), addresses (``mlflow_address``), what is logged
(``training.pipeline``, ``training.plots``), whether a model may be promoted (``promotion``), the pointer the service
follows (``training.bundle.alias_pointers``).
"""

import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("DO_NOT_TRACK", "true")
os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")

import mlflow  # noqa: E402  (telemetry is read when it is imported)
import pandas as pd
from mlflow.data.code_dataset_source import CodeDatasetSource
from mlflow.data.meta_dataset import MetaDataset
from mlflow.entities import Metric, Param
from mlflow.exceptions import MlflowException
from mlflow.models import ModelSignature
from mlflow.types import ColSpec, DataType, Schema
from mlflow.types.schema import AnyType
from mlflow.utils.mlflow_tags import MLFLOW_PARENT_RUN_ID

from features.file_permissions import close_folder, make_private_folder, private_files
from features.schema import CUSTOM_PREFIX
from training.bundle import Bundle, Pointer, read_pointer, resolve_folder
from training.bundle.alias_pointers import write_pointer
from training.errors import TrainingError
from training.pipeline import TrainingResult
from training.registry.mlflow_address import Addresses, get_local_path, is_local, keep_variables, require_answer
from training.registry.model_code import copy_sources
from training.registry.run_records import describe_verdict, list_metrics, list_tags
from training.settings import Settings

if TYPE_CHECKING:
    from training.experiments.learning_curve import LearningCurve
    from training.model.hyperparameter_search import Trial

__all__ = [
    "move_alias",
    "log_training_run",
    "log_learning_curve",
    "find_registered_version",
    "require_tracking",
    "tracking_at",
]

EXPERIMENT = "leadlight"
CHAMPION = "champion"
_REQUIREMENTS = [
    "lightgbm",
    "numpy",
    "pandas",
    "scikit-learn",
    "scipy",
    "zipcodes",
    "numba",
    "phonenumbers",
    "email-validator",
    "tomlkit",
]
_EXAMPLE_LEAD = {
    "channel": "web_form",
    "message": "Could I come in next week about my knee?",
    "postal_code": "02110",
    "service_requested": "physical therapy",
    "created_at": "2026-03-02T15:30:00Z",
}


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
    with tracking_at(home) as client, mlflow.start_run(run_name=f"{bundle.name} {bundle.created_at}") as run:
        mlflow.log_params(
            {
                **vars(settings),
                "signals": len(bundle.signals),
                "trees": bundle.figures["trees"],
                "horizon_days": bundle.horizon_days,
            }
        )
        mlflow.log_metrics(list_metrics(trained))
        mlflow.set_tags(list_tags(bundle))
        for table, sum_of in bundle.figures["provenance"]["data_sha256"].items():
            mlflow.log_input(MetaDataset(CodeDatasetSource({}), name=table, digest=sum_of[:32]), context="training")  # type: ignore[abstract]
        mlflow.log_dict(bundle.figures, "figures.json")
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
        with copy_sources() as folders:
            model = mlflow.pyfunc.log_model(
                name="model",
                loader_module="training.pyfunc",
                data_path=str(folder),
                code_paths=[str(folder) for folder in folders],
                pip_requirements=_REQUIREMENTS,
                signature=_signature(bundle),
                input_example=_input_example(bundle),
                metadata={"columns": bundle.columns, "bundle_sha256": bundle.sha256},
            )
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


def _log_trials(client: Any, parent: Any, trials: "Sequence[Trial]") -> None:
    """Log each trial of a search as a run of its own under the training run."""
    for number, trial in enumerate(trials):
        tags = {MLFLOW_PARENT_RUN_ID: parent.run_id, "state": trial.state}
        child = client.create_run(
            parent.experiment_id, round(1000 * trial.started), tags, f"trial {number}"
        ).info.run_id
        params = [Param(name, str(value)) for name, value in trial.settings.items()]
        at = round(1000 * trial.ended)
        metrics = [Metric("fold_log_loss", loss, at, fold) for fold, loss in enumerate(trial.fold_losses)]
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
            mlflow.set_experiment(_experiment(client, home) if addresses.tracking == _database(home) else EXPERIMENT)
            yield client
        finally:
            mlflow.set_tracking_uri(tracking_uri)
            mlflow.set_registry_uri(registry_uri)


def _experiment(client: Any, home: Path) -> str:
    """Return the name of the experiment whose artifacts are in ``home``; create it where there is none.

    MLflow stores the location as an absolute path. So a folder that was moved gets an experiment of its own: in the old
    one new models would be written to the old location.
    """
    location = (home / "artifacts").as_uri()
    name = EXPERIMENT
    experiment = client.get_experiment_by_name(name)
    while experiment is not None and experiment.artifact_location != location:
        name += " (moved)"
        experiment = client.get_experiment_by_name(name)
    if experiment is None:
        client.create_experiment(name, artifact_location=location)
    return name


def _database(home: Path) -> str:
    """Return the URL of MLflow's database."""
    return f"sqlite:///{home.resolve() / 'mlflow.db'}"


def _signature(bundle: Bundle) -> ModelSignature:
    """Return every column a payload may carry, in our name and in the export's own; the output is one probability.

    No column is required. The columns are of type "any" on purpose: MLflow's own error about a type prints the whole
    frame, names and numbers included. Our loader checks the kinds (they are in the model's metadata), and its error
    holds no value.
    """
    names = dict.fromkeys(name.removeprefix(CUSTOM_PREFIX) for name in bundle.columns)
    names |= (
        {bundle.mapping.find_header(name): None for name in bundle.columns if name in bundle.mapping.leads}
        if bundle.mapping
        else {}
    )
    names |= dict.fromkeys(("lead_id", "cutoff", "events"))
    return ModelSignature(
        inputs=Schema([ColSpec(AnyType(), name, required=False) for name in names]),
        outputs=Schema([ColSpec(DataType.double, "probability")]),
    )


def _input_example(bundle: Bundle) -> pd.DataFrame:
    """Return one invented lead: nobody's data."""
    columns = {
        name.removeprefix(CUSTOM_PREFIX): value for name, value in _EXAMPLE_LEAD.items() if name in bundle.columns
    }
    return pd.DataFrame([{"lead_id": "example", "cutoff": "2026-03-02T15:30:00Z"} | columns])
