"""Where may an invented practice be written? Into a new folder, an empty one, or in place of another invented practice.

Lives here: refusing other folders, replacing the old one at once. Does not live here: what is written (``generator``).
"""

import shutil
from pathlib import Path

from features.errors import DataError

__all__ = ["refuse_to_overwrite", "replace_folder"]

DEMO_FILES = {"leads", "events", "outcomes", "spend", "practice", "truth"}


def refuse_to_overwrite(directory: Path) -> None:
    """Raise DataError unless ``directory`` is absent, empty, or an invented practice."""
    if not directory.exists():
        return
    paths = sorted(directory.iterdir()) if directory.is_dir() else None
    only_demo_files = paths is not None and {path.name.split(".")[0] for path in paths} <= DEMO_FILES
    if not only_demo_files or (paths and not (directory / "truth" / "truth.parquet").exists()):
        raise DataError(
            f"demo data: {str(directory)!r} exists and is not an invented practice (no truth/truth.parquet, or other "
            "files). Nothing was written. Name a new or empty folder."
        )


def replace_folder(draft: Path, directory: Path) -> None:
    """Move ``draft`` to ``directory``; delete the old folder only when the new one is in place."""
    old = draft.with_suffix(".old")
    if not directory.exists():
        draft.rename(directory)
        return
    directory.rename(old)
    try:
        draft.rename(directory)
    except OSError:
        old.rename(directory)
        raise
    shutil.rmtree(old)
