"""What would a challenger have said? One line for each lead that champion and challenger both scored, as ids and
numbers; never shown to anybody who calls.

Lives here: the line, and reading lines back. Does not live here: files and days (``day_files``), scoring
(``serving.scoring.shadow_scoring``), the report (``training.cli.shadow``)."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from features.logs.daily_jsonl import DailyFiles

__all__ = ["ShadowComparison", "ShadowLog", "read_comparisons"]


@dataclass(frozen=True)
class ShadowComparison:
    """One lead scored by two bundles at one moment.

    Parameters
    ----------
    receipt : str or None
        Of the champion's answer.
    lead_id : str or None
        As ``request_log.log_id`` gives it; None for a lead without an id.
    champion, shadow : str
        sha256 of the two bundles.
    log_odds, shadow_log_odds : float
    grade, shadow_grade : str
    reason, shadow_reason : str or None
        Group of the strongest reason of each; None where nothing stood out.

    >>> one = ShadowComparison("5f0c1e2ab9d47c3388e1", "L1", "ab12", "cd34", 0.25, 0.5, "B", "A", "engagement", None)
    >>> ShadowComparison.from_line(one.to_line()) == one
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

    def to_line(self) -> str:
        """One line of JSON, without its end."""
        return json.dumps(vars(self), separators=(",", ":"))

    @classmethod
    def from_line(cls, line: str) -> "ShadowComparison":
        """What ``to_line`` wrote. ValueError, KeyError or TypeError when the line is not one."""
        said = json.loads(line)
        return cls(**{one.name: said[one.name] for one in fields(cls)})


class ShadowLog:
    """Writes under ``home/shadow``.

    Parameters
    ----------
    home : Path
        The folder ``mlruns``.
    """

    def __init__(self, home: Path) -> None:
        self._files = DailyFiles(home / "shadow")

    def write(self, compared: Sequence[ShadowComparison]) -> None:
        """Append the lines. OSError when the folder or the disk takes no more, or the day's file is full."""
        self._files.append([one.to_line() for one in compared])


def read_comparisons(home: Path) -> Iterator[ShadowComparison]:
    """Every line, oldest day first; a line cut short by a kill is passed over."""
    for line in DailyFiles(home / "shadow").read_lines():
        try:
            yield ShadowComparison.from_line(line)
        except (ValueError, KeyError, TypeError):
            continue
