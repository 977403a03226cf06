"""Which invented practice do notebooks read? The one that ``make demo`` left, or a small one that is made once.

Lives here: finding it from any folder, and making it. Does not live here: inventing (``features.synthetic``), training
(``training.registry.training_run``).
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import features
from features.errors import LeadlightError
from features.file_permissions import make_private_folder
from features.practice_file.practice_toml import read_practice
from features.synthetic.generator import invent
from features.tables.tables import read_tables
from training.bundle import find_bundle, get_models_home
from training.settings import Settings

__all__ = ["Demo", "open_demo"]

_LEADS, _SEED = 1_500, 7
_SETTINGS = Settings(folds=4, most_trees=120, resamples=60, threads=1)


@dataclass(frozen=True)
class Demo:
    """An invented practice and its models.

    Parameters
    ----------
    data : Path
        Folder of ``leads``, ``events``, ``outcomes`` and ``spend``; ``truth`` holds every lead's true chance.
    home : Path
        The folder of models (``mlruns``), whose champion learned from ``data``.
    """

    data: Path
    home: Path

    @property
    def practice(self) -> Path:
        """Return the practice.toml."""
        return self.data / "practice.toml"

    @property
    def tracking_uri(self) -> str:
        """Return what ``mlflow.set_tracking_uri`` takes: MLflow's own variable, else the database in ``home``."""
        return os.environ.get("MLFLOW_TRACKING_URI", "").strip() or f"sqlite:///{self.home.absolute() / 'mlflow.db'}"


def open_demo(cache: str | Path | None = None) -> Demo:
    """Find the invented practice from any folder; where there is none with a champion, make a small one, once.

    Parameters
    ----------
    cache : path, optional
        Where a small one is made and found again: 1,500 leads and a model, about two minutes of work for one core.
        ``~/.cache/leadlight`` when left out (or in the folder that ``XDG_CACHE_HOME`` names).

    Returns
    -------
    Demo
        ``.demo`` of this folder, of one above it or of the checkout that Leadlight is imported from, with the models
        in ``LEADLIGHT_HOME`` or in ``mlruns`` beside it.

    Raises
    ------
    LeadlightError
        If the small one cannot be made.
    """
    for folder in _list_places():
        home = get_models_home() if "LEADLIGHT_HOME" in os.environ else folder / "mlruns"
        demo = Demo(folder / ".demo" / "data", home)
        if demo.practice.is_file() and _has_champion(demo):
            return demo
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = Path(cache) if cache is not None else caches / "leadlight"
    demo = Demo(folder / "demo", folder / "mlruns")
    if not (demo.practice.is_file() and _has_champion(demo)):
        print(f"No demo with a champion was found (make demo makes one). Making a small one in {folder.name}, once.")
        _make_small_one(demo)
    return demo


def _list_places() -> Iterator[Path]:
    """Yield this folder, those above it, and the checkout."""
    folder = Path.cwd()
    yield from (folder, *folder.parents)
    yield Path(features.__file__).parents[1]


def _has_champion(demo: Demo) -> bool:
    """Return whether the models' folder has a champion that this version can read."""
    try:
        find_bundle("leadlight@champion", demo.home)
    except LeadlightError:
        return False
    return True


def _make_small_one(demo: Demo) -> None:
    """Invent a practice, train on it and make the model its champion."""
    # MLflow takes seconds to import, and only this needs it.
    from training.registry.promotion import promote
    from training.registry.training_run import RunOptions, run_training

    make_private_folder(demo.data.parent)
    invent(_LEADS, _SEED).write(demo.data)
    practice = read_practice(demo.practice)
    tables = read_tables(demo.data, practice=practice)
    run = run_training(tables, practice, _SETTINGS, RunOptions("leadlight", demo.home, demo.data.parent / "report"))
    if not run.contract.holds:
        # So few leads may leave a check open, and the practice changes on purpose: signed for, as a person would.
        promote(demo.home, "leadlight", run.version, run.contract.failing, "demo", "an invented practice, to look at")
