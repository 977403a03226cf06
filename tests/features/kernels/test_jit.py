"""Is a loop compiled anew when a file beside its own changes, and read from the cache when none does?"""

import importlib.util
import sys

import numba
import pytest

from features.kernels import jit

HELPER = """
from features.kernels.jit import compile_helper

STEP = {step}

@compile_helper
def add_step(number):
    return number + STEP
"""
LOOP = """
from features.kernels.jit import compile_cached
from room_helper import add_step

@compile_cached
def take_step(number):
    return add_step(number)
"""


@pytest.fixture
def take_step(tmp_path, monkeypatch):
    """Runs the loop of a room as a new process would: ``take_step(step)`` writes the helper with this step first."""
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "room_loop.py").write_text(LOOP, encoding="utf-8")

    def run(step):
        helper = tmp_path / "room_helper.py"
        text = HELPER.format(step=step)
        if not helper.exists() or helper.read_text(encoding="utf-8") != text:
            helper.write_text(text, encoding="utf-8")
        jit._stamp_room.cache_clear()
        importlib.invalidate_caches()
        sys.modules.pop("room_helper", None)
        spec = importlib.util.spec_from_file_location("room_loop", tmp_path / "room_loop.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module.take_step(1), sum(module.take_step.stats.cache_hits.values())

    yield run
    sys.modules.pop("room_helper", None)


def test_a_constant_in_the_file_beside_it_is_never_an_old_one(take_step):
    assert take_step(10) == (11, 0)
    assert take_step(10) == (11, 1)
    assert take_step(500) == (501, 0)


def test_without_compiling_a_loop_runs_as_it_is_written(monkeypatch):
    monkeypatch.setattr(numba.config, "DISABLE_JIT", 1)

    def add_one(number):
        return number + 1

    assert jit.compile_cached(add_one) is add_one
