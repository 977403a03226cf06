"""Does help answer at once, from whichever command, without what only its work needs?"""

import json
import subprocess
import sys

import pytest

from serving.cli.main import VERBS

SLOW = ("pandas", "sklearn", "lightgbm", "scipy", "numba", "mlflow", "bentoml", "shap", "sqlalchemy", "starlette")
"""Packages of which each takes from half a second to several seconds to import."""
LIST_MODULES = """
import json, sys
from click.testing import CliRunner
from serving.cli.main import leadlight
result = CliRunner().invoke(leadlight, [*sys.argv[1:], "--help"])
print(json.dumps([result.exit_code, result.output, sorted(sys.modules)]))
"""


@pytest.mark.parametrize("verb", VERBS)
def test_help_imports_nothing_that_takes_long(verb):
    done = subprocess.run([sys.executable, "-c", LIST_MODULES, verb], capture_output=True, text=True, check=True)

    code, text, modules = json.loads(done.stdout)
    assert code == 0 and "Usage:" in text
    assert [name for name in SLOW if name in modules] == []
