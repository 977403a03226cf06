"""Which versions of a model are registered, and which of them is in use?

Lives here: reading the pointers of one name. Does not live here: moving them (``promotion``), MLflow's own registry
(``mlflow_tracking``).
"""

import json
from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import Path

from features.errors import LeadlightError
from training.bundle import Pointer, read_pointer, resolve_folder

__all__ = ["RegisteredVersion", "list_registered_versions"]


@dataclass(frozen=True)
class RegisteredVersion:
    """One version.

    Parameters
    ----------
    version : str
    sha256 : str
        Of its bundle.
    trained_at : str
        ISO 8601 in UTC, or that the bundle cannot be read.
    aliases : tuple of str
        "champion" and "shadow" where the version is that.
    """

    version: str
    sha256: str
    trained_at: str
    aliases: tuple[str, ...]


def list_registered_versions(home: Path, name: str) -> list[RegisteredVersion]:
    """Return the versions of a name that are registered under ``home``, oldest first, damaged ones too."""
    versions: list[RegisteredVersion] = []
    aliases: dict[str, list[str]] = defaultdict(list)
    for path in sorted((home / "pointers" / name).glob("*.json"), key=lambda path: (len(path.stem), path.stem)):
        try:
            pointer = read_pointer(home, path.stem, name)
        except LeadlightError:
            versions.append(RegisteredVersion(path.stem, "", "its pointer cannot be read", ()))
            continue
        if pointer.alias == pointer.version:
            versions.append(RegisteredVersion(pointer.version, pointer.sha256, _read_training_time(pointer, home), ()))
        else:
            aliases[pointer.version].append(pointer.alias)
    return [replace(version, aliases=tuple(aliases[version.version])) for version in versions]


def _read_training_time(pointer: Pointer, home: Path) -> str:
    """Return when a version's bundle was made, or that it cannot be read."""
    try:
        text = (resolve_folder(pointer, home) / "bundle.json").read_text(encoding="utf-8")
        return str(json.loads(text)["created_at"])
    except (OSError, ValueError, KeyError, LeadlightError):
        return "its bundle cannot be read"
