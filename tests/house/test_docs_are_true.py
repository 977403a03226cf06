"""Do the READMEs still say what is so? Tables are generated; a test fails until they are."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from features.catalogue import CATALOGUE, FAMILIES
from serving.command_line import VERBS

ROOT = Path(__file__).parents[2]
PLACES = ["README.md", "features/README.md", "training/README.md", "serving/README.md", "tests/README.md", "notebooks/README.md", "mlruns/README.md"]


@pytest.mark.parametrize("place", PLACES)
def test_every_link_leads_somewhere(place):
    text = (ROOT / place).read_text(encoding="utf-8")

    missing = [target for target in re.findall(r"\]\(([^)#:]+)\)", text) if not ((ROOT / place).parent / target).exists()]

    assert missing == []


@pytest.mark.parametrize("place", PLACES)
def test_every_file_named_exists(place):
    text = (ROOT / place).read_text(encoding="utf-8")
    named = re.findall(r"`((?:features|training|serving|tests)/[\w./]+)`", text)

    assert [name for name in named if not (ROOT / name).exists()] == []


def test_the_signal_table_is_the_catalogue():
    text = (ROOT / "features/README.md").read_text(encoding="utf-8")

    assert signal_table() in text, "features/README.md: replace the table of signals with this one:\n" + signal_table()


def signal_table() -> str:
    """The table of signals as the catalogue has it."""
    rows = ["| family | signal | unit | policy | says |", "| --- | --- | --- | --- | --- |"]
    for family in FAMILIES:
        for one in (s for s in CATALOGUE.values() if s.family == family):
            policy = {1: "more never lowers", -1: "more never raises", 0: ""}[one.monotone]
            rows.append(f"| {family} | `{one.name}` | {one.unit} | {policy} | {one.reason} |")
    return "\n".join(rows)


def test_the_readme_lists_every_verb():
    text = (ROOT / "README.md").read_text(encoding="utf-8")

    assert [verb for verb in VERBS if f"leadlight {verb}" not in text] == []


def test_every_module_of_a_room_is_in_its_readme():
    for room in ("features", "training", "serving"):
        text = (ROOT / room / "README.md").read_text(encoding="utf-8")
        modules = [path for path in (ROOT / room).iterdir() if path.suffix == ".py" and path.name != "__init__.py"]
        assert [path.name for path in modules if f"`{path.name}`" not in text] == [], f"{room}/README.md does not name them"


def test_help_answers_at_once_because_it_imports_nothing_heavy():
    code = "import sys, serving.command_line; print(sorted({'numpy', 'numba', 'pandas', 'lightgbm', 'mlflow', 'bentoml'} & set(sys.modules)))"

    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)

    assert ran.stdout.strip() == "[]"


def test_make_and_ci_call_the_same_tests():
    assert "make test" in (ROOT / ".ci/run").read_text(encoding="utf-8")
    assert re.search(r"^test:.*\n\t.*pytest", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-test.lock"])
def test_locks_pin_with_hashes_and_carry_no_address(lock):
    text = (ROOT / lock).read_text(encoding="utf-8")

    assert "://" not in text
    pinned = re.findall(r"^[\w.\-\[\]]+==", text, re.MULTILINE)
    assert len(pinned) > 100 and text.count("--hash=sha256:") >= len(pinned)
