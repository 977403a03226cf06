"""Whom is each service for? The rules of ``practice.toml`` (ages, referral, payers) as arrays that any number of leads
is held against.

Lives here: rules of services, reading an age band, whether a payer is taken.
Does not live here: whether a lead meets them (``signals.eligibility``), what the practice offers where (``geography``).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from features.array_types import FloatArray
from features.practice.practice import Practice

__all__ = ["EligibilityRules", "parse_age_band"]

_OLDEST = 120
_NUMBER = re.compile(r"\d+")
_AND_MORE = re.compile(r"\+|over|older|above|more|and up|plus|>", re.IGNORECASE)
_AND_LESS = re.compile(r"under|below|younger|less|<", re.IGNORECASE)


@lru_cache(maxsize=1024)
def parse_age_band(band: str | None) -> tuple[float, float]:
    """Lowest and highest age of an age band, years, both inclusive; NaN when it says none.

    >>> parse_age_band("18-39"), parse_age_band("75+"), parse_age_band("under 18"), parse_age_band("42")
    ((18.0, 39.0), (75.0, 120.0), (0.0, 17.0), (42.0, 42.0))
    """
    numbers = [float(number) for number in _NUMBER.findall(band or "")[:2]]
    if len(numbers) == 2:
        return min(numbers), max(numbers)
    if not numbers:
        return float("nan"), float("nan")
    if _AND_MORE.search(band):
        return numbers[0], float(max(_OLDEST, numbers[0]))
    return (0.0, numbers[0] - 1) if _AND_LESS.search(band) else (numbers[0], numbers[0])


@dataclass(frozen=True)
class EligibilityRules:
    """What each service asks of a person. The last entry of each array stands for "no service known", so that position
    -1 finds it.

    Parameters
    ----------
    youngest, oldest : float arrays of shape (services + 1,)
        Inclusive years; NaN where the service is for every age.
    referral : bool array of shape (services + 1,)
        Whether a referral is required.
    payers_restricted : bool array of shape (services + 1,)
        Whether only some payers are taken; the last entry: whether that is so for every service.
    payers : dict
        Payer in plain lower case -> bool array of shape (services + 1,): taken for each service; the last entry: for
        any.
    """

    youngest: FloatArray
    oldest: FloatArray
    referral: np.ndarray
    payers_restricted: np.ndarray
    payers: dict[str, np.ndarray]

    @classmethod
    def from_practice(cls, practice: Practice) -> "EligibilityRules":
        """The rules of one practice."""
        services = practice.services
        aged = [service.ages[0] > 0 or service.ages[1] < _OLDEST for service in services]
        low, high = (
            [float(service.ages[end]) if has else np.nan for service, has in zip(services, aged, strict=True)]
            for end in (0, 1)
        )
        named = [bool(service.payers) for service in services]
        every = dict.fromkeys(_normalize_payer(payer) for service in services for payer in service.payers)
        taken = {
            payer: [not service.payers or payer in map(_normalize_payer, service.payers) for service in services]
            for payer in every
        }
        return cls(
            np.array([*low, np.nan]),
            np.array([*high, np.nan]),
            np.array([*(service.referral_required for service in services), False]),
            np.array([*named, bool(named) and all(named)]),
            {payer: np.array([*row, any(row)]) for payer, row in taken.items()},
        )

    def check_payer(self, payer: str | None) -> FloatArray:
        """Whether each service takes this payer, and (last) whether any does: 1 yes, 0 no, NaN not said. Shape
        (services + 1,).

        A payer may be said in more words than the practice uses ("Medicare part B"); where it names two that the
        practice knows, both must be taken.

        >>> from features.practice.practice import Service
        >>> services = (
        ...     Service("therapy", payers=("Aetna", "Medicaid")),
        ...     Service("surgery", payers=("Aetna",)),
        ...     Service("advice"),
        ... )
        >>> rules = EligibilityRules.from_practice(Practice(services=services))
        >>> (
        ...     rules.check_payer("aetna PPO").tolist(),
        ...     rules.check_payer("Aetna (Medicaid)").tolist(),
        ...     rules.check_payer("Oscar").tolist(),
        ... )
        ([1.0, 1.0, 1.0, 1.0], [1.0, 0.0, 1.0, 1.0], [0.0, 0.0, 1.0, 1.0])
        """
        if payer is None:
            return np.full(len(self.payers_restricted), np.nan)
        return self._cached_answers(payer)

    @cached_property
    def _cached_answers(self) -> Callable[[str], FloatArray]:
        """The answers for the latest few thousand payers, as people wrote them."""
        return lru_cache(maxsize=4096)(self._compute_answers)

    def _compute_answers(self, payer: str) -> FloatArray:
        """The answer for one payer."""
        said = _normalize_payer(payer)
        exactly = self.payers.get(said)
        rows = (
            [exactly]
            if exactly is not None
            else [row for known, row in self.payers.items() if f" {known} " in f" {said} "]
        )
        taken = np.logical_and.reduce(rows) if rows else ~self.payers_restricted
        return np.append(taken[:-1], taken[:-1].any() if len(taken) > 1 else True).astype(float)


def _normalize_payer(payer: str) -> str:
    """Lower case, letters and digits only, one space between."""
    return " ".join(re.findall(r"\w+", payer.casefold()))
