"""From what exactly was this made? The data's content, the code and the packages, so that a run can be repeated and
compared.

Lives here: sha256 of tables and of source, versions. Does not live here: the model's own seal (``bundle``).
"""

import hashlib
import platform
from importlib.metadata import version
from pathlib import Path

import pandas as pd

import features
import training
from features.tables.tables import Tables

__all__ = ["code_sha256", "data_sha256", "package_versions"]

_PACKAGES = ("leadlight", "lightgbm", "numpy", "pandas", "scipy", "scikit-learn", "numba", "shap", "mlflow")


def data_sha256(tables: Tables) -> dict[str, str]:
    """Table -> sha256 of its content: names of columns and values in their order, whatever file or database they came
    from. Tables without rows are left out."""
    frames = {name: getattr(tables, name) for name in ("leads", "events", "outcomes", "spend")}
    frames |= {"label": pd.DataFrame({"label": tables.label})} if tables.label is not None else {}
    return {name: _hash_frame(frame) for name, frame in frames.items() if len(frame)}


def code_sha256() -> str:
    """sha256 over the source of the two rooms a model is made in."""
    summed = hashlib.sha256()
    for room in (features, training):
        folder = Path(str(room.__file__)).parent
        for file in sorted(path for path in folder.rglob("*") if path.suffix in (".py", ".toml")):
            summed.update(str(file.relative_to(folder.parent).as_posix()).encode() + b"\0" + file.read_bytes() + b"\0")
    return summed.hexdigest()


def package_versions() -> dict[str, str]:
    """Python and the packages that the numbers depend on."""
    return {"python": platform.python_version()} | {name: version(name) for name in _PACKAGES}


def _hash_frame(frame: pd.DataFrame) -> str:
    """sha256 of one frame, column by column."""
    summed = hashlib.sha256()
    for name in frame.columns:
        column = frame[name]
        values = column if column.dtype.kind in "fiubM" else column.astype("str").where(column.notna(), "\0")
        summed.update(
            str(name).encode()
            + b"\0"
            + pd.util.hash_pandas_object(values, index=False).to_numpy().astype("<u8").tobytes()
        )
    return summed.hexdigest()
