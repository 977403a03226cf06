"""What does a line of the practice's own score say? ``asks_for_appointment and not payer_accepted``, read and never
executed.

Lives here: the small grammar of ``[[rules]]`` in practice.toml, the names it may use, what is wrong with a line.
Does not live here: holding leads against the rules (``training.model.rules_baseline``), whom a service is for
(``rules``).

    line       condition, or several joined by "and"
    condition  NAME, not NAME, NAME is known, NAME is unknown, or NAME with one of = != > >= < <= and a value
    NAME       a signal, a column of the leads, or a column of the practice's own export in single quotes: 'Total
    Visits' value      a number, yes, no, or a text, which needs quotes only where it holds a sign of this grammar
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache

from features.did_you_mean import suggest_name
from features.errors import PracticeError
from features.schema import BARRED_COLUMNS, BARRED_WORDS, LEADS

__all__ = ["Condition", "parse_conditions", "find_rule_faults"]

_TOKEN = re.compile(r"""'[^']*'|"[^"]*"|>=|<=|!=|=|<|>|[^\s=<>!'"]+|\S""")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)")
_RELATIONS = ("=", "!=", ">", ">=", "<", "<=")
_READ_KINDS = ("category", "number", "yes_no")


@dataclass(frozen=True)
class Condition:
    """One condition of a rule.

    Parameters
    ----------
    name : str
        A signal or a column; an export's own column when ``quoted``.
    relation : {"is", "is not", "is known", "is unknown", "=", "!=", ">", ">=", "<", "<="}
    value : float, str or None
        What a relation compares with.
    quoted : bool
    """

    name: str
    relation: str
    value: float | str | None = None
    quoted: bool = False


@lru_cache(maxsize=512)
def parse_conditions(line: str) -> tuple[Condition, ...]:
    """The conditions of one line; all must hold.

    >>> [
    ...     (one.name, one.relation, one.value)
    ...     for one in parse_conditions("asks_for_appointment and 'Total Visits' >= 2")
    ... ]
    [('asks_for_appointment', 'is', None), ('Total Visits', '>=', 2.0)]

    Raises
    ------
    PracticeError
        If the line is no such sentence.
    """
    parts: list[list[str]] = [[]]
    for token in _TOKEN.findall(line):
        if token == "and":
            parts.append([])
        else:
            parts[-1].append(token)
    return tuple(_parse_condition(part, line) for part in parts)


def find_rule_faults(line: str) -> list[str]:
    """What is wrong with a line: how it is written, names nobody knows, values that cannot be compared.

    >>> find_rule_faults("asks_for_apointment")
    ["'asks_for_apointment' is neither a signal nor a column that a rule may read. Did you mean
    'asks_for_appointment'?"]"""
    import features.signals  # noqa: F401  (fills the catalogue; signals read practices, so it is asked only where there are rules)
    from features.registry import CATALOGUE

    try:
        conditions = parse_conditions(line)
    except PracticeError as fault:
        return [str(fault)]
    columns = {column.name: column.kind for column in LEADS.columns if _is_readable_column(column.name)}
    return [
        fault
        for one in conditions
        for fault in _find_name_faults(one, CATALOGUE, columns) + _find_value_faults(one, CATALOGUE, columns)
    ]


def _is_readable_column(name: str) -> bool:
    """Whether a rule may read a column of the leads: none that names a person, none that is barred from scores."""
    column = LEADS.column(name)
    return column.kind in _READ_KINDS and not column.personal and name not in BARRED_COLUMNS


def _parse_condition(tokens: list[str], line: str) -> Condition:
    """One condition from its tokens."""
    negated = len(tokens) == 2 and tokens[0] == "not"
    if negated:
        tokens = tokens[1:]
    if not tokens or tokens[0] in _RELATIONS or tokens[0] in ("not", "is"):
        raise PracticeError(_explain_syntax(line))
    own = tokens[0].startswith(("'", '"'))
    name, rest = tokens[0].strip("'\""), tokens[1:]
    if not rest:
        return Condition(name, "is not" if negated else "is", None, own)
    if rest in (["is", "known"], ["is", "unknown"]):
        return Condition(name, " ".join(rest), None, own)
    if rest[0] not in _RELATIONS or len(rest) < 2 or any(token in _RELATIONS for token in rest[1:]):
        raise PracticeError(_explain_syntax(line))
    return Condition(name, rest[0], _parse_value(rest[1:]), own)


def _explain_syntax(line: str) -> str:
    examples = '"asks_for_appointment", "channel = referral" or "distance_to_offering_clinic > 40"'
    return f'found {line!r}, expected such as {examples}, joined by "and".'


def _parse_value(tokens: list[str]) -> float | str:
    """A number where it is one; yes and no as 1 and 0; else the text."""
    text = " ".join(token.strip("'\"") for token in tokens)
    if text.casefold() in ("yes", "no") and len(tokens) == 1:
        return float(text.casefold() == "yes")
    return float(text) if _NUMBER.fullmatch(text) else text


def _find_name_faults(one: Condition, signals: Collection[str], columns: dict[str, str]) -> list[str]:
    """Names nobody knows, and those that no score may read."""
    if one.quoted:
        barred = set(re.findall(r"[a-z]+", one.name.casefold())) & set(BARRED_WORDS)
        return (
            [
                f"{one.name!r} may not decide who is called first (it speaks of {', '.join(sorted(barred))}). Take it out."
            ]
            if barred
            else []
        )
    if one.name in signals or one.name in columns:
        return []
    if one.name in LEADS.by_name:
        return [
            f"{one.name!r} may not be read by a rule: it names a person or is barred from scores. Use a signal, such as 'valid_phone'."
        ]
    return [
        f"{one.name!r} is neither a signal nor a column that a rule may read. {suggest_name(one.name, [*signals, *columns])}"
    ]


def _find_value_faults(one: Condition, signals: Collection[str], columns: dict[str, str]) -> list[str]:
    """Comparisons that mean nothing."""
    ordered = one.relation in (">", ">=", "<", "<=")
    number = one.name in signals or columns.get(one.name) in ("number", "yes_no")
    if isinstance(one.value, str) and (ordered or (number and not one.quoted)):
        return [f"{one.name} is compared with {one.value!r}, expected a number."]
    if (
        columns.get(one.name) == "category"
        and one.name not in signals
        and not one.quoted
        and (ordered or one.relation in ("is", "is not"))
    ):
        return [f'{one.name} is a category: write which, such as "{one.name} = referral", or "{one.name} is known".']
    return []
