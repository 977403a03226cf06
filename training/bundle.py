"""What exactly is the model? A folder of plain files, sealed by sha256: everything needed to score and explain, nothing that executes.

Lives here: writing, checking and reading a bundle, finding the champion, scoring a batch.
Does not live here: MLflow (``tracking``), turning contributions into words (``serving.reasons``).

    bundle.json     columns, signals, the linear part, calibration, grades, practice, phrases, mapping, figures
    model.txt       the booster in LightGBM's own text
    model_reach.txt the booster that says whether a lead will be reached; only where events allow it
    history.npz     outcomes known when the model was trained, keyed by hashes (plain arrays, read with pickle refused)
    wording.npz     what ordinary words were worth, month by month (plain arrays); only where there are messages enough
    manifest.json   the sha256 of each of these
"""

import hashlib
import io
import json
import os
import shutil
import stat
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
from scipy.special import expit

from features.batch import Batch
from features.catalogue import CATALOGUE, Signal, fingerprint
from features.errors import LeadlightError
from features.history import History
from features.knowledge import Knowledge
from features.mapping import Mapping
from features.matrix import CHUNK_LEADS, matrix
from features.phrases import Phrases
from features.practice import Practice
from features.signals.custom import from_spec, spec_of
from features.types import FloatArray
from features.wording import Wording
from training.calibrate import Calibrator
from training.contributions import Contributor
from training.errors import BundleError
from training.intervals import Band
from training.linear import Linear, blended
from training.model_text import check_model_text
from training.scored import Grades, Reach, Scored

__all__ = ["Bundle", "Grades", "Pointer", "Reach", "Scored", "find_bundle", "folder_of", "read_pointer"]

FORMAT = 1
_FILES = ("bundle.json", "model.txt", "history.npz")
_PLAIN = ("name", "created_at", "label", "horizon_days", "dated", "base_rate", "columns", "figures", "linear_weight")
_REACH_FILE, _WORDING_FILE = "model_reach.txt", "wording.npz"


