"""Is a person's own package of the same name found out at import, and answered in words?"""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[4]
PLACES = [str(ROOT), str(ROOT / "serving/python_api")]


def import_leadlight(folder: Path, before: str = "") -> str:
    """Import leadlight in a new Python that looks into ``folder`` first; return the error's words, or "imported"."""
    code = (
        f"import sys; sys.path[:0] = [{str(folder)!r}, *{PLACES!r}]\n{before}\n"
        "try:\n    import leadlight.package_shadowing_check; print('imported')\n"
        "except ImportError as error: print(error)"
    )
    ran = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, timeout=60, check=True)
    return ran.stdout.strip()


@pytest.mark.parametrize("own", ["features/__init__.py", "training.py", "serving/__init__.py"])
def test_a_package_of_ones_own_is_named_with_what_was_expected_and_what_to_do(tmp_path, own):
    (tmp_path / own).parent.mkdir(exist_ok=True)
    (tmp_path / own).write_text("mine = True\n")
    room = own.partition("/")[0].removesuffix(".py")

    words = import_leadlight(tmp_path)

    assert words.startswith(f"leadlight: its package {room!r} is hidden by another of that name. Found {tmp_path}")
    assert (
        f"expected {ROOT / room / '__init__.py'}" in words and "Rename it, or start Python in another folder" in words
    )


def test_what_is_imported_already_has_another_remedy(tmp_path):
    (tmp_path / "features.py").write_text("mine = True\n")

    assert "Import leadlight before it, or rename it." in import_leadlight(tmp_path, "import features")
    assert "<a module 'features' without a file>" in import_leadlight(
        tmp_path / "none", "import types; sys.modules['features'] = types.ModuleType('features')"
    )


def test_a_folder_without_modules_hides_nothing(tmp_path):
    (tmp_path / "features").mkdir()

    assert import_leadlight(tmp_path).startswith("imported")


def test_a_room_that_is_not_installed_is_missing(tmp_path):
    api = tmp_path / "leadlight"
    api.mkdir()
    for name in ("__init__.py", "package_shadowing_check.py"):
        (api / name).write_text((ROOT / "serving/python_api/leadlight" / name).read_text())
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import leadlight"

    # -S: without the packages that are installed.
    ran = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, timeout=60)

    assert "its package 'features' is missing, expected at" in ran.stderr and "Install Leadlight again." in ran.stderr
