"""Is a value of the label only the state in which every booking begins: "Scheduled", "Not canceled", "Active"?

Lives here: finding it by evidence (visits that lie ahead, or a share that rises to all of the youngest leads), and for
how long it says nothing. Does not live here: what a status says (``outcome_words``), open values of old leads
(``stale_open_values``), reading such a label (``tables.lead_labels``).
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from features.array_types import DAY, FloatArray, TimeArray
from features.parsing.column_values import to_category
from features.profiling.date_columns import DateColumn
from features.profiling.labels.label_guess import BLANK, LabelGuess, ask_meaning, encode_label
from features.profiling.late_headers import is_planned_date

__all__ = ["find_initial_state"]

_FEWEST_LEADS, _FEWEST_AHEAD = 100, 8
_ON_OR_AFTER, _DATED = 0.99, 0.9
_LEAST_AHEAD_SHARE, _LEAST_RISE, _LEAST_ERRORS = 0.5, 0.05, 2.0
"""A visit ahead has no end, so little evidence is needed that its status is not one."""
_LEFT_BEHIND = 0.05
"""A state that so few old leads still have says nothing of how they ended."""
_MOST_OTHERS_AHEAD = 0.02
_DELAYS = np.array([2.0, 3.0, 5.0, 7.0, 10.0, 14.0, 20.0, 28.0, 40.0, 60.0])
"""Days by which a state has moved on for 63 in 100 of the leads that it will not keep."""
_LONGEST_OF_SPAN = 1 / 6
_FINAL_SHARES = np.linspace(0.0, 0.98, 99)
_POWERS = (1, 2)
_LEAST_GAIN = 4.5
"""In log-likelihood. Of 500 simulated files without such a state no gain was over 2.4; a campaign's step gains much."""
_BINS, _FEWEST_OF_STEP, _HIGHEST_RATE = 300, 30, 0.92
_DELAYS_WAITED = 3.5


@dataclass(frozen=True)
class _Initial:
    """Hold the state, whether old leads lose it, the leads that it leaves undecided, and why.

    ``visit`` is the column with the day that decides a lead, ``open_days`` the age that does where there is none.
    """

    value: str
    is_left_behind: bool
    is_undecided: np.ndarray
    reason: str
    visit: str | None = None
    open_days: int | None = None


def find_initial_state(
    label: LabelGuess | None, frame: pd.DataFrame, dates: dict[str, DateColumn], created_at: str | None
) -> LabelGuess | None:
    """Return the label with the state in which a booking begins told apart from its end, where the data show it.

    A visit that lies ahead has no end yet, whatever its status. Where no column has the visit's day, the state's share
    must rise to all of the youngest leads within weeks: a rate of booking that drifts does not.

    Parameters
    ----------
    frame : DataFrame of shape (n, columns)
    dates : dict
        Header -> how its dates are written.
    created_at : str, optional
        The header of the time of the inquiry; without one nothing is told apart.
    """
    if label is None or created_at is None or label.open_days is not None or label.decided_by is not None:
        return label
    arrivals = dates[created_at].times
    if (~np.isnat(arrivals)).sum() < _FEWEST_LEADS:
        return label
    texts = np.array([text or BLANK for text in to_category(frame[label.column])[0]], object)
    visits = {name: dates[name].times for name in _find_visits(dates, created_at, arrivals)}
    if label.known_at in visits:
        visits = {label.known_at: visits[label.known_at]} | visits
    candidates = [value for value in (*label.booked, *label.unknown) if (texts == value).any()]
    states = [state for value in candidates if (state := _judge_by_visits(value, label, texts, arrivals, visits))]
    if not states and label.known_at is None:
        states = [state for value in candidates if (state := _judge_by_age(value, texts, arrivals)) is not None]
    states = [state for state in states if not state.is_left_behind or {*label.booked} - {state.value}]
    if not states:
        return label
    return _apply(label, max(states, key=lambda state: int((texts == state.value).sum())), frame)


def _find_visits(dates: dict[str, DateColumn], created_at: str, arrivals: TimeArray) -> list[str]:
    """Return the columns of days that are planned, those whose header says so first.

    Hardly any lies before the lead, and some lie ahead of the newest lead.
    """
    newest = np.nanmax(arrivals).astype("datetime64[D]")
    names = []
    for name, column in dates.items():
        both = ~np.isnat(column.times) & ~np.isnat(arrivals)
        if name == created_at or column.question is not None or both.mean() < _DATED:
            continue
        days = column.times[both].astype("datetime64[D]")
        is_later = (days >= arrivals[both].astype("datetime64[D]")).mean() >= _ON_OR_AFTER
        if is_later and (days > newest).sum() >= _FEWEST_AHEAD:
            names.append(name)
    return sorted(names, key=lambda name: not is_planned_date(name))


