"""How is a file replaced so that a reader, a kill or a power cut finds the old one or the new one, never half of one?

Lives here: writing beside the file, to the disk, and renaming.
Does not live here: what is written (each room), appending to logs (``features.logs``).
"""

import os
import secrets
from pathlib import Path

__all__ = ["replace_file"]


def replace_file(path: Path, content: bytes) -> None:
    """Write a file for its owner alone; when this returns it is on the disk, whole.

    Raises
    ------
    OSError
        If it cannot be written; the file that was there is unchanged.

    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "pointer.json"
    >>> replace_file(file, b"{}"), file.read_bytes(), oct(file.stat().st_mode & 0o777), len(list(file.parent.iterdir()))
    (None, b'{}', '0o600', 1)
    """
    draft = path.with_name(f".{path.name}-{secrets.token_hex(8)}")
    try:
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)
    # The new name is an entry of the folder, which has to reach the disk too.
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
