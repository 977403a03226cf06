"""Are files that Leadlight writes closed to other users of the machine, whatever the umask was?"""

import os
import shutil
from pathlib import Path

import pytest

from features.file_permissions import close_folder, make_private_folder, private_files
from features.logs.daily_jsonl import DailyFiles
from training.bundle.alias_pointers import Pointer, write_pointer
from training.bundle.sealed_folder import seal_folder


@pytest.fixture
def generous_umask():
    """A process whose files everybody may read, as most are."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def list_open_paths(folder: Path) -> list[str]:
    """List what others may open in a folder, and the folder itself."""
    return [path.name for path in (folder, *folder.rglob("*")) if path.stat().st_mode & 0o077]


def test_a_new_folder_and_those_above_it_are_closed(tmp_path, generous_umask):
    make_private_folder(tmp_path / "home" / "requests")

    assert list_open_paths(tmp_path / "home") == []


def test_a_folder_that_was_open_is_closed(tmp_path, generous_umask):
    (tmp_path / "home").mkdir()

    make_private_folder(tmp_path / "home")

    assert (tmp_path / "home").stat().st_mode & 0o777 == 0o700


def test_a_log_folder_that_is_opened_while_the_service_runs_is_closed_before_the_next_line(tmp_path, generous_umask):
    files = DailyFiles(tmp_path / "log")
    files.append(["one"])
    (tmp_path / "log").chmod(0o755)

    files.append(["two"])

    assert list_open_paths(tmp_path / "log") == [] and list(files.read_lines()) == ["one", "two"]


def test_a_log_folder_that_is_removed_while_the_service_runs_comes_back(tmp_path, generous_umask):
    files = DailyFiles(tmp_path / "log")
    files.append(["one"])
    shutil.rmtree(tmp_path / "log")

    files.append(["two"])

    assert list_open_paths(tmp_path / "log") == [] and list(files.read_lines()) == ["two"]


def test_files_of_a_block_are_closed_and_the_umask_comes_back(tmp_path, generous_umask):
    with private_files():
        (tmp_path / "inside").touch()
    (tmp_path / "after").touch()

    assert [(tmp_path / name).stat().st_mode & 0o777 for name in ("inside", "after")] == [0o600, 0o644]


def test_what_was_copied_with_its_mode_is_closed_and_the_targets_of_links_stay(tmp_path, generous_umask):
    (tmp_path / "elsewhere").touch()
    (tmp_path / "home" / "code").mkdir(parents=True)
    (tmp_path / "home" / "code" / "a.py").touch()
    (tmp_path / "home" / "link").symlink_to(tmp_path / "elsewhere")

    close_folder(tmp_path / "home")

    assert list_open_paths(tmp_path / "home") == ["link"] and (tmp_path / "elsewhere").stat().st_mode & 0o777 == 0o644


def test_bundles_pointers_and_logs_are_closed(tmp_path, generous_umask):
    home = make_private_folder(tmp_path / "home")

    seal_folder(home / "bundle", {"a.json": b"{}"})
    write_pointer(home, Pointer("leadlight", "champion", "1", "bundle", "0" * 64))
    DailyFiles(home / "requests").append(["{}"])

    assert list_open_paths(home) == []
