"""Is what lies in the artifact what was logged, and does it stay so when the model is loaded where it lies?"""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from mlflow.models import Model

LOAD = """
import sys
sys.path.insert(0, sys.argv[1])
import features, training
print(features.__file__)
"""


@pytest.fixture
def artifacts(bare_registered) -> Path:
    return next((bare_registered / "artifacts" / "models").iterdir()) / "artifacts"


def test_importing_the_logged_source_leaves_nothing_compiled_beside_it(artifacts, tmp_path):
    told = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "NUMBA"))}

    ran = subprocess.run(
        [sys.executable, "-c", LOAD, str(artifacts / "code")],
        cwd=tmp_path,
        env=told,
        capture_output=True,
        text=True,
        check=True,
    )

    assert ran.stdout.startswith(str(artifacts))
    guards = list((artifacts / "code").rglob("__pycache__"))
    packages = {path.parent for path in (artifacts / "code").rglob("*.py")}
    assert {guard.parent for guard in guards} == packages and all(guard.is_file() for guard in guards)
    assert not [path for path in artifacts.rglob("*") if path.suffix in (".pyc", ".nbi", ".nbc", ".pkl")]


def test_the_signature_names_columns_answer_and_choice(artifacts):
    signature = Model.load(str(artifacts)).signature

    names = {column.name for column in signature.inputs}
    assert {"lead_id", "cutoff", "events", "channel", "pages_viewed"} <= names
    assert [column.name for column in signature.outputs][:4] == [
        "probability",
        "probability_low",
        "probability_high",
        "grade",
    ]
    assert [(choice.name, choice.default) for choice in signature.params] == [("reasons", False)]
