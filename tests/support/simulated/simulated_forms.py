"""Invented forms, one of which begins to ask for a field, and the truth of what that does to inquiries and bookings.

Lives here: drawing weeks of inquiries by form, who gives the field, who books. It shares no code with the estimators.
Does not live here: the rest of a practice (``simulated_practices``)."""

from dataclasses import dataclass

import numpy as np

__all__ = ["Forms", "simulate_forms"]


@dataclass(frozen=True)
class Forms:
    """Leads by day of two years, form 0 of which changes.

    day: days from 0; form; gave: whether the lead gave the field; booked; keen: a column of two values that is known of
    each lead. change_day: from when form 0 asks. inquiries, bookings: by which share those of form 0 moved.
    difference: bookings of 100 more where the field was given, on like leads, among those whose form asks for it.
    """

    day: np.ndarray
    form: np.ndarray
    gave: np.ndarray
    booked: np.ndarray
    keen: np.ndarray
    days: int
    change_day: int
    inquiries: float
    bookings: float
    difference: float


def simulate_forms(seed, inquiries=None, bookings=None, effect=None, a_week=None):
    """Invent one practice of 52 weeks; the field costs up to 40 of 100 inquiries, and may bring bookings or not.

    Forms 1 and 2 change nothing. Form 2 always asks for the field.
    """
    rng = np.random.default_rng([seed, 59])
    inquiries = rng.uniform(-0.4, 0.1) if inquiries is None else inquiries
    bookings = rng.uniform(-0.3, 0.2) if bookings is None else bookings
    effect = rng.uniform(-0.4, 1.0) if effect is None else effect
    weeks, change = 52, int(rng.integers(20, 34))
    a_week = a_week or rng.uniform(15, 80, 3)
    season = np.exp(rng.normal(0, 0.2, weeks))
    day, form, gave, booked, keen = [], [], [], [], []
    differences, as_it_is, unchanged = [], 0.0, 0.0
    level = rng.uniform(-1.4, -0.4, 3)
    shape = rng.uniform(10, 60)
    for number in range(3):
        for week in range(weeks):
            is_after = number == 0 and week >= change
            mean = a_week[number] * season[week] * rng.gamma(shape, 1 / shape) * (1 + inquiries * is_after)
            count = rng.poisson(mean)
            asks = number == 2 or is_after
            is_keen = rng.random(count) < 0.4
            has = asks & (rng.random(count) < np.where(is_keen, 0.7, 0.4))
            odds = level[number] + 0.8 * is_keen + rng.normal(0, 0.3)
            with_it, without = (1 / (1 + np.exp(-(odds + shift))) for shift in (effect / 2, -effect / 2))
            chance = np.where(has, with_it, without) if asks else 1 / (1 + np.exp(-odds))
            if asks:
                differences.append(with_it - without)
            if is_after:
                # Bookings of the form move as planned, whoever gives the field.
                factor = (1 + bookings) / (1 + inquiries)
                chance, differences[-1] = chance * factor, differences[-1] * factor
                as_it_is, unchanged = as_it_is + chance.sum(), unchanged + (1 / (1 + np.exp(-odds))).sum()
            day.append(week * 7 + rng.integers(0, 7, count))
            form.append(np.full(count, number))
            gave.append(has)
            keen.append(is_keen)
            booked.append(rng.random(count) < np.minimum(chance, 1))
    day, form, gave, booked, keen = map(np.concatenate, (day, form, gave, booked, keen))
    order = np.argsort(day, kind="stable")
    return Forms(
        *(values[order] for values in (day, form, gave, booked, keen)),
        weeks * 7,
        change * 7,
        inquiries,
        (1 + inquiries) * as_it_is / unchanged - 1,
        100 * float(np.concatenate(differences).mean()),
    )
