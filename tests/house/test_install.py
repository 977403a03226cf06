"""Is ``import leadlight`` our package in every folder, also beside a checkout of that name?"""

import importlib.util
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def load_installer():
    """Return ``.ci/install.py`` as a module."""
    spec = importlib.util.spec_from_file_location("install", ROOT / ".ci" / "install.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def find_package(folder: Path, site_packages: Path, name: str) -> str:
    """Return where a Python in ``folder``, with these site-packages, finds a package."""
    code = (
        f"import site; site.addsitedir({str(site_packages)!r}); from importlib.util import find_spec; "
        f"print(find_spec({name!r}).origin)"
    )
    # -S: without the packages of the tests, among which we may be installed already.
    ran = subprocess.run(
        [sys.executable, "-S", "-c", code], cwd=folder, env={}, capture_output=True, text=True, check=True, timeout=60
    )
    return ran.stdout.strip()


def test_a_folder_called_leadlight_beside_the_script_is_not_the_package(tmp_path):
    for name in ("leadlight", "features"):
        (tmp_path / "work" / name).mkdir(parents=True)
    (tmp_path / "site").mkdir()
    load_installer().write_places(tmp_path / "site")

    found = [find_package(tmp_path / "work", tmp_path / "site", name) for name in ("leadlight", "features")]

    assert found == [str(ROOT / "serving/python_api/leadlight/__init__.py"), str(ROOT / "features/__init__.py")]
