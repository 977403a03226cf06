"""What exactly is the model? Everything needed to score and explain a lead, as one object that is signed and served.

Lives here: the bundle, scoring a batch with it, finding the champion.
Does not live here: what its files hold (``bundle_files``), sealing and checking them (``sealed_folder``), pointers
(``alias_pointers``), MLflow (``training.registry.mlflow_tracking``), turning contributions into reasons
(``features.explain.reasons``).
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
from scipy.special import expit

from features.array_types import CHUNK_LEADS, FloatArray, IntArray
from features.batch import Batch
from features.feature_matrix import compute_matrix
from features.mapping.column_mapping import Mapping
from features.point_in_time.context import Context
from features.point_in_time.outcome_history import OutcomeHistory
from features.point_in_time.source_fields import SourceFields
from features.practice.practice import Practice
from features.registry import Signal
from features.signal_fingerprint import compute_fingerprint
from features.signals.sent_columns import find_sent_columns
from features.text.phrase_lexicon import PhraseLexicon
from features.text.word_weights import WordWeights
from training.bundle.alias_pointers import parse_model_name, read_pointer, resolve_folder
from training.bundle.bundle_files import OPTIONAL_FILES, REQUIRED_FILES, decode_bundle, encode_bundle
from training.bundle.sealed_folder import read_sealed_folder, seal_folder
from training.errors import BundleError
from training.explain.shap_values import ShapExplainer
from training.model.calibration import Calibrator
from training.model.grades import Grades
from training.model.level_update import LevelFilter
from training.model.linear.linear_model import LinearModel, blend_scores
from training.model.missing_information import InformationSpread, WeighedInputs
from training.model.prediction_intervals import PredictionBand
from training.model.predictions import Predictions, Reach

__all__ = ["Bundle", "find_bundle"]

_MIN_INPUT_WEIGHT = 0.02
_SETS_KEPT = 4_096
"""Sets of missing inputs whose names are kept."""
_ROWS_AT_ONCE = 1_024
"""Rows of the matrix whose parts are blended together: a megabyte."""


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
    linear, linear_weight : LinearModel, float
        The raw score is the linear part's times this weight plus the trees' times the rest.
    band : PredictionBand
        How sure it is at each score.
    level : LevelFilter or None
        How its level follows outcomes until the next training (see ``training.bundle.leads_since_training``); None in a
        bundle of an earlier version, which stays as trained.
    hidden_reasons : tuple of str
        Groups of signals whose reasons failed LC009 and are not shown.
    base_rate : float
        Share of conversions in the data it learned from.
    dated : bool
        Whether the data had dates; without them no moment, no history, no horizon.
    figures : dict
        Metrics and counts of the training run, for pages and cards.
    reach : Reach or None
        None where events do not show who was reached.
    tree_centers : tuple of float, one for each signal; empty where there are none
        What each signal adds in the trees for an average whole lead. It counts as part of the base: the trees have also
        learned from copies with fields withheld, and a reason compares with an average lead, not with an average copy.
    source_fields : SourceFields
        What the practice's sources never send.
    input_weights : dict
        Leads column (or ``events``) -> its share of what moves the scores; they sum to 1.
    spread : InformationSpread
        How far a score may still move once everything is known of the lead.
    reference : dict of arrays or None
        Distributions of the training leads (``training.monitoring.reference_profile``), read by ``leadlight monitor``
        only; None without dates.
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
    level: LevelFilter | None = None
    hidden_reasons: tuple[str, ...] = ()
    practice: Practice = field(default_factory=Practice)
    phrases: PhraseLexicon = field(default_factory=PhraseLexicon.load_default)
    history: OutcomeHistory | None = None
    word_weights: WordWeights | None = None
    mapping: Mapping | None = None
    figures: dict[str, Any] = field(default_factory=dict)
    reach: Reach | None = None
    tree_centers: tuple[float, ...] = ()
    source_fields: SourceFields = field(default_factory=SourceFields)
    input_weights: dict[str, float] = field(default_factory=dict)
    spread: InformationSpread = field(default_factory=InformationSpread)
    reference: dict[str, np.ndarray] | None = None
    sha256: str = ""

    @property
    def arrival_only(self) -> bool:
        """Whether it learned from leads at their arrival only, and so cannot score a later moment."""
        return self.dated and bool(self.figures.get("arrival_only", False))

    def fill_cutoffs(self, payloads: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return converted payloads, those without a ``cutoff`` at a moment that the model knows: of arrival, if it
        knows no other. What is still without one is scored as of now.
        """
        if not self.arrival_only:
            return list(payloads)
        return [
            payload | {"cutoff": payload["created_at"]}
            if "cutoff" not in payload and payload.get("created_at") is not None
            else payload
            for payload in payloads
        ]

    @cached_property
    def booster(self) -> lightgbm.Booster:
        """Return the trees.

        Raises
        ------
        BundleError
            If LightGBM cannot read them.
        """
        try:
            return lightgbm.Booster(model_str=self.model_text)
        except lightgbm.basic.LightGBMError as fault:
            raise BundleError("bundle: LightGBM cannot read its trees. Train or promote again.") from fault

    @cached_property
    def explainer(self) -> ShapExplainer:
        """Return what explains its trees; ``explainer.fallback_reason`` says why, where that is LightGBM itself."""
        return ShapExplainer.from_booster(self.booster)

    @cached_property
    def context(self) -> Context:
        """Return what the model knew before any lead it scores arrived.

        Use ``dataclasses.replace`` to add the practice's own contact index.
        """
        return Context(
            self.practice,
            self.phrases,
            self.history,
            word_weights=self.word_weights,
            source_fields=self.source_fields,
        )

    @cached_property
    def fingerprint(self) -> str:
        """Return the sha256 of what its signals declare and compute; see ``features.signal_fingerprint``."""
        return compute_fingerprint(self.signals)

    def score(
        self,
        batch: Batch,
        explain: bool = True,
        threads: int = 1,
        progress: Callable[[int, int], None] | None = None,
        level: FloatArray | None = None,
    ) -> Predictions:
        """Score every moment of the batch, in chunks of leads.

        Parameters
        ----------
        explain : bool
            Whether to compute the parts as well; see ``training.explain.shap_values`` for what that costs.
        progress : callable (moments done, moments in all)
        level : float array of shape (n,), optional
            Log-odds to add to each score, as followed since training.
        """
        predictions, done = [], 0
        # A file may lack columns that the model knows: they were not sent.
        batch = batch.add_columns(self.columns)
        for chunk in batch.chunks(CHUNK_LEADS):
            chunk_level = None if level is None else level[done : done + len(chunk)]
            predictions.append(self.score_rows(compute_matrix(chunk, self.signals), explain, threads, chunk_level))
            done += len(chunk)
            if progress is not None:
                progress(done, len(batch))
        return Predictions.concatenate(predictions)

    def score_rows(
        self, values: np.ndarray, explain: bool = True, threads: int = 1, level: FloatArray | None = None
    ) -> Predictions:
        """Score rows of the matrix, float32 of shape (n, signals), at a followed level where one is given.

        A score depends on nothing else, so the same rows at the same level always have the same score.
        """
        rows = values.astype(np.float64)
        if explain:
            raw, parts, base = self.explain_rows(rows, threads)
            parts *= self.calibrator.slope
        else:
            raw, parts, base = self.predict_raw(rows, threads), None, 0.0
        log_odds = self.calibrator.calibrate(raw)
        if level is not None:
            log_odds = log_odds + level
        probability = expit(log_odds)
        coverage = self._weighed_inputs.compute_coverage(values)
        return Predictions(
            probability,
            log_odds,
            float(self.calibrator.calibrate(np.array([base]))[0]),
            parts,
            values,
            None if self.reach is None else self.reach.predict(rows, probability, threads),
            *self._compute_interval(log_odds, coverage),
            coverage,
            level,
        )

    def _compute_interval(self, log_odds: FloatArray, coverage: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return low and high: the band of such scores, widened by how far the missing fields may move the score."""
        low, high = self.band.interpolate(log_odds)
        fall, rise = self.spread.interpolate(coverage)
        return np.minimum(low, expit(log_odds + fall)), np.maximum(high, expit(log_odds + rise))

    def list_missing_inputs(self, values: np.ndarray, limit: int = 5) -> list[tuple[str, ...]]:
        """List for each row of the matrix the columns that were not sent and would matter most, the weightiest first.

        Columns that carry less than one fiftieth of the model's information are not worth a line.
        """
        # At most fifty columns carry a fiftieth each, so that which of them are missing is one whole number.
        names, flags = self._telling_inputs
        codes = (values[:, flags] == 0) @ (1 << np.arange(len(flags), dtype=np.int64))
        return [_name_inputs(names, code)[:limit] for code in codes.tolist()]

    @cached_property
    def _weighed_inputs(self) -> WeighedInputs:
        return WeighedInputs.of(self.signals, self.input_weights)

    @cached_property
    def _telling_inputs(self) -> tuple[tuple[str, ...], IntArray]:
        """Columns worth a line when they are missing, the weightiest first, and the positions of their flags."""
        flags = find_sent_columns(self.signals)
        names = [name for name, weight in self.input_weights.items() if weight >= _MIN_INPUT_WEIGHT and name in flags]
        names.sort(key=lambda name: -self.input_weights[name])
        return tuple(names), np.array([flags[name] for name in names], np.intp)

    def predict_raw(self, rows: FloatArray, threads: int = 1) -> FloatArray:
        """Return the score of rows of the matrix before calibration, log-odds. Shape (n,)."""
        return blend_scores(self.linear.predict_raw(rows), self.explainer.predict(rows, threads), self.linear_weight)

    def explain_rows(self, rows: FloatArray, threads: int = 1) -> tuple[FloatArray, FloatArray, float]:
        """Return the raw score of rows of the matrix as a sum, before calibration.

        Returns
        -------
        raw : float array of shape (n,), log-odds
        parts : float array of shape (n, signals)
            The linear part's and the trees' together, each by its weight.
        base : float
            Of the average lead; ``base + parts.sum(axis=1)`` is ``raw`` to 1e-9.
        """
        trees = self.explainer.explain(rows, threads)
        raw, parts, tree_base, centers = np.empty(len(rows)), trees.parts, trees.base, np.array(self.tree_centers)
        # Some rows at a time stay in the processor's cache, and are blended in the place of the trees' parts: arrays of
        # all rows travel to memory and back at each step.
        for start in range(0, len(rows), _ROWS_AT_ONCE):
            block = slice(start, start + _ROWS_AT_ONCE)
            linear_parts = self.linear.compute_parts(rows[block])
            tree_parts = parts[block] - centers if len(centers) else parts[block]
            parts[block] = blend_scores(linear_parts, tree_parts, self.linear_weight)
            raw[block] = blend_scores(self.linear.base + linear_parts.sum(axis=1), trees.raw[block], self.linear_weight)
        if self.tree_centers:
            tree_base = tree_base + sum(self.tree_centers)
        return raw, parts, float(blend_scores(self.linear.base, tree_base, self.linear_weight))

    def encode(self) -> dict[str, bytes]:
        """Return the contents of its files by name, as ``write`` puts them into a folder."""
        return encode_bundle(vars(self), self.fingerprint)

    def write(self, folder: Path) -> "Bundle":
        """Write the bundle to ``folder``, completely or not at all; return it with its sha256.

        An older one there is replaced.
        """
        return replace(self, sha256=seal_folder(folder, self.encode()))

    @classmethod
    def load(cls, folder: str | Path, expected_sha256: str | None = None) -> "Bundle":
        """Read a bundle after checking every byte against its manifest, and that training could have written it.

        Raises
        ------
        BundleError
            If a file is missing, was changed, could not have been written by training, or the signals it was trained on
            no longer mean the same.
        """
        folder = Path(folder)
        contents, sha256 = read_sealed_folder(folder, REQUIRED_FILES, OPTIONAL_FILES)
        if expected_sha256 is not None and sha256 != expected_sha256:
            raise BundleError(
                f"bundle {folder.name!r}: its manifest is {sha256[:12]}, the pointer names {expected_sha256[:12]}. "
                "Promote the model again."
            )
        fields, fingerprint = decode_bundle(contents, folder)
        bundle = cls(**fields, sha256=sha256)
        if bundle.fingerprint != fingerprint:
            raise BundleError(
                f"bundle {folder.name!r}: its signals, or their order, are not those it was trained with (fingerprint "
                f"{fingerprint[:12]}, here {bundle.fingerprint[:12]}). Train again with this version, or take the "
                "bundle from MLflow again."
            )
        return bundle


@lru_cache(maxsize=_SETS_KEPT)
def _name_inputs(names: tuple[str, ...], code: int) -> tuple[str, ...]:
    """Name the inputs that are bits of a number, in their order."""
    return tuple(name for bit, name in enumerate(names) if code >> bit & 1)


def find_bundle(model: str, home: Path) -> tuple[Bundle, str]:
    """Return the bundle of a name or a folder, and its version.

    Parameters
    ----------
    model : str
        A folder, of a bundle or of a training that wrote one; or ``NAME``, ``NAME@ALIAS`` or ``NAME/VERSION`` as
        registered in ``home``.

    Raises
    ------
    BundleError
        If there is no such bundle, or it is damaged.
    """
    folder = Path(model)
    # What ``leadlight train --out`` wrote has its bundle inside.
    folder = folder / "bundle" if (folder / "bundle" / "manifest.json").is_file() else folder
    if (folder / "manifest.json").is_file() or os.sep in model and folder.is_dir():
        bundle = Bundle.load(folder)
        return bundle, bundle.sha256[:12]
    name, alias = parse_model_name(model)
    pointer = read_pointer(home, alias, name)
    return Bundle.load(resolve_folder(pointer, home), pointer.sha256), pointer.version
