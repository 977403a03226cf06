"""How does a folder of files stay whole? Written whole or not at all, under the sha256 of each, and read back only
after every byte is checked.

Lives here: the manifest, sealing and unsealing, arrays as bytes. Does not live here: what the files of a model are
(``bundle``)."""

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

__all__ = ["FORMAT", "pack_arrays", "seal_folder", "unpack_arrays", "read_sealed_folder"]

FORMAT = 1
_MANIFEST = "manifest.json"


def seal_folder(folder: Path, contents: Mapping[str, bytes]) -> str:
    """Write the files and their manifest to ``folder`` in one step; an older folder there is replaced.

    Returns the manifest's sha256: the identity of the whole.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    manifest = json.dumps(
        {"format": FORMAT, "sha256": {name: _sha256(contents[name]) for name in sorted(contents)}}, indent=1
    ).encode()
    try:
        for name, content in {**contents, _MANIFEST: manifest}.items():
            (made / name).write_bytes(content)
        made.chmod(0o755)
        if folder.exists():
            shutil.rmtree(folder)
        os.replace(made, folder)
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise
    return _sha256(manifest)


def read_sealed_folder(folder: Path, needed: Collection[str], may_have: Collection[str]) -> tuple[dict[str, bytes], str]:
    """The bytes of every file, once they agree with the manifest; and the manifest's own sha256.

    Raises
    ------
    BundleError
        If there is no manifest, a file is missing or is not a plain one, a byte was changed, or the files are not those
        expected.
    """
    try:
        manifest = _plain_bytes(folder / _MANIFEST)
        stated = json.loads(manifest)
        sums = dict(stated["sha256"])
    except FileNotFoundError:
        raise BundleError(
            f"bundle {str(folder)!r}: has no manifest.json, so it is not a bundle of ours. Name a folder that training wrote."
        ) from None
    except (ValueError, KeyError, TypeError, OSError, RecursionError):
        raise BundleError(
            f"bundle {str(folder)!r}: its manifest is damaged. Nothing of it is used; take the bundle from MLflow again."
        ) from None
    if stated.get("format") != FORMAT or set(sums) - set(may_have) != set(needed):
        raise BundleError(
            f"bundle {str(folder)!r}: is of format {stated.get('format')!r}, this version reads {FORMAT}. Train again with this version."
        )
    contents = {}
    for name in sums:
        try:
            contents[name] = _plain_bytes(folder / name)
        except OSError:
            raise BundleError(
                f"bundle {str(folder)!r}: {name} is missing, or is not a plain file. Nothing of it is used; take the bundle from MLflow again."
            ) from None
        if _sha256(contents[name]) != sums[name]:
            raise BundleError(
                f"bundle {str(folder)!r}: {name} was changed after it was sealed. Nothing of it is used; take the bundle from MLflow again."
            )
    return contents, _sha256(manifest)


def pack_arrays(arrays: Mapping[str, np.ndarray]) -> bytes:
    """Plain arrays as the bytes of a file; the same arrays, the same bytes.

    >>> unpack_arrays(pack_arrays({"a": np.arange(3)}))["a"].tolist()
    [0, 1, 2]
    """
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    return file.getvalue()


def unpack_arrays(content: bytes) -> dict[str, np.ndarray]:
    """The arrays that ``pack_arrays`` wrote. ValueError for anything else: nothing in it is ever executed."""
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        return dict(arrays)


def _plain_bytes(path: Path) -> bytes:
    """What a plain file holds. OSError for a symbolic link, and for what could be read for ever (a pipe, a device)."""
    if not stat.S_ISREG(path.lstat().st_mode):
        raise OSError(f"{path.name} is not a plain file")
    return path.read_bytes()


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
