"""Who gets credit for a booking by the usual rules? Descriptions of the same journeys from several angles.

Lives here: first and last touch, by position, by time, Markov's removal, Shapley's value.
Does not live here: what a booking would not have come without (``touch_removal``).

None of these rules knows what a touch caused: they only divide the bookings that came. So they have no interval here,
and their range is what they say together.
"""

import numpy as np
from scipy import sparse

from features.array_types import FloatArray
from serving.insights.attribution.journeys import Journeys

__all__ = ["RULES", "divide_by_rules"]

HALF_LIFE_DAYS = 7.0
_ENDS = 0.4
"""Share of the first and of the last touch, by position; those between share the rest."""


def divide_by_rules(journeys: Journeys) -> dict[str, FloatArray]:
    """Divide the bookings among the names by each rule; each division adds up to the journeys that booked.

    Returns
    -------
    dict
        Name of the rule (``RULES``) -> float array of shape (names,).

    >>> journeys = Journeys(
    ...     ("ad", "brand"),
    ...     np.array([0, 0, 1]),
    ...     np.array([0, 1, 0]),
    ...     np.array([7.0, 0.0, 0.0]),
    ...     np.array([True, False]),
    ...     np.zeros(2, int),
    ...     np.zeros(2, int),
    ... )
    >>> {rule: credit.round(2).tolist() for rule, credit in divide_by_rules(journeys).items()}["time"]
    [0.33, 0.67]
    """
    return {name: rule(journeys) for name, rule in _DIVISIONS.items()}


def _sum_by_name(journeys: Journeys, weight: FloatArray) -> FloatArray:
    """Sum the weights of booked touches by name, each journey's scaled to 1."""
    weight = weight * journeys.booked[journeys.journey]
    total = np.bincount(journeys.journey, weight, minlength=len(journeys))
    scaled = weight / np.maximum(total[journeys.journey], 1e-300)
    return np.bincount(journeys.code, scaled, minlength=len(journeys.names)).astype(float)


def _find_ends(journeys: Journeys) -> tuple[np.ndarray, np.ndarray]:
    """Return which touches are the first and the last ones of their journeys."""
    is_first, is_last = np.ones(len(journeys.journey), bool), np.ones(len(journeys.journey), bool)
    is_first[1:] = journeys.journey[1:] != journeys.journey[:-1]
    is_last[:-1] = is_first[1:]
    return is_first, is_last


def _divide_to_first(journeys: Journeys) -> FloatArray:
    return _sum_by_name(journeys, _find_ends(journeys)[0].astype(float))


def _divide_to_last(journeys: Journeys) -> FloatArray:
    return _sum_by_name(journeys, _find_ends(journeys)[1].astype(float))


def _divide_by_position(journeys: Journeys) -> FloatArray:
    """40% to the first and to the last touch, the rest to those between; half each where there are two."""
    is_first, is_last = _find_ends(journeys)
    between = np.maximum(journeys.count_touches()[journeys.journey] - 2, 1)
    return _sum_by_name(journeys, np.where(is_first | is_last, _ENDS, (1 - 2 * _ENDS) / between))


def _divide_by_time(journeys: Journeys) -> FloatArray:
    """Half as much for each week before the inquiry."""
    return _sum_by_name(journeys, 0.5 ** (journeys.days_before / HALF_LIFE_DAYS))


def _divide_by_markov(journeys: Journeys) -> FloatArray:
    """Divide by how much less a random walk over the touches would book without each (Anderl et al. 2016)."""
    count = len(journeys.names)
    is_first, is_last = _find_ends(journeys)
    steps = np.flatnonzero(~is_last)
    # States: the names, then the start; ends: booked, or not.
    moves = sparse.coo_matrix(
        (np.ones(len(steps)), (journeys.code[steps], journeys.code[steps + 1])), (count + 1, count)
    ).toarray()
    moves[count] = np.bincount(journeys.code[is_first], minlength=count)
    ends_booked = np.bincount(journeys.code[is_last], journeys.booked[journeys.journey[is_last]], minlength=count)
    ends = np.bincount(journeys.code[is_last], minlength=count)
    leaving = np.maximum(np.append(moves[:count].sum(axis=1) + ends, moves[count].sum()), 1e-300)
    moves, booked = moves / leaving[:, None], np.append(ends_booked, 0.0) / leaving

    def compute_booked(without: int | None) -> float:
        step, end = np.zeros((count + 1, count + 1)), booked.copy()
        step[:, :count] = moves
        if without is not None:
            step[:, without] = step[without] = end[without] = 0.0
        return float(np.linalg.solve(np.eye(count + 1) - step, end)[count])

    everything = compute_booked(None)
    removal = np.array([everything - compute_booked(name) for name in range(count)])
    return removal / max(removal.sum(), 1e-300) * journeys.booked.sum()


def _divide_by_shapley(journeys: Journeys) -> FloatArray:
    """Divide equally among the different names of each journey.

    That is Shapley's value where a group of names is worth the bookings of the journeys that had no other names: each
    set of names is a unanimity game, whose value is shared equally.
    """
    incidence = journeys.build_incidence()
    names = np.asarray(incidence.sum(axis=1)).ravel()
    shares: FloatArray = incidence.T @ (journeys.booked / np.maximum(names, 1))
    return shares


_DIVISIONS = {
    "first": _divide_to_first,
    "last": _divide_to_last,
    "position": _divide_by_position,
    "time": _divide_by_time,
    "markov": _divide_by_markov,
    "shapley": _divide_by_shapley,
}

RULES = {
    "first": ("First touch", "All of a booking to the first touch of its journey."),
    "last": ("Last touch", "All of a booking to the last touch before the person inquired."),
    "position": ("By position", "40% to the first touch, 40% to the last, the rest to those between."),
    "time": ("By time", "To every touch, half as much for each week before the inquiry."),
    "markov": ("Markov", "By how much less a random walk over the touches would book without it."),
    "shapley": ("Shapley", "Equally to the different touches of a journey: Shapley's value."),
}
"""Rule -> its heading and what it does."""