@dataclass(frozen=True)
class Bundle:
    """A model as it is signed, stored and served.

    Parameters
    ----------
    signals : tuple of Signal
        The matrix's columns, in order.
    columns : dict
        Leads column -> kind (``category``, ``text``, ``number``, ``yes_no``, ``time``): what a payload may carry.
    label : str
        What a conversion is: ``booked``, ``attended``, ``treated``, or the export's own label column.
    linear, linear_weight : Linear, float
        The raw score is the linear part's times this weight plus the trees' times the rest.
    band : Band
        How sure it is at each score.
    hidden_reasons : tuple of str
        Groups of signals whose reasons did not hold (LC009) and are not shown.
    base_rate : float
        Share of conversions in the data it learned from.
    dated : bool
        Whether the data had dates; without them no moment, no history, no horizon.
    figures : dict
        Metrics and counts of the training run, for pages and cards.
    reach : Reach or None
        None where events do not say who was reached.
    sha256 : str
        Of the manifest: the bundle's identity. Empty until written.
    """

    name: str
    created_at: str
    label: str
    horizon_days: int
    dated: bool
    base_rate: float
    signals: tuple[Signal, ...]
    columns: dict[str, str]
    calibrator: Calibrator
    grades: Grades
    model_text: str
    linear: Linear
    linear_weight: float
    band: Band = field(default_factory=Band)
    hidden_reasons: tuple[str, ...] = ()
    practice: Practice = field(default_factory=Practice)
    phrases: Phrases = field(default_factory=Phrases.shipped)
    history: History | None = None
    wording: Wording | None = None
    mapping: Mapping | None = None
    figures: dict[str, Any] = field(default_factory=dict)
    reach: Reach | None = None
    sha256: str = ""

    @cached_property
    def booster(self) -> lightgbm.Booster:
        """The trees."""
        return lightgbm.Booster(model_str=self.model_text)

    @cached_property
    def contributor(self) -> Contributor:
        """What explains its scores; ``contributor.slow_because`` says why, where that is LightGBM itself."""
        return Contributor.of(self.booster)

    @cached_property
    def knowledge(self) -> Knowledge:
        """What the model knew before any lead it scores arrived. Use ``dataclasses.replace`` to add the practice's own contact book."""
        return Knowledge(self.practice, self.phrases, self.history, wording=self.wording)

    @cached_property
    def fingerprint(self) -> str:
        """sha256 of the definitions of its signals."""
        return fingerprint(self.signals)

    def score(self, batch: Batch, explain: bool = True, threads: int = 1, progress: Callable[[int, int], None] | None = None) -> Scored:
        """Score every moment of the batch, in chunks of leads.

        Parameters
        ----------
        explain : bool
            Whether to compute the parts as well; see ``contributions`` for what that costs.
        progress : callable (moments done, moments in all)
        """
        pieces, done = [], 0
        for chunk in batch.chunks(CHUNK_LEADS):
            pieces.append(self.score_rows(matrix(chunk, self.signals), explain, threads))
            done += len(chunk)
            if progress is not None:
                progress(done, len(batch))
        return Scored.joined(pieces)

    def score_rows(self, values: np.ndarray, explain: bool = True, threads: int = 1) -> Scored:
        """Score rows of the matrix, float32 of shape (n, signals): all that a score is made from, so the same rows have the same score for ever."""
        rows = values.astype(np.float64)
        raw, parts, base = self.explained(rows, threads) if explain else (self.raw(rows, threads), None, 0.0)
        log_odds = self.calibrator.log_odds(raw)
        probability = expit(log_odds)
        return Scored(
            probability,
            log_odds,
            float(self.calibrator.log_odds(np.array([base]))[0]),
            None if parts is None else self.calibrator.slope * parts,
            values,
            None if self.reach is None else self.reach.probability(rows, probability, threads),
            *self.band.around(log_odds),
        )

    def raw(self, rows: FloatArray, threads: int = 1) -> FloatArray:
        """The score of rows of the matrix before calibration, log-odds. Shape (n,)."""
        trees = np.asarray(self.booster.predict(rows, raw_score=True, num_threads=threads)) if len(rows) else np.empty(0)
        return blended(self.linear.raw(rows), trees, self.linear_weight)

    def explained(self, rows: FloatArray, threads: int = 1) -> tuple[FloatArray, FloatArray, float]:
        """The raw score of rows of the matrix as a sum, before calibration.

        Returns
        -------
        raw : float array of shape (n,), log-odds
        parts : float array of shape (n, signals)
            The linear part's and the trees' together, each by its weight.
        base : float
            Of the average lead; ``base + parts.sum(axis=1)`` is ``raw`` to 1e-9.
        """
        line, trees = self.linear.parts(rows), self.contributor.explain(rows, threads)
        raw = blended(self.linear.base + line.sum(axis=1), trees.raw, self.linear_weight)
        return raw, blended(line, trees.parts, self.linear_weight), float(blended(self.linear.base, trees.base, self.linear_weight))

    def write(self, folder: Path) -> "Bundle":
        """Write the bundle to ``folder``, whole or not at all; returns it with its sha256. An older one there is replaced."""
        folder.parent.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
        try:
            (made / "bundle.json").write_text(json.dumps(self._plain(), ensure_ascii=False, indent=1, allow_nan=False), encoding="utf-8")
            (made / "model.txt").write_text(self.model_text, encoding="utf-8")
            with open(made / "history.npz", "wb") as file:
                np.savez_compressed(file, **(self.history.to_arrays() if self.history is not None else {}))
            if self.wording is not None:
                with open(made / _WORDING_FILE, "wb") as file:
                    np.savez_compressed(file, **self.wording.to_arrays())
            if self.reach is not None:
                (made / _REACH_FILE).write_text(self.reach.model_text, encoding="utf-8")
            sums = {path.name: _sha256(path.read_bytes()) for path in sorted(made.iterdir())}
            manifest = json.dumps({"format": FORMAT, "sha256": sums}, indent=1).encode()
            (made / "manifest.json").write_bytes(manifest)
            made.chmod(0o755)
            if folder.exists():
                shutil.rmtree(folder)
            os.replace(made, folder)
        except BaseException:
            shutil.rmtree(made, ignore_errors=True)
            raise
        return type(self)(**{**{name: getattr(self, name) for name in self.__dataclass_fields__}, "sha256": _sha256(manifest)})

    @classmethod
    def load(cls, folder: str | Path, expected_sha256: str | None = None) -> "Bundle":
        """Read a bundle after checking every byte of it against its manifest, and that it holds what our training writes.

        Raises
        ------
        BundleError
            If a file is missing, was changed, could not have been written by training, or the signals it was trained on no longer mean the same.
        """
        folder = Path(folder)
        texts, sha256 = _checked_files(folder)
        if expected_sha256 is not None and sha256 != expected_sha256:
            raise BundleError(f"bundle {folder.name!r}: its manifest is {sha256[:12]}, the pointer names {expected_sha256[:12]}. Promote the model again.")
        try:
            plain = json.loads(texts["bundle.json"])
            bundle = cls._of(plain, texts, sha256, folder)
        except LeadlightError:
            raise
        except Exception as fault:  # sums that fit say nothing of what was summed: whatever it holds, it is refused as a whole
            found = f"bundle {folder.name!r}: its files fit their sums and do not hold what a bundle holds ({type(fault).__name__})"
            raise BundleError(f"{found}. Nothing of it is used; train again with this version, or take the bundle from MLflow again.") from None
        if bundle.fingerprint != plain["fingerprint"]:
            raise BundleError(
                f"bundle {folder.name!r}: its signals were defined otherwise when it was trained (fingerprint {plain['fingerprint'][:12]}, "
                f"here {bundle.fingerprint[:12]}). A score would not be what it was trained to be; train again with this version."
            )
        return bundle

    @classmethod
    def _of(cls, plain: dict[str, Any], texts: dict[str, bytes], sha256: str, folder: Path) -> "Bundle":
        """The bundle that its files say; LightGBM gets no text that was not checked."""
        signals = tuple(_signal_of(entry, folder) for entry in plain["signals"])
        for name in ("model.txt", _REACH_FILE):
            if name in texts:
                check_model_text(texts[name].decode(), len(signals))
        with np.load(io.BytesIO(texts["history.npz"]), allow_pickle=False) as arrays:
            history = History.from_arrays(dict(arrays)) if arrays.files else None
        return cls(
            **{name: plain[name] for name in _PLAIN}, linear=Linear.from_dict(plain["linear"]), band=Band(**{name: tuple(ends) for name, ends in plain["band"].items()}),
            hidden_reasons=tuple(plain["hidden_reasons"]),
            signals=signals, calibrator=Calibrator(**plain["calibrator"]), grades=Grades(**plain["grades"]), model_text=texts["model.txt"].decode(),
            practice=Practice.from_dict(plain["practice"]), phrases=Phrases.from_dict(plain["phrases"]), history=history, wording=_wording_of(texts), reach=_reach_of(plain, texts, folder),
            mapping=None if plain["mapping"] is None else Mapping.from_dict(plain["mapping"]), sha256=sha256,
        )  # fmt: skip

    def _plain(self) -> dict[str, Any]:
        """Everything but trees and history, as JSON values."""
        return {
            **{name: getattr(self, name) for name in _PLAIN},
            "signals": [spec_of(one) or one.name for one in self.signals],
            "fingerprint": self.fingerprint,
            "linear": self.linear.to_dict(),
            "band": vars(self.band),
            "hidden_reasons": list(self.hidden_reasons),
            "calibrator": vars(self.calibrator),
            "reach_calibrator": None if self.reach is None else vars(self.reach.calibrator),
            "grades": vars(self.grades),
            "practice": self.practice.to_dict(),
            "phrases": self.phrases.to_dict(),
            "mapping": None if self.mapping is None else self.mapping.to_dict(),
        }


