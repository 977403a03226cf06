"""Which headers name something that is recorded only after contact, and how much evidence must go with the name?

Lives here: reading headers with the phrases of ``late_headers.toml``. A name alone convicts nothing.
Does not live here: the evidence (``leakage_detection``, ``late_recording``), the judgment (``leak_judge``).
"""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from features.mapping.type_inference import split_header
from features.privacy.name_lists import remove_accents

__all__ = ["LateHeader", "find_late_header", "is_planned_date"]


@dataclass(frozen=True)
class LateHeader:
    """Hold why a header looks late, and the AUC from which the column is a suspect.

    ``min_auc`` is of the values, ``min_missing_auc`` of whether there is a value.
    """

    reason: str
    min_auc: float
    min_missing_auc: float


def find_late_header(header: str) -> LateHeader | None:
    """Return why a header looks like something recorded only later; None if it does not.

    >>> find_late_header("Call Duration").reason
    "a call's length is known only after the call"
    >>> find_late_header("Policy_Duration"), find_late_header("Education_Score")
    (None, None)
    """
    name = " ".join(map(remove_accents, split_header(header)))
    return next((late for pattern, late in _load_patterns()[0] if pattern.search(name)), None)


def is_planned_date(header: str) -> bool:
    """Return whether a header names a day that is chosen beforehand, so that a later date is no sign of a late record.

    >>> is_planned_date("Appointment Day"), is_planned_date("Last Status Change Date")
    (True, False)
    """
    planned = _load_patterns()[1].search(" ".join(map(remove_accents, split_header(header))))
    return planned is not None and find_late_header(header) is None


@cache
def _load_patterns() -> tuple[tuple[tuple[re.Pattern[str], LateHeader], ...], re.Pattern[str]]:
    """Load the patterns, once: those of late headers and that of planned days."""
    settings = tomllib.loads(Path(__file__).with_name("late_headers.toml").read_text(encoding="utf-8"))
    late = tuple(
        (
            re.compile("|".join(entry["patterns"])),
            LateHeader(entry["reason"], entry["min_auc"], entry["min_missing_auc"]),
        )
        for entry in settings["late"]
    )
    return late, re.compile("|".join(settings["planned"]))
