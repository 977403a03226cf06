"""How would the practice's own rules score? Points for each rule that matches, summed: the score a model has to beat.

Lives here: the rules that come with Leadlight, the points of each moment, the conversion rate that a number of points
has meant so far.
Does not live here: how a rule is written (``features.practice_file.scoring_rules``), which moments it holds for
(``features.practice_file.rule_matching``), the comparison (``training.evaluation.readiness``)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from features.array_types import FloatArray
from features.batch import Batch
from features.practice.practice import Rule
from features.practice_file.rule_matching import find_values, match_condition
from features.practice_file.scoring_rules import parse_conditions
from features.registry import Signal
from training.model.calibration import Calibrator

__all__ = ["DEFAULT_RULES", "RuleScore", "convert_points_to_probability", "score_by_rules"]

DEFAULT_RULES = tuple(
    Rule(when, points)
    for when, points in (
        ("asks_for_appointment", 3.0),
        ("was_referred", 2.0),
        ("provider_office_asks", 2.0),
        ("stated_timeframe <= 14", 2.0),
        ("wants_call_back", 1.0),
        ("names_procedure", 1.0),
        ("is_existing_patient", 1.0),
        ("inbound_touches >= 2", 1.0),
        ("valid_phone", 1.0),
        ("asks_price_only", -1.0),
        ("asks_information_only", -1.0),
        ("says_no_hurry", -1.0),
        ("distance_to_offering_clinic > 40", -2.0),
        ("not payer_accepted", -2.0),
        ("not service_offered", -3.0),
        ("asked_not_to_be_contacted", -5.0),
        ("reads_like_advertising", -5.0),
        ("asks_for_no_care", -5.0),
        ("reads_like_a_test", -5.0),
    )
)
"""What an experienced intake lead would write first; used where practice.toml has no ``[[rules]]``, as far as the data
supports them."""


@dataclass(frozen=True)
class RuleScore:
    """Points of n moments by the rules.

    Parameters
    ----------
    points : float array of shape (n,)
    used : tuple of (rule, share of moments it matches, 0 to 1)
    left_out : tuple of (rule, why this data cannot answer it)
    is_custom : bool
        Whether the practice wrote the rules.
    """

    points: FloatArray
    used: tuple[tuple[Rule, float], ...]
    left_out: tuple[tuple[Rule, str], ...]
    is_custom: bool

    @property
    def can_rank(self) -> bool:
        """Whether any two moments have different points."""
        return bool(len(self.points)) and bool((self.points != self.points[0]).any())


def score_by_rules(rules: Sequence[Rule], batch: Batch, signals: Sequence[Signal], rows: np.ndarray) -> RuleScore:
    """Compute the points of every moment of the batch; by the default rules where the practice wrote none.

    A rule whose signal or column this data does not have is left out and listed. What is unknown about a lead matches
    no condition but "is unknown".

    Parameters
    ----------
    signals, rows : the matrix that the model reads, shape (n, signals)
    """
    points, used, left_out = np.zeros(len(rows)), [], []
    for rule in rules or DEFAULT_RULES:
        conditions = parse_conditions(rule.when)
        columns = [find_values(condition, batch, signals, rows) for condition in conditions]
        missing = [condition.name for condition, values in zip(conditions, columns, strict=True) if values is None]
        if missing:
            left_out.append((rule, f"the data does not say {', '.join(missing)}"))
            continue
        matches = np.logical_and.reduce(
            [match_condition(condition, values) for condition, values in zip(conditions, columns, strict=True)]
        )
        points += rule.points * matches
        used.append((rule, float(matches.mean()) if len(matches) else 0.0))
    return RuleScore(points, tuple(used), tuple(left_out), bool(rules))


def convert_points_to_probability(points: FloatArray, label: FloatArray, later: FloatArray) -> FloatArray:
    """Convert later points to a probability by a calibration line of earlier leads, as for every other score.

    Shape of ``later``.

    >>> probability = convert_points_to_probability(
    ...     np.array([0.0, 0, 0, 5, 5, 5] * 20), np.array([0.0, 0, 1, 0, 1, 1] * 20), np.array([0.0, 5.0])
    ... )
    >>> bool(0.3 < probability[0] < 0.4 and 0.6 < probability[1] < 0.7)
    True
    """
    center, spread = float(points.mean()), float(points.std()) or 1.0
    calibrator = Calibrator.fit((points - center) / spread, label)
    return expit(calibrator.calibrate((later - center) / spread))
