"""How do champion and challenger differ on the leads that both have scored? And which version is the challenger?

Lives here: setting and removing the pointer ``shadow.json``, the comparison of the logged scores.
Does not live here: scoring with it (``serving.scoring.shadow_scoring``), the command (``training.cli.shadow``), making
it the champion (``training.registry.promotion``).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import expit

from features.logs.shadow_log import ShadowComparison
from training.bundle import Pointer, find_bundle, read_pointer
from training.bundle.alias_pointers import write_pointer
from training.errors import BundleError

__all__ = ["Comparison", "compare_bundles", "set_shadow", "unset_shadow"]

_LISTED_LEADS = 10


@dataclass(frozen=True)
class Comparison:
    """How two bundles scored the same leads; the last score of each lead counts.

    Parameters
    ----------
    champion, shadow : str
        sha256 of the bundles.
    scores : int
        Scores by both; a lead may have several.
    last : tuple of ShadowComparison
        One for each lead; a lead without an id is identified by its receipt.
    """

    champion: str
    shadow: str
    scores: int
    last: tuple[ShadowComparison, ...]

    @property
    def difference(self) -> np.ndarray:
        """The challenger's probability minus the champion's, for each lead. Shape (leads,)."""
        return expit([lead.shadow_log_odds for lead in self.last]) - expit([lead.log_odds for lead in self.last])

    def summarize(self, name: str, versions: dict[str, str]) -> dict[str, Any]:
        """Return the comparison as plain values, without a lead; ``versions``: sha256 -> version."""
        return {
            "name": name,
            "champion": versions.get(self.champion, self.champion[:12]),
            "shadow": versions.get(self.shadow, self.shadow[:12]),
            "scores": self.scores,
            "leads": len(self.last),
            "mean_difference": self.difference.mean(),
            "mean_absolute_difference": np.abs(self.difference).mean(),
            "largest_difference": np.abs(self.difference).max(),
            "other_grade": sum(lead.grade != lead.shadow_grade for lead in self.last),
            "other_first_reason": sum(lead.reason != lead.shadow_reason for lead in self.last),
        }

    def describe(self, name: str, versions: dict[str, str]) -> Iterator[str]:
        """Describe the comparison line by line; ``versions``: sha256 -> version."""
        champion, challenger = (versions.get(sha256, sha256[:12]) for sha256 in (self.champion, self.shadow))
        difference, count = self.difference, len(self.last)
        grades = sum(lead.grade != lead.shadow_grade for lead in self.last)
        reasons = sum(lead.reason != lead.shadow_reason for lead in self.last)
        yield (
            f"{name}/{challenger} in the shadow of {name}/{champion}: {self.scores:,} scores by both, {count:,} leads; "
            "below, the last score of each lead counts."
        )
        yield (
            f"  probability differs by {np.abs(difference).mean():.4f} on average (challenger minus champion "
            f"{difference.mean():+.4f}), at most by {np.abs(difference).max():.4f}"
        )
        yield (
            f"  different grade: {grades:,} of {count:,} ({100 * grades / count:.1f}%); "
            f"different first reason: {reasons:,} of {count:,} ({100 * reasons / count:.1f}%)"
        )
        yield "  the largest differences (receipt, champion, challenger, grades, first reasons):"
        # Stable: leads that differ equally stay in the order of the log, so that two runs print the same page.
        for row in np.argsort(-np.abs(difference), kind="stable")[:_LISTED_LEADS]:
            lead = self.last[row]
            probabilities = f"{expit(lead.log_odds):.3f} {expit(lead.shadow_log_odds):.3f}"
            first_reasons = f"{lead.reason or 'none'} / {lead.shadow_reason or 'none'}"
            name = lead.receipt or "(no receipt)"
            yield f"    {name}  {probabilities}  {lead.grade} {lead.shadow_grade}  {first_reasons}"


def compare_bundles(lines: Iterable[ShadowComparison]) -> list[Comparison]:
    """Return one comparison for each pair of bundles, the most recent pair first.

    >>> line = ShadowComparison("r1", "L1", "ab", "cd", 0.0, 1.0, "B", "A", "engagement", "intent")
    >>> [(comparison.scores, len(comparison.last)) for comparison in compare_bundles([line, line])]
    [(2, 1)]
    """
    pairs: dict[tuple[str, str], list[ShadowComparison]] = {}
    last_line: dict[tuple[str, str], int] = {}
    for number, line in enumerate(lines):
        pairs.setdefault((line.champion, line.shadow), []).append(line)
        last_line[line.champion, line.shadow] = number
    # A dict by lead keeps the last line of each.
    newest_first = sorted(pairs, key=lambda pair: -last_line[pair])
    return [
        Comparison(
            *pair, len(pairs[pair]), tuple({line.lead_id or line.receipt: line for line in pairs[pair]}.values())
        )
        for pair in newest_first
    ]


def set_shadow(name: str, version: str, home: Path) -> Pointer:
    """Make a registered version the challenger, once its bundle was loaded and verified.

    Raises
    ------
    BundleError
        If there is no such version, it is damaged, or it is the champion itself.
    """
    bundle, _ = find_bundle(f"{name}/{version}", home)
    if bundle.sha256 == read_pointer(home, name=name).sha256:
        raise BundleError(
            f"shadow: {name}/{version} is the champion itself, expected another version: the scores would be the same."
        )
    pointer = replace(read_pointer(home, version, name), alias="shadow")
    write_pointer(home, pointer)
    return pointer


def unset_shadow(name: str, home: Path) -> None:
    """Remove the challenger and keep its log; raise BundleError when none is set."""
    read_pointer(home, name=name)
    try:
        (home / "pointers" / name / "shadow.json").unlink()
    except FileNotFoundError:
        raise BundleError(f"shadow: {name} has no challenger. Set one: leadlight shadow VERSION.") from None
