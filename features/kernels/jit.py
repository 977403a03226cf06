"""Where is compiled code kept?

Beside the source or in the user's cache, else in Leadlight's own folder, else in memory alone.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba

__all__ = ["compile_helper", "compile_cached", "inline_helper"]


def compile_cached(loop: Callable[..., Any]) -> Callable[..., Any]:
    """The loop as machine code, compiled when first called from Python, once per machine.

    numba keeps it in ``NUMBA_CACHE_DIR``, beside the source, or in the user's cache, and raises where none of them can
    be written (an installation that is read-only, no home). Then ``LEADLIGHT_HOME`` keeps it; where that is not set
    either, each process compiles for itself. A shared temporary folder is no place for code."""
    try:
        return numba.njit(cache=True, nogil=True, no_cfunc_wrapper=True)(loop)
    except RuntimeError:
        home = os.environ.get("LEADLIGHT_HOME", "")
        if home and not numba.config.CACHE_DIR and os.access(home, os.W_OK):
            numba.config.CACHE_DIR = str(Path(home).absolute() / "compiled")
            return numba.njit(cache=True, nogil=True, no_cfunc_wrapper=True)(loop)
        return numba.njit(nogil=True, no_cfunc_wrapper=True)(loop)


def compile_helper(part: Callable[..., Any]) -> Callable[..., Any]:
    """A part of loops in the same file, compiled and kept with them: a door of its own to Python would double the time
    that takes.
    """
    return numba.njit(nogil=True, no_cpython_wrapper=True, no_cfunc_wrapper=True)(part)


def inline_helper(part: Callable[..., Any]) -> Callable[..., Any]:
    """A part of loops in the same file, compiled where it is called: there the compiler sees that the arrays do not
    overlap, and walks them by fours.
    """
    return numba.njit(inline="always")(part)
