"""How does a folder of files stay whole? Written completely or not at all, read only after every byte is checked.

Lives here: the manifest with the sha256 of each file, sealing and reading, arrays as bytes.
Does not live here: what the files of a model are (``bundle_files``)."""

import hashlib
import io
import json
import os
import shutil
import stat
import tempfile
from collections.abc import Collection, Mapping
from pathlib import Path

import numpy as np

from training.errors import BundleError

__all__ = ["FORMAT", "pack_arrays", "read_sealed_folder", "seal_folder", "unpack_arrays"]

FORMAT = 2
"""Of format 1 were bundles that held a row for each lead: its outcome, its time, and its score."""
_MANIFEST = "manifest.json"
_FIX = "Nothing of it is used; take the bundle from MLflow again."


def seal_folder(folder: Path, contents: Mapping[str, bytes]) -> str:
    """Write the files and their manifest to ``folder`` in one step, for their owner alone; an older folder is replaced.

    Returns the manifest's sha256: the identity of the whole.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    # Beside the target: a rename is one step only within a file system.
    temporary = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    manifest = json.dumps(
        {"format": FORMAT, "sha256": {name: _compute_sha256(contents[name]) for name in sorted(contents)}}, indent=1
    ).encode()
    try:
        for name, content in {**contents, _MANIFEST: manifest}.items():
            (temporary / name).write_bytes(content)
            (temporary / name).chmod(0o600)
        if folder.exists():
            shutil.rmtree(folder)
        os.replace(temporary, folder)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    return _compute_sha256(manifest)


def read_sealed_folder(
    folder: Path, required: Collection[str], optional: Collection[str]
) -> tuple[dict[str, bytes], str]:
    """Return the bytes of every file, once they agree with the manifest; and the manifest's own sha256.

    Raises
    ------
    BundleError
        If there is no manifest, a file is missing or is not a regular one, a byte was changed, or the files are not
        those expected.
    """
    try:
        manifest = _read_regular_file(folder / _MANIFEST)
        statement = json.loads(manifest)
        sha256_by_name = dict(statement["sha256"])
    except FileNotFoundError:
        raise BundleError(
            f"bundle {str(folder)!r}: has no manifest.json, so it is not a Leadlight bundle. Name a folder that "
            "training wrote."
        ) from None
    except (ValueError, KeyError, TypeError, OSError, RecursionError):
        raise BundleError(f"bundle {str(folder)!r}: its manifest is damaged. {_FIX}") from None
    if statement.get("format") == 1:
        raise BundleError(
            f"bundle {str(folder)!r}: was trained by an earlier version, whose bundles held a row for each lead. "
            "Nothing of it is used. Train again with this version, then delete the old bundle and its copies."
        )
    if statement.get("format") != FORMAT or set(sha256_by_name) - set(optional) != set(required):
        raise BundleError(
            f"bundle {str(folder)!r}: is of format {statement.get('format')!r}, this version reads {FORMAT}. Train "
            "again with this version."
        )
    contents = {}
    for name, sha256 in sha256_by_name.items():
        try:
            contents[name] = _read_regular_file(folder / name)
        except OSError:
            raise BundleError(f"bundle {str(folder)!r}: {name} is missing, or is not a regular file. {_FIX}") from None
        # The bytes that were summed are the bytes that are used: a file read again later could be another one.
        if _compute_sha256(contents[name]) != sha256:
            raise BundleError(f"bundle {str(folder)!r}: {name} was changed after it was sealed. {_FIX}")
    return contents, _compute_sha256(manifest)


def pack_arrays(arrays: Mapping[str, np.ndarray]) -> bytes:
    """Return plain arrays as the bytes of a file; the same arrays, the same bytes.

    >>> unpack_arrays(pack_arrays({"a": np.arange(3)}))["a"].tolist()
    [0, 1, 2]
    """
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    return file.getvalue()


def unpack_arrays(content: bytes) -> dict[str, np.ndarray]:
    """Return the arrays that ``pack_arrays`` wrote. ValueError for anything else: nothing in it is ever executed."""
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        return dict(arrays)


def _read_regular_file(path: Path) -> bytes:
    """Return the bytes of a regular file.

    OSError for a symbolic link, and for what could be read forever (a pipe, a device).
    """
    if not stat.S_ISREG(path.lstat().st_mode):
        raise OSError(f"{path.name} is not a regular file")
    return path.read_bytes()


def _compute_sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
