"""Are the packages that Leadlight consists of its own? A person's own ``features`` or ``training`` would hide them.

Lives here: the check before the first import of a room. Imports nothing of ours.
"""

import sys
from importlib.util import find_spec
from pathlib import Path

__all__ = ["ROOMS", "require_own_rooms"]

ROOMS = ("features", "training", "serving")

_API = Path(__file__).resolve().parent.parent
"""The folder that ``leadlight`` is in: ``site-packages``, or ``serving/python_api`` in a checkout."""


def require_own_rooms() -> None:
    """Refuse to import Leadlight's parts from packages of the same name that are not its own.

    Raises
    ------
    ImportError
        If Python finds another ``features``, ``training`` or ``serving`` first, or none.

    >>> require_own_rooms()
    """
    home = _API.parents[1] if _API.parts[-2:] == ("serving", "python_api") else _API
    for room in ROOMS:
        expected = home / room / "__init__.py"
        found = _find_package(room)
        if found == expected:
            continue
        if found is None:
            raise ImportError(
                f"leadlight: its package {room!r} is missing, expected at {expected.parent}. Install Leadlight again.",
                name=room,
            )
        # What is imported already is not looked for again.
        remedy = (
            "Import leadlight before it, or rename it"
            if room in sys.modules
            else "Rename it, or start Python in another folder (the folder of a script or notebook is searched first)"
        )
        raise ImportError(
            f"leadlight: its package {room!r} is hidden by another of that name. Found {found}, expected {expected}. "
            f"{remedy}.",
            name=room,
        )


def _find_package(room: str) -> Path | None:
    """Return the file, or the folder without a file, that ``import room`` finds; None without any."""
    try:
        spec = find_spec(room)
    except ValueError:
        # A module made by hand, without a specification.
        file = getattr(sys.modules[room], "__file__", None)
        return Path(file or f"<a module {room!r} without a file>")
    if spec is None:
        return None
    if spec.origin is not None:
        return Path(spec.origin).resolve()
    return Path(next(iter(spec.submodule_search_locations or ["<a package without a folder>"]))).resolve()
