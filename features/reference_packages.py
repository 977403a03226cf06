"""Are the lists of names and ZIP codes those of their packages? A script's own ``names.py`` would hide them.

Lives here: importing a package that holds lists, and refusing another module of its name. Does not live here: what the
lists hold (``features.privacy.name_lists``, ``features.practice.zip_codes``), Leadlight's own packages
(``leadlight.rooms``).
"""

from importlib import import_module
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from types import ModuleType

__all__ = ["import_reference_package"]


def import_reference_package(name: str) -> ModuleType:
    """Import a package such as ``names``, ``faker`` or ``zipcodes``, which is also what people call a script.

    Raises
    ------
    ImportError
        If Python finds another module of that name first, such as a file beside the script that runs.

    >>> import_reference_package("names").__title__
    'names'
    """
    try:
        expected = Path(str(distribution(name).locate_file(f"{name}/__init__.py"))).resolve()
    except PackageNotFoundError:
        raise ImportError(f"leadlight: the package {name!r} is missing. Install Leadlight again.", name=name) from None
    module = import_module(name)
    found = Path(getattr(module, "__file__", None) or "<no file>").resolve()
    if found == expected:
        return module
    raise ImportError(
        f"leadlight: the package {name!r} is hidden by another module of that name. Found {found}, expected "
        f"{expected}. "
        "Rename it, or start Python in another folder (the folder of a script or notebook is searched first).",
        name=name,
    )
