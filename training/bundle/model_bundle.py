"""What exactly is the model? A folder of plain files, sealed by sha256: everything needed to score and explain, nothing
that executes.

Lives here: what its files hold, finding the champion, scoring a batch.
Does not live here: sealing and checking the files (``sealed``), pointers (``pointers``), MLflow (``tracking``), turning
contributions into words (``serving.scoring.reasons``).

    bundle.json     columns, signals, the linear part, calibration, grades, practice, phrases, mapping, figures
    model.txt       the booster in LightGBM's own text
    model_reach.txt the booster that says whether a lead will be reached; only where events allow it
    history.npz     outcomes known when the model was trained, keyed by hashes (plain arrays, read with pickle refused)
    wording.npz     what ordinary words were worth, month by month (plain arrays); only where there are messages enough
    unseen.npz      what its recipe said of leads it had not seen, keyed by hashes of their ids (plain arrays)
    reference.npz   counts and figures of the leads learned from, month by month, for monitoring (plain arrays); only
    where there are dates manifest.json   the sha256 of each of these
"""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
from scipy.special import expit

from features.array_types import CHUNK_LEADS, FloatArray
from features.batch import Batch
from features.errors import LeadlightError
from features.feature_matrix import compute_matrix
from features.fingerprint import describe_differences, compute_digests, compute_fingerprint
from features.mapping.column_mapping import Mapping
from features.point_in_time.context import Context
from features.point_in_time.outcome_history import OutcomeHistory
from features.practice.practice import Practice
from features.practice_file.practice_toml import practice_from_dict
from features.registry import CATALOGUE, Signal
from features.signals.custom_columns import build_signal_from_spec, describe_signal
from features.text.phrase_lexicon import PhraseLexicon
from features.text.word_weights import WordWeights
from training.bundle.alias_pointers import Pointer, resolve_folder, get_models_home, parse_model_name, read_pointer
from training.bundle.holdout_scores import HoldoutScores
from training.bundle.model_text_check import check_model_text
from training.bundle.sealed_folder import pack_arrays, seal_folder, unpack_arrays, read_sealed_folder
from training.errors import BundleError
from training.explain.shap_values import ShapExplainer
from training.model.calibration import Calibrator
from training.model.linear_model import LinearModel, blend_scores
from training.model.prediction_intervals import PredictionBand
from training.model.predictions import Grades, Reach, Predictions

__all__ = [
    "Bundle",
    "Grades",
    "Pointer",
    "Reach",
    "Predictions",
    "find_bundle",
    "resolve_folder",
    "get_models_home",
    "parse_model_name",
    "read_pointer",
]

