"""Is a file replaced whole or not at all, for its owner alone?"""

import os

import pytest

from features.durable_files import replace_file


def test_the_new_content_is_there_for_the_owner_alone_and_nothing_else(tmp_path):
    file = tmp_path / "pointer.json"
    file.write_bytes(b"old")

    before = os.umask(0o022)
    try:
        replace_file(file, b"new")
    finally:
        os.umask(before)

    assert file.read_bytes() == b"new" and file.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("failing", ["fsync", "replace"])
def test_a_failure_leaves_the_old_content_and_no_draft(tmp_path, monkeypatch, failing):
    file = tmp_path / "pointer.json"
    file.write_bytes(b"old")

    def refuse(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, failing, refuse)
    with pytest.raises(OSError, match="No space left"):
        replace_file(file, b"new")

    assert file.read_bytes() == b"old" and list(tmp_path.iterdir()) == [file]
