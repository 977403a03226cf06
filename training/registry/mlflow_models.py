"""How is a model read back from MLflow, from files of this machine or from a server?

Lives here: a bundle by MLflow's name for it, and the files of a registered version.
Does not live here: logging and registering (``mlflow_tracking``), addresses (``mlflow_address``).
"""

import tempfile
from pathlib import Path

from features.file_permissions import private_files
from training.bundle import Bundle
from training.errors import BundleError
from training.registry.mlflow_address import get_local_path, is_local
from training.registry.mlflow_tracking import tracking_at

# After mlflow_tracking, which switches telemetry off before MLflow is imported.
import mlflow  # isort: skip
from mlflow.exceptions import MlflowException  # isort: skip

__all__ = ["download_bundle", "read_version_files"]


@private_files()
def download_bundle(home: Path, model: str) -> tuple[Bundle, str]:
    """Return the bundle that MLflow knows by a URI or by its run, and its version (a model without one: its sha256).

    Parameters
    ----------
    model : str
        ``models:/NAME/VERSION``, ``models:/NAME@ALIAS``, ``models:/MODEL_ID``, ``runs:/RUN/model``, or a run's id.

    Raises
    ------
    BundleError
        If MLflow knows no such model, or its bundle is damaged.
    """
    uri = model if ":/" in model else f"runs:/{model}/model"
    with tracking_at(home) as client, tempfile.TemporaryDirectory() as folder:
        try:
            downloaded = mlflow.artifacts.download_artifacts(uri, dst_path=folder)
        except (MlflowException, OSError):
            raise BundleError(
                f"model {uri}: MLflow has no such model ({mlflow.get_tracking_uri()}). Expected models:/NAME/VERSION, "
                "models:/NAME@ALIAS, runs:/RUN/model or a run's id; list the versions with: leadlight versions"
            ) from None
        bundle = Bundle.load(next((Path(downloaded) / "data").iterdir()))
        versions = client.search_model_versions(f"name='{bundle.name}'")
    numbers = [
        str(registered.version) for registered in versions if registered.tags.get("bundle_sha256") == bundle.sha256
    ]
    return bundle, numbers[0] if numbers else bundle.sha256[:12]


@private_files()
def read_version_files(home: Path, name: str, version: str) -> dict[str, bytes]:
    """Read the files of a registered version and of its run, by their path; without the copy of the source code."""
    with tracking_at(home) as client, tempfile.TemporaryDirectory() as temporary:
        registered = client.get_model_version(name, version)
        addresses = [client.get_model_version_download_uri(name, version)]
        if registered.run_id:
            addresses.append(client.get_run(registered.run_id).info.artifact_uri)
        folders = [_fetch_folder(address, f"{temporary}/{number}") for number, address in enumerate(addresses)]
        return {
            f"{folder.name}/{path.relative_to(folder)}": path.read_bytes()
            for folder in folders
            for path in sorted(folder.rglob("*"))
            if path.is_file() and path.relative_to(folder).parts[0] != "code"
        }


def _fetch_folder(uri: str, temporary: str) -> Path:
    """Return a folder of artifacts, downloaded where a server keeps it."""
    return get_local_path(uri) if is_local(uri) else Path(mlflow.artifacts.download_artifacts(uri, dst_path=temporary))
