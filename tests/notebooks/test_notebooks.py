"""The notebooks run from beginning to end on a small invented practice, define nothing, and show no personal data."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from features.synthetic.generator import invent

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.py"))


@pytest.fixture(scope="module")
def demo(tmp_path_factory) -> Path:
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
    command = [
        sys.executable,
        "-c",
        "from serving.cli.main import main; main()",
        "train",
        *(word for pair in named.items() for word in pair),
    ]
    subprocess.run(command, cwd=folder, env=_environment(folder), check=True, capture_output=True)
    return folder


def _environment(folder: Path) -> dict[str, str]:
    """Without a screen; models in the folder."""
    return {**os.environ, "PYTHONPATH": str(ROOT), "MPLBACKEND": "Agg", "LEADLIGHT_HOME": str(folder / "mlruns")}


def test_there_are_notebooks_and_the_readme_names_each():
    text = (ROOT / "notebooks" / "README.md").read_text(encoding="utf-8")

    assert len(NOTEBOOKS) >= 3
    assert [path.name for path in NOTEBOOKS if f"`{path.name}`" not in text] == []


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_defines_nothing(notebook):
    tree = ast.parse(notebook.read_text(encoding="utf-8"))

    assert not [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Lambda)]


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_and_shows_no_contact_data(notebook, demo):
    ran = subprocess.run(
        [sys.executable, str(notebook)], cwd=demo, env=_environment(demo), capture_output=True, text=True
    )

    assert ran.returncode == 0, ran.stderr[-2000:]
    assert ran.stdout.strip()
    assert not re.search(r"@\w+\.|\b\d{3}555\d{4}\b", ran.stdout)