def _judge_by_visits(
    value: str, label: LabelGuess, texts: np.ndarray, arrivals: TimeArray, visits: dict[str, TimeArray]
) -> _Initial | None:
    """Judge a state by the visits that lie ahead: nothing that can only follow a visit stands beside them."""
    end = np.nanmax(arrivals)
    others = [other for other in label.booked if other != value]
    for name, times in visits.items():
        # Days are compared: a visit of the last day may have no time of day.
        is_ahead = times.astype("datetime64[D]") > end.astype("datetime64[D]")
        is_past = ~np.isnat(times) & ~is_ahead
        ahead, past = (texts[rows] == value for rows in (is_ahead, is_past))
        if len(ahead) < _FEWEST_AHEAD or not len(past) or ahead.mean() < _LEAST_AHEAD_SHARE:
            continue
        rise, error = _compare_shares(ahead, past)
        if rise < max(_LEAST_RISE, _LEAST_ERRORS * error):
            continue
        is_left_behind = past.mean() <= _LEFT_BEHIND
        if is_left_behind and np.isin(texts[is_ahead], others).mean() > _MOST_OTHERS_AHEAD:
            continue
        reason = (
            f"{value or '(blank)'!r} is the state in which a booking begins: {ahead.mean():.0%} of the "
            f"{len(ahead):,} leads whose {name!r} lies after the newest lead have it, {past.mean():.0%} of the others"
        )
        return _Initial(value, is_left_behind, is_ahead, reason, visit=name)
    return None


def _compare_shares(ahead: np.ndarray, past: np.ndarray) -> tuple[float, float]:
    """Return by how much the first share is larger, and the standard error of that."""
    pooled = float(np.concatenate([ahead, past]).mean())
    error = (pooled * (1 - pooled) * (1 / len(ahead) + 1 / len(past))) ** 0.5
    return float(ahead.mean() - past.mean()), float(error)


def _judge_by_age(value: str, texts: np.ndarray, arrivals: TimeArray) -> _Initial | None:
    """Judge a state by the ages of leads: all begin in it, some keep it, the others leave it within weeks."""
    dated = ~np.isnat(arrivals)
    ages = (np.nanmax(arrivals) - arrivals[dated]) / DAY
    has_state = texts[dated] == value
    fit = _fit_decay(ages, has_state)
    if fit is None:
        return None
    final_share, delay = fit
    days = int(np.ceil(_DELAYS_WAITED * delay))
    young = ages < delay / 2
    if not young.any() or ages.max() < 2 * days:
        return None
    reason = (
        f"{value or '(blank)'!r} is the state in which a booking begins: {has_state[young].mean():.0%} of the "
        f"{int(young.sum()):,} youngest leads have it, {has_state[ages >= days].mean():.0%} of those of {days} days "
        "and more"
    )
    is_undecided = np.zeros(len(texts), bool)
    # Lost leads as well: of the youngest, only what ended early is known.
    is_undecided[dated] = ages < days
    return _Initial(value, final_share <= _LEFT_BEHIND, is_undecided, reason, open_days=days)


def _fit_decay(ages: FloatArray, has_state: np.ndarray) -> tuple[float, float] | None:
    """Fit the share of a state by age: all at first, ``kept`` in the end, falling in between.

    Return (kept, delay in days); None where one share, one that drifts or one that steps up once tells as much.
    """
    order = np.argsort(ages, kind="stable")
    # The youngest leads tell most, so each of the first bins is a lead or two.
    edges = np.unique(np.geomspace(1, len(ages), _BINS).astype(int) - 1)
    counts = np.diff(np.append(edges, len(ages)))
    with_state = np.add.reduceat(has_state[order].astype(float), edges)
    age = np.add.reduceat(ages[order], edges) / counts
    delays = _DELAYS[_DELAYS <= max(ages.max() * _LONGEST_OF_SPAN, _DELAYS[0])]
    not_moved = np.concatenate([np.exp(-((age / delays[:, None]) ** power)) for power in _POWERS])
    share = _FINAL_SHARES[:, None, None] + (1 - _FINAL_SHARES[:, None, None]) * not_moved
    likelihood = _compute_log_likelihood(share, with_state, counts)
    best = np.unravel_index(int(np.argmax(likelihood)), likelihood.shape)
    constant_likelihood = max(_fit_constant(with_state, counts), _fit_drift(age, with_state, counts))
    step = _fit_step(with_state, counts)
    if likelihood[best] < constant_likelihood + _LEAST_GAIN or likelihood[best] < step:
        return None
    return float(_FINAL_SHARES[best[0]]), float(np.tile(delays, len(_POWERS))[best[1]])


