"""What does a line of the practice's own score mean? ``asks_for_appointment and not payer_accepted``, never executed.

Lives here: the small grammar of ``[[rules]]`` in practice.toml, the names it may use, what is wrong with a line.
Does not live here: scoring leads by the rules (``training.model.rules_baseline``), who may have a service
(``practice.eligibility_rules``).

    line       condition, or several joined by "and"
    condition  NAME, not NAME, NAME is known, NAME is unknown, or NAME with one of = != > >= < <= and a value
    NAME       a signal, a column of the leads, or a column of the practice's own export in quotes: 'Total Visits'
    value      a number, yes, no, or a text, which needs quotes only where it holds a character of this grammar
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
        A signal or a column; a custom column of the export when ``quoted``.
    relation : {"is", "is not", "is known", "is unknown", "=", "!=", ">", ">=", "<", "<="}
    value : float, str or None
        The value that a relation compares with.
    quoted : bool
    """

    name: str
    relation: str
    value: float | str | None = None
    quoted: bool = False


@lru_cache(maxsize=512)
def parse_conditions(line: str) -> tuple[Condition, ...]:
    """Parse the conditions of one line; all must hold.

    >>> conditions = parse_conditions("asks_for_appointment and 'Total Visits' >= 2")
    >>> [(condition.name, condition.relation, condition.value) for condition in conditions]
    [('asks_for_appointment', 'is', None), ('Total Visits', '>=', 2.0)]

    Raises
    ------
    PracticeError
        If the line does not follow the grammar.
    """
    parts: list[list[str]] = [[]]
    for token in _TOKEN.findall(line):
        if token == "and":
            parts.append([])
        else:
            parts[-1].append(token)
    return tuple(_parse_condition(part, line) for part in parts)


def find_rule_faults(line: str) -> list[str]:
    """Return what is wrong with a line: its grammar, unknown names, values that cannot be compared.

    >>> find_rule_faults("chanel = chat")
    ["'chanel' is neither a signal nor a column that a rule may read. Did you mean 'channel'?"]
    """
    # Imported here, where there are rules: it fills the catalogue, and signals in turn read practices.
    import features.signals  # noqa: F401
    from features.registry import CATALOGUE

    try:
        conditions = parse_conditions(line)
    except PracticeError as fault:
        return [str(fault)]
    columns = {column.name: column.kind for column in LEADS.columns if _is_readable_column(column.name)}
    return [
        fault
        for condition in conditions
        for fault in _find_name_faults(condition, CATALOGUE, columns)
        + _find_value_faults(condition, CATALOGUE, columns)
    ]


def _is_readable_column(name: str) -> bool:
    """Return whether a rule may read a column of the leads: none that names a person or is barred from scores."""
    column = LEADS.column(name)
    return column.kind in _READ_KINDS and not column.personal and name not in BARRED_COLUMNS


def _parse_condition(tokens: list[str], line: str) -> Condition:
    """Parse one condition from its tokens."""
    negated = len(tokens) == 2 and tokens[0] == "not"
    if negated:
        tokens = tokens[1:]
    if not tokens or tokens[0] in _RELATIONS or tokens[0] in ("not", "is"):
        raise PracticeError(_explain_syntax(line))
    quoted = tokens[0].startswith(("'", '"'))
    name, rest = tokens[0].strip("'\""), tokens[1:]
    if not rest:
        return Condition(name, "is not" if negated else "is", None, quoted)
    if rest in (["is", "known"], ["is", "unknown"]):
        return Condition(name, " ".join(rest), None, quoted)
    # A second relation means that two conditions were run together: "a > 1 b = 2", without "and".
    if rest[0] not in _RELATIONS or len(rest) < 2 or any(token in _RELATIONS for token in rest[1:]):
        raise PracticeError(_explain_syntax(line))
    return Condition(name, rest[0], _parse_value(rest[1:]), quoted)


def _explain_syntax(line: str) -> str:
    examples = '"asks_for_appointment", "channel = referral" or "distance_to_offering_clinic > 40"'
    return f'found {line!r}, expected such as {examples}, joined by "and".'


def _parse_value(tokens: list[str]) -> float | str:
    """Parse a value: a number, yes and no as 1 and 0, else the text."""
    text = " ".join(token.strip("'\"") for token in tokens)
    if text.casefold() in ("yes", "no") and len(tokens) == 1:
        return float(text.casefold() == "yes")
    return float(text) if _NUMBER.fullmatch(text) else text


def _find_name_faults(condition: Condition, signals: Collection[str], columns: dict[str, str]) -> list[str]:
    """Return a fault for an unknown name, or one that no score may read."""
    name = condition.name
    if condition.quoted:
        # Quoted words are looked for in messages: a rule may not rank people by the words for their age, race or
        # faith.
        barred = sorted(set(re.findall(r"[a-z]+", name.casefold())) & set(BARRED_WORDS))
        why = f"it speaks of {', '.join(barred)}"
        return [f"{name!r} may not decide who is called first ({why}). Take it out."] if barred else []
    if name in signals or name in columns:
        return []
    if name in LEADS.by_name:
        return [
            f"{name!r} may not be read by a rule: it names a person or is barred from scores. "
            "Use a signal, such as 'valid_phone'."
        ]
    known_names = [*signals, *columns]
    return [f"{name!r} is neither a signal nor a column that a rule may read. {suggest_name(name, known_names)}"]


def _find_value_faults(condition: Condition, signals: Collection[str], columns: dict[str, str]) -> list[str]:
    """Return a fault for a comparison without meaning."""
    name, kind = condition.name, columns.get(condition.name)
    is_ordered = condition.relation in (">", ">=", "<", "<=")
    is_number = not condition.quoted and (name in signals or kind in ("number", "yes_no"))
    if isinstance(condition.value, str) and (is_ordered or is_number):
        return [f"{name} is compared with {condition.value!r}, expected a number."]
    is_category = kind == "category" and name not in signals and not condition.quoted
    if is_category and (is_ordered or condition.relation in ("is", "is not")):
        return [f'{name} is a category: write which, such as "{name} = referral", or "{name} is known".']
    return []
