"""What would the practice's own rules say? Points for what holds, summed: the score that a model has to beat.

Lives here: the rules that come with Leadlight, holding moments against rules, the probability that so many points meant
so far. Does not live here: how a rule is written (``features.practice_file.scoring_rules``), the comparison
(``verdict``)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from features.array_types import FloatArray
from features.batch import Batch
from features.practice.practice import Rule
from features.practice_file.scoring_rules import Condition, parse_conditions
from features.registry import CATALOGUE, Signal
from features.schema import CUSTOM_PREFIX, LEADS
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
        ("advertising_phrases", -5.0),
        ("looks_for_job", -5.0),
        ("reads_like_a_test", -5.0),
    )
)
"""What an experienced intake lead would write first; used where practice.toml has no ``[[rules]]``, as far as the data
says it.
"""


@dataclass(frozen=True)
class RuleScore:
    """n moments held against the rules.

    Parameters
    ----------
    points : float array of shape (n,)
    used : tuple of (rule, share of moments it holds for, 0 to 1)
    left_out : tuple of (rule, why this data cannot answer it)
    quoted : bool
        Whether the practice wrote them.
    """

    points: FloatArray
    used: tuple[tuple[Rule, float], ...]
    left_out: tuple[tuple[Rule, str], ...]
    quoted: bool

    @property
    def can_rank(self) -> bool:
        """Whether the points tell any two moments apart."""
        return bool(len(self.points)) and bool((self.points != self.points[0]).any())


def score_by_rules(rules: Sequence[Rule], batch: Batch, signals: Sequence[Signal], rows: np.ndarray) -> RuleScore:
    """The points of every moment of the batch; the usual rules where the practice wrote none.

    A rule whose signal or column this data does not have is left out and said. What is unknown about a lead fulfils no
    condition but "is unknown".

    Parameters
    ----------
    signals, rows : the matrix that the model reads, shape (n, signals)
    """
    points, used, left_out = np.zeros(len(rows)), [], []
    for rule in rules or DEFAULT_RULES:
        conditions = parse_conditions(rule.when)
        lacks = [one.name for one in conditions if _column_of(one, batch, signals, rows) is None]
        if lacks:
            left_out.append((rule, f"the data does not say {', '.join(lacks)}"))
            continue
        holds = np.logical_and.reduce([_holds(one, _column_of(one, batch, signals, rows)) for one in conditions])
        points += rule.points * holds
        used.append((rule, float(holds.mean()) if len(holds) else 0.0))
    return RuleScore(points, tuple(used), tuple(left_out), bool(rules))


def convert_points_to_probability(points: FloatArray, label: FloatArray, later: FloatArray) -> FloatArray:
    """What so many points meant on earlier leads: a line in log-odds, as for every other score. Shape of ``later``.

    >>> said = convert_points_to_probability(
    ...     np.array([0.0, 0, 0, 5, 5, 5] * 20), np.array([0.0, 0, 1, 0, 1, 1] * 20), np.array([0.0, 5.0])
    ... )
    >>> bool(0.3 < said[0] < 0.4 and 0.6 < said[1] < 0.7)
    True
    """
    centre, spread = float(points.mean()), float(points.std()) or 1.0
    line = Calibrator.fit((points - centre) / spread, label)
    return expit(line.calibrate((later - centre) / spread))


def _column_of(one: Condition, batch: Batch, signals: Sequence[Signal], rows: np.ndarray) -> np.ndarray | None:
    """What a condition reads, per moment; None where the data has nothing of the name."""
    if not one.quoted and one.name in CATALOGUE:
        place = next((place for place, signal in enumerate(signals) if signal.name == one.name), None)
        return None if place is None else rows[:, place]
    names = {
        name.removeprefix(CUSTOM_PREFIX).casefold(): name
        for name in batch.columns
        if one.quoted == (name not in LEADS.by_name)
    }
    name = names.get(one.name.casefold())
    return None if name is None or batch.columns[name].dtype.kind == "M" else batch.column(name)


def _holds(one: Condition, values: np.ndarray) -> np.ndarray:
    """Where the condition holds, shape (n,), bool."""
    is_text = values.dtype.kind not in "fiub"
    known = np.not_equal(values, None) if is_text else ~np.isnan(values)
    if one.relation in ("is known", "is unknown"):
        return known if one.relation == "is known" else ~known
    if is_text:
        wanted = "" if one.value is None else _plain(f"{one.value:g}" if isinstance(one.value, float) else one.value)
        same = np.array([value is not None and _plain(value) == wanted for value in values], bool)
        return same if one.relation == "=" else known & ~same if one.relation == "!=" else np.zeros(len(values), bool)
    if one.relation in ("is", "is not"):
        return known & ((values != 0) if one.relation == "is" else (values == 0))
    if isinstance(one.value, str):
        return np.zeros(len(values), bool)
    compare = {
        "=": np.equal,
        "!=": np.not_equal,
        ">": np.greater,
        ">=": np.greater_equal,
        "<": np.less,
        "<=": np.less_equal,
    }[one.relation]
    return known & compare(values, one.value)


def _plain(value: str) -> str:
    """As values are compared: case and spaces at the ends do not count."""
    return " ".join(str(value).casefold().split())