def _fit_constant(with_state: FloatArray, counts: FloatArray) -> float:
    """Return the log-likelihood of one share at all ages."""
    return float(_compute_log_likelihood(np.full(len(counts), with_state.sum() / counts.sum()), with_state, counts))


def _fit_step(with_state: FloatArray, counts: FloatArray) -> float:
    """Return the log-likelihood of one share of young leads and another of old ones, at the best age."""
    young, young_with = np.cumsum(counts)[:-1], np.cumsum(with_state)[:-1]
    old, old_with = counts.sum() - young, with_state.sum() - young_with
    # No rate of booking is near one: a step up to that is the state itself.
    share = np.minimum(young_with / young, _HIGHEST_RATE)
    both = _compute_log_likelihood(share[:, None], young_with[:, None], young[:, None])
    both += _compute_log_likelihood((old_with / old)[:, None], old_with[:, None], old[:, None])
    # A step at the very youngest leads is no rate of them.
    return float(both[young >= _FEWEST_OF_STEP].max())


def _fit_drift(age: FloatArray, with_state: FloatArray, counts: FloatArray) -> float:
    """Return the log-likelihood of the best share that changes in a straight line over the whole period."""
    levels = np.linspace(0.01, 0.99, 50)
    position = age / max(float(age.max()), 1e-9)
    share = levels[:, None, None] + (levels[None, :, None] - levels[:, None, None]) * position
    return float(_compute_log_likelihood(share, with_state, counts).max())


def _compute_log_likelihood(share: FloatArray, with_state: FloatArray, counts: FloatArray) -> FloatArray:
    """Compute the log-likelihood of counts given shares, over the last axis; one lead in 200 may be an exception."""
    bounded = np.clip(share, 0.005, 0.995)
    return (with_state * np.log(bounded) + (counts - with_state) * np.log1p(-bounded)).sum(axis=-1)


def _apply(label: LabelGuess, state: _Initial, frame: pd.DataFrame) -> LabelGuess:
    """Return the label in which the state leaves young leads open."""
    value = state.value
    booked, unknown, still_open = label.booked, label.unknown, label.open
    if state.is_left_behind:
        booked, unknown = (tuple(one for one in values if one != value) for values in (booked, unknown))
        still_open = (*still_open, value) if value not in still_open else still_open
    elif value in unknown:
        return label
    wait = (
        f"a lead is open until its {state.visit!r}"
        if state.visit is not None
        else f"a lead is open until it is {state.open_days} days old"
    )
    if state.is_left_behind:
        wait = f"{wait}, and old leads that still have it say nothing"
    changed = replace(label, booked=booked, unknown=unknown, open=still_open, encoded=None)
    encoded = encode_label(frame[label.column], changed)
    young = state.is_undecided & ~np.isnan(encoded)
    encoded[state.is_undecided] = np.nan
    is_answered = unknown != label.unknown or value == BLANK
    known_at = state.visit if state.visit is not None else label.known_at
    return replace(
        changed,
        reason=f"{label.reason.split('; PLEASE CHECK')[0]}; {state.reason}, so {wait}",
        initial=(value,),
        known_at=known_at,
        known_at_reason=label.known_at_reason if known_at == label.known_at else "the day of the visit decides a lead",
        open_days=state.open_days,
        young=int(young.sum()),
        encoded=encoded,
        questions=_ask_again(label, unknown) if is_answered else label.questions,
    )


def _ask_again(label: LabelGuess, unknown: tuple[str, ...]) -> tuple[str, ...]:
    """Return the questions without those that the data have answered: about empty cells, and about unknown values.

    What is still unknown is asked about again.
    """
    others = tuple(
        q for q in label.questions if not q.startswith(("what do ", "what does ")) and " cells are empty " not in q
    )
    return (*others, ask_meaning(unknown, dict(label.counts))) if unknown else others
