"""The notebooks run from beginning to end on a small invented practice, define nothing, and show no personal data."""

import ast
import re
import runpy
import sys
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import pytest

from features.synthetic.generator import invent
from serving.cli.main import main

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.py"))


@pytest.fixture(scope="module")
def demo(tmp_path_factory, copy_new_homes) -> Path:
    """A folder as ``make demo`` leaves it, with few leads."""
    folder = tmp_path_factory.mktemp("demo")
    invent(800, seed=7).write(folder / ".demo" / "data")
    (folder / "quick.toml").write_text("folds = 3\nmost_trees = 60\nmoments_hours = [0, 24]\nresamples = 20\n")
    named = {
        "--data": ".demo/data",
        "--practice": ".demo/data/practice.toml",
        "--out": ".demo/report",
        "--settings": "quick.toml",
    }
    with pytest.MonkeyPatch.context() as patch:
        _enter(folder, patch)
        patch.setattr(sys, "argv", ["leadlight", "train", *(word for pair in named.items() for word in pair)])
        main()
    return folder


def _enter(folder: Path, patch: pytest.MonkeyPatch) -> None:
    """Work in the folder, with models in it."""
    patch.chdir(folder)
    patch.setenv("LEADLIGHT_HOME", str(folder / "mlruns"))


def test_there_are_notebooks_and_the_readme_names_each():
    text = (ROOT / "notebooks" / "README.md").read_text(encoding="utf-8")

    assert len(NOTEBOOKS) >= 3
    assert [path.name for path in NOTEBOOKS if f"`{path.name}`" not in text] == []


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_defines_nothing(notebook):
    tree = ast.parse(notebook.read_text(encoding="utf-8"))

    assert not [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Lambda)]


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_and_shows_no_contact_data(notebook, demo, monkeypatch, capsys):
    # In this process: six new ones would import the same libraries for four seconds of CPU each.
    _enter(demo, monkeypatch)
    monkeypatch.setattr(tempfile, "tempdir", str(demo))  # the fifth makes a folder of its own
    plt.switch_backend("Agg")  # without a screen

    runpy.run_path(str(notebook), run_name="__main__")

    plt.close("all")
    printed = capsys.readouterr().out
    assert printed.strip()
    assert not re.search(r"@\w+\.|\b\d{3}555\d{4}\b", printed)
