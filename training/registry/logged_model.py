"""What does MLflow keep of the model itself? The sealed bundle, the source that reads it, and the columns it takes.

Lives here: logging a bundle so that ``mlflow.pyfunc.load_model`` loads it, its signature and its invented example.
Does not live here: answering a frame (``training.pyfunc``), the run around it (``mlflow_tracking``).
"""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mlflow
import pandas as pd
from mlflow.models import ModelSignature
from mlflow.types import ColSpec, DataType, ParamSchema, ParamSpec, Schema
from mlflow.types.schema import AnyType

from features.schema import CUSTOM_PREFIX
from training.bundle import Bundle
from training.pyfunc import ANSWER_COLUMNS, PARAMETERS, REASON_COLUMNS
from training.registry.model_code import copy_sources

if TYPE_CHECKING:
    from mlflow.models.model import ModelInfo

__all__ = ["log_model"]

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


def log_model(client: Any, bundle: Bundle, folder: Path) -> "ModelInfo":
    """Log a bundle, written to ``folder``, as the active run's model."""
    with copy_sources() as folders:
        model = mlflow.pyfunc.log_model(
            name="model",
            loader_module="training.pyfunc",
            data_path=str(folder),
            code_paths=[str(folder) for folder in folders],
            pip_requirements=_REQUIREMENTS,
            signature=_build_signature(bundle),
            input_example=_build_example(bundle),
            metadata={"columns": bundle.columns, "bundle_sha256": bundle.sha256},
        )
        _keep_uncompiled(client, model.model_id, folders)
    return model


def _keep_uncompiled(client: Any, model_id: str, packages: list[Path]) -> None:
    """Put an empty file where Python and Numba would keep compiled code beside the logged source.

    Loaded from a folder, the source is imported where it lies, and whoever loads it first would leave compiled code in
    the artifact: not what was logged, and in a store that others may read it is executed by the next. Neither can make
    a folder where a file of that name is; Numba then takes the user's own cache. MLflow leaves anything called
    ``__pycache__`` out of the code it copies, so these are added afterwards.
    """
    with tempfile.TemporaryDirectory() as folder:
        for package in packages:
            for module in package.rglob("*.py"):
                target = Path(folder) / "code" / module.parent.relative_to(package.parent)
                target.mkdir(parents=True, exist_ok=True)
                (target / "__pycache__").touch()
        client.log_model_artifacts(model_id, folder)


def _build_signature(bundle: Bundle) -> ModelSignature:
    """Return every column a payload may carry, in our name and in the export's own; the answer's columns; the choice.

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
    answer = {name: DataType.double if kind == "number" else DataType.string for name, kind in ANSWER_COLUMNS.items()}
    return ModelSignature(
        inputs=Schema([ColSpec(AnyType(), name, required=False) for name in names]),
        outputs=Schema(
            [
                *(ColSpec(dtype, name) for name, dtype in answer.items()),
                *(ColSpec(DataType.string, name, required=False) for name in REASON_COLUMNS),
            ]
        ),
        params=ParamSchema([ParamSpec(name, DataType.boolean, default) for name, default in PARAMETERS.items()]),
    )


def _build_example(bundle: Bundle) -> pd.DataFrame:
    """Return one invented lead: nobody's data."""
    columns = {
        name.removeprefix(CUSTOM_PREFIX): value for name, value in _EXAMPLE_LEAD.items() if name in bundle.columns
    }
    return pd.DataFrame([{"lead_id": "example", "cutoff": "2026-03-02T15:30:00Z"} | columns])
