"""Who may have each service? The rules of ``practice.toml`` (ages, referral, payers) as arrays for any number of leads.

Lives here: rules of services, reading an age band, whether a payer is accepted.
Does not live here: whether a lead meets the rules (``blocks.eligibility``), which clinic offers what (``clinic_map``).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from features.array_types import FloatArray
from features.parsing.answers.payer_answers import names_no_payer
from features.parsing.answers.unknown_answers import fold_words
from features.parsing.value_spelling import fold_payer, normalize_payer
from features.practice.practice import Practice

__all__ = ["EligibilityRules", "parse_age_band"]

_MAX_AGE = 120
_LONGEST_ALIAS = 4
"""Words of the longest name of a payer that is looked for in a text."""
_NUMBER = re.compile(r"\d+")
_AND_MORE = re.compile(r"\+|over|older|above|more|and up|plus|>", re.IGNORECASE)
_AND_LESS = re.compile(r"under|below|younger|less|<", re.IGNORECASE)


@lru_cache(maxsize=1024)
def parse_age_band(band: str | None) -> tuple[float, float]:
    """Return the lowest and highest age of an age band, years, both inclusive; NaN when it holds no number.

    >>> parse_age_band("18-39"), parse_age_band("75+"), parse_age_band("under 18"), parse_age_band("42")
    ((18.0, 39.0), (75.0, 120.0), (0.0, 17.0), (42.0, 42.0))
    """
    text = band or ""
    # "39 - 18" is 18 to 39: the smaller number is the lower end, however it was typed.
    numbers = [float(number) for number in _NUMBER.findall(text)[:2]]
    if len(numbers) == 2:
        return min(numbers), max(numbers)
    if not numbers:
        return float("nan"), float("nan")
    if _AND_MORE.search(text):
        return numbers[0], float(max(_MAX_AGE, numbers[0]))
    return (0.0, numbers[0] - 1) if _AND_LESS.search(text) else (numbers[0], numbers[0])


@dataclass(frozen=True)
class EligibilityRules:
    """What each service requires of a person.

    The last entry of each array is for an unknown service, so that position -1 finds it.

    Parameters
    ----------
    youngest, oldest : float arrays of shape (services + 1,)
        Inclusive years; NaN where the service is for every age.
    referral : bool array of shape (services + 1,)
        Whether a referral is required.
    payers_restricted : bool array of shape (services + 1,)
        Whether only some payers are accepted; the last entry: whether that holds for every service.
    payers : dict
        Normalized payer -> bool array of shape (services + 1,): accepted for each service; the last entry: for any.
    """

    youngest: FloatArray
    oldest: FloatArray
    referral: np.ndarray
    payers_restricted: np.ndarray
    payers: dict[str, np.ndarray]

    @classmethod
    def from_practice(cls, practice: Practice) -> "EligibilityRules":
        """Build the rules of one practice."""
        services = practice.services
        has_age_rule = [service.ages[0] > 0 or service.ages[1] < _MAX_AGE for service in services]
        lowest, highest = (
            [float(service.ages[end]) if has_rule else np.nan for service, has_rule in zip(services, has_age_rule)]
            for end in (0, 1)
        )
        restricted = [bool(service.payers) for service in services]
        payers = dict.fromkeys(normalize_payer(payer) for service in services for payer in service.payers)
        accepted = {
            payer: [not service.payers or payer in map(normalize_payer, service.payers) for service in services]
            for payer in payers
        }
        return cls(
            # The last row stands for "no service known" (position -1): no age rule, and a payer that any service
            # takes.
            np.array([*lowest, np.nan]),
            np.array([*highest, np.nan]),
            np.array([*(service.referral_required for service in services), False]),
            np.array([*restricted, bool(restricted) and all(restricted)]),
            {payer: np.array([*row, any(row)]) for payer, row in accepted.items()},
        )

    def check_payer(self, payer: str | None) -> FloatArray:
        """Return whether each service accepts this payer, and (last) whether any does. Shape (services + 1,).

        1 yes, 0 no, NaN not stated. People may write a payer in more words than the practice does ("Medicare part B");
        where they name two payers of the practice, both must be accepted.

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
        return lru_cache(maxsize=4096)(self._compute_answer)

    def _compute_answer(self, payer: str) -> FloatArray:
        """Compute the answer for one payer."""
        name = normalize_payer(payer)
        exact = self.payers.get(name) if name in self.payers else self._payer_by_alias.get(fold_payer(payer))
        if exact is not None:
            rows = [exact]
        else:
            # With spaces around, so that "Blue Shield" is found in "blue shield of Ohio" and "Shield" is not.
            rows = [row for other, row in self.payers.items() if f" {other} " in f" {name} "]
            rows = rows or self._find_aliases(payer)
        if not rows and names_no_payer(payer):
            return np.full(len(self.payers_restricted), np.nan)
        accepted = np.logical_and.reduce(rows) if rows else ~self.payers_restricted
        return np.append(accepted[:-1], accepted[:-1].any() if len(accepted) > 1 else True).astype(float)

    @cached_property
    def _payer_by_alias(self) -> dict[str, np.ndarray]:
        """Payers by their names without spaces and common short names."""
        return {fold_payer(payer): row for payer, row in self.payers.items()}

    def _find_aliases(self, payer: str) -> list[np.ndarray]:
        """Find the payers whose short or long name is part of a text."""
        tokens = fold_words(payer).split()
        spans = {
            " ".join(tokens[start:end])
            for start in range(len(tokens))
            for end in range(start + 1, min(start + _LONGEST_ALIAS, len(tokens)) + 1)
        }
        aliases = {fold_payer(span) for span in spans} & self._payer_by_alias.keys()
        return [self._payer_by_alias[alias] for alias in sorted(aliases)]
