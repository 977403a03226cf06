"""Are new leads still like those the model learned from? One comparison of the newest four weeks, in named steps.

Lives here: which leads are compared, the families of alarms and the level of each, the result.
Does not live here: the rule of a signal (``feature_drift``), of a month (``control_limits``), the wording
(``alarm_texts``), where it is shown (``html_page``, ``prometheus``).

Four families raise alarms: inputs, scores, outcomes, calibration. A quiet month raises one of them at most 5 times in
100: each family has its share of that (``LEVELS``, Bonferroni), corrected within (Holm). Outcomes and calibration are
about the newest leads whose horizon is over, inputs and scores about the newest of all.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from features.array_types import FloatArray, IntArray
from features.batch import Batch
from features.logs.prediction_log import LoggedPrediction
from features.point_in_time.outcomes import add_practice_records, resolve_outcome_label
from features.tables.tables import Tables
from training.bundle import Bundle
from training.dataset.labels import LearningSet, build_learning_set
from training.errors import BundleError, TrainingError
from training.monitoring.control_limits import ControlPoint, compare_with_months
from training.monitoring.estimated_performance import Estimate, estimate_performance
from training.monitoring.feature_drift import ColumnDrift, measure_drift
from training.monitoring.hypothesis_tests import holm_correction
from training.monitoring.reference_profile import MONTH, Month, Reference, compute_month_figures, format_day
from training.monitoring.source_changes import MIN_WEEK_LEADS, SourceChange, find_source_changes, select_sources
from training.monitoring.unsent_inputs import UnsentShare, measure_unsent_inputs
from training.progress import ReportProgress, ignore_progress

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
"""With fewer leads up to three months are merged; if three still have fewer, nothing is compared."""

SHIFT_LIMIT, SLOPE_LIMIT = 0.15, 0.2
"""Log-odds by which a rate or its prediction must have moved (3 percentage points at a rate of 30%), and how far the
slope must be from the usual one.
"""

_MAX_MONTHS_TOGETHER = 3
_SOURCES_LEVEL, _UNSENT_LEVEL = 0.005, 0.005
"""Of the level of the inputs, what belongs to sources that fall or rise within a week, and to inputs no longer sent."""
WEEK, _MAX_WEEKS_TOGETHER = np.timedelta64(7, "D"), 4


@dataclass(frozen=True)
class NewMonth:
    """Four weeks since the reference.

    Parameters
    ----------
    start, end : datetime64
        ``end`` is the end of the data where the month is not over.
    leads : int
    expected : dict
        Metric -> Estimate, over all leads of the month.
    ripe : Month or None
        Figures of the leads whose outcome is known; None where there are none.
    """

    start: np.datetime64
    end: np.datetime64
    leads: int
    expected: dict[str, Estimate]
    ripe: Month | None


@dataclass(frozen=True)
class MonitoringResult:
    """The result of one comparison.

    Parameters
    ----------
    why_not : dict
        Family -> why it was not compared. A family that is not in it was compared.
    since, until : datetime64 or None
        The newest leads compared: arrived after ``since``, up to ``until``.
    leads : int
    ripe_since, ripe_until, ripe_leads
        The same for the leads behind outcomes and calibration.
    inputs : tuple of ColumnDrift, one for each signal of the bundle
    sources : tuple of SourceChange
        Channels and other sources that fell or rose within the newest week.
    unsent : tuple of UnsentShare
        Strong inputs that sources did not send, of the leads that the service answered lately; of files nothing.
    score : ColumnDrift or None
    outcomes, shift, slope : Placed or None
        The newest ripe month, compared with those of training.
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
    sources: tuple[SourceChange, ...] = ()
    unsent: tuple[UnsentShare, ...] = ()
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
            "inputs": bool(self.sources)
            or any(share.alarm for share in self.unsent)
            or any(drift.alarm for drift in self.inputs),
            "scores": self.score is not None and self.score.alarm,
            "outcomes": "outcomes" in self.alarming,
            "calibration": "shift" in self.alarming or "slope" in self.alarming,
        }
        return tuple(family for family in FAMILIES if raised[family])


