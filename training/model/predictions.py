"""What is a score made of? Probability, parts, grade, and the probability of being reached.

Lives here: plain results, and the second model (``Reach``): a booking needs both, being reached and then converting.
Does not live here: the model that computes them (``training.bundle``), fitting the second one
(``training.evaluation.reach_model``)."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cached_property

import lightgbm
import numpy as np
from scipy.special import expit

from features.array_types import FloatArray
from training.explain.shap_values import ShapExplainer
from training.model.calibration import Calibrator

__all__ = ["Predictions", "Reach", "combine_reach"]


@dataclass(frozen=True)
class Predictions:
    """Scores of n moments.

    Parameters
    ----------
    probability, log_odds : float64 arrays of shape (n,)
    base : float
        Log-odds of the average lead that the parts start from.
    parts : float64 array of shape (n, signals) or None
        Log-odds that each signal added; ``base + level + parts.sum(axis=1) == log_odds`` to 1e-9. None when no
        explanation was requested.
    values : float32 array of shape (n, signals)
        The feature matrix the score was made from.
    low, high : float64 arrays of shape (n,) or None
        The band in which the rate of leads with such a score lies (see ``prediction_intervals``), around
        ``probability``.
    reach : float64 array of shape (n,) or None
        Probability that the lead is reached within the horizon, never below ``probability``, because whoever books was
        reached. None where events do not show who was reached.
    coverage : float64 array of shape (n,) or None
        Share of the model's usual information that was sent, 0 to 1.
    level : float64 array of shape (n,) or None
        Log-odds by which the followed level moved each score; None where nothing was followed (see ``level_update``).
    """

    probability: FloatArray
    log_odds: FloatArray
    base: float
    parts: FloatArray | None
    values: np.ndarray
    reach: FloatArray | None = None
    low: FloatArray | None = None
    high: FloatArray | None = None
    coverage: FloatArray | None = None
    level: FloatArray | None = None

    @classmethod
    def concatenate(cls, chunks: "Sequence[Predictions]") -> "Predictions":
        """Join the predictions of one model for one or more chunks of moments."""
        if len(chunks) == 1:
            return chunks[0]
        names = [field.name for field in fields(cls) if field.name != "base"]
        columns = {name: [getattr(chunk, name) for chunk in chunks] for name in names}
        return cls(
            base=chunks[0].base,
            **{name: None if values[0] is None else np.concatenate(values) for name, values in columns.items()},
        )

    @property
    def when_reached(self) -> FloatArray | None:
        """Return the probability of a conversion once the lead is reached; ``reach * when_reached`` is ``probability``.

        Shape (n,) or None.
        """
        return None if self.reach is None else self.probability / self.reach


@dataclass(frozen=True)
class Reach:
    """The second model: will the lead be reached within the horizon, even if it does not convert?

    A lead that converts was reached. So the probability of being reached is that of converting, plus that of being
    reached without converting: a booking is being reached times booking once reached, whatever the two models say.

    Parameters
    ----------
    model_text : str
        A booster on the same signals, in LightGBM's own text.
    calibrator : Calibrator
        Turns the trees' score into the log-odds of being reached for a lead that does not convert.
    """

    model_text: str
    calibrator: Calibrator

    @cached_property
    def booster(self) -> lightgbm.Booster:
        """Return the trees."""
        return lightgbm.Booster(model_str=self.model_text)

    @cached_property
    def trees(self) -> ShapExplainer:
        """Return what scores rows with the trees."""
        return ShapExplainer.from_booster(self.booster)

    def predict(self, rows: FloatArray, converted: FloatArray, threads: int = 1) -> FloatArray:
        """Predict the probability of being reached, shape (n,); never below that of converting.

        Parameters
        ----------
        rows : float64 array of shape (n, signals)
        converted : float array of shape (n,)
            Probability of a conversion.
        """
        raw = self.trees.predict(rows, threads)
        return combine_reach(converted, expit(self.calibrator.calibrate(raw)))


def combine_reach(converted: FloatArray, reached_otherwise: FloatArray) -> FloatArray:
    """Return the probability of being reached.

    Parameters
    ----------
    converted : float array of shape (n,)
        Probability of a conversion.
    reached_otherwise : float array of shape (n,)
        Probability of being reached for a lead that does not convert.

    >>> combine_reach(np.array([0.2]), np.array([0.5])).round(3).tolist()
    [0.6]
    """
    return converted + (1 - converted) * reached_otherwise
