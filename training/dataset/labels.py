"""Which moments can teach us, and what became of each? Labels: converted within the horizon after the cutoff.

Lives here: which moments are ripe, which still wait, and the label of each.
Does not live here: what was known at the moment (``features``), reading outcomes (``features.point_in_time.outcomes``).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from features.array_types import DAY, HOUR, FloatArray, TimeArray
from features.calendar.timezones import to_utc_times
from features.point_in_time.outcomes import NO_TIME, find_label_known_at, read_outcomes
from features.point_in_time.scoring_moments import HOURS, Moments
from features.practice.practice import Practice
from features.tables.tables import Tables
from training.dataset.label_delay import LabelDelay
from training.errors import TrainingError

__all__ = ["MIN_LEADS_PER_CLASS", "LearningSet", "PendingLabels", "label_leads", "build_learning_set", "require_enough_leads", "describe_unripe"]

MIN_LEADS_PER_CLASS = 20
"""Leads of each kind below which no model is made. Measured on the invented practice, four worlds, two samples each, a
quarter converting, 1,300 later leads; log loss against the base rate, mean and worst: 100 leads (21 to 28 conversions)
-0.011 and +0.010; 150 leads -0.017 and -0.001; 300 leads -0.029 and -0.019; 600 leads -0.039 and -0.023. So the model
begins to earn its place at about this many; with fewer not even the figures that would say how good it is mean
anything."""


@dataclass(frozen=True)
class PendingLabels:
    """n moments whose horizon is not over yet, sorted by lead.

    Parameters
    ----------
    moments : Moments
    converted : float array of shape (n,), 1 a booking is known, 0 none so far
    share_known : float array of shape (n,)
        Of the bookings that will come within the horizon, the share that is known by such an age (``LabelDelay``).
    position : float array of shape (n,), as in ``LearningSet``
    """

    moments: Moments
    converted: FloatArray
    share_known: FloatArray
    position: FloatArray

    def __len__(self) -> int:
        """Number of moments."""
        return len(self.converted)

    @property
    def has_delay_curve(self) -> bool:
        """Whether enough bookings stand behind the curve of delays to learn from these moments."""
        return bool((self.share_known > 0).any())


@dataclass(frozen=True)
class LearningSet:
    """n ripe moments with their labels, sorted by lead.

    Parameters
    ----------
    moments : Moments
    label : float array of shape (n,), 1 converted within the horizon, 0 not
    position : float array of shape (n,)
        Grows with time and is the same for all moments of a lead; NaN in a file without any order.
    arrival : bool array of shape (n,)
        The first moment of its lead.
    left_out : dict
        Why moments were left out -> how many.
    known_at : datetime64[us] array of shape (n,), optional
        When the practice could first know each label: it may teach a model that is fitted then, and none before; NaT
        without dates. Once the horizon has passed, where left out.
    pending : PendingLabels or None
        The moments that are not ripe yet; None in a flat export, whose label says nothing about when.
    """

    moments: Moments
    label: FloatArray
    position: FloatArray
    arrival: np.ndarray
    left_out: dict[str, int]
    known_at: TimeArray | None = None
    pending: PendingLabels | None = None

    def __len__(self) -> int:
        """Number of moments."""
        return len(self.label)


def build_learning_set(tables: Tables, practice: Practice, label: str, hours: Sequence[float] = HOURS) -> LearningSet:
    """The moments a model may learn from, with their labels.

    Raises
    ------
    TrainingError
        If there is neither a label column nor an outcome, or only one class.
    """
    dated = "created_at" in tables.leads
    if tables.label is not None:
        made = _from_label_column(tables, practice, dated)
    elif dated and len(tables.outcomes):
        made = _from_outcomes(tables, practice, label, hours)
    else:
        raise TrainingError(
            f"training: found {len(tables.leads)} leads, no label column and {'no outcome' if dated else 'no dates'}. Expected either a mapping with "
            "[label], or leads with created_at beside an outcomes table. Run: leadlight inspect FILE --out mapping.toml"
        )
    classes = np.unique(made.label)
    if len(classes) < 2:
        found = (
            "no lead to learn from"
            if not len(made)
            else f"only leads that {'converted' if classes[0] == 1 else 'did not convert'} ({len(made)} moments)"
        )
        raise TrainingError(
            f"training: found {found}. Expected both leads that converted and leads that did not; check [label] in the mapping, or take a longer period."
        )
    return made


def require_enough_leads(learning: LearningSet) -> None:
    """Refuse to learn from a handful.

    Raises
    ------
    TrainingError
        With fewer than ``MIN_LEADS_PER_CLASS`` leads of either kind.
    """
    fewest = int(np.bincount(learning.label[learning.arrival].astype(int), minlength=2).min())
    if fewest < MIN_LEADS_PER_CLASS:
        raise TrainingError(
            f"training: too little data: {fewest} leads of the rarer kind, among {int(learning.arrival.sum())} whose outcome is known. "
            f"Expected at least {MIN_LEADS_PER_CLASS} that converted and as many that did not: use the rules until then (urgent first, then the newest), "
            "and train again when there are more."
        )


def label_leads(tables: Tables, practice: Practice, label: str) -> FloatArray:
    """What became of each lead as known today: 1 converted, 0 not, NaN not known yet. Shape (m,)."""
    if tables.label is not None:
        return tables.label.to_numpy(float)
    if "created_at" not in tables.leads:
        return np.full(len(tables.leads), np.nan)
    found = read_outcomes(tables, label)
    ripe = to_utc_times(tables.leads["created_at"]) + practice.horizon_days * DAY <= tables.as_of
    return np.where(~np.isnat(found.converted_at), 1.0, np.where(ripe | ~np.isnat(found.lost_known_at), 0.0, np.nan))


def _from_outcomes(tables: Tables, practice: Practice, label: str, hours: Sequence[float]) -> LearningSet:
    """Moments while open; converted within the horizon after the cutoff, by what the whole period shows; unripe moments
    set apart.
    """
    horizon = practice.horizon_days * DAY
    created_at, found, until = to_utc_times(tables.leads["created_at"]), read_outcomes(tables, label), tables.as_of
    moments = Moments.while_open(created_at, found.closed_at, until, hours)
    early = (found.converted_at <= created_at)[moments.of_lead]
    converted_at = found.converted_at[moments.of_lead]
    ripe = moments.cutoff + horizon <= until
    converted = ((converted_at > moments.cutoff) & (converted_at <= moments.cutoff + horizon)).astype(float)
    position = created_at.astype(np.int64).astype(float)
    left_out = {
        describe_unripe(practice.horizon_days): int((~ripe).sum()),
        "converted before or at arrival": int((ripe & early).sum()),
    }
    offset_hours = (moments.cutoff - created_at[moments.of_lead]) / HOUR
    days_until_known = (found.known_at[moments.of_lead] - moments.cutoff) / DAY
    booked = ripe & ~early & (converted == 1)
    unripe = ~ripe & ~early
    age_days = (until - moments.cutoff[unripe]) / DAY
    share_known = LabelDelay.from_bookings(offset_hours[booked], days_until_known[booked]).compute_share_known(offset_hours[unripe], age_days)
    known_at = np.fmax(moments.cutoff + horizon, np.where(converted == 1, found.known_at[moments.of_lead], NO_TIME))
    waiting = PendingLabels(moments.take(unripe), converted[unripe], share_known, position[moments.of_lead[unripe]])
    kept = ripe & ~early
    return _made(moments.take(kept), converted[kept], position, known_at[kept], left_out, waiting)


def describe_unripe(horizon_days: int) -> str:
    """Why an unripe moment is left out, in words.

    >>> describe_unripe(30)
    'the 30 days after the moment are not over yet'
    """
    return f"the {horizon_days} days after the moment are not over yet"


def _from_label_column(tables: Tables, practice: Practice, dated: bool) -> LearningSet:
    """One moment a lead, at arrival where dates exist; the label as the export states it.

    Where dates exist and nothing says when a label became known, leads younger than the horizon are left out, converted
    or not: "not converted" may mean "not yet", and their conversions alone would teach that the newest leads always
    convert."""
    label = tables.label.to_numpy(float)
    cutoff = to_utc_times(tables.leads["created_at"]) if dated else np.full(len(label), NO_TIME)
    order = tables.order.to_numpy(float) if tables.order is not None else np.full(len(label), np.nan)
    position = cutoff.astype(np.int64).astype(float) if dated else order
    said = ~np.isnan(label)
    waits = (
        said & (cutoff + practice.horizon_days * DAY > tables.as_of)
        if dated and tables.label_known_at is None
        else np.zeros(len(label), bool)
    )
    if said.any() and waits[said].all():
        raise TrainingError(
            f"training: all {int(said.sum())} leads arrived within the last {practice.horizon_days} days, so what became of them is not known yet. Expected "
            "older leads, or [label] known_at in the mapping, or a shorter horizon_days in practice.toml."
        )
    kept = said & ~waits
    known_at = find_label_known_at(tables, cutoff + practice.horizon_days * DAY)
    left_out = {"no label": int((~said).sum()), describe_unripe(practice.horizon_days): int(waits.sum())}
    return _made(Moments.single(cutoff).take(kept), label[kept], position, known_at[kept], left_out)


def _made(
    moments: Moments,
    label: FloatArray,
    position: FloatArray,
    known_at: TimeArray,
    left_out: dict[str, int],
    pending: PendingLabels | None = None,
) -> LearningSet:
    arrival = np.ones(len(moments), bool)
    arrival[1:] = moments.of_lead[1:] != moments.of_lead[:-1]
    left_out = {why: count for why, count in left_out.items() if count}
    return LearningSet(
        moments, label, position[moments.of_lead], arrival, left_out, known_at.astype("datetime64[us]"), waiting
    )