@dataclass(frozen=True)
class Pointer:
    """Which bundle an alias means, written atomically when it is promoted.

    Parameters
    ----------
    path : str
        The bundle's folder, relative to the folder of ``mlruns``.
    """

    name: str
    alias: str
    version: str
    path: str
    sha256: str


def read_pointer(home: Path, alias: str = "champion", name: str = "leadlight") -> Pointer:
    """The pointer file of an alias (or of a version number) under ``home`` (mlruns).

    Raises
    ------
    BundleError
        If there is none, or it is not readable.
    """
    path = home / "pointers" / name / f"{alias}.json"
    if path.parent.parent != home / "pointers" or os.sep in name + alias or name in ("", ".", ".."):
        raise BundleError(f"model {name!r}@{alias!r}: is not a name, expected NAME, NAME@ALIAS or NAME/VERSION as registered, or a bundle's folder that is there.")
    try:
        pointer = Pointer(**json.loads(path.read_text(encoding="utf-8")))
        if not all(isinstance(value, str) for value in vars(pointer).values()):
            raise TypeError
        return pointer
    except FileNotFoundError:
        raise BundleError(f"model {name}@{alias}: nothing is registered under that name in {home}. Train one: leadlight train --data ...") from None
    except (json.JSONDecodeError, TypeError, UnicodeDecodeError, RecursionError) as fault:
        raise BundleError(f"model {name}@{alias}: its pointer file is damaged ({type(fault).__name__}). Promote the model again.") from None


