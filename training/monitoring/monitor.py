"""Is the model in use still about the leads that come now? One look at the newest four weeks, as a table of contents.

Lives here: which leads are looked at, the families of alarms and the level of each, what was found.
Does not live here: the rule of a signal (``inputs``), of a month (``months``), the words (``words``), where it is shown
(``page``, ``prometheus``).

Four families raise alarms: inputs, scores, outcomes, calibration. A quiet month raises one of them at most 5 times in
100: each family has its part of that (``LEVELS``, Bonferroni), corrected within (Holm). Outcomes and calibration speak
of the newest leads whose horizon is over, inputs and scores of the newest of all."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from features.array_types import FloatArray, IntArray
from features.batch import Batch
from features.calendar.timezones import to_utc_times
from features.point_in_time.outcomes import resolve_outcome_label, add_practice_records
from features.tables.tables import Tables
from training.bundle import Bundle
from training.dataset.labels import LearningSet, build_learning_set
from training.errors import BundleError, TrainingError
from training.monitoring.control_limits import ControlPoint, compare_with_months
from training.monitoring.estimated_performance import Estimate, estimate_performance
from training.monitoring.feature_drift import ColumnDrift, measure_drift
from training.monitoring.hypothesis_tests import holm_correction
from training.monitoring.reference_profile import MONTH, Month, Reference, format_day, compute_month_figures

__all__ = [
    "FAMILIES",
    "MIN_LEADS",
    "LEVELS",
    "SHIFT_LIMIT",
    "SLOPE_LIMIT",
    "NewMonth",
    "MonitoringResult",
    "compare_month",
    "monitor_leads",
]

LEVELS = {"inputs": 0.02, "scores": 0.01, "outcomes": 0.01, "calibration": 0.01}
"""Chance of a false alarm that each family may have in a quiet month; together 0.05."""

FAMILIES = tuple(LEVELS)

MIN_LEADS = 100
"""Leads below which up to three months are put together, and below which three are too few to say anything."""

SHIFT_LIMIT, SLOPE_LIMIT = 0.15, 0.2
"""Log-odds by which a rate, or what is said of it, must have moved (3 in 100 at a rate of 30), and how far the slope
must be from the usual one.
"""

_MAX_MONTHS_TOGETHER = 3


@dataclass(frozen=True)
class NewMonth:
    """Four weeks after the reference.

    Parameters
    ----------
    start, end : datetime64
        ``end`` is the end of the data where the month is not over.
    leads : int
    expected : dict
        Measure -> Estimate, over all leads of the month.
    ripe : Month or None
        Of those whose outcome is known; None where there are none.
    """

    start: np.datetime64
    end: np.datetime64
    leads: int
    expected: dict[str, Estimate]
    ripe: Month | None


@dataclass(frozen=True)
class MonitoringResult:
    """What one look found.

    Parameters
    ----------
    why_not : dict
        Family -> why nothing can be said of it. A family that is not in it was looked at.
    since, until : datetime64 or None
        The newest leads looked at: arrived after ``since``, up to ``until``.
    leads : int
    ripe_since, ripe_until, ripe_leads
        The same of the leads behind outcomes and calibration.
    inputs : tuple of Drifted, one for each signal of the bundle
    score : Drifted or None
    outcomes, shift, slope : Placed or None
        The newest ripe month among those of training.
    alarming : tuple of str
        Of ``outcomes``, ``shift`` and ``slope``, those that raise an alarm.
    months : tuple of NewMonth, in the order of time
    """

    why_not: dict[str, str]
    since: np.datetime64 | None = None
    until: np.datetime64 | None = None
    leads: int = 0
    ripe_since: np.datetime64 | None = None
    ripe_until: np.datetime64 | None = None
    ripe_leads: int = 0
    inputs: tuple[ColumnDrift, ...] = ()
    score: ColumnDrift | None = None
    outcomes: ControlPoint | None = None
    shift: ControlPoint | None = None
    slope: ControlPoint | None = None
    alarming: tuple[str, ...] = ()
    months: tuple[NewMonth, ...] = ()
    reference: Reference | None = field(default=None, repr=False)

    @property
    def alarms(self) -> tuple[str, ...]:
        """The families that raise an alarm."""
        raised = {
            "inputs": any(one.alarm for one in self.inputs),
            "scores": self.score is not None and self.score.alarm,
            "outcomes": "outcomes" in self.alarming,
            "calibration": "shift" in self.alarming or "slope" in self.alarming,
        }
        return tuple(family for family in FAMILIES if raised[family])


def monitor_leads(tables: Tables, bundle: Bundle, step: Callable[[str, int, int], None] = lambda *_: None) -> MonitoringResult:
    """Hold the newest leads against those the model learned from.

    Raises
    ------
    BundleError
        If the bundle was made before bundles remembered what they learned from.
    """
    if "created_at" not in tables.leads or not bundle.dated:
        return MonitoringResult(dict.fromkeys(FAMILIES, "the data has no dates, so there is no month to look at"))
    if bundle.reference is None:
        raise BundleError(
            f"monitor: the model {bundle.name} does not hold what its training leads looked like. "
            "Expected a model trained on dated leads by this version; train again."
        )
    reference = Reference.from_arrays(bundle.reference)
    arrived = to_utc_times(tables.leads["created_at"])
    new = np.flatnonzero(arrived > reference.until)
    if not len(new):
        said = format_day(reference.until)
        return MonitoringResult(
            dict.fromkeys(FAMILIES, f"no lead arrived after those the model learned from (until {said})"),
            reference=reference,
        )
    until = (
        arrived.max()
    )  # the newest lead, not the newest date of any table: an appointment may stand there that is still to come
    rows, log_odds = _score_new_leads(tables, bundle, new, step)
    label = _label_leads(tables, bundle, new)
    step("Comparing", 0, 2)
    newest = _select_newest(arrived[new], until, reference)
    found = _compare_inputs_and_scores(reference, rows, log_odds, arrived[new], newest, until)
    step("Comparing", 1, 2)
    found |= _compare_outcomes_and_calibration(reference, log_odds, label, arrived[new], bundle)
    months = _summarize_months(reference, log_odds, label, arrived[new], until, bundle)
    step("Comparing", 2, 2)
    why_not = found.pop("why_not_inputs") | found.pop("why_not_outcomes")
    return MonitoringResult(why_not, months=months, reference=reference, **found)


def _score_new_leads(
    tables: Tables, bundle: Bundle, leads: IntArray, step: Callable[[str, int, int], None]
) -> tuple[np.ndarray, FloatArray]:
    """Signals and score in log-odds of leads at their arrival, with what was known then."""
    cutoff = to_utc_times(tables.leads["created_at"])[leads]
    batch = Batch.from_tables(
        tables, leads, cutoff, add_practice_records(bundle.context, tables, resolve_outcome_label(bundle.label))
    )
    scored = bundle.score(batch, explain=False, progress=lambda done, of: step("Scoring the new leads", done, of))
    return scored.values, scored.log_odds


def _label_leads(tables: Tables, bundle: Bundle, leads: IntArray) -> FloatArray:
    """What became of each lead: 1 converted within the horizon, 0 not, NaN not ripe yet."""
    label = np.full(len(tables.leads), np.nan)
    try:
        learning: LearningSet = build_learning_set(tables, bundle.practice, resolve_outcome_label(bundle.label), (0,))
    except TrainingError:  # no outcomes, or not one of either kind: nothing is ripe
        return label[leads]
    label[learning.moments.of_lead[learning.arrival]] = learning.label[learning.arrival]
    return label[leads]


def _select_newest(arrived: np.ndarray, until: np.datetime64, reference: Reference) -> tuple[np.ndarray, int]:
    """Which of the new leads are the newest, and how many months they are: as few as hold enough leads."""
    for together in range(1, _MAX_MONTHS_TOGETHER + 1):
        chosen = (arrived > until - together * MONTH) & (arrived <= until)
        if chosen.sum() >= MIN_LEADS:
            break
    return chosen, together


def _compare_inputs_and_scores(
    reference: Reference,
    rows: np.ndarray,
    log_odds: FloatArray,
    arrived: np.ndarray,
    newest: tuple[np.ndarray, int],
    until: np.datetime64,
) -> dict:
    """The families of what comes in, as fields of ``MonitoringResult``."""
    chosen, together = newest
    since = max(until - together * MONTH, reference.until)
    about = {"since": since, "until": until, "leads": int(chosen.sum())}
    if chosen.sum() < MIN_LEADS:
        why = f"only {int(chosen.sum()):,} leads in the newest {4 * together} weeks; at least {MIN_LEADS} are needed"
        return about | {"why_not_inputs": {"inputs": why, "scores": why}}
    ahead = 1 + int((since - reference.until) / (together * MONTH) + 0.5)
    inputs = measure_drift(reference.signals, rows[chosen], LEVELS["inputs"], ahead, together)
    score = measure_drift(reference.score, log_odds[chosen, None], LEVELS["scores"], ahead, together)
    why_not = {
        family: "the model learned from too few months to say how far an ordinary one lies from the rest"
        for family, one in (("inputs", inputs), ("scores", score))
        if not one
    }
    return about | {"inputs": tuple(inputs), "score": score[0] if score else None, "why_not_inputs": why_not}


def _compare_outcomes_and_calibration(
    reference: Reference, log_odds: FloatArray, label: FloatArray, arrived: np.ndarray, bundle: Bundle
) -> dict:
    """The families of what became of leads, as fields of ``MonitoringResult``."""
    known = ~np.isnan(label)
    ripe_until = arrived[known].max() if known.any() else reference.until
    chosen, together = _select_newest(np.where(known, arrived, np.datetime64("NaT")), ripe_until, reference)
    leads = int(chosen.sum())
    about = {
        "ripe_since": max(ripe_until - together * MONTH, reference.until),
        "ripe_until": ripe_until,
        "ripe_leads": leads,
    }
    if leads < MIN_LEADS:
        why = (
            f"{leads:,} leads that arrived after {format_day(reference.until)} are {bundle.horizon_days} days old with a known outcome; "
            f"at least {MIN_LEADS} are needed"
        )
        return about | {"why_not_outcomes": {"outcomes": why, "calibration": why}}
    month = compute_month_figures(log_odds[chosen], label[chosen], bundle.grades)
    placed, alarming = compare_month(reference.months, month)
    why_not = {
        family: "too few months of training, or too few leads of either kind, to say what is usual"
        for family, name in (("outcomes", "outcomes"), ("calibration", "shift"))
        if not np.isfinite(placed[name].low)
    }
    return about | placed | {"alarming": alarming, "why_not_outcomes": why_not}


def compare_month(past: tuple[Month, ...], new: Month) -> tuple[dict[str, ControlPoint], tuple[str, ...]]:
    """Outcomes, shift and slope of a new month among the earlier ones; and which of them raise an alarm: far enough,
    and beyond the usual.
    """
    placed = {
        "outcomes": compare_with_months([month.rate for month in past], new.rate),
        "shift": compare_with_months([month.shift for month in past], new.shift),
        "slope": compare_with_months([month.slope for month in past], new.slope),
    }
    p = {"outcomes": placed["outcomes"].p} | dict(
        zip(("shift", "slope"), holm_correction(np.array([placed["shift"].p, placed["slope"].p])), strict=True)
    )
    limits = {"outcomes": SHIFT_LIMIT, "shift": SHIFT_LIMIT, "slope": SLOPE_LIMIT}
    levels = {"outcomes": LEVELS["outcomes"], "shift": LEVELS["calibration"], "slope": LEVELS["calibration"]}
    return placed, tuple(
        name for name, one in placed.items() if p[name] < levels[name] and abs(one.found - one.expected) >= limits[name]
    )


def _summarize_months(
    reference: Reference,
    log_odds: FloatArray,
    label: FloatArray,
    arrived: np.ndarray,
    until: np.datetime64,
    bundle: Bundle,
) -> tuple[NewMonth, ...]:
    """The months since the reference, each with what was expected and, as far as it is ripe, what came."""
    number = ((arrived - reference.until - np.timedelta64(1, "us")) // MONTH).astype(int)
    found = []
    for one in np.unique(number):
        here = number == one
        ripe = here & ~np.isnan(label)
        start = reference.until + int(one) * MONTH
        probability = 1 / (1 + np.exp(-log_odds[here]))
        found.append(
            NewMonth(
                start,
                min(start + MONTH, until),
                int(here.sum()),
                estimate_performance(probability),
                compute_month_figures(log_odds[ripe], label[ripe], bundle.grades) if ripe.any() else None,
            )
        )
    return tuple(found)
