"""Can every lock be installed into one .venv after the other, offline and checked?"""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LATER = ("requirements-test.lock", "requirements-notebooks.lock", "requirements-docs.lock")


def read_pins(lock: str) -> dict[str, set[str]]:
    """Return package -> pinned versions; a universal lock may hold two, for two kinds of machine."""
    pins: dict[str, set[str]] = {}
    for name, version in re.findall(r"(?m)^([\w.-]+)(?:\[[^\]]*\])?==([^ ;\\]+)", (ROOT / lock).read_text("utf-8")):
        pins.setdefault(name, set()).add(version)
    return pins


@pytest.mark.parametrize("lock", LATER)
def test_a_later_lock_changes_no_package_of_the_first(lock):
    first, later = read_pins("requirements.lock"), read_pins(lock)

    assert {name: later[name] for name in later if name in first and later[name] != first[name]} == {}


@pytest.mark.parametrize("lock", LATER)
def test_every_pin_has_a_hash_and_no_address(lock):
    text = (ROOT / lock).read_text(encoding="utf-8")

    assert "://" not in text
    pins = re.findall(r"(?m)^[\w.-]+(?:\[[^\]]*\])?==.*?(?=^\S|\Z)", text, re.DOTALL)
    assert len(pins) > 30 and [pin.split()[0] for pin in pins if "--hash=sha256:" not in pin] == []


@pytest.mark.parametrize("lock", LATER)
def test_make_installs_it_as_ci_does(lock):
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")

    assert f"$(BIN)/python .ci/install.py {lock}" in makefile
