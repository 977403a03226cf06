"""The notebooks run from beginning to end on an invented practice, from another folder, and define nothing."""

import ast
import re
import runpy
import sys
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import pytest

from tests.notebooks.notebook_files import NOTEBOOKS
from training.registry.mlflow_address import keep_variables


@pytest.fixture(scope="module")
def demo(tmp_path_factory, demo_folder, registered) -> Path:
    """A folder as ``make demo`` leaves it, with the model that this session has trained already."""
    folder = tmp_path_factory.mktemp("demo")
    (folder / ".demo").mkdir()
    (folder / ".demo" / "data").symlink_to(demo_folder)
    (folder / "mlruns").symlink_to(registered)
    (folder / "notebooks").mkdir()
    return folder


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_defines_nothing(notebook):
    tree = ast.parse(notebook.read_text(encoding="utf-8"))

    defined = [
        node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef) or is_kept_lambda(node)
    ]

    assert not defined


def is_kept_lambda(node: ast.AST) -> bool:
    """Return whether a lambda is given a name; as an argument (``rename(lambda name: ...)``) it defines nothing."""
    return isinstance(node, ast.Assign | ast.AnnAssign | ast.NamedExpr) and isinstance(node.value, ast.Lambda)


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_and_shows_no_contact_data(notebook, demo, monkeypatch, capsys):
    # In this process: seven new ones would import the same libraries for four seconds of CPU each.
    import mlflow

    monkeypatch.chdir(demo / "notebooks")  # as an editor does: not the folder that .demo is in
    monkeypatch.delenv("LEADLIGHT_HOME", raising=False)
    monkeypatch.setattr(tempfile, "tempdir", str(demo))  # the fifth and the seventh make folders of their own
    monkeypatch.setattr(sys, "path", list(sys.path))  # a model loaded from MLflow adds the source that it brings
    plt.switch_backend("Agg")  # without a screen
    address = mlflow.get_tracking_uri()

    with keep_variables(), plt.rc_context():
        try:
            runpy.run_path(str(notebook), run_name="__main__")
            drawn = len(plt.get_fignums())
        finally:
            mlflow.set_tracking_uri(address)
            plt.close("all")

    printed = capsys.readouterr().out
    assert printed.strip() and drawn
    assert not re.search(r"@\w+\.|\b\d{3}\)?[ .-]?555[ .-]?\d{4}\b", printed)
