"""Is a new champion taken up without a pause, and a damaged one refused?"""

import hashlib
import json
import os
import time

import pytest

from serving.errors import RequestError
from serving.scoring.model_loader import CHECK_SECONDS, Champion
from serving.settings import Settings


class SteppingClock:
    """A clock that moves when told."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def home(tmp_path, bundle, make_bundle):
    """Mlruns with two bundles, the first of which is the champion."""
    bundle.write(tmp_path / "bundles" / "one")
    make_bundle(seed=8).write(tmp_path / "bundles" / "two")
    promote(tmp_path, "one", "1")
    return tmp_path


def promote(home, folder, version, sha256=None):
    """Write the pointer as promotion does: whole, by replacing it."""
    sha256 = sha256 or hashlib.sha256((home / "bundles" / folder / "manifest.json").read_bytes()).hexdigest()
    pointer = home / "pointers" / "leadlight" / "champion.json"
    pointer.parent.mkdir(parents=True, exist_ok=True)
    plain = {
        "name": "leadlight",
        "alias": "champion",
        "version": version,
        "path": f"bundles/{folder}",
        "sha256": sha256,
    }
    (pointer.parent / "new").write_text(json.dumps(plain))
    os.replace(pointer.parent / "new", pointer)


def eventually(holds):
    """Whether something comes true within five seconds."""
    until = time.monotonic() + 5
    while not holds() and time.monotonic() < until:
        time.sleep(0.01)
    return holds()


def test_a_new_champion_is_taken_up(home):
    clock = SteppingClock()
    champion = Champion(Settings(home), clock)
    champion.load()
    before = champion.engine

    promote(home, "two", "2")
    clock.seconds += CHECK_SECONDS
    champion.load()

    assert (before.version, champion.engine.version) == ("1", "2")
    assert before.bundle.sha256 != champion.engine.bundle.sha256


def test_the_pointer_is_looked_at_once_a_second(home):
    clock = SteppingClock()
    champion = Champion(Settings(home), clock)
    champion.load()
    assert champion.engine.version == "1"

    promote(home, "two", "2")
    clock.seconds += CHECK_SECONDS / 2
    assert champion.engine.version == "1"
    clock.seconds += CHECK_SECONDS

    assert eventually(lambda: champion.engine.version == "2")


@pytest.mark.parametrize("damage", ["trees", "pointer", "sha256"])
def test_a_damaged_champion_leaves_the_old_one_in_use_and_says_so(home, damage):
    champion = Champion(Settings(home))
    champion.load()
    if damage == "trees":
        (home / "bundles" / "two" / "model.txt").write_text("tree\nnot a tree")
    promote(home, "two", "2", "0" * 64 if damage == "sha256" else None)
    if damage == "pointer":
        (home / "pointers" / "leadlight" / "champion.json").write_text('{"name": "leadl')

    champion.load()
    engine, fault = champion.state

    assert engine.version == "1"
    assert fault and ("Promote" in fault or "changed" in fault)


def test_without_a_model_there_is_no_engine_but_a_sentence(tmp_path):
    champion = Champion(Settings(tmp_path))
    champion.load()

    assert champion.fallback_reason is None
    with pytest.raises(RequestError, match="leadlight train") as refused:
        champion.engine  # noqa: B018

    assert refused.value.status == 503


def test_the_practice_file_of_the_home_is_taken_up_and_given_up_without_a_pause(home):
    clock = SteppingClock()
    champion = Champion(Settings(home), clock)
    champion.load()
    sealed = champion.engine

    (home / "practice.toml").write_text('[practice]\nname = "Hill Clinic"\n')
    clock.seconds += CHECK_SECONDS
    assert eventually(lambda: champion.engine.bundle.practice.name == "Hill Clinic")
    assert champion.engine.bundle.sha256 == sealed.bundle.sha256 and champion.engine.version == sealed.version

    (home / "practice.toml").unlink()
    clock.seconds += CHECK_SECONDS
    assert eventually(lambda: champion.engine.bundle.practice == sealed.bundle.practice)


def test_a_fault_in_the_practice_file_stops_no_score_and_is_said(home, caplog):
    (home / "practice.toml").write_text('[practice]\nlocale = "xx"\n')
    champion = Champion(Settings(home), SteppingClock())

    champion.load()

    engine, fault = champion.state
    assert engine is not None and fault.startswith("The home's practice.toml is not used (line 2)")
    assert "xx" not in fault and "xx" not in caplog.text and "line 2" in caplog.text


def test_a_slip_in_the_practice_file_leaves_the_settings_in_use(home):
    clock = SteppingClock()
    (home / "practice.toml").write_text('[practice]\nname = "Hill Clinic"\n')
    champion = Champion(Settings(home), clock)
    champion.load()
    before = champion.engine

    (home / "practice.toml").write_text("[practice\n")
    clock.seconds += CHECK_SECONDS
    assert eventually(lambda: champion.state[1] is not None)
    assert champion.engine is before and before.bundle.practice.name == "Hill Clinic"
