"""What would a challenger have answered? One line for each lead that champion and challenger both scored.

Lives here: the line of ids and numbers, and reading lines back. It is never shown to a caller.
Does not live here: files and days (``daily_jsonl``), scoring (``serving.scoring.shadow_scoring``), the report
(``training.monitoring.shadow_comparison``).
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from features.logs.daily_jsonl import DailyFiles
from features.logs.installation_key import IdHasher

__all__ = ["ShadowComparison", "ShadowLog", "read_comparisons"]


@dataclass(frozen=True)
class ShadowComparison:
    """One lead scored by two bundles at one moment.

    Parameters
    ----------
    receipt : str or None
        Receipt of the champion's answer.
    lead_id : str or None
        None for a lead without an id. Of a line that was read, the hash that the log has.
    champion, shadow : str
        sha256 of the two bundles.
    log_odds, shadow_log_odds : float
    grade, shadow_grade : str
    reason, shadow_reason : str or None
        Group of the strongest reason of each; None where nothing stood out.

    >>> comparison = ShadowComparison(
    ...     "5f0c1e2ab9d47c3388e1", "L1", "ab12", "cd34", 0.25, 0.5, "B", "A", "engagement", None
    ... )
    >>> ShadowComparison.from_line(comparison.to_line()) == comparison
    True
    """

    receipt: str | None
    lead_id: str | None
    champion: str
    shadow: str
    log_odds: float
    shadow_log_odds: float
    grade: str
    shadow_grade: str
    reason: str | None
    shadow_reason: str | None

    def to_line(self, hasher: IdHasher | None = None) -> str:
        """Return one line of JSON, without its end; with a ``hasher`` it names the lead by a hash."""
        lead_id = self.lead_id if hasher is None or self.lead_id is None else hasher.log_id(self.lead_id)
        return json.dumps(vars(self) | {"lead_id": lead_id}, separators=(",", ":"))

    @classmethod
    def from_line(cls, line: str) -> "ShadowComparison":
        """Parse a line of ``to_line``; raise ValueError, KeyError or TypeError when it is not one."""
        values = json.loads(line)
        return cls(**{field.name: values[field.name] for field in fields(cls)})


class ShadowLog:
    """Writes under ``home/shadow``.

    Parameters
    ----------
    home : Path
        The folder ``mlruns``.
    """

    def __init__(self, home: Path) -> None:
        self._files, self._home = DailyFiles(home / "shadow"), home

    def write(self, comparisons: Sequence[ShadowComparison]) -> None:
        """Append the lines; raise OSError when they cannot be written or the file of the day is full."""
        hasher = IdHasher.of_home(self._home)
        self._files.append([comparison.to_line(hasher) for comparison in comparisons])


def read_comparisons(home: Path) -> Iterator[ShadowComparison]:
    """Yield every line, oldest day first; skip lines cut short by a kill."""
    for line in DailyFiles(home / "shadow").read_lines():
        try:
            yield ShadowComparison.from_line(line)
        except (ValueError, KeyError, TypeError):
            continue
