"""Who inquires? Invented people: where they live, how they can be reached, who pays, what they need.

Lives here: everything that stays the same when a person inquires again.
Does not live here: what one inquiry states about it (``inquiries``).
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from features.practice.practice import Practice
from features.synthetic.locations import CatchmentArea

__all__ = ["NOT_OFFERED", "PAYERS", "draw_people", "draw_weighted"]

PAYERS = {
    "Blue Cross Blue Shield": 22,
    "UnitedHealthcare": 18,
    "Aetna": 13,
    "Cigna": 9,
    "Humana": 5,
    "Medicare": 4,
    "Medicaid": 6,
    "Tricare": 4,
    "Workers compensation": 3,
    "Self-pay": 8,
    "Ambetter": 4,
    "Oscar": 2,
    "Molina": 1.5,
    "Kaiser": 0.5,
}
SERVICE_WEIGHTS = (20, 5, 9, 12, 6, 10, 9, 14, 6, 6, 5, 4)
"""How often each service of practice.toml is wanted, in its order."""
NOT_OFFERED = 12
"""The code of a service that the practice does not offer; 0 to 11 are its services."""
NOT_OFFERED_SHARE = 0.06
AGES = {3: (67, 9), 4: (68, 9), 1: (58, 12), 6: (28, 12), 11: (10, 4), 10: (52, 16)}
"""Mean and spread of age, years, by service; (49, 17) for the others."""
LINES = 10_000
EMAIL_WORDS = (
    (
        "blue",
        "quiet",
        "happy",
        "rusty",
        "lone",
        "sunny",
        "silver",
        "tex",
        "maple",
        "swift",
        "lucky",
        "old",
        "tiny",
        "grand",
        "cedar",
        "river",
    ),
    (
        "kayak",
        "armadillo",
        "piano",
        "pecan",
        "tractor",
        "cactus",
        "heron",
        "fiddle",
        "comet",
        "lantern",
        "bobcat",
        "canyon",
        "saddle",
        "cricket",
        "biscuit",
        "falcon",
    ),
)
EMAIL_DOMAINS = ("example.com", "example.org", "example.net", "mail.example.com", "post.example.net")


def draw_weighted(
    rng: np.random.Generator,
    names: Mapping[str, float] | Sequence[str],
    size: int,
    weights: Sequence[float] | None = None,
) -> np.ndarray:
    """Draw from ``names``, by ``weights`` or by the values of a dict. Shape (size,), object."""
    if isinstance(names, Mapping):
        weights, names = list(names.values()), list(names)
    share = None if weights is None else np.asarray(weights, dtype=float) / np.sum(weights)
    return np.array(names, dtype=object)[rng.choice(len(names), size, p=share)]


def draw_people(size: int, practice: Practice, area: CatchmentArea, rng: np.random.Generator) -> pd.DataFrame:
    """Draw people, one row each.

    Returns
    -------
    DataFrame of shape (size, 16)
        ``home`` (row of the map), ``wish`` (service code, ``NOT_OFFERED`` for what is not offered), ``age`` years,
        ``payer``, ``digits`` (ten, or None), ``phone_works``, ``email`` (or None), ``email_works``, ``spanish``,
        ``device``, ``newsletter``, ``existing``, ``do_not_contact``, ``prefers_contact``, ``prefers_time`` (or None)
        and ``effect``, the person's own effect that no data shows: standard normal.
    """
    wish = np.where(
        rng.random(size) < NOT_OFFERED_SHARE,
        NOT_OFFERED,
        rng.choice(len(practice.services), size, p=np.array(SERVICE_WEIGHTS) / sum(SERVICE_WEIGHTS)),
    )
    age = _ages(wish, rng)
    home = rng.choice(len(area.codes), size, p=area.weights)
    digits, phone_works = _phones(size, area.area_codes, rng)
    email, email_works = _emails(size, rng)
    return pd.DataFrame(
        {
            "home": home,
            "wish": wish,
            "age": age,
            "payer": _payers(age, rng),
            "digits": digits,
            "phone_works": phone_works,
            "email": email,
            "email_works": email_works,
            "spanish": rng.random(size) < 0.075,
            "device": draw_weighted(rng, {"mobile": 58, "desktop": 34, "tablet": 8}, size),
            "newsletter": rng.random(size) < 0.22,
            "existing": rng.random(size) < 0.12,
            "do_not_contact": rng.random(size) < 0.012,
            "prefers_contact": draw_weighted(rng, {"phone": 50, "sms": 24, "email": 26}, size),
            "prefers_time": draw_weighted(rng, {"morning": 34, "afternoon": 34, "evening": 32}, size),
            "effect": rng.standard_normal(size),
        }
    )


def _ages(wish: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw ages in years, mostly fitting the service wished for."""
    ages = rng.normal(49, 17, len(wish))
    for code, (mean, spread) in AGES.items():
        rows = np.flatnonzero(wish == code)
        ages[rows] = rng.normal(mean, spread, len(rows))
    odd = rng.random(len(wish)) < 0.05
    return np.clip(np.where(odd, rng.uniform(2, 92, len(wish)), ages), 2, 96).astype(int)


def _payers(age: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw payers: most people over 65 have Medicare, many children Medicaid."""
    payers = draw_weighted(rng, PAYERS, len(age))
    payers[(age >= 65) & (rng.random(len(age)) < 0.72)] = "Medicare"
    payers[(age < 18) & (rng.random(len(age)) < 0.25)] = "Medicaid"
    return payers


def _phones(size: int, area_codes: tuple[str, ...], rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Draw phone numbers, and whether each works.

    Ten digits for most people; no number occurs twice while there are numbers left.
    """
    numbers = rng.permutation(max(8 * LINES, -(-size // LINES) * LINES))[:size]
    codes = np.array(area_codes)[(numbers // LINES) % len(area_codes)]
    lines = np.char.zfill((numbers % LINES).astype(str), 4)
    digits = np.char.add(np.char.add(codes, "555"), lines).astype(object)
    broken, absent = rng.random(size) < 0.05, rng.random(size) < 0.06
    for row in np.flatnonzero(broken):
        # Four ways to be broken: too short, impossible area code, all zeros, too long.
        digits[row] = (digits[row][:6], "1" + digits[row][1:], "0000000000", digits[row] + "7")[row % 4]
    digits[absent] = None
    return digits, ~(broken | absent)


def _emails(size: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Draw an invented e-mail address for most people, and whether it works."""
    first, second = draw_weighted(rng, EMAIL_WORDS[0], size), draw_weighted(rng, EMAIL_WORDS[1], size)
    domain = draw_weighted(rng, EMAIL_DOMAINS, size)
    email = first + second + np.arange(11, size + 11).astype(str).astype(object) + "@" + domain
    broken, absent = rng.random(size) < 0.03, rng.random(size) < 0.20
    for row in np.flatnonzero(broken):
        email[row] = (
            email[row].replace("@", " at "),
            email[row].replace(".", ","),
            "none",
            email[row].split("@")[0] + "@",
        )[row % 4]
    email[absent] = None
    return email, ~(broken | absent)
