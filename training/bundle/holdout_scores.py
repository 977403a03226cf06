"""What did a model predict for leads it had not seen? Kept at home, so that the next one can be compared with it.

Lives here: the scores, writing them beside the models of a home, reading them back.
Does not live here: computing them (``training.evaluation.out_of_fold``, ``training.evaluation.refit_as_of``), the
comparison (``training.checks.non_inferiority``), the key (``features.logs.installation_key``).

A model that was fitted to all leads cannot be evaluated on them. So each run keeps what models with its own settings
predicted at arrival for leads they had not seen: those held out, and, where there was a champion, those that came after
the champion's data ended. It is one row for each lead: it never enters the bundle or MLflow, and the leads' ids are
hashed with the installation's key. A bundle that was moved to another machine has none there.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from features.array_types import FloatArray, ObjectArray
from features.durable_files import replace_file
from features.logs.installation_key import hash_with_key, read_installation_key
from training.bundle.sealed_folder import pack_arrays, unpack_arrays

__all__ = ["HoldoutScores", "KeyedScores", "read_holdout_scores", "remove_held_out_leads"]


@dataclass(frozen=True)
class HoldoutScores:
    """Scores at arrival of k leads that the scoring model had not seen, in memory.

    Parameters
    ----------
    lead_ids : object array of shape (k,)
    probability : float array of shape (k,)
        Where a lead occurs twice the later score counts.
    """

    lead_ids: ObjectArray
    probability: FloatArray

    def hash_ids(self, key: bytes) -> "KeyedScores":
        """Return the scores under keyed hashes of the ids.

        >>> HoldoutScores(np.array(["a", "b", "a"], object), np.array([0.1, 0.2, 0.3])).hash_ids(b"k").look_up(
        ...     np.array(["b", "a", "c"], object)
        ... ).tolist()
        [0.2, 0.3, nan]
        """
        # np.unique keeps the first of equal hashes; reversed, that is the later score.
        hashes, rows = np.unique(hash_with_key(self.lead_ids, key)[::-1], return_index=True)
        return KeyedScores(hashes, np.asarray(self.probability, float)[::-1][rows], key)

    def write(self, home: Path, sha256: str) -> Path:
        """Write the scores of the bundle ``sha256`` under ``home``, for its owner alone, in one step."""
        keyed = self.hash_ids(read_installation_key(home))
        path = _find_path(home, sha256)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write_arrays(path, keyed.hashes, keyed.probability)
        return path


@dataclass(frozen=True)
class KeyedScores:
    """Scores of k leads, found by whoever has the installation's key.

    Parameters
    ----------
    hashes : uint64 array of shape (k,), ascending
    probability : float array of shape (k,)
    key : bytes
    """

    hashes: np.ndarray
    probability: FloatArray
    key: bytes

    def __repr__(self) -> str:
        """Return the number of scores; the key is never shown."""
        return f"KeyedScores({len(self.hashes)} leads)"

    def look_up(self, lead_ids: ObjectArray) -> FloatArray:
        """Return the score of each lead, NaN where there is none. Shape as given."""
        if not len(self.hashes):
            return np.full(len(lead_ids), np.nan)
        hashes = hash_with_key(lead_ids, self.key)
        position = np.minimum(np.searchsorted(self.hashes, hashes), len(self.hashes) - 1)
        return np.where(self.hashes[position] == hashes, self.probability[position], np.nan)


def read_holdout_scores(home: Path, sha256: str) -> KeyedScores | None:
    """Return the scores of the bundle ``sha256``; None where this home has none or cannot read them."""
    path = _find_path(home, sha256)
    if not sha256 or not path.is_file():
        return None
    key = read_installation_key(home)
    try:
        arrays = unpack_arrays(path.read_bytes())
        return KeyedScores(arrays["hashes"], arrays["probability"], key)
    except (OSError, EOFError, ValueError, KeyError, BadZipFile):
        return None


def remove_held_out_leads(home: Path, lead_ids: Iterable[str]) -> int:
    """Remove the scores of leads from every file of a home; return how many were removed.

    A file that cannot be read is removed as a whole: it may hold them.
    """
    folder, removed = home / "holdout", 0
    if not folder.is_dir():
        return 0
    gone = hash_with_key(np.array(list(lead_ids), object), read_installation_key(home))
    for path in sorted(folder.glob("*.npz")):
        scores = read_holdout_scores(home, path.stem)
        if scores is None:
            path.unlink()
            continue
        is_kept = ~np.isin(scores.hashes, gone)
        if not is_kept.all():
            removed += int((~is_kept).sum())
            _write_arrays(path, scores.hashes[is_kept], scores.probability[is_kept])
    return removed


def _write_arrays(path: Path, hashes: np.ndarray, probability: FloatArray) -> None:
    """Write one file for its owner alone, in one step."""
    replace_file(path, pack_arrays({"hashes": hashes, "probability": probability}))


def _find_path(home: Path, sha256: str) -> Path:
    return home / "holdout" / f"{sha256}.npz"
