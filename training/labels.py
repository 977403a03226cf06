"""Which moments can teach us, and what became of each? Labels: converted within the horizon after the cutoff.

Lives here: when a lead was closed, when its outcome was known, which moments are ripe; the record of earlier outcomes (``History``).
Does not live here: what was known at the moment (``features``).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.clock import plain_times
from features.history import FIELDS, History
from features.moments import Moments
from features.practice import Practice
from features.tables import Tables
from features.types import DAY, FloatArray, TimeArray
from training.errors import TrainingError

__all__ = ["LearningSet", "Outcomes", "lead_labels", "learning_set", "outcomes_of", "record_of"]

_IMPLIED_BY = {"booked": ("booked", "attended", "treated"), "attended": ("attended", "treated"), "treated": ("treated",)}
NOT_SAID = np.datetime64("NaT", "us")


@dataclass(frozen=True)
class Outcomes:
    """What became of each of m leads.

    Parameters
    ----------
    converted_at : datetime64[us] array of shape (m,)
        When the lead first converted; NaT if it did not (yet).
    known_at : datetime64[us] array of shape (m,)
        When the practice recorded that conversion.
    lost_known_at : datetime64[us] array of shape (m,)
        When the practice recorded that the lead was lost; NaT otherwise.
    """

    converted_at: TimeArray
    known_at: TimeArray
    lost_known_at: TimeArray

    @property
    def closed_at(self) -> TimeArray:
        """When each lead stopped being open: converted, or known to be lost, whichever was first; NaT while open."""
        return np.fmin(self.converted_at, self.lost_known_at)


@dataclass(frozen=True)
class LearningSet:
    """n moments with their labels, sorted by lead.

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
        When the practice could first know each label: it may teach a model that is fitted then, and none before; NaT without dates. Once
        the horizon has passed, where left out.
    """

    moments: Moments
    label: FloatArray
    position: FloatArray
    arrival: np.ndarray
    left_out: dict[str, int]
    known_at: TimeArray | None = None

    def __len__(self) -> int:
        """Number of moments."""
        return len(self.label)


def outcomes_of(tables: Tables, label: str) -> Outcomes:
    """First conversion and first loss of each lead, from the outcomes table."""
    converted = tables.outcomes[tables.outcomes["stage"].isin(_IMPLIED_BY[label])]
    lost = tables.outcomes[tables.outcomes["stage"] == "lost"]
    known = converted["recorded_at"].fillna(converted["occurred_at"]) if "recorded_at" in converted else converted.get("occurred_at")
    lost_known = lost["recorded_at"].fillna(lost["occurred_at"]) if "recorded_at" in lost else lost.get("occurred_at")
    ids = tables.leads["lead_id"]
    return Outcomes(*(_first(times, frame["lead_id"], ids) for times, frame in ((converted["occurred_at"], converted), (known, converted), (lost_known, lost))))


def learning_set(tables: Tables, practice: Practice, label: str) -> LearningSet:
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
        made = _from_outcomes(tables, practice, label)
    else:
        raise TrainingError(
            f"training: found {len(tables.leads)} leads, no label column and {'no outcome' if dated else 'no dates'}. Expected either a mapping with "
            "[label], or leads with created_at beside an outcomes table. Run: leadlight inspect FILE --out mapping.toml"
        )
    classes = np.unique(made.label)
    if len(classes) < 2:
        found = "no lead to learn from" if not len(made) else f"only leads that {'converted' if classes[0] == 1 else 'did not convert'} ({len(made)} moments)"
        raise TrainingError(f"training: found {found}. Expected both leads that converted and leads that did not; check [label] in the mapping, or take a longer period.")
    return made


def lead_labels(tables: Tables, practice: Practice, label: str) -> FloatArray:
    """What became of each lead as known today: 1 converted, 0 not, NaN not known yet. Shape (m,)."""
    if tables.label is not None:
        return tables.label.to_numpy(float)
    if "created_at" not in tables.leads:
        return np.full(len(tables.leads), np.nan)
    found = outcomes_of(tables, label)
    ripe = plain_times(tables.leads["created_at"]) + practice.horizon_days * DAY <= tables.as_of
    return np.where(~np.isnat(found.converted_at), 1.0, np.where(ripe | ~np.isnat(found.lost_known_at), 0.0, np.nan))


def record_of(tables: Tables, practice: Practice, label: str) -> History | None:
    """The record of outcomes by channel, campaign and so on; None without dates.

    A conversion is known when recorded, a loss when recorded, silence once the horizon has passed. A label column counts as known when the
    mapping's ``[label] known_at`` says; where it says nothing, when the horizon has passed.
    """
    if "created_at" not in tables.leads:
        return None
    horizon = practice.horizon_days * DAY
    created_at = plain_times(tables.leads["created_at"])
    ripe_at = created_at + horizon
    if tables.label is not None:
        booked = tables.label.to_numpy(float) == 1
        known_at = np.where(np.isnan(tables.label.to_numpy(float)), NOT_SAID, _label_known_at(tables, ripe_at))
    else:
        found = outcomes_of(tables, label)
        booked = found.converted_at <= ripe_at
        known_at = np.where(booked, found.known_at, np.fmin(ripe_at, found.lost_known_at))
    known_at = np.where(known_at <= tables.as_of, known_at, NOT_SAID)
    columns = {name: tables.leads[name].to_numpy(object) for name in FIELDS if name in tables.leads}
    return History.of(tables.leads["lead_id"].to_numpy(object), columns, known_at.astype("datetime64[us]"), booked)


def _from_outcomes(tables: Tables, practice: Practice, label: str) -> LearningSet:
    """Moments while open; converted within the horizon after the cutoff, by what the whole period shows; unripe moments left out."""
    horizon = practice.horizon_days * DAY
    created_at, found, until = plain_times(tables.leads["created_at"]), outcomes_of(tables, label), tables.as_of
    early = found.converted_at <= created_at
    moments = Moments.while_open(created_at, found.closed_at, until)
    converted_at = found.converted_at[moments.of_lead]
    ripe = moments.cutoff + horizon <= until
    kept = ripe & ~early[moments.of_lead]
    label_values = ((converted_at > moments.cutoff) & (converted_at <= moments.cutoff + horizon)).astype(float)
    left_out = {
        f"the {practice.horizon_days} days after the moment are not over yet": int((~ripe).sum()),
        "converted before or at arrival": int((ripe & early[moments.of_lead]).sum()),
    }
    known_at = np.fmax(moments.cutoff + horizon, np.where(label_values == 1, found.known_at[moments.of_lead], NOT_SAID))
    return _made(moments.take(kept), label_values[kept], created_at.astype(np.int64).astype(float), known_at[kept], left_out)


def _label_known_at(tables: Tables, otherwise: TimeArray) -> TimeArray:
    """When each label of a label column was known, shape (m,); ``otherwise`` where nothing says so."""
    if tables.label_known_at is None:
        return otherwise
    said = plain_times(tables.label_known_at)
    return np.where(np.isnat(said), otherwise, said)


def _from_label_column(tables: Tables, practice: Practice, dated: bool) -> LearningSet:
    """One moment a lead, at arrival where dates exist; the label as the export states it."""
    label = tables.label.to_numpy(float)
    cutoff = plain_times(tables.leads["created_at"]) if dated else np.full(len(label), NOT_SAID)
    order = tables.order.to_numpy(float) if tables.order is not None else np.full(len(label), np.nan)
    position = cutoff.astype(np.int64).astype(float) if dated else order
    kept = ~np.isnan(label)
    known_at = _label_known_at(tables, cutoff + practice.horizon_days * DAY)
    return _made(Moments.single(cutoff).take(kept), label[kept], position, known_at[kept], {"no label": int((~kept).sum())})


def _made(moments: Moments, label: FloatArray, position: FloatArray, known_at: TimeArray, left_out: dict[str, int]) -> LearningSet:
    arrival = np.ones(len(moments), bool)
    arrival[1:] = moments.of_lead[1:] != moments.of_lead[:-1]
    return LearningSet(moments, label, position[moments.of_lead], arrival, {why: count for why, count in left_out.items() if count}, known_at.astype("datetime64[us]"))


def _first(times: pd.Series, lead_id: pd.Series, ids: pd.Series) -> TimeArray:
    """The earliest time of each lead, in the order of ``ids``; NaT where it has none."""
    if not len(times):
        return np.full(len(ids), NOT_SAID)
    return plain_times(times.groupby(lead_id.to_numpy(object)).min().reindex(ids.to_numpy(object)))

