"""What exactly was this model made from? The data, the code and the packages, so that a run can be repeated.

Lives here: sha256 of tables and of source code, their rows and columns, package versions.
Does not live here: the bundle's own checksum (``training.bundle``).
"""

import hashlib
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd

import features
import training
from features.schema import TABLES
from features.tables.tables import Tables

__all__ = ["code_sha256", "data_sha256", "describe_tables", "package_versions"]

_PACKAGES = ("leadlight", "lightgbm", "numpy", "pandas", "scipy", "scikit-learn", "numba", "shap", "mlflow")


def data_sha256(tables: Tables) -> dict[str, str]:
    """Return table -> sha256 of its content: column names and values in order, whatever source they came from.

    Tables without rows are left out.
    """
    return {name: _hash_frame(frame) for name, frame in _list_frames(tables).items()}


def describe_tables(tables: Tables, model_columns: dict[str, str]) -> dict[str, dict[str, Any]]:
    """Return table -> ``rows`` and ``columns`` (name -> kind), never a value.

    Parameters
    ----------
    model_columns : dict
        Leads column -> kind that the model reads. Of the practice's own columns only these are named: the header of
        another may be anything.
    """
    described = {}
    for name, frame in _list_frames(tables).items():
        kinds = {column.name: column.kind for column in TABLES[name].columns} if name in TABLES else {"label": "yes_no"}
        kinds |= model_columns if name == "leads" else {}
        columns = {column: kinds[column] for column in frame if column in kinds}
        described[name] = {"rows": len(frame), "columns": columns}
    return described


def code_sha256() -> str:
    """Return the sha256 of the source of ``features`` and ``training``, which make a model."""
    digest = hashlib.sha256()
    for room in (features, training):
        folder = Path(str(room.__file__)).parent
        for file in sorted(path for path in folder.rglob("*") if path.suffix in (".py", ".toml")):
            digest.update(str(file.relative_to(folder.parent).as_posix()).encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


def package_versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that the numbers depend on."""
    return {"python": platform.python_version()} | {name: version(name) for name in _PACKAGES}


def _list_frames(tables: Tables) -> dict[str, pd.DataFrame]:
    """Return the tables with rows by name; the label of a flat export as a table of its own."""
    frames = {name: getattr(tables, name) for name in ("leads", "events", "outcomes", "spend")}
    frames |= {"label": pd.DataFrame({"label": tables.label})} if tables.label is not None else {}
    return {name: frame for name, frame in frames.items() if len(frame)}


def _hash_frame(frame: pd.DataFrame) -> str:
    """Return the sha256 of one frame, column by column."""
    digest = hashlib.sha256()
    for name in frame.columns:
        column = frame[name]
        # A null becomes a character that no text holds, so that it differs from the text "nan".
        values = column if column.dtype.kind in "fiubM" else column.astype("str").where(column.notna(), "\0")
        digest.update(
            str(name).encode()
            + b"\0"
            + pd.util.hash_pandas_object(values, index=False).to_numpy().astype("<u8").tobytes()
        )
    return digest.hexdigest()
