"""What do the files of a bundle hold? Plain JSON, LightGBM's own text and arrays: nothing that executes.

Lives here: a bundle as files and files as the fields of a bundle, checked on the way in.
Does not live here: sealing the folder (``sealed_folder``), the grammar of a model's text (``model_text_check``),
scoring (``model_bundle``).

    bundle.json     columns, signals, the linear part, calibration, grades, practice, phrases, mapping, figures
    model.txt       the booster in LightGBM's own text
    model_reach.txt the booster that predicts whether a lead will be reached; only where events allow it
    history.npz     leads and bookings by value and day, each count of several leads (plain arrays, read with pickle
                    refused); no row of a lead
    wording.npz     weights of ordinary words, month by month (plain arrays); only where there are enough messages
    reference.npz   counts and metrics of the training leads, month by month, for monitoring (plain arrays); only where
                    there are dates
    manifest.json   the sha256 of each of these
"""

import json
from collections.abc import Mapping as Fields
from dataclasses import fields
from pathlib import Path
from typing import Any

from features.errors import LeadlightError
from features.mapping.column_mapping import Mapping
from features.point_in_time.outcome_history import OutcomeHistory
from features.point_in_time.source_fields import SourceFields
from features.practice_file.practice_toml import practice_from_dict
from features.registry import CATALOGUE, Signal
from features.signal_fingerprint import compute_digests, describe_differences
from features.signals.custom_columns import build_signal_from_spec, describe_signal
from features.text.phrase_lexicon import PhraseLexicon
from features.text.word_weights import WordWeights
from training.bundle.model_text_check import check_model_text
from training.bundle.sealed_folder import pack_arrays, unpack_arrays
from training.errors import BundleError
from training.model.calibration import Calibrator
from training.model.grades import Grades
from training.model.level_update import LevelFilter
from training.model.linear.linear_model import LinearModel
from training.model.missing_information import InformationSpread
from training.model.prediction_intervals import PredictionBand
from training.model.predictions import Reach

__all__ = ["OPTIONAL_FILES", "REQUIRED_FILES", "decode_bundle", "decode_level", "encode_bundle"]

_REACH_FILE = "model_reach.txt"
_WORD_WEIGHTS_FILE, _REFERENCE_FILE = "wording.npz", "reference.npz"
REQUIRED_FILES = ("bundle.json", "model.txt", "history.npz")
OPTIONAL_FILES = {_REACH_FILE, _WORD_WEIGHTS_FILE, _REFERENCE_FILE}
_JSON_FIELDS = (
    "name",
    "created_at",
    "label",
    "horizon_days",
    "dated",
    "base_rate",
    "columns",
    "figures",
    "linear_weight",
    "input_weights",
)
"""Fields that are JSON values as they are."""
_MAX_NAMED_SIGNALS = 10
"""Changed signals that an error names; of more, their number."""


def encode_bundle(fields: Fields[str, Any], fingerprint: str) -> dict[str, bytes]:
    """Return the contents of a bundle's files, from its fields: the inverse of ``decode_bundle``."""
    contents = {
        "bundle.json": json.dumps(
            _to_json(fields, fingerprint), ensure_ascii=False, indent=1, allow_nan=False
        ).encode(),
        "model.txt": fields["model_text"].encode(),
    }
    contents["history.npz"] = pack_arrays(fields["history"].to_arrays() if fields["history"] is not None else {})
    if fields["word_weights"] is not None:
        contents[_WORD_WEIGHTS_FILE] = pack_arrays(fields["word_weights"].to_arrays())
    if fields["reference"] is not None:
        contents[_REFERENCE_FILE] = pack_arrays(fields["reference"])
    if fields["reach"] is not None:
        contents[_REACH_FILE] = fields["reach"].model_text.encode()
    return contents


def _to_json(fields: Fields[str, Any], fingerprint: str) -> dict[str, Any]:
    """Return everything but trees and arrays, as JSON values."""
    return {
        **{name: fields[name] for name in _JSON_FIELDS},
        "signals": [describe_signal(signal) or signal.name for signal in fields["signals"]],
        "fingerprint": fingerprint,
        "signal_digests": compute_digests(fields["signals"]),
        "linear": fields["linear"].to_dict(),
        "band": vars(fields["band"]),
        "spread": vars(fields["spread"]),
        "source_fields": fields["source_fields"].unfilled,
        "tree_centers": list(fields["tree_centers"]),
        "level": None if fields["level"] is None else vars(fields["level"]),
        "hidden_reasons": list(fields["hidden_reasons"]),
        "calibrator": vars(fields["calibrator"]),
        "reach_calibrator": None if fields["reach"] is None else vars(fields["reach"].calibrator),
        "grades": vars(fields["grades"]),
        "practice": fields["practice"].to_dict(),
        "phrases": fields["phrases"].to_dict(),
        "mapping": None if fields["mapping"] is None else fields["mapping"].to_dict(),
    }


