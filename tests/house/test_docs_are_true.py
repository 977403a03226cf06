"""Do the READMEs still say what is so? Tables are generated; a test fails until they are."""

import doctest
import re
import subprocess
import sys
from pathlib import Path

import pytest

from features.explain.signal_table import render_family_table, render_signal_table
from features.mapping.products import render_product_table
from features.registry import CATALOGUE
from serving.cli.main import VERBS
from serving.settings import VARIABLES, render_variables_table
from tests.house.readme_tables import ROOMS, room_table
from training.report.checks_page import explain_check, find_checks, render_page

ROOT = Path(__file__).parents[2]
PLACES = [
    "README.md",
    "features/README.md",
    "training/README.md",
    "serving/README.md",
    "tests/README.md",
    "notebooks/README.md",
    "mlruns/README.md",
    "training/checks/README.md",
    "serving/store/README.md",
    "serving/scale/README.md",
    "serving/install/README.md",
    "serving/recipes/README.md",
    "serving/python_api/README.md",
]


@pytest.mark.parametrize("place", PLACES)
def test_every_link_leads_somewhere(place):
    text = (ROOT / place).read_text(encoding="utf-8")

    missing = [
        target for target in re.findall(r"\]\(([^)#:]+)\)", text) if not ((ROOT / place).parent / target).exists()
    ]

    assert missing == []


@pytest.mark.parametrize("place", PLACES)
def test_every_file_named_exists(place):
    text = (ROOT / place).read_text(encoding="utf-8")
    named = re.findall(r"`((?:features|training|serving|tests)/[\w./]+)`", text)

    assert [name for name in named if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("table", [render_signal_table, render_family_table, render_product_table])
def test_the_tables_of_signals_are_the_catalogue(table):
    text = (ROOT / "features/README.md").read_text(encoding="utf-8")

    assert table() in text, f"features/README.md: replace the table of {table.__name__} with this one:\n{table()}"


def test_adding_a_signal_as_the_readme_teaches_is_one_function_that_works():
    text = (ROOT / "features/README.md").read_text(encoding="utf-8")
    taught = re.search(r"```python\n(@signal.*?)```", text, re.DOTALL)[1]
    declared = re.search(r"def (\w+)", taught)[1]
    known = set(CATALOGUE)
    scope: dict = {}

    try:
        exec(
            "from features.signals.engagement import *\n"
            "from features.signals.engagement import signal, Batch, Blocks, FloatArray\n" + taught,
            scope,
        )
        examples = doctest.DocTestParser().get_doctest(
            scope[declared].compute.__doc__, {declared: scope[declared]}, declared, None, 0
        )
        outcome = doctest.DocTestRunner().run(examples)
    finally:
        CATALOGUE.pop(declared, None)

    assert outcome == (0, 2) and set(CATALOGUE) == known


def test_the_readme_lists_every_verb():
    text = (ROOT / "README.md").read_text(encoding="utf-8")

    assert [verb for verb in VERBS if f"leadlight {verb}" not in text] == []


@pytest.mark.parametrize("room", ROOMS)
def test_a_rooms_map_is_what_its_modules_say_of_themselves(room):
    text = (ROOT / room / "README.md").read_text(encoding="utf-8")

    assert room_table(room) in text, f"{room}/README.md: its map is out of date; run `make docs`"


def test_the_table_of_variables_is_what_the_settings_declare():
    text = (ROOT / "serving/README.md").read_text(encoding="utf-8")

    assert render_variables_table() in text, (
        f"serving/README.md: replace the table of variables with this one:\n{render_variables_table()}"
    )


def test_every_variable_that_is_read_is_declared():
    read = {
        name
        for room in ("features", "training", "serving")
        for path in (ROOT / room).rglob("*.py")
        for name in re.findall(r"(?:environ|secret\()[^\n]*?(LEADLIGHT_[A-Z_]+)", path.read_text(encoding="utf-8"))
    }

    assert read - {variable.name for variable in VARIABLES} == set()


def test_help_answers_at_once_because_it_imports_nothing_heavy():
    code = (
        "import sys, serving.cli.main; "
        "print(sorted({'numpy', 'numba', 'pandas', 'lightgbm', 'mlflow', 'bentoml'} & set(sys.modules)))"
    )

    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)

    assert ran.stdout.strip() == "[]"


def test_make_and_ci_call_the_same_tests():
    assert "make test" in (ROOT / ".ci/run").read_text(encoding="utf-8")
    assert re.search(r"^test:.*\n\t.*pytest", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-test.lock", "requirements-notebooks.lock"])
def test_locks_pin_with_hashes_and_carry_no_address(lock):
    text = (ROOT / lock).read_text(encoding="utf-8")

    assert "://" not in text
    pinned = re.findall(r"^[\w.\-\[\]]+==", text, re.MULTILINE)
    assert len(pinned) > 100 and text.count("--hash=sha256:") >= len(pinned)


def test_the_page_of_the_checks_is_what_they_say_of_themselves():
    text = (ROOT / "training/checks/README.md").read_text(encoding="utf-8")

    assert text == render_page(), "training/checks/README.md is out of date; run `make docs`"


@pytest.mark.parametrize("code", find_checks())
def test_every_check_says_how_why_and_what_to_do_in_one_file_of_one_class(code):
    for words in ("How it is detected", "Why it matters", "What to do"):
        assert words in explain_check(code)
    assert [other for other, module in find_checks().items() if module is find_checks()[code]] == [code]


def test_the_checks_are_numbered_without_a_gap():
    assert list(find_checks()) == [f"LC{number:03}" for number in range(1, len(find_checks()) + 1)]
