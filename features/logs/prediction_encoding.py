"""What exactly does a receipt stand for? The inputs and outputs of scores as JSON, many at once, and its hash.

Lives here: encoding the computation of each score. Does not live here: the rest of a log line (``prediction_log``).
"""

import json
from collections.abc import Sequence
from hashlib import sha256
from typing import Protocol

import numpy as np

from features.logs.json_numbers import format_numbers, format_rows

__all__ = ["Computation", "compute_receipt", "encode_computations"]


class Computation(Protocol):
    """What of a logged score its receipt stands for."""

    @property
    def cutoff(self) -> np.datetime64:
        """Moment of the score, UTC."""

    @property
    def sha256(self) -> str:
        """Digest of the bundle."""

    @property
    def log_odds(self) -> float:
        """The score as the model gave it."""

    @property
    def values(self) -> np.ndarray:
        """The row of the feature matrix, float32 of shape (signals,)."""

    @property
    def parts(self) -> np.ndarray | None:
        """Log-odds that each signal added, shape (signals,); None where nobody asked for reasons."""

    @property
    def level(self) -> float:
        """Log-odds that the followed level added."""


def encode_computations(predictions: Sequence[Computation]) -> list[str]:
    """Encode the inputs and outputs of each score as JSON, which preserves float32 and float64 values to the bit."""
    values = format_rows([prediction.values for prediction in predictions], unknown="null")
    explained = [prediction.parts for prediction in predictions if prediction.parts is not None]
    parts = iter(format_rows(explained))
    log_odds = format_numbers(np.array([prediction.log_odds for prediction in predictions], float))
    cutoffs = np.array([prediction.cutoff for prediction in predictions], "datetime64[us]")
    computations = []
    for prediction, cutoff, number, row in zip(
        predictions, cutoffs.astype(str).tolist(), log_odds, values, strict=True
    ):
        moment = "null" if cutoff == "NaT" else f'"{cutoff}"'
        moved = "null" if prediction.parts is None else next(parts)
        # A score as trained has the receipt that it had before levels were followed.
        level = f',"level":{json.dumps(prediction.level)}' if prediction.level else ""
        computations.append(
            f'{{"cutoff":{moment},"sha256":{json.dumps(prediction.sha256)},"log_odds":{number},'
            f'"values":{row},"parts":{moved}{level}}}'
        )
    return computations


def compute_receipt(computation: str) -> str:
    """Return the receipt of an encoded score: 20 hex digits of its sha256."""
    return sha256(computation.encode()).hexdigest()[:20]
