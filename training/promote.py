"""Which model does the desk see? The alias, and the pointer file that the service follows without MLflow.

Lives here: writing a pointer whole or not at all.
Does not live here: MLflow's own alias (``tracking``), reading pointers (``bundle``).
"""

import json
import os
import tempfile
from pathlib import Path

from training.bundle import Pointer

__all__ = ["write_pointer"]


def write_pointer(home: Path, pointer: Pointer) -> Path:
    """Write the pointer of ``pointer.name`` and ``pointer.alias`` under ``home`` in one step: a reader sees the old or the new one, never half."""
    folder = home / "pointers" / pointer.name
    folder.mkdir(parents=True, exist_ok=True)
    handle, made = tempfile.mkstemp(dir=folder, suffix=".part")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(vars(pointer), file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(made, 0o644)
        os.replace(made, target := folder / f"{pointer.alias}.json")
    except BaseException:
        Path(made).unlink(missing_ok=True)
        raise
    return target
