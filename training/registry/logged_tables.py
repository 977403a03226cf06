"""What does MLflow know of the data that a run learned from? Columns, kinds, rows and a digest of each table; no value.

Lives here: a table as one of MLflow's datasets. Does not live here: its columns and sum (``training.evaluation``).
"""

import json
from typing import Any

from mlflow.data.code_dataset_source import CodeDatasetSource
from mlflow.data.dataset import Dataset
from mlflow.types import ColSpec, DataType, Schema

from training.bundle import Bundle

__all__ = ["TrainingTable", "list_training_tables"]

_TYPES = {"number": DataType.double, "yes_no": DataType.boolean, "time": DataType.datetime}
_MAX_DIGEST = 32


class TrainingTable(Dataset):
    """One table of a run as MLflow's page shows it: its schema, and its rows and columns as the profile.

    Parameters
    ----------
    described : dict
        ``rows`` and ``columns`` (name -> kind), as ``describe_tables`` returns them.
    sha256 : str
        Of the table's content; its beginning is the digest.
    """

    def __init__(self, name: str, described: dict[str, Any], sha256: str) -> None:
        self._described, self._sha256 = described, sha256
        # No path and no URL: an address of a database may hold a password, a path a person's name.
        super().__init__(CodeDatasetSource({}), name, self._compute_digest())

    def _compute_digest(self) -> str:
        """Return the beginning of the content's sum, as long as MLflow takes it."""
        return self._sha256[:_MAX_DIGEST]

    @property
    def schema(self) -> Schema:
        """The columns' names and types."""
        columns = self._described["columns"].items()
        return Schema([ColSpec(_TYPES.get(kind, DataType.string), name, required=False) for name, kind in columns])

    @property
    def profile(self) -> dict[str, int]:
        """Number of rows, and of the columns that the schema names."""
        return {"num_rows": self._described["rows"], "num_columns": len(self._described["columns"])}

    def to_dict(self) -> dict[str, str]:
        """Return what MLflow stores, as texts."""
        schema = json.dumps({"mlflow_colspec": self.schema.to_dict()})
        return super().to_dict() | {"schema": schema, "profile": json.dumps(self.profile)}


def list_training_tables(bundle: Bundle) -> list[TrainingTable]:
    """Return the tables that a model was trained on."""
    sums, tables = bundle.figures["provenance"]["data_sha256"], bundle.figures["tables"]
    return [TrainingTable(name, described, sums[name]) for name, described in tables.items()]