def monitor_leads(
    tables: Tables,
    bundle: Bundle,
    report_progress: ReportProgress = ignore_progress,
    answers: Sequence[LoggedPrediction] = (),
) -> MonitoringResult:
    """Compare the newest leads with those the model learned from.

    Parameters
    ----------
    answers : sequence of LoggedPrediction
        What the service answered with this bundle, oldest first.

    Raises
    ------
    BundleError
        If the bundle was made before bundles kept a profile of their training leads.
    """
    unsent = measure_unsent_inputs(answers, bundle, _UNSENT_LEVEL)
    if "created_at" not in tables.leads or not bundle.dated:
        why = "the data has no dates, so there is no month to compare"
        return MonitoringResult(dict.fromkeys(FAMILIES, why), unsent=unsent)
    if bundle.reference is None:
        raise BundleError(
            f"monitor: the model {bundle.name} has no profile of its training leads. "
            "Expected a model trained on dated leads by this version; train again."
        )
    reference = Reference.from_arrays(bundle.reference)
    arrived = tables.created_at
    new = np.flatnonzero(arrived > reference.until)
    if not len(new):
        why = f"no lead arrived after those the model learned from (until {format_day(reference.until)})"
        return MonitoringResult(dict.fromkeys(FAMILIES, why), unsent=unsent, reference=reference)
    # The newest lead, not the newest date of any table: appointments in the outcomes may still be in the future.
    until = arrived.max()
    rows, log_odds = _score_new_leads(tables, bundle, new, report_progress)
    leads = _NewLeads(rows, log_odds, _label_leads(tables, bundle, new), arrived[new])
    report_progress("Comparing", 0, 2)
    inputs_and_scores = _compare_inputs_and_scores(reference, leads, until)
    sources = select_sources(bundle.signals)
    changes = find_source_changes(reference.signals, sources, _select_week(leads, until), _SOURCES_LEVEL)
    report_progress("Comparing", 1, 2)
    outcomes_and_calibration = _compare_outcomes_and_calibration(reference, leads, bundle)
    months = _summarize_months(reference, leads, until, bundle)
    report_progress("Comparing", 2, 2)
    why_not = inputs_and_scores.pop("why_not") | outcomes_and_calibration.pop("why_not")
    return MonitoringResult(
        why_not,
        months=months,
        reference=reference,
        sources=tuple(changes),
        unsent=unsent,
        **inputs_and_scores,
        **outcomes_and_calibration,
    )


@dataclass(frozen=True)
class _NewLeads:
    """The n leads since the reference: signals, score in log-odds, label (NaN not known yet) and arrival."""

    rows: np.ndarray
    log_odds: FloatArray
    label: FloatArray
    arrived: np.ndarray


def _score_new_leads(
    tables: Tables, bundle: Bundle, leads: IntArray, report_progress: ReportProgress
) -> tuple[np.ndarray, FloatArray]:
    """Return signals and score in log-odds of leads at their arrival, with what was known then."""
    cutoff = tables.created_at[leads]
    context = add_practice_records(bundle.context, tables, resolve_outcome_label(bundle.label))
    batch = Batch.from_tables(tables, leads, cutoff, context)
    scored = bundle.score(
        batch, explain=False, progress=lambda done, total: report_progress("Scoring the new leads", done, total)
    )
    return scored.values, scored.log_odds


def _label_leads(tables: Tables, bundle: Bundle, leads: IntArray) -> FloatArray:
    """Return the outcome of each lead: 1 converted within the horizon, 0 not, NaN not ripe yet."""
    label = np.full(len(tables.leads), np.nan)
    try:
        learning: LearningSet = build_learning_set(tables, bundle.practice, resolve_outcome_label(bundle.label), (0,))
    except TrainingError:
        # No outcomes, or only one of the two classes: nothing is ripe.
        return label[leads]
    label[learning.moments.of_lead[learning.arrival]] = learning.label[learning.arrival]
    return label[leads]


def _select_newest(arrived: np.ndarray, until: np.datetime64) -> tuple[np.ndarray, int]:
    """Return which leads are the newest, and how many months they span: as few as hold enough leads."""
    for together in range(1, _MAX_MONTHS_TOGETHER + 1):
        newest = (arrived > until - together * MONTH) & (arrived <= until)
        if newest.sum() >= MIN_LEADS:
            break
    return newest, together


def _select_week(leads: _NewLeads, until: np.datetime64) -> np.ndarray:
    """Return the signals of the newest week's leads; of up to four weeks where they are few, and none where too few."""
    for weeks in range(1, _MAX_WEEKS_TOGETHER + 1):
        newest = (leads.arrived > until - weeks * WEEK) & (leads.arrived <= until)
        if newest.sum() >= MIN_WEEK_LEADS:
            return leads.rows[newest]
    return leads.rows[:0]


