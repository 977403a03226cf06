"""Where is compiled code kept?

Beside the source or in the user's cache, else in Leadlight's own folder, else in memory only. It is compiled anew when
any file of its room changes: a loop may use helpers and constants of the files beside its own.
"""

import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numba

__all__ = ["compile_cached", "compile_helper", "inline_helper"]


def compile_cached(loop: Callable[..., Any]) -> Callable[..., Any]:
    """Compile the loop to machine code on its first call from Python, once per machine.

    numba caches it in ``NUMBA_CACHE_DIR``, beside the source, or in the user's cache, and raises where none of them is
    writable (a read-only installation, no home). Then ``LEADLIGHT_HOME`` holds the cache; without it, each process
    compiles for itself. A shared temporary folder is no safe place for code.
    """
    try:
        return _compile_stamped(loop)
    except RuntimeError:
        home = os.environ.get("LEADLIGHT_HOME", "")
        if home and not numba.config.CACHE_DIR and os.access(home, os.W_OK):
            numba.config.CACHE_DIR = str(Path(home).absolute() / "compiled")
            return _compile_stamped(loop)
        return numba.njit(nogil=True, no_cfunc_wrapper=True)(loop)


def _compile_stamped(loop: Callable[..., Any]) -> Callable[..., Any]:
    """Compile with a cache that is void once a file of the loop's room has changed; numba looks at its own file only.

    RuntimeError where nothing can be cached.
    """
    compiled = numba.njit(cache=True, nogil=True, no_cfunc_wrapper=True)(loop)
    if numba.config.DISABLE_JIT:
        # NUMBA_DISABLE_JIT=1 leaves the loop as it is, so that a debugger can step through it.
        return compiled
    compiled._cache._cache_file._source_stamp = _stamp_room(Path(loop.__code__.co_filename).parent)
    return compiled


@cache
def _stamp_room(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """Return name, time of change and size of every source file in a folder."""
    return tuple((path.name, path.stat().st_mtime_ns, path.stat().st_size) for path in sorted(folder.glob("*.py")))


def compile_helper(helper: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a function that only compiled loops of the same room call.

    It gets no entry point for Python, which would double the compile time.
    """
    return numba.njit(nogil=True, no_cpython_wrapper=True, no_cfunc_wrapper=True)(helper)


def inline_helper(helper: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a function into each loop of the same room that calls it.

    There the compiler sees that the arrays do not overlap, and can process four elements at a time.
    """
    return numba.njit(inline="always")(helper)
