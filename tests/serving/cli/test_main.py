"""Does help answer at once, from whichever command, and does a misspelled command name the right one?"""

import json
import subprocess
import sys

import pytest
from click.testing import CliRunner

from serving.cli.main import VERBS, leadlight

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


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("inspekt", "Did you mean inspect?"),
        ("promotion", "Did you mean promotions or promote?"),
        ("xyzzy", "The list of commands: leadlight --help."),
        ("--nothing", "No such option"),
    ],
)
def test_a_misspelled_command_names_those_that_are_spelled_alike(typed, words):
    result = CliRunner().invoke(leadlight, [typed])

    assert result.exit_code == 2 and words in result.output


def test_the_version_is_that_of_the_package():
    result = CliRunner().invoke(leadlight, ["--version"])

    assert result.exit_code == 0 and result.output.split()[0] == "leadlight" and result.output.split()[1][0].isdigit()