_FILES = ("bundle.json", "model.txt", "history.npz")
_PLAIN = ("name", "created_at", "label", "horizon_days", "dated", "base_rate", "columns", "figures", "linear_weight")
_REACH_FILE, _WORDING_FILE, _UNSEEN_FILE, _REFERENCE_FILE = (
    "model_reach.txt",
    "wording.npz",
    "unseen.npz",
    "reference.npz",
)
_MOST_NAMED = 10
"""Signals that changed and are named; of more, their number."""
_MAY_HAVE = {_REACH_FILE, _WORDING_FILE, _UNSEEN_FILE, _REFERENCE_FILE}


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
    holdout_scores : HoldoutScores
        What models of its recipe said of leads that they had not seen.
    reference : dict of arrays or None
        What the leads learned from looked like (``monitoring.reference``), read by ``leadlight monitor`` only; None
        without dates.
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
    linear: LinearModel
    linear_weight: float
    band: PredictionBand = field(default_factory=PredictionBand)
    hidden_reasons: tuple[str, ...] = ()
    practice: Practice = field(default_factory=Practice)
    phrases: PhraseLexicon = field(default_factory=PhraseLexicon.load_default)
    history: OutcomeHistory | None = None
    word_weights: WordWeights | None = None
    mapping: Mapping | None = None
    figures: dict[str, Any] = field(default_factory=dict)
    reach: Reach | None = None
    holdout_scores: HoldoutScores = field(default_factory=HoldoutScores)
    reference: dict[str, np.ndarray] | None = None
    sha256: str = ""

    @cached_property
    def booster(self) -> lightgbm.Booster:
        """The trees."""
        return lightgbm.Booster(model_str=self.model_text)

    @cached_property
    def explainer(self) -> ShapExplainer:
        """What explains its scores; ``explainer.fallback_reason`` says why, where that is LightGBM itself."""
        return ShapExplainer.from_booster(self.booster)

    @cached_property
    def context(self) -> Context:
        """What the model knew before any lead it scores arrived.

        Use ``dataclasses.replace`` to add the practice's own contact book.
        """
        return Context(self.practice, self.phrases, self.history, word_weights=self.word_weights)

    @cached_property
    def fingerprint(self) -> str:
        """sha256 of what its signals declare and compute; see ``features.fingerprint``."""
        return compute_fingerprint(self.signals)

    def score(
        self, batch: Batch, explain: bool = True, threads: int = 1, progress: Callable[[int, int], None] | None = None
    ) -> Predictions:
        """Score every moment of the batch, in chunks of leads.

        Parameters
        ----------
        explain : bool
            Whether to compute the parts as well; see ``contributions`` for what that costs.
        progress : callable (moments done, moments in all)
        """
        pieces, done = [], 0
        for chunk in batch.chunks(CHUNK_LEADS):
            pieces.append(self.score_rows(compute_matrix(chunk, self.signals), explain, threads))
            done += len(chunk)
            if progress is not None:
                progress(done, len(batch))
        return Predictions.concatenate(pieces)

    def score_rows(self, values: np.ndarray, explain: bool = True, threads: int = 1) -> Predictions:
        """Score rows of the matrix, float32 of shape (n, signals): all that a score is made from, so the same rows have
        the same score for ever.
        """
        rows = values.astype(np.float64)
        raw, parts, base = self.explain_rows(rows, threads) if explain else (self.predict_raw(rows, threads), None, 0.0)
        log_odds = self.calibrator.calibrate(raw)
        probability = expit(log_odds)
        return Predictions(
            probability,
            log_odds,
            float(self.calibrator.calibrate(np.array([base]))[0]),
            None if parts is None else self.calibrator.slope * parts,
            values,
            None if self.reach is None else self.reach.predict(rows, probability, threads),
            *self.band.interpolate(log_odds),
        )

    def predict_raw(self, rows: FloatArray, threads: int = 1) -> FloatArray:
        """The score of rows of the matrix before calibration, log-odds. Shape (n,)."""
        trees = (
            np.asarray(self.booster.predict(rows, raw_score=True, num_threads=threads)) if len(rows) else np.empty(0)
        )
        return blend_scores(self.linear.predict_raw(rows), trees, self.linear_weight)

    def explain_rows(self, rows: FloatArray, threads: int = 1) -> tuple[FloatArray, FloatArray, float]:
        """The raw score of rows of the matrix as a sum, before calibration.

        Returns
        -------
        raw : float array of shape (n,), log-odds
        parts : float array of shape (n, signals)
            The linear part's and the trees' together, each by its weight.
        base : float
            Of the average lead; ``base + parts.sum(axis=1)`` is ``raw`` to 1e-9.
        """
        line, trees = self.linear.compute_parts(rows), self.explainer.explain(rows, threads)
        raw = blend_scores(self.linear.base + line.sum(axis=1), trees.raw, self.linear_weight)
        return (
            raw,
            blend_scores(line, trees.parts, self.linear_weight),
            float(blend_scores(self.linear.base, trees.base, self.linear_weight)),
        )

    def write(self, folder: Path) -> "Bundle":
        """Write the bundle to ``folder``, whole or not at all; returns it with its sha256.

        An older one there is replaced.
        """
        contents = {
            "bundle.json": json.dumps(self._plain(), ensure_ascii=False, indent=1, allow_nan=False).encode(),
            "model.txt": self.model_text.encode(),
        }
        contents["history.npz"] = pack_arrays(self.history.to_arrays() if self.history is not None else {})
        if self.word_weights is not None:
            contents[_WORDING_FILE] = pack_arrays(self.word_weights.to_arrays())
        if len(self.holdout_scores.keys):
            contents[_UNSEEN_FILE] = pack_arrays(self.holdout_scores.to_arrays())
        if self.reference is not None:
            contents[_REFERENCE_FILE] = pack_arrays(self.reference)
        if self.reach is not None:
            contents[_REACH_FILE] = self.reach.model_text.encode()
        return replace(self, sha256=seal_folder(folder, contents))

    @classmethod
    def load(cls, folder: str | Path, expected_sha256: str | None = None) -> "Bundle":
        """Read a bundle after checking every byte of it against its manifest, and that it holds what our training
        writes.

        Raises
        ------
        BundleError
            If a file is missing, was changed, could not have been written by training, or the signals it was trained on
            no longer mean the same.
        """
        folder = Path(folder)
        texts, sha256 = read_sealed_folder(folder, _FILES, _MAY_HAVE)
        if expected_sha256 is not None and sha256 != expected_sha256:
            raise BundleError(
                f"bundle {folder.name!r}: its manifest is {sha256[:12]}, the pointer names {expected_sha256[:12]}. Promote the model again."
            )
        try:
            plain = json.loads(texts["bundle.json"])
            _check_signals(plain, folder)
            bundle = cls._of(plain, texts, sha256, folder)
        except LeadlightError:
            raise
        except (
            Exception
        ) as fault:  # sums that fit say nothing of what was summed: whatever it holds, it is refused as a whole
            found = f"bundle {folder.name!r}: its files fit their sums and do not hold what a bundle holds ({type(fault).__name__})"
            raise BundleError(
                f"{found}. Nothing of it is used; train again with this version, or take the bundle from MLflow again."
            ) from None
        if bundle.fingerprint != plain["fingerprint"]:
            raise BundleError(
                f"bundle {folder.name!r}: its signals, or their order, are not those it was trained with (fingerprint "
                f"{plain['fingerprint'][:12]}, here {bundle.fingerprint[:12]}). Train again with this version, or take the bundle from MLflow again."
            )
        return bundle

    @classmethod
    def _of(cls, plain: dict[str, Any], texts: dict[str, bytes], sha256: str, folder: Path) -> "Bundle":
        """The bundle that its files say; LightGBM gets no text that was not checked."""
        signals = tuple(_signal_of(entry, folder) for entry in plain["signals"])
        for name in ("model.txt", _REACH_FILE):
            if name in texts:
                check_model_text(texts[name].decode(), len(signals))
        record = unpack_arrays(texts["history.npz"])
        history = OutcomeHistory.from_arrays(record) if record else None
        wording, unseen, reference = (
            unpack_arrays(texts[name]) if name in texts else None for name in (_WORDING_FILE, _UNSEEN_FILE, _REFERENCE_FILE)
        )
        return cls(
            **{name: plain[name] for name in _PLAIN},
            linear=LinearModel.from_dict(plain["linear"]),
            band=PredictionBand(**{name: tuple(ends) for name, ends in plain["band"].items()}),
            hidden_reasons=tuple(plain["hidden_reasons"]),
            signals=signals,
            calibrator=Calibrator(**plain["calibrator"]),
            grades=Grades(**plain["grades"]),
            model_text=texts["model.txt"].decode(),
            practice=practice_from_dict(plain["practice"]),
            phrases=PhraseLexicon.from_dict(plain["phrases"]),
            history=history,
            reach=_reach_of(plain, texts, folder),
            word_weights=None if wording is None else WordWeights.from_arrays(wording),
            holdout_scores=HoldoutScores(**(unseen or {})),
            reference=reference,
            mapping=None if plain["mapping"] is None else Mapping.from_dict(plain["mapping"]),
            sha256=sha256,
        )

    def _plain(self) -> dict[str, Any]:
        """Everything but trees and history, as JSON values."""
        return {
            **{name: getattr(self, name) for name in _PLAIN},
            "signals": [describe_signal(one) or one.name for one in self.signals],
            "fingerprint": self.fingerprint,
            "signal_digests": compute_digests(self.signals),
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
    name, alias = parse_model_name(model)
    pointer = read_pointer(home, alias, name)
    return Bundle.load(resolve_folder(pointer, home), pointer.sha256), pointer.version


def _reach_of(plain: dict[str, Any], texts: dict[str, bytes], folder: Path) -> Reach | None:
    """The second model, where the bundle has one: its trees and its calibration come together or not at all."""
    calibrator, trees = plain.get("reach_calibrator"), texts.get(_REACH_FILE)
    if (calibrator is None) != (trees is None):
        raise BundleError(
            f"bundle {folder.name!r}: has only half of its model of who is reached. Nothing of it is used; take the bundle from MLflow again."
        )
    return None if trees is None else Reach(trees.decode(), Calibrator(**calibrator))


def _check_signals(plain: dict[str, Any], folder: Path) -> None:
    """Compare each signal with what it was when the bundle was trained.

    Raises
    ------
    BundleError
        Naming the signals that are declared differently, give other values or no longer exist.
    """
    if "signal_digests" not in plain:
        raise BundleError(
            f"bundle {folder.name!r}: was trained by an earlier version of Leadlight, which did not record what its signals compute. "
            "Train again with this version."
        )
    signals: dict[str, Signal] = {}
    for entry in plain["signals"]:
        if isinstance(entry, dict) or entry in CATALOGUE:
            signal = _signal_of(entry, folder)
            signals[signal.name] = signal
    differing = describe_differences(plain["signal_digests"], signals)
    if differing:
        named = "; ".join(differing[:_MOST_NAMED]) + (
            f"; and {len(differing) - _MOST_NAMED} more" if len(differing) > _MOST_NAMED else ""
        )
        raise BundleError(
            f"bundle {folder.name!r}: {len(differing)} of its {len(plain['signal_digests'])} signals changed: {named}. "
            "A score would not be what it was trained to be; train again with this version."
        )


def _signal_of(entry: str | dict[str, Any], folder: Path) -> Signal:
    """A catalogue signal by its name, or a column's signal by its specification."""
    if isinstance(entry, dict):
        return build_signal_from_spec(entry)
    if entry not in CATALOGUE:
        raise BundleError(
            f"bundle {folder.name!r}: was trained with the signal {entry!r}, which this version does not have. Train again."
        )
    return CATALOGUE[entry]
