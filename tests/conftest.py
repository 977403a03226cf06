"""What do tests share?

One small invented practice, and one model trained on it and registered in a folder of its own.
"""

import os
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # before OpenMP is loaded: threads that wait must not spin

import pytest  # noqa: E402

from features.mapping.column_mapping import Mapping
from features.practice_file.practice_toml import read_practice
from features.synthetic.generator import invent
from features.tables.tables import read_tables
from training.settings import Settings


@pytest.fixture(scope="session")
def demo_folder(tmp_path_factory) -> Path:
    """1,500 invented leads as files, as ``leadlight demo-data`` writes them."""
    folder = tmp_path_factory.mktemp("demo") / "data"
    invent(1_500, seed=11).write(folder)
    return folder


@pytest.fixture(scope="session")
def demo_practice(demo_folder):
    """The invented practice.toml, read."""
    return read_practice(demo_folder / "practice.toml")


@pytest.fixture(scope="session")
def demo_tables(demo_folder, demo_practice):
    """The invented tables, validated."""
    return read_tables(demo_folder, Mapping.identity(), demo_practice)


@pytest.fixture(scope="session")
def quick_settings() -> Settings:
    """Enough trees to learn, few enough to be quick."""
    return Settings(most_trees=120, resamples=60, folds=4, threads=1)


@pytest.fixture(scope="session")
def bare_settings(quick_settings) -> Settings:
    """As little as a whole run needs, for what it promises with any settings: two moments a lead, two folds."""
    return replace(quick_settings, most_trees=40, resamples=20, folds=2, moments_hours=(0.0, 24.0))


@pytest.fixture(scope="session")
def trained(demo_tables, demo_practice, quick_settings):
    """One run of the pipeline on the invented practice."""
    from training.pipeline import train

    return train(demo_tables, demo_practice, quick_settings, demo_tables.mapping)


@pytest.fixture(scope="session")
def registered(trained, quick_settings, tmp_path_factory) -> Path:
    """The run logged and registered: the folder that stands for mlruns."""
    from training.registry.mlflow_tracking import log_training_run, move_alias

    home = tmp_path_factory.mktemp("home")
    bundle = trained.bundle.write(home / "made" / "bundle")
    trained.holdout_scores.write(home, bundle.sha256)
    move_alias(
        home,
        bundle.name,
        log_training_run(replace(trained, bundle=bundle), home / "made" / "bundle", [], quick_settings, home),
    )
    return home
