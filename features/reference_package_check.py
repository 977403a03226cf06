"""Are the lists of names and ZIP codes those of their packages? A script's own ``names.py`` would hide them.

Lives here: refusing another module of such a package's name. Does not live here: what the lists hold
(``features.privacy.name_lists``, ``features.practice.zip_codes``), Leadlight's own packages
(``leadlight.package_shadowing_check``).
"""

from importlib.metadata import distribution
from pathlib import Path
from types import ModuleType

__all__ = ["require_installed_package"]


def require_installed_package(module: ModuleType) -> None:
    """Refuse a module such as ``names``, ``faker`` or ``zipcodes`` that is not the installed package of that name.

    Raises
    ------
    ImportError
        If Python found another module first, such as a file beside the script that runs.

    >>> import names
    >>> require_installed_package(names)
    """
    name = module.__name__
    expected = Path(str(distribution(name).locate_file(f"{name}/__init__.py"))).resolve()
    found = Path(getattr(module, "__file__", None) or "<no file>").resolve()
    if found != expected:
        raise ImportError(
            f"leadlight: the package {name!r} is hidden by another module of that name. Found {found}, expected "
            f"{expected}. Rename it, or start Python in another folder (the folder of a script or notebook is searched "
            "first).",
            name=name,
        )
