"""What do tests share?

One small invented practice, and one model trained on it and registered in a folder of its own. Two test processes make
each of them once; the trained model is kept for the next run, until the code that trains it changes.
"""

import gc
import os
import sys
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # before OpenMP is loaded: threads that wait must not spin
# Before NumPy is loaded: OpenBLAS's threads spin while they wait for each other, and two test processes have two cores.
# A retraining of 1,200 leads took 27 CPU seconds with two threads and 12 with one.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import pytest  # noqa: E402

from features.mapping.column_mapping import Mapping
from features.practice_file.practice_toml import read_practice
from features.synthetic.generator import invent
from features.tables.tables import read_tables
from tests.support.made_once import compute_code_fingerprint, drop_other_fingerprints, make_once
from tests.support.order_of_tests import arrange_tests
from tests.support.postgresql import remove_abandoned_servers
from tests.support.shared_folder import find_shared_folder
from tests.support.tracking_homes import copy_new_homes  # noqa: F401  (a fixture of those that register models)
from training.settings import Settings

# Taken when the code is loaded: what is edited while the tests run must not be kept as the edited code's.
CODE = compute_code_fingerprint("features", "training", "tests/conftest.py", "tests/support/made_once.py")

PATH = list(sys.path)


def pytest_sessionstart(session):
    """Clear away what killed runs left, once a run and not in each of its workers."""
    if not hasattr(session.config, "workerinput"):
        remove_abandoned_servers()


@pytest.hookimpl(wrapper=True)
def pytest_collection():
    """Look for no garbage among what stays until the end: ten thousand tests and all modules, a second each time."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config, items):
    """Long tests first, in the share that each process gets."""
    arrange_tests(items, getattr(config, "workerinput", {}).get("workercount", 1))


def pytest_runtest_teardown():
    """Take back what a model that MLflow loaded put into the path: a process that starts later would import it."""
    sys.path[:] = PATH


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory) -> Path:
    """The folder that the processes of this run share."""
    return find_shared_folder(tmp_path_factory.getbasetemp())


@pytest.fixture(scope="session")
def kept_folder(pytestconfig, shared_folder) -> Path:
    """The folder for what today's code made and the next run can use: in pytest's cache, or only this run's without."""
    if getattr(pytestconfig, "cache", None) is None:
        return shared_folder / "made_once"
    made_once = pytestconfig.cache.mkdir("made_once")
    drop_other_fingerprints(made_once, CODE)
    return made_once / CODE


@pytest.fixture(scope="session")
def demo_folder(shared_folder) -> Path:
    """1,500 invented leads as files, as ``leadlight demo-data`` writes them."""

    def write() -> Path:
        invent(1_500, seed=11).write(shared_folder / "demo" / "data")
        return shared_folder / "demo" / "data"

    return make_once(shared_folder / "demo_folder", write)


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
def trained(demo_tables, demo_practice, quick_settings, kept_folder):
    """One run of the pipeline on the invented practice."""
    from training.pipeline import train

    return make_once(
        kept_folder / "trained", lambda: train(demo_tables, demo_practice, quick_settings, demo_tables.mapping)
    )


@pytest.fixture(scope="session")
def bare_trained(demo_tables, demo_practice, bare_settings, kept_folder):
    """The same with as little as a run needs."""
    from training.pipeline import train

    return make_once(
        kept_folder / "bare_trained", lambda: train(demo_tables, demo_practice, bare_settings, demo_tables.mapping)
    )


@pytest.fixture(scope="session")
def registered(trained, quick_settings, shared_folder, copy_new_homes) -> Path:  # noqa: F811
    """The run logged and registered: the folder that stands for mlruns."""
    return make_once(
        shared_folder / "registered_folder", lambda: _register(trained, quick_settings, shared_folder / "registered")
    )


@pytest.fixture(scope="session")
def bare_registered(bare_trained, bare_settings, shared_folder, copy_new_homes) -> Path:  # noqa: F811
    """The same of the run with as little as a run needs: for what trains again with the settings of its champion."""
    return make_once(
        shared_folder / "bare_registered_folder",
        lambda: _register(bare_trained, bare_settings, shared_folder / "bare_registered"),
    )


def _register(trained, settings: Settings, home: Path) -> Path:
    """Log and register a run in ``home``."""
    from training.registry.mlflow_tracking import log_training_run, move_alias

    bundle = trained.bundle.write(home / "made" / "bundle")
    trained.holdout_scores.write(home, bundle.sha256)
    run = replace(trained, bundle=bundle)
    move_alias(home, bundle.name, log_training_run(run, home / "made" / "bundle", [], settings, home))
    return home
