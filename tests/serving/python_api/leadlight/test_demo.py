"""Is the demo found from any folder, and is a small one made only where there is none with a champion?"""

import os

import pytest

import leadlight
from leadlight import demo as demo_module
from leadlight.demo import Demo, open_demo


@pytest.fixture
def checkout(tmp_path, demo_folder, registered, monkeypatch):
    """A folder as ``make demo`` leaves it, with folders in it."""
    monkeypatch.delenv("LEADLIGHT_HOME", raising=False)
    (tmp_path / "checkout" / ".demo").mkdir(parents=True)
    (tmp_path / "checkout" / ".demo" / "data").symlink_to(demo_folder)
    (tmp_path / "checkout" / "mlruns").symlink_to(registered)
    (tmp_path / "checkout" / "notebooks" / "mine").mkdir(parents=True)
    return tmp_path / "checkout"


def test_the_demo_is_found_from_a_folder_inside_the_checkout(checkout, monkeypatch, tmp_path):
    monkeypatch.chdir(checkout / "notebooks" / "mine")

    demo = open_demo(tmp_path / "never made")

    assert demo == Demo(checkout / ".demo" / "data", checkout / "mlruns")
    assert leadlight.load("champion", demo.home).bundle.label == "booked"
    assert not (tmp_path / "never made").exists()


def test_the_variable_of_the_models_folder_is_obeyed(checkout, monkeypatch, tmp_path):
    monkeypatch.chdir(checkout)
    monkeypatch.setenv("LEADLIGHT_HOME", str(tmp_path / "elsewhere"))
    made = []
    monkeypatch.setattr(demo_module, "_make_small_one", made.append)

    open_demo(tmp_path / "small")

    assert [demo.home for demo in made] == [tmp_path / "small" / "mlruns"]


def test_without_a_champion_a_small_one_is_made_and_said_once(tmp_path, monkeypatch, capsys, demo_folder, registered):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(demo_module, "_list_places", lambda: iter([tmp_path]))
    monkeypatch.setattr(demo_module, "_make_small_one", lambda demo: _place(demo, demo_folder, registered))

    first, second = open_demo(tmp_path / "small"), open_demo(tmp_path / "small")

    assert first == second == Demo(tmp_path / "small" / "demo", tmp_path / "small" / "mlruns")
    assert capsys.readouterr().out.count("Making a small one in small, once.") == 1


def _place(demo: Demo, data, home) -> None:
    """Put data and models where the small one is made."""
    demo.data.parent.mkdir(parents=True, exist_ok=True)
    demo.data.symlink_to(data)
    demo.home.symlink_to(home)


def test_the_small_one_is_invented_trained_and_promoted(tmp_path, monkeypatch, copy_new_homes):
    monkeypatch.setattr(demo_module, "_LEADS", 400)
    monkeypatch.setattr(
        demo_module,
        "_SETTINGS",
        leadlight.Settings(folds=2, most_trees=20, resamples=20, moments_hours=(0,), threads=1),
    )
    monkeypatch.setattr(demo_module, "_list_places", lambda: iter(()))

    demo = open_demo(tmp_path / "small")

    assert leadlight.load("champion", demo.home).bundle.figures["leads"] == 400
    assert os.stat(demo.home).st_mode & 0o077 == 0


def test_the_address_of_mlflow_is_the_variables_or_the_homes(tmp_path, monkeypatch):
    demo = Demo(tmp_path / "data", tmp_path / "mlruns")
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    assert demo.tracking_uri == f"sqlite:///{tmp_path / 'mlruns' / 'mlflow.db'}"

    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:5000")

    assert demo.tracking_uri == "http://127.0.0.1:5000"
