"""How does the level of the scores follow the world between two trainings? One offset, from ripened outcomes.

Lives here: the offset as a random walk, how far it moves (from forward folds), its update by outcomes, its bounds.
Does not live here: the offset of one block (``block_offsets``), which leads and outcomes it reads
(``training.bundle.leads_since_training``), the calibration that is signed (``calibration``).

The model stays as it is, and so do the reasons and the order of leads that are scored together: every score moves by
the same log-odds. The walk's variance per lead is how far the offset that each forward fold needed moved between folds,
less what chance moves it, and one standard error of that: a level that follows chance does harm. Twenty invented worlds
cut to 600 leads (``tests.bench.worlds``) lost .007 of AUC on average by following without it, .004 with it. Each batch
of leads updates it by the mode of its posterior (one Kalman step for Bernoulli observations, found by Newton's method).
A lead younger than the horizon books so far with the probability p F(age), where F is the share of bookings known by
that age; so a young lead's silence says little, and an old one's says all.

Where a file says of each lead when its answer was known, and nothing of the others, the known ones are a selection: a
no may come sooner than a yes. Then the odds of a known lead are those of its score times how much more often leads of
the folds that were known by that age had converted, given their scores. Given the scores: of appointments at short
notice more are kept and all are known sooner, but a score that knows the notice has counted that already.

The offset is computed anew from the leads every time, so the same leads and outcomes always give the same offset."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from features.array_types import FloatArray
from training.model.block_offsets import fit_offset

__all__ = ["FollowedLevel", "LevelFilter", "RipenedLeads"]

_MAX_OFFSET = 2.0
"""Largest offset, in log-odds: 12 in 100 become at most 50. Beyond it the model needs training, not an offset."""
_ALARM_OFFSET, _ALARM_ERRORS = 1.0, 2.0
"""The level has run away where the offset is beyond this by so many standard errors."""
_MIN_VARIANCE = 0.01
"""Variance of the offset over one fold at least: a standard deviation of a tenth in log-odds."""
_BATCH_LEADS, _STEPS = 50, 8
_QUANTILES = 20
_MIN_BOOKINGS = 30


@dataclass(frozen=True)
class RipenedLeads:
    """What n leads say of the level by now, in any order.

    Parameters
    ----------
    order : float array of shape (n,)
        Grows with the time of arrival.
    log_odds : float array of shape (n,)
        As the model gives them, without any followed offset.
    converted : float array of shape (n,)
        1 known to have converted within the horizon, 0 not, or not yet.
    share_known : float array of shape (n,)
        Of the conversions to come, the share known at the lead's age, 0 to 1; 1 once the outcome is final.
    """

    order: FloatArray
    log_odds: FloatArray
    converted: FloatArray
    share_known: FloatArray

    def take(self, rows: np.ndarray) -> "RipenedLeads":
        """Return some of the leads."""
        return RipenedLeads(self.order[rows], self.log_odds[rows], self.converted[rows], self.share_known[rows])


@dataclass(frozen=True)
class FollowedLevel:
    """Where the level is by now.

    Parameters
    ----------
    offset, error : float
        Log-odds to add to every score, and its standard error.
    leads : int
        Leads that it was learned from, whatever their age.
    """

    offset: float = 0.0
    error: float = 0.0
    leads: int = 0

    @property
    def has_run_away(self) -> bool:
        """Whether the model is so far off that it should be trained again, not followed."""
        return abs(self.offset) - _ALARM_ERRORS * self.error > _ALARM_OFFSET or abs(self.offset) >= _MAX_OFFSET

    def describe(self) -> str:
        """Describe the offset in a sentence."""
        if not self.leads:
            return "The level is as trained: no outcome has come in since."
        sentence = (
            f"Counted as the last weeks went: {self.offset:+.2f} log-odds, from {self.leads:,} leads since training"
        )
        return f"{sentence}. It has run away: train again." if self.has_run_away else f"{sentence}."


@dataclass(frozen=True)
class LevelFilter:
    """Follows the offset from 0, where the signed calibration has put it.

    Parameters
    ----------
    variance : float
        Of the offset when the model is signed.
    variance_per_lead : float
        Of the random walk, for each lead that arrives.
    delay_days : tuple of float, ascending
        Days within which a twentieth, two twentieths and so on of the conversions were known; empty where unknown.
    answer_days, answer_log_odds : tuples of float, days ascending
        In files that say when each answer was known: ages, and by how much the odds of leads that were known by then
        differed from their scores; empty elsewhere.
    """

    variance: float = _MIN_VARIANCE
    variance_per_lead: float = 0.0
    delay_days: tuple[float, ...] = ()
    answer_days: tuple[float, ...] = ()
    answer_log_odds: tuple[float, ...] = ()

    @classmethod
    def from_folds(
        cls,
        log_odds: Sequence[FloatArray],
        labels: Sequence[FloatArray],
        days_until_known: FloatArray,
        days_until_answer: Sequence[FloatArray] = (),
    ) -> "LevelFilter":
        """Learn how far the level moves from forward folds.

        Parameters
        ----------
        log_odds, labels : sequences of float arrays, one for each fold, in the order of time
            Calibrated scores of leads at arrival by models of earlier leads.
        days_until_known : float array
            Days from arrival to the record of each conversion; empty where nothing says.
        days_until_answer : sequence of float arrays, one for each fold
            Days from arrival to the answer of each lead, in files that say when it was known; empty elsewhere.
        """
        offsets = [fit_offset(scores, label) for scores, label in zip(log_odds, labels, strict=True)]
        variance = _MIN_VARIANCE
        if len(offsets) >= 2:
            values, errors = np.array(offsets).T
            by_chance = float((errors**2).mean()) * (1 + (2 / (len(offsets) - 1)) ** 0.5)
            variance = max(_MIN_VARIANCE, float(values.var(ddof=1)) - by_chance)
        leads = float(np.mean([len(label) for label in labels])) if labels else 0.0
        # A fold's own offset is no trait of the leads that are known early.
        scores = [z + offset.value for z, offset in zip(log_odds, offsets, strict=True)]
        answers = _measure_answers(scores, labels, days_until_answer) if len(days_until_answer) else ((), ())
        return cls(variance, variance / leads if leads else 0.0, _summarize_days(days_until_known), *answers)

    def compute_share_known(self, days: FloatArray) -> FloatArray:
        """Compute the share of conversions known by these ages, shape as given; 0 where no delay was learned.

        >>> LevelFilter(delay_days=tuple(np.arange(1, 21) / 2.0)).compute_share_known(
        ...     np.array([0.0, 5.0, 99.0])
        ... ).tolist()
        [0.0, 0.5, 1.0]
        """
        return _interpolate_share(self.delay_days, days) if self.delay_days else np.zeros(len(days))

    def compute_known_odds(self, days: FloatArray) -> FloatArray:
        """Compute how much more often leads whose answer is known by these ages have converted, given their scores.

        Log-odds, shape as given; 0 where nothing was learned.

        >>> LevelFilter(answer_days=(1.0, 9.0), answer_log_odds=(-0.8, 0.0)).compute_known_odds(
        ...     np.array([0.0, 5.0, 99.0])
        ... ).tolist()
        [-0.8, -0.4, 0.0]
        """
        return np.interp(days, self.answer_days, self.answer_log_odds) if self.answer_days else np.zeros(len(days))

    def follow(self, leads: RipenedLeads) -> FollowedLevel:
        """Return where the level is after these leads.

        Ties in the order of arrival are broken by score and outcome, so that the order of the rows does not matter.
        """
        order = np.lexsort((leads.converted, leads.log_odds, leads.order))
        offset, variance = 0.0, self.variance
        for rows in np.split(order, range(_BATCH_LEADS, len(order), _BATCH_LEADS)) if len(order) else ():
            variance += self.variance_per_lead * len(rows)
            offset, variance = _update(offset, variance, leads.take(rows))
        return FollowedLevel(float(np.clip(offset, -_MAX_OFFSET, _MAX_OFFSET)), float(variance**0.5), len(order))


def _summarize_days(days: FloatArray) -> tuple[float, ...]:
    """Return the twentieths of the days, to a tenth of a day; nothing where there are too few."""
    if len(days) < _MIN_BOOKINGS:
        return ()
    shares = np.arange(1, _QUANTILES + 1) / _QUANTILES
    return tuple(np.round(np.quantile(days, shares), 1).tolist())


def _measure_answers(
    log_odds: Sequence[FloatArray], labels: Sequence[FloatArray], days: Sequence[FloatArray]
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Measure, at the twentieths of the days, by how much the odds of leads known by then differ from their scores.

    Return the days, and the log-odds at each; two empty tuples where fewer answers than ``_MIN_BOOKINGS`` have a day.
    """
    score, label, day = (np.concatenate(parts) for parts in (log_odds, labels, days))
    known = ~np.isnan(day)
    score, label, day = score[known], label[known], day[known]
    ages = _summarize_days(day)
    return ages, tuple(round(fit_offset(score[day <= age], label[day <= age]).value, 4) for age in ages)


def _interpolate_share(curve: tuple[float, ...], days: FloatArray) -> FloatArray:
    """Return the share known by these ages, from the twentieths of the delays."""
    steps = np.concatenate([[0.0], curve])
    return np.interp(np.maximum(days, 0.0), steps, np.linspace(0, 1, len(steps)))


def _update(mean: float, variance: float, leads: RipenedLeads) -> tuple[float, float]:
    """Return mean and variance of the offset after one batch."""
    offset, information, share = mean, 1 / variance, leads.share_known
    for _ in range(_STEPS):
        probability = expit(leads.log_odds + offset)
        seen = np.clip(share * probability, 1e-9, 1 - 1e-9)
        slope = share * probability * (1 - probability)
        gradient = ((leads.converted - seen) * slope / (seen * (1 - seen))).sum() - (offset - mean) / variance
        information = (slope**2 / (seen * (1 - seen))).sum() + 1 / variance
        offset += float(np.clip(gradient / information, -1.0, 1.0))
    return offset, float(1 / information)
