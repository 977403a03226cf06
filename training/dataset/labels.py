"""Which moments can a model learn from, and what is the label of each? Converted within the horizon after the cutoff.

Lives here: which moments are ripe (their horizon is over), which are still pending, and the label of each.
Does not live here: what was known at the moment (``features``), reading outcomes (``features.point_in_time.outcomes``).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from features.array_types import DAY, HOUR, FloatArray, TimeArray
from features.point_in_time.outcomes import NO_TIME, find_label_known_at, find_waiting_days, read_outcomes
from features.point_in_time.scoring_moments import HOURS, Moments
from features.practice.practice import Practice
from features.tables.tables import Tables
from training.dataset.label_delay import LabelDelay
from training.dataset.label_finality import LabelFinality, decide_finality, decide_open_days
from training.errors import TrainingError

__all__ = [
    "MIN_LEADS_PER_CLASS",
    "LearningSet",
    "PendingLabels",
    "build_learning_set",
    "describe_unripe",
    "label_leads",
    "require_enough_leads",
]

MIN_LEADS_PER_CLASS = 20
"""No model is trained with fewer leads of either class.

Measured on the synthetic practice, four worlds, two samples each, a quarter converting, 1,300 later leads; log loss
against the base rate, mean and worst: 100 leads (21 to 28 conversions) -0.011 and +0.010; 150 leads -0.017 and -0.001;
300 leads -0.029 and -0.019; 600 leads -0.039 and -0.023. So the model begins to be worth having at about this number;
with fewer, even the metrics of its quality mean nothing."""


@dataclass(frozen=True)
class PendingLabels:
    """Labels so far of n moments whose horizon is not over yet, sorted by lead.

    Parameters
    ----------
    moments : Moments
    converted : float array of shape (n,)
        1 a booking is known, 0 none so far.
    share_known : float array of shape (n,)
        Of the bookings that will come within the horizon, the share known at the moment's age (``LabelDelay``).
    position : float array of shape (n,), as in ``LearningSet``
    """

    moments: Moments
    converted: FloatArray
    share_known: FloatArray
    position: FloatArray

    def __len__(self) -> int:
        """Return the number of moments."""
        return len(self.converted)

    @property
    def has_delay_curve(self) -> bool:
        """Whether there were enough bookings to draw the curve of delays, so that these moments can be learned from."""
        return bool((self.share_known > 0).any())


@dataclass(frozen=True)
class LearningSet:
    """Labels of n ripe moments, sorted by lead.

    Parameters
    ----------
    moments : Moments
    label : float array of shape (n,)
        1 converted within the horizon, 0 not.
    position : float array of shape (n,)
        Grows with time and is the same for all moments of a lead; NaN in a file without any order.
    arrival : bool array of shape (n,)
        Whether the moment is the first of its lead.
    left_out : dict
        Why moments were left out -> how many.
    known_at : datetime64[us] array of shape (n,), optional
        When the practice could first know each label: only a model fitted later may learn from it; NaT without dates.
        The end of the horizon when not given.
    pending : PendingLabels or None
        The moments that are not ripe yet; None in a flat export, whose label says nothing about when.
    converted_known_at : datetime64[us] array of shape (n,), optional
        When the practice recorded each conversion, NaT where there was none; None in a flat export, which does not say
        what was known of a lead before its label was.
    known_order : float array of shape (n,), optional
        Grows with the time at which each label was known, where that differs from lead to lead: of the newest arrivals
        only the quick outcomes are known, so folds are cut by this order; see ``order``.
    finality : str
        Flat exports only: whether the labels of the newest leads are final, and why.
    """

    moments: Moments
    label: FloatArray
    position: FloatArray
    arrival: np.ndarray
    left_out: dict[str, int]
    known_at: TimeArray | None = None
    pending: PendingLabels | None = None
    finality: str = ""
    converted_known_at: TimeArray | None = None
    known_order: FloatArray | None = None

    @property
    def order(self) -> FloatArray:
        """Return the order in time in which leads are held out, shape (n,): of arrival, or of known labels."""
        return self.position if self.known_order is None else self.known_order

    def __len__(self) -> int:
        """Return the number of moments."""
        return len(self.label)


def build_learning_set(tables: Tables, practice: Practice, label: str, hours: Sequence[float] = HOURS) -> LearningSet:
    """Build the moments a model may learn from, with their labels.

    Raises
    ------
    TrainingError
        If there is neither a label column nor an outcome, or only one class.
    """
    dated = "created_at" in tables.leads
    if tables.label is not None:
        learning = _label_by_column(tables, practice, dated)
    elif dated and len(tables.outcomes):
        learning = _label_by_outcomes(tables, practice, label, hours)
    else:
        missing = "no outcome" if dated else "no dates"
        raise TrainingError(
            f"training: found {len(tables.leads)} leads, no label column and {missing}. Expected either a mapping "
            "with [label], or leads with created_at and an outcomes table. Run: "
            "leadlight inspect FILE --out mapping.toml"
        )
    classes = np.unique(learning.label)
    if len(classes) >= 2:
        return learning
    if len(classes) == 1:
        result = "converted" if classes[0] == 1 else "did not convert"
        leads = f"only leads that {result} ({len(learning)} moments)"
    else:
        leads = "no lead to learn from"
    raise TrainingError(
        f"training: found {leads}. Expected both leads that converted and leads that did not; check [label] in the "
        "mapping, or use a longer period."
    )


def require_enough_leads(learning: LearningSet) -> None:
    """Raise an error where there are too few leads to learn from.

    Raises
    ------
    TrainingError
        With fewer than ``MIN_LEADS_PER_CLASS`` leads of either class.
    """
    rarer = int(np.bincount(learning.label[learning.arrival].astype(int), minlength=2).min())
    if rarer < MIN_LEADS_PER_CLASS:
        raise TrainingError(
            f"training: too little data: {rarer} leads of the rarer kind, among {int(learning.arrival.sum())} whose "
            f"outcome is known. Expected at least {MIN_LEADS_PER_CLASS} that converted and as many that did not: use "
            "the rules until then (urgent first, then the newest), and train again when there are more."
        )


def label_leads(tables: Tables, practice: Practice, label: str) -> FloatArray:
    """Return the outcome of each lead as known today: 1 converted, 0 not, NaN not known yet. Shape (m,)."""
    if tables.label is not None:
        return tables.label.to_numpy(float)
    if "created_at" not in tables.leads:
        return np.full(len(tables.leads), np.nan)
    outcomes = read_outcomes(tables, label)
    ripe = tables.created_at + practice.horizon_days * DAY <= tables.as_of
    not_converted = np.where(ripe | ~np.isnat(outcomes.lost_known_at), 0.0, np.nan)
    return np.where(~np.isnat(outcomes.converted_at), 1.0, not_converted)


def _label_by_outcomes(tables: Tables, practice: Practice, label: str, hours: Sequence[float]) -> LearningSet:
    """Label each moment at which the lead was open: converted within the horizon after the cutoff.

    The label is what the whole period shows; unripe moments become ``pending``.
    """
    horizon, until = practice.horizon_days * DAY, tables.as_of
    created_at, outcomes = tables.created_at, read_outcomes(tables, label)
    moments = Moments.while_open(created_at, outcomes.closed_at, until, hours)
    cutoff, of_lead = moments.cutoff, moments.of_lead
    # Some CRMs create the lead when the appointment is booked: there is nothing left to predict for it.
    early = (outcomes.converted_at <= created_at)[of_lead]
    converted_at = outcomes.converted_at[of_lead]
    ripe = cutoff + horizon <= until
    converted = ((converted_at > cutoff) & (converted_at <= cutoff + horizon)).astype(float)
    position = created_at.astype(np.int64).astype(float)
    left_out = {
        describe_unripe(practice.horizon_days): int((~ripe).sum()),
        "converted before or at arrival": int((ripe & early).sum()),
    }
    offset_hours = (cutoff - created_at[of_lead]) / HOUR
    days_until_known = (outcomes.known_at[of_lead] - cutoff) / DAY
    booked, unripe = ripe & ~early & (converted == 1), ~ripe & ~early
    delay = LabelDelay.from_bookings(offset_hours[booked], days_until_known[booked])
    share_known = delay.compute_share_known(offset_hours[unripe], (until - cutoff[unripe]) / DAY)
    pending = PendingLabels(moments.take(unripe), converted[unripe], share_known, position[of_lead[unripe]])
    # fmax ignores NaT: a moment without a conversion is known once its horizon is over.
    known_at = np.fmax(cutoff + horizon, np.where(converted == 1, outcomes.known_at[of_lead], NO_TIME))
    usable = ripe & ~early
    learning = _assemble(moments.take(usable), converted[usable], position, known_at[usable], left_out, pending)
    recorded_at = np.where(converted == 1, outcomes.known_at[of_lead], NO_TIME).astype("datetime64[us]")
    return replace(learning, converted_known_at=recorded_at[usable])


def describe_unripe(horizon_days: int) -> str:
    """Say why an unripe moment is left out.

    >>> describe_unripe(30)
    'the 30 days after the moment are not over yet'
    """
    return f"the {horizon_days} days after the moment are not over yet"


def _label_by_column(tables: Tables, practice: Practice, dated: bool) -> LearningSet:
    """Return one moment a lead, at arrival where dates exist; the label as the export states it.

    Where dates exist and nothing says when a label became known, leads younger than the horizon are left out, converted
    or not, unless their labels are final (see ``decide_finality``): "not converted" may mean "not yet", and their
    conversions alone would teach that the newest leads always convert."""
    label = tables.label.to_numpy(float)
    # Without dates every moment is NaT, and a running number, where there is one, is the only order.
    cutoff = tables.created_at
    order = tables.order.to_numpy(float) if tables.order is not None else np.full(len(label), np.nan)
    position = cutoff.astype(np.int64).astype(float) if dated else order
    labeled = ~np.isnan(label)
    unripe, finality = np.zeros(len(label), bool), LabelFinality(True)
    if dated and tables.mapping.label_open_days is not None:
        unripe = labeled & (cutoff + tables.mapping.label_open_days * DAY > tables.as_of)
        finality = decide_open_days(tables.mapping.label_open_days, int(unripe.sum()))
    elif dated and tables.label_known_at is None:
        finality = decide_finality(tables.mapping, label, cutoff, tables.as_of, practice.horizon_days)
        if not finality.is_final:
            unripe = labeled & (cutoff + practice.horizon_days * DAY > tables.as_of)
    if labeled.any() and unripe[labeled].all():
        raise TrainingError(
            f"training: all {int(labeled.sum())} leads arrived within the last {practice.horizon_days} days, so their "
            "outcome is not known yet. Expected older leads, or [label] known_at or final = true in the mapping, or a "
            "shorter horizon_days in practice.toml."
        )
    usable = labeled & ~unripe
    waiting_days = find_waiting_days(tables, practice)
    known_at = find_label_known_at(tables, cutoff + waiting_days * DAY)
    left_out = {"no label": int((~labeled).sum()), describe_unripe(waiting_days): int(unripe.sum())}
    learning = _assemble(Moments.single(cutoff).take(usable), label[usable], position, known_at[usable], left_out)
    if dated and tables.label_known_at is not None:
        learning = replace(learning, known_order=learning.known_at.astype(np.int64).astype(float))
    return replace(learning, finality=finality.reason)


def _assemble(
    moments: Moments,
    label: FloatArray,
    position: FloatArray,
    known_at: TimeArray,
    left_out: dict[str, int],
    pending: PendingLabels | None = None,
) -> LearningSet:
    """Build the learning set of these moments; ``position`` is by lead, shape (m,)."""
    arrival = np.ones(len(moments), bool)
    arrival[1:] = moments.of_lead[1:] != moments.of_lead[:-1]
    left_out = {cause: count for cause, count in left_out.items() if count}
    return LearningSet(
        moments, label, position[moments.of_lead], arrival, left_out, known_at.astype("datetime64[us]"), pending
    )