def decode_bundle(contents: dict[str, bytes], folder: Path) -> tuple[dict[str, Any], str]:
    """Return the fields of the bundle that these files hold, and the fingerprint that its signals must have.

    Raises
    ------
    BundleError
        If training could not have written the files, or the signals have changed since.
    """
    try:
        values = json.loads(contents["bundle.json"])
        _check_signals(values, folder)
        return _decode_fields(values, contents, folder), values["fingerprint"]
    except LeadlightError:
        raise
    except Exception as fault:
        # A correct sha256 says nothing about what was hashed: whatever is wrong with it, the whole is refused.
        raise BundleError(
            f"bundle {folder.name!r}: its files match their sums but do not hold what a bundle holds "
            f"({type(fault).__name__}). Nothing of it is used; train again with this version, or take the bundle from "
            "MLflow again."
        ) from None


def _decode_fields(values: dict[str, Any], contents: dict[str, bytes], folder: Path) -> dict[str, Any]:
    """Return the fields of the bundle; LightGBM gets no text that was not checked."""
    signals = tuple(_find_signal(entry, folder) for entry in values["signals"])
    for name in ("model.txt", _REACH_FILE):
        if name in contents:
            check_model_text(contents[name].decode(), len(signals))
    history = unpack_arrays(contents["history.npz"])
    word_weights, reference = (
        unpack_arrays(contents[name]) if name in contents else None for name in (_WORD_WEIGHTS_FILE, _REFERENCE_FILE)
    )
    return {name: values[name] for name in _JSON_FIELDS} | {
        "linear": LinearModel.from_dict(values["linear"]),
        "band": PredictionBand(**{name: tuple(ends) for name, ends in values["band"].items()}),
        "spread": InformationSpread(**{name: tuple(ends) for name, ends in values["spread"].items()}),
        "tree_centers": tuple(values["tree_centers"]),
        "source_fields": _decode_source_fields(values["source_fields"]),
        "level": decode_level(values),
        "hidden_reasons": tuple(values["hidden_reasons"]),
        "signals": signals,
        "calibrator": Calibrator(**values["calibrator"]),
        "grades": Grades(**values["grades"]),
        "model_text": contents["model.txt"].decode(),
        "practice": practice_from_dict(values["practice"]),
        "phrases": PhraseLexicon.from_dict(values["phrases"]),
        "history": OutcomeHistory.from_arrays(history) if history else None,
        "reach": _decode_reach(values, contents, folder),
        "word_weights": None if word_weights is None else WordWeights.from_arrays(word_weights),
        "reference": reference,
        "mapping": None if values["mapping"] is None else Mapping.from_dict(values["mapping"]),
    }


def _decode_source_fields(unfilled: dict[str, dict[str, list[str]]]) -> SourceFields:
    """Return what each source never sends; JSON has lists in place of tuples."""
    return SourceFields(
        {source: {value: tuple(names) for value, names in by_value.items()} for source, by_value in unfilled.items()}
    )


def decode_level(values: dict[str, Any]) -> LevelFilter | None:
    """Return how the level is followed; None in a bundle of an earlier version, whose names may be fewer or others."""
    level = values.get("level")
    if level is None:
        return None
    names = {field.name for field in fields(LevelFilter)} & set(level)
    return LevelFilter(**{name: tuple(level[name]) if isinstance(level[name], list) else level[name] for name in names})


def _decode_reach(values: dict[str, Any], contents: dict[str, bytes], folder: Path) -> Reach | None:
    """Return the second model, if any: its trees and its calibration come together or not at all."""
    calibrator, trees = values.get("reach_calibrator"), contents.get(_REACH_FILE)
    if (calibrator is None) != (trees is None):
        raise BundleError(
            f"bundle {folder.name!r}: has only half of its model of who is reached. Nothing of it is used; take the "
            "bundle from MLflow again."
        )
    return None if trees is None else Reach(trees.decode(), Calibrator(**calibrator))


def _check_signals(values: dict[str, Any], folder: Path) -> None:
    """Compare each signal with what it was when the bundle was trained.

    Raises
    ------
    BundleError
        Naming the signals that are declared differently, give other values or no longer exist.
    """
    if "signal_digests" not in values or "source_fields" not in values:
        raise BundleError(
            f"bundle {folder.name!r}: was trained by an earlier version of Leadlight, which did not record what its "
            "signals compute or did not know fields that were not sent. Train again with this version."
        )
    signals: dict[str, Signal] = {}
    for entry in values["signals"]:
        if isinstance(entry, dict) or entry in CATALOGUE:
            signal = _find_signal(entry, folder)
            signals[signal.name] = signal
    differences = describe_differences(values["signal_digests"], signals)
    if differences:
        names = "; ".join(differences[:_MAX_NAMED_SIGNALS])
        if len(differences) > _MAX_NAMED_SIGNALS:
            names += f"; and {len(differences) - _MAX_NAMED_SIGNALS} more"
        raise BundleError(
            f"bundle {folder.name!r}: {len(differences)} of its {len(values['signal_digests'])} signals changed: "
            f"{names}. A score would not be what it was trained to be; train again with this version."
        )


def _find_signal(entry: str | dict[str, Any], folder: Path) -> Signal:
    """Return a catalogue signal by its name, or build a column's signal from its specification."""
    if isinstance(entry, dict):
        return build_signal_from_spec(entry)
    if entry not in CATALOGUE:
        raise BundleError(
            f"bundle {folder.name!r}: was trained with the signal {entry!r}, which this version does not have. Train "
            "again."
        )
    return CATALOGUE[entry]
