"""``leadlight shadow VERSION``: let a challenger score beside the champion, unseen, and say how far apart the two are.

Lives here: setting and taking away the pointer ``shadow.json``, the report on what was written down.
Does not live here: scoring with it (``serving.scoring.shadow_scoring``), making it the champion (``promotion``).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import click
import numpy as np
from scipy.special import expit

from features.errors import LeadlightError
from features.logs.shadow_log import ShadowComparison, read_comparisons
from training.bundle import Pointer, find_bundle, get_models_home, read_pointer
from training.bundle.alias_pointers import write_pointer
from training.errors import BundleError

__all__ = ["Comparison", "compare_bundles", "set_shadow", "shadow", "unset_shadow"]

_LISTED_LEADS = 10


@dataclass(frozen=True)
class Comparison:
    """How two bundles scored the same leads, the last score of each lead counting.

    Parameters
    ----------
    champion, shadow : str
        sha256 of the bundles.
    scores : int
        Scores by both; a lead may have several.
    last : tuple of Compared
        One for each lead; a lead without an id is one by its receipt.
    """

    champion: str
    shadow: str
    scores: int
    last: tuple[ShadowComparison, ...]

    @property
    def difference(self) -> np.ndarray:
        """The challenger's probability less the champion's, for each lead. Shape (leads,)."""
        return expit([one.shadow_log_odds for one in self.last]) - expit([one.log_odds for one in self.last])

    def lines(self, name: str, versions: dict[str, str]) -> Iterator[str]:
        """The comparison in words; ``versions``: sha256 -> version."""
        ours, theirs = (versions.get(sha256, sha256[:12]) for sha256 in (self.champion, self.shadow))
        difference, leads = self.difference, len(self.last)
        grade = sum(one.grade != one.shadow_grade for one in self.last)
        reason = sum(one.reason != one.shadow_reason for one in self.last)
        yield f"{name}/{theirs} in the shadow of {name}/{ours}: scores by both {self.scores:,}, leads {leads:,}; the last score of each lead counts below."
        yield f"  probability differs by {np.abs(difference).mean():.4f} on average (the challenger says {difference.mean():+.4f}), at most by {np.abs(difference).max():.4f}"
        yield f"  another grade: {grade:,} of {leads:,} ({100 * grade / leads:.1f} in 100); another first reason: {reason:,} of {leads:,} ({100 * reason / leads:.1f} in 100)"
        yield "  the largest differences (lead, champion, challenger, grades, first reasons):"
        for place in np.argsort(-np.abs(difference), kind="stable")[:_LISTED_LEADS]:
            one = self.last[place]
            both = f"{expit(one.log_odds):.3f} {expit(one.shadow_log_odds):.3f}  {one.grade} {one.shadow_grade}  {one.reason or 'none'} / {one.shadow_reason or 'none'}"
            yield f"    {one.lead_id or '(no id)'}  {both}"


def compare_bundles(compared: Iterable[ShadowComparison]) -> list[Comparison]:
    """One comparison for each pair of bundles, the pair seen last first.

    >>> one = ShadowComparison("r1", "L1", "ab", "cd", 0.0, 1.0, "B", "A", "engagement", "intent")
    >>> [(found.scores, len(found.last)) for found in compare_bundles([one, one])]
    [(2, 1)]
    """
    pairs: dict[tuple[str, str], list[ShadowComparison]] = {}
    seen: dict[tuple[str, str], int] = {}
    for place, one in enumerate(compared):
        pairs.setdefault((one.champion, one.shadow), []).append(one)
        seen[one.champion, one.shadow] = place
    newest_first = sorted(pairs, key=lambda pair: -seen[pair])
    return [
        Comparison(*pair, len(pairs[pair]), tuple({one.lead_id or one.receipt: one for one in pairs[pair]}.values()))
        for pair in newest_first
    ]


def set_shadow(name: str, version: str, home: Path) -> Pointer:
    """Make a registered version the challenger, once its bundle was read whole.

    Raises
    ------
    BundleError
        If there is no such version, it is damaged, or it is the champion itself.
    """
    bundle, _ = find_bundle(f"{name}/{version}", home)
    if bundle.sha256 == read_pointer(home, name=name).sha256:
        raise BundleError(
            f"shadow: {name}/{version} is the champion itself, expected another version: it would say the same."
        )
    pointer = replace(read_pointer(home, version, name), alias="shadow")
    write_pointer(home, pointer)
    return pointer


def unset_shadow(name: str, home: Path) -> None:
    """Take the challenger away; what was written down stays. BundleError when none is set."""
    read_pointer(home, name=name)
    try:
        (home / "pointers" / name / "shadow.json").unlink()
    except FileNotFoundError:
        raise BundleError(f"shadow: {name} has no challenger. Set one: leadlight shadow VERSION.") from None


@click.command("shadow")
@click.argument("version", required=False)
@click.option("--off", is_flag=True, help="Take the challenger away.")
@click.option("--report", is_flag=True, help="Say how far apart champion and challenger are.")
@click.option("--name", default="leadlight", show_default=True)
def shadow(version: str | None, off: bool, report: bool, name: str) -> None:
    """Score with a registered VERSION beside the champion, without showing it.

    The running service scores each lead that a program sends with both, after it has answered, and writes ids and
    numbers to mlruns/shadow."""
    if (version is not None) + off + report != 1:
        raise click.UsageError("shadow: give a VERSION, --off or --report, one of the three.")
    home = get_models_home()
    if version is not None:
        pointer = set_shadow(name, version, home)
        click.echo(
            f"{name}/{pointer.version} scores in the shadow of the champion now ({pointer.sha256[:12]}). Nobody sees its scores: leadlight shadow --report."
        )
    elif off:
        unset_shadow(name, home)
        click.echo(f"{name} has no challenger now. What was written down stays in {home / 'shadow'}.")
    else:
        found = compare_bundles(read_comparisons(home))
        versions = _versions_by_sha256(name, home)
        if not found:
            raise BundleError(
                f"shadow: nothing was written down yet in {home / 'shadow'}. Set a challenger (leadlight shadow VERSION) and let the service score."
            )
        for line in (line for one in found for line in one.lines(name, versions)):
            click.echo(line)


def _versions_by_sha256(name: str, home: Path) -> dict[str, str]:
    """sha256 of every registered version that can be read -> its number."""
    found = {}
    for path in sorted((home / "pointers" / name).glob("*.json")):
        try:
            pointer = read_pointer(home, path.stem, name)
        except LeadlightError:
            continue
        found[pointer.sha256] = pointer.version
    return found