def _compare_inputs_and_scores(reference: Reference, leads: _NewLeads, until: np.datetime64) -> dict[str, Any]:
    """Compare signals and scores; return fields of ``MonitoringResult``."""
    newest, together = _select_newest(leads.arrived, until)
    since, count = max(until - together * MONTH, reference.until), int(newest.sum())
    fields = {"since": since, "until": until, "leads": count}
    if count < MIN_LEADS:
        why = f"only {count:,} leads in the newest {4 * together} weeks; at least {MIN_LEADS} are needed"
        return fields | {"why_not": {"inputs": why, "scores": why}}
    # Rounded to whole months: how far beyond training the newest ones lie.
    ahead = 1 + int((since - reference.until) / (together * MONTH) + 0.5)
    level = LEVELS["inputs"] - _SOURCES_LEVEL - _UNSENT_LEVEL
    inputs = measure_drift(reference.signals, leads.rows[newest], level, ahead, together)
    score = measure_drift(reference.score, leads.log_odds[newest, None], LEVELS["scores"], ahead, together)
    why_not = {
        family: "the model learned from too few months to show how far an ordinary one lies from the rest"
        for family, drifts in (("inputs", inputs), ("scores", score))
        if not drifts
    }
    return fields | {"inputs": tuple(inputs), "score": score[0] if score else None, "why_not": why_not}


def _compare_outcomes_and_calibration(reference: Reference, leads: _NewLeads, bundle: Bundle) -> dict[str, Any]:
    """Compare outcomes and calibration of the newest ripe month; return fields of ``MonitoringResult``."""
    ripe = ~np.isnan(leads.label)
    ripe_until = leads.arrived[ripe].max() if ripe.any() else reference.until
    # NaT takes the unripe leads out of the months without moving the others.
    newest, together = _select_newest(np.where(ripe, leads.arrived, np.datetime64("NaT")), ripe_until)
    count = int(newest.sum())
    fields = {
        "ripe_since": max(ripe_until - together * MONTH, reference.until),
        "ripe_until": ripe_until,
        "ripe_leads": count,
    }
    if count < MIN_LEADS:
        why = (
            f"{count:,} leads that arrived after {format_day(reference.until)} are {bundle.horizon_days} days old "
            f"with a known outcome; at least {MIN_LEADS} are needed"
        )
        return fields | {"why_not": {"outcomes": why, "calibration": why}}
    month = compute_month_figures(leads.log_odds[newest], leads.label[newest], bundle.grades)
    points, alarming = compare_month(reference.months, month)
    why_not = {
        family: "too few months of training, or too few leads of either outcome, to show what is usual"
        for family, name in (("outcomes", "outcomes"), ("calibration", "shift"))
        if not np.isfinite(points[name].low)
    }
    return fields | points | {"alarming": alarming, "why_not": why_not}


def compare_month(past: tuple[Month, ...], new: Month) -> tuple[dict[str, ControlPoint], tuple[str, ...]]:
    """Compare outcomes, shift and slope of a new month with the earlier ones.

    Return the three points, and the names of those that raise an alarm: large enough to matter, and beyond what is
    usual.
    """
    points = {
        "outcomes": compare_with_months([month.rate for month in past], new.rate),
        "shift": compare_with_months([month.shift for month in past], new.shift),
        "slope": compare_with_months([month.slope for month in past], new.slope),
    }
    shift_p, slope_p = holm_correction(np.array([points["shift"].p, points["slope"].p]))
    p = {"outcomes": points["outcomes"].p, "shift": shift_p, "slope": slope_p}
    limits = {"outcomes": SHIFT_LIMIT, "shift": SHIFT_LIMIT, "slope": SLOPE_LIMIT}
    levels = {"outcomes": LEVELS["outcomes"], "shift": LEVELS["calibration"], "slope": LEVELS["calibration"]}
    alarming = [
        name
        for name, point in points.items()
        if p[name] < levels[name] and abs(point.observed - point.expected) >= limits[name]
    ]
    return points, tuple(alarming)


def _summarize_months(
    reference: Reference, leads: _NewLeads, until: np.datetime64, bundle: Bundle
) -> tuple[NewMonth, ...]:
    """Return the months since the reference: what was expected of each and, as far as it is ripe, what was realized."""
    # A lead that arrives exactly at the end of a month belongs to it, hence the microsecond.
    number = ((leads.arrived - reference.until - np.timedelta64(1, "us")) // MONTH).astype(int)
    months = []
    for month in np.unique(number):
        in_month = number == month
        ripe = in_month & ~np.isnan(leads.label)
        start = reference.until + int(month) * MONTH
        probability = 1 / (1 + np.exp(-leads.log_odds[in_month]))
        figures = None
        if ripe.any():
            figures = compute_month_figures(leads.log_odds[ripe], leads.label[ripe], bundle.grades)
        months.append(
            NewMonth(start, min(start + MONTH, until), int(in_month.sum()), estimate_performance(probability), figures)
        )
    return tuple(months)