def folder_of(pointer: Pointer, home: Path) -> Path:
    """The folder of a pointer's bundle.

    Raises
    ------
    BundleError
        If the pointer leads out of ``home``, by its path or by a symbolic link.
    """
    folder, inside = (home / pointer.path).resolve(), home.resolve()
    if inside not in folder.parents:
        raise BundleError(f"model {pointer.name}@{pointer.alias}: its pointer leads out of {str(home)!r}. Nothing there is used; promote the model again.")
    return folder


def models_home() -> Path:
    """Where MLflow's database, artifacts and pointers are: ``LEADLIGHT_HOME``, else ``mlruns`` in this folder."""
    return Path(os.environ.get("LEADLIGHT_HOME", "mlruns"))


def find_bundle(model: str, home: Path) -> tuple[Bundle, str]:
    """The bundle that a person means, and its version in words.

    Parameters
    ----------
    model : str
        A folder; or ``NAME``, ``NAME@ALIAS`` or ``NAME/VERSION`` as registered in ``home``.

    Raises
    ------
    BundleError
        If nothing fits, or what fits is damaged.
    """
    if (Path(model) / "manifest.json").is_file() or os.sep in model and Path(model).is_dir():
        bundle = Bundle.load(model)
        return bundle, bundle.sha256[:12]
    name, _, alias = model.replace("/", "@", 1).partition("@")
    pointer = read_pointer(home, alias or "champion", name)
    return Bundle.load(folder_of(pointer, home), pointer.sha256), pointer.version


def _checked_files(folder: Path) -> tuple[dict[str, bytes], str]:
    """The bytes of every file, once they agree with the manifest; and the manifest's own sha256."""
    try:
        manifest = _plain_bytes(folder / "manifest.json")
        stated = json.loads(manifest)
        sums = dict(stated["sha256"])
    except FileNotFoundError:
        raise BundleError(f"bundle {str(folder)!r}: has no manifest.json, so it is not a bundle of ours. Name a folder that training wrote.") from None
    except (ValueError, KeyError, TypeError, OSError, RecursionError):
        raise BundleError(f"bundle {str(folder)!r}: its manifest is damaged. Nothing of it is used; take the bundle from MLflow again.") from None
    if stated.get("format") != FORMAT or set(sums) - {_REACH_FILE, _WORDING_FILE} != set(_FILES):
        raise BundleError(f"bundle {str(folder)!r}: is of format {stated.get('format')!r}, this version reads {FORMAT}. Train again with this version.")
    texts = {}
    for name in sums:
        try:
            texts[name] = _plain_bytes(folder / name)
        except OSError:
            raise BundleError(f"bundle {str(folder)!r}: {name} is missing, or is not a plain file. Nothing of it is used; take the bundle from MLflow again.") from None
        if _sha256(texts[name]) != sums[name]:
            raise BundleError(f"bundle {str(folder)!r}: {name} was changed after it was sealed. Nothing of it is used; take the bundle from MLflow again.")
    return texts, _sha256(manifest)


def _plain_bytes(path: Path) -> bytes:
    """What a plain file holds. OSError for a symbolic link, and for what could be read for ever (a pipe, a device)."""
    if not stat.S_ISREG(path.lstat().st_mode):
        raise OSError(f"{path.name} is not a plain file")
    return path.read_bytes()


def _wording_of(texts: dict[str, bytes]) -> Wording | None:
    """What words were worth, where the bundle says so."""
    if _WORDING_FILE not in texts:
        return None
    with np.load(io.BytesIO(texts[_WORDING_FILE]), allow_pickle=False) as arrays:
        return Wording.from_arrays(dict(arrays))


def _reach_of(plain: dict[str, Any], texts: dict[str, bytes], folder: Path) -> Reach | None:
    """The second model, where the bundle has one: its trees and its calibration come together or not at all."""
    calibrator, trees = plain.get("reach_calibrator"), texts.get(_REACH_FILE)
    if (calibrator is None) != (trees is None):
        raise BundleError(f"bundle {folder.name!r}: has only half of its model of who is reached. Nothing of it is used; take the bundle from MLflow again.")
    return None if trees is None else Reach(trees.decode(), Calibrator(**calibrator))


def _signal_of(entry: str | dict[str, Any], folder: Path) -> Signal:
    """A catalogue signal by its name, or a column's signal by its specification."""
    if isinstance(entry, dict):
        return from_spec(entry)
    if entry not in CATALOGUE:
        raise BundleError(f"bundle {folder.name!r}: was trained with the signal {entry!r}, which this version does not have. Train again.")
    return CATALOGUE[entry]


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
