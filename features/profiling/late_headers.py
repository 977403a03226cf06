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


_ABBREVIATIONS = {"dt": "date", "dte": "date", "appt": "appointment", "apt": "appointment", "sched": "scheduled"}
_ABBREVIATIONS |= {"mod": "modified", "upd": "updated", "chg": "changed", "resp": "response", "rsn": "reason"}


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
    >>> find_late_header("Time to contact").reason, find_late_header("Best time to contact you")
    ('it tells when or why a lead ended', None)
    """
    name = _spell_out(header)
    if _load_patterns()[2].search(name):
        return None
    return next((late for pattern, late in _load_patterns()[0] if pattern.search(name)), None)


def is_planned_date(header: str) -> bool:
    """Return whether a header names a day that is chosen beforehand, so that a later date is no sign of a late record.

    >>> is_planned_date("Appointment Day"), is_planned_date("Last Status Change Date")
    (True, False)
    """
    planned = _load_patterns()[1].search(_spell_out(header))
    return planned is not None and find_late_header(header) is None


def _spell_out(header: str) -> str:
    """Return a header in lower case without accents, its abbreviations as words.

    >>> _spell_out("Status Dt"), _spell_out("Appt Dt")
    ('status date', 'appointment date')
    """
    return " ".join(_ABBREVIATIONS.get(word, word) for word in map(remove_accents, split_header(header)))


@cache
def _load_patterns() -> tuple[tuple[tuple[re.Pattern[str], LateHeader], ...], re.Pattern[str], re.Pattern[str]]:
    """Load the patterns, once: those of late headers, of planned days, and of what the person says beforehand."""
    settings = tomllib.loads(Path(__file__).with_name("late_headers.toml").read_text(encoding="utf-8"))
    late = tuple(
        (
            re.compile("|".join(entry["patterns"])),
            LateHeader(entry["reason"], entry["min_auc"], entry["min_missing_auc"]),
        )
        for entry in settings["late"]
    )
    return late, re.compile("|".join(settings["planned"])), re.compile("|".join(settings["said"]))
