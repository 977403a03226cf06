"""Is a folder kept to one writer, and free again when its writer has ended, however it ended?"""

import errno
import multiprocessing
import os

import pytest

from features.errors import DataError
from features.folder_lock import delete_locked, list_unlocked, lock_folder


def hold_and_die(folder, has_lock) -> None:
    """Take the lock, tell so, and wait to be killed."""
    with lock_folder(folder, "test"):
        has_lock.set()
        multiprocessing.Event().wait()


def test_another_process_is_refused_until_the_first_one_is_killed(tmp_path):
    context = multiprocessing.get_context("spawn")
    has_lock = context.Event()
    holder = context.Process(target=hold_and_die, args=(tmp_path / "new" / "scores", has_lock))
    holder.start()
    assert has_lock.wait(60)

    with pytest.raises(DataError, match="score: another run is writing into"):
        lock_folder(tmp_path / "new" / "scores", "score").__enter__()
    holder.kill()
    holder.join()

    with lock_folder(tmp_path / "new" / "scores", "score"):
        assert list_unlocked(tmp_path / "new" / "scores") == []


def test_a_disk_without_locks_is_said(tmp_path, monkeypatch):
    def refuse(*arguments):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("fcntl.flock", refuse)

    with pytest.raises(
        DataError, match=r"cannot be kept to one run \(No locks available\), expected a disk with locks"
    ):
        lock_folder(tmp_path, "score").__enter__()


@pytest.mark.parametrize(
    ("mount", "option"),
    [
        ("nfs rw,vers=3,nolock,local_lock=all", "local_lock=all"),
        ("nfs4 rw,vers=4.2,local_lock=none", ""),
        ("cifs rw,nobrl", "nobrl"),
        ("ext4 rw,nobrl", ""),
    ],
)
@pytest.mark.parametrize("name", ["shared", "shared disk"])
def test_a_shared_disk_whose_locks_are_those_of_one_machine_is_refused(tmp_path, monkeypatch, mount, option, name):
    point = str(tmp_path.resolve() / name).replace(" ", r"\040")
    (tmp_path / "mounts").write_text(f"/dev/sda / ext4 rw 0 0\nhost:/data {point} {mount} 0 0\n")
    monkeypatch.setattr("features.folder_lock._MOUNTS", tmp_path / "mounts")
    lock = lock_folder(tmp_path / name / "scores", "score")

    if option:
        with pytest.raises(DataError, match=f"is on a shared disk mounted with '{option}', so another machine would"):
            lock.__enter__()
    else:
        with lock:
            assert list_unlocked(tmp_path / name / "scores") == []


def test_what_a_folder_holds_is_told_without_its_lock(tmp_path):
    with lock_folder(tmp_path, "score"):
        (tmp_path / "run.json").touch()

        assert list_unlocked(tmp_path) == [tmp_path / "run.json"] and list_unlocked(tmp_path / "missing") == []


def test_a_lock_that_the_run_before_deleted_with_its_folder_is_none(tmp_path, monkeypatch):
    def lose_folder(*arguments):
        (tmp_path / "fits" / ".lock").unlink()

    monkeypatch.setattr("fcntl.flock", lose_folder)

    with pytest.raises(DataError, match="train: another run is writing into"):
        lock_folder(tmp_path / "fits", "train").__enter__()


def test_a_folder_that_stays_while_its_lock_is_open_is_gone_when_it_is_closed(tmp_path, monkeypatch):
    """As on NFS, where a deleted file that is open keeps its folder from being empty."""
    remove, tries = os.rmdir, []

    def refuse_once(*arguments, **options):
        tries.append(arguments)
        if len(tries) == 1:
            raise OSError(errno.ENOTEMPTY, "Directory not empty")
        remove(*arguments, **options)

    monkeypatch.setattr("os.rmdir", refuse_once)

    with lock_folder(tmp_path / "fits", "train"):
        (tmp_path / "fits" / "a.npy").touch()
        delete_locked(tmp_path / "fits")

    assert len(tries) == 2 and not list(tmp_path.iterdir())
