"""For which moments does a condition of a rule hold? Conditions against signals and columns.

Lives here: the values that a condition reads, comparing them.
Does not live here: how a condition is written (``scoring_rules``), what follows where it holds
(``training.model.rules_baseline``, ``serving.insights.columns.qualifying_rule``).
"""

from collections.abc import Sequence

import numpy as np

from features.batch import Batch
from features.practice_file.scoring_rules import Condition
from features.registry import CATALOGUE, Signal
from features.schema import CUSTOM_PREFIX, LEADS

__all__ = ["find_values", "match_condition"]


def find_values(condition: Condition, batch: Batch, signals: Sequence[Signal], rows: np.ndarray) -> np.ndarray | None:
    """Return the values that a condition reads, per moment; None where the data has nothing of the name."""
    if not condition.quoted and condition.name in CATALOGUE:
        column = next((column for column, signal in enumerate(signals) if signal.name == condition.name), None)
        return None if column is None else rows[:, column]
    names = {
        name.removeprefix(CUSTOM_PREFIX).casefold(): name
        for name in batch.columns
        if condition.quoted == (name not in LEADS.by_name)
    }
    name = names.get(condition.name.casefold())
    # A time has no value that a rule could be compared with.
    return None if name is None or batch.columns[name].dtype.kind == "M" else batch.column(name)


_COMPARISONS = {
    "=": np.equal,
    "!=": np.not_equal,
    ">": np.greater,
    ">=": np.greater_equal,
    "<": np.less,
    "<=": np.less_equal,
}


def match_condition(condition: Condition, values: np.ndarray) -> np.ndarray:
    """Return where the condition holds, shape (n,), bool."""
    is_text = values.dtype.kind not in "fiub"
    has_value = np.array([value is not None for value in values], bool) if is_text else ~np.isnan(values)
    relation = condition.relation
    if relation in ("is known", "is unknown"):
        return has_value if relation == "is known" else ~has_value
    if is_text:
        return _match_text(condition, values, has_value)
    if relation in ("is", "is not"):
        signal = None if condition.quoted else CATALOGUE.get(condition.name)
        is_yes = signal.is_yes(values) if signal else values != 0
        return has_value & (is_yes if relation == "is" else ~is_yes)
    if condition.value is None or isinstance(condition.value, str):
        return np.zeros(len(values), bool)
    return has_value & _COMPARISONS[relation](values, condition.value)


def _match_text(condition: Condition, values: np.ndarray, has_value: np.ndarray) -> np.ndarray:
    """Return where a text is equal, or known and different; texts are never larger or smaller."""
    expected = condition.value
    if expected is None:
        target = ""
    else:
        target = _normalize(f"{expected:g}" if isinstance(expected, float) else expected)
    is_equal = np.array([value is not None and _normalize(value) == target for value in values], bool)
    if condition.relation == "=":
        return is_equal
    return has_value & ~is_equal if condition.relation == "!=" else np.zeros(len(values), bool)


def _normalize(value: str) -> str:
    """Return the text as it is compared: case and surplus spaces do not count."""
    return " ".join(str(value).casefold().split())
