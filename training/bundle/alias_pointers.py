"""Which bundle does an alias or a version number mean? A small file for each, which the service follows without MLflow.

Lives here: reading a pointer, writing one completely or not at all.
Does not live here: MLflow's own alias (``training.registry.mlflow_tracking``), who may move one
(``training.registry.promotion``)."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

from features.durable_files import replace_file
from features.file_permissions import make_private_folder
from training.errors import BundleError

__all__ = ["Pointer", "resolve_folder", "get_models_home", "parse_model_name", "read_pointer", "write_pointer"]


@dataclass(frozen=True)
class Pointer:
    """Which bundle an alias means, written atomically when it is promoted.

    Parameters
    ----------
    path : str
        The bundle's folder, relative to the folder of ``mlruns``.
    """

    name: str
    alias: str
    version: str
    path: str
    sha256: str


def parse_model_name(model: str) -> tuple[str, str]:
    """Return name and alias of ``NAME``, ``NAME@ALIAS`` or ``NAME/VERSION``; a name alone means its champion.

    >>> [parse_model_name(model) for model in ("leadlight", "leadlight@shadow", "leadlight/3")]
    [('leadlight', 'champion'), ('leadlight', 'shadow'), ('leadlight', '3')]
    """
    name, _, alias = model.replace("/", "@", 1).partition("@")
    return name, alias or "champion"


def read_pointer(home: Path, alias: str = "champion", name: str = "leadlight") -> Pointer:
    """Read the pointer file of an alias (or of a version number) under ``home`` (mlruns).

    Raises
    ------
    BundleError
        If there is none, or it cannot be read.
    """
    path = home / "pointers" / name / f"{alias}.json"
    if path.parent.parent != home / "pointers" or os.sep in name + alias or name in ("", ".", ".."):
        raise BundleError(
            f"model {name!r}@{alias!r}: is not a name. Expected NAME, NAME@ALIAS or NAME/VERSION as registered, or the "
            "folder of a bundle."
        )
    try:
        pointer = Pointer(**json.loads(path.read_text(encoding="utf-8")))
        if not all(isinstance(value, str) for value in vars(pointer).values()):
            raise TypeError
        return pointer
    except FileNotFoundError:
        raise BundleError(f"model {name}@{alias}: {_explain_missing_pointer(home, alias, name)}") from None
    except (json.JSONDecodeError, TypeError, UnicodeDecodeError, RecursionError) as fault:
        raise BundleError(
            f"model {name}@{alias}: its pointer file is damaged ({type(fault).__name__}). Promote the model again."
        ) from None


def _explain_missing_pointer(home: Path, alias: str, name: str) -> str:
    """Say what is missing and what to do: nothing is registered, or a version waits for its promotion."""
    versions = [path.stem for path in (home / "pointers" / name).glob("*.json") if path.stem.isdigit()]
    if alias == "champion" and versions:
        newest = max(versions, key=int)
        return (
            f"no version is in use; the newest of {len(versions)} registered is {newest}. To use it: "
            f"leadlight promote {newest} --name {name} (it says what is in the way); to try it: --model {name}/{newest}"
        )
    return f"nothing is registered under that name in {home}. Train one: leadlight train --data ..."


def resolve_folder(pointer: Pointer, home: Path) -> Path:
    """Return the folder of a pointer's bundle.

    Raises
    ------
    BundleError
        If the folder is outside of ``home``, by its path or by a symbolic link.
    """
    folder, inside = (home / pointer.path).resolve(), home.resolve()
    if inside not in folder.parents:
        raise BundleError(
            f"model {pointer.name}@{pointer.alias}: its pointer leads out of {str(home)!r}. Nothing there is used; "
            "promote the model again."
        )
    return folder


def get_models_home() -> Path:
    """Return the folder of MLflow's database, artifacts and pointers: ``LEADLIGHT_HOME``, else ``mlruns`` here."""
    return Path(os.environ.get("LEADLIGHT_HOME", "mlruns"))


def write_pointer(home: Path, pointer: Pointer) -> Path:
    """Write a pointer under ``home`` in one step: a reader sees the old or the new one, never half of one."""
    folder = home / "pointers" / pointer.name
    make_private_folder(folder)
    target = folder / f"{pointer.alias}.json"
    replace_file(target, json.dumps(vars(pointer), indent=1).encode())
    return target
