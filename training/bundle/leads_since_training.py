"""Where is a model's level by now? Read from the leads that arrived since its training, and their outcomes.

Lives here: which leads count, what was known of each at a time, the level at several times.
Does not live here: the filter (``training.model.level_update``), how it would have done on held-out leads
(``training.evaluation.level_update_backtest``).

Only leads that arrived after the end of the model's data count, each by its score at arrival. Silence counts up to the
newest outcome on record and no further: where an export of outcomes ends earlier than that of the leads, later silence
says nothing."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from features.array_types import DAY, FloatArray, IntArray, TimeArray
from features.batch import Batch
from features.point_in_time.context import Context
from features.point_in_time.outcomes import NO_TIME, find_label_known_at, read_outcomes, resolve_outcome_label
from features.tables.tables import Tables
from training.bundle.model_bundle import Bundle
from training.model.level_update import FollowedLevel, RipenedLeads

__all__ = ["LeadsSinceTraining", "LevelPath"]

_STEPS = 60
"""Times at which the level is computed for leads that are scored as of their arrival."""


@dataclass(frozen=True)
class LevelPath:
    """The level at several times.

    Parameters
    ----------
    times : datetime64[us] array of shape (k,), ascending
    levels : tuple of FollowedLevel, of length k
    """

    times: TimeArray
    levels: tuple[FollowedLevel, ...]

    def at(self, cutoffs: TimeArray) -> FloatArray:
        """Return the offset that was known at each of these moments, log-odds; 0 before the first time."""
        offsets = np.array([0.0, *(level.offset for level in self.levels)])
        return offsets[np.searchsorted(self.times, cutoffs, side="right")]


class _Arrivals(NamedTuple):
    """Leads of some tables: their rows, when they arrived, and what became known of them when. Shapes (n,)."""

    rows: IntArray
    arrived: TimeArray
    converted_known_at: TimeArray
    recorded_at: TimeArray
    final_at: TimeArray

    @property
    def known_times(self) -> tuple[TimeArray, TimeArray, TimeArray]:
        """When the conversion, any outcome, and the final outcome of each lead was known."""
        return self.converted_known_at, self.recorded_at, self.final_at

    def take(self, mask: np.ndarray) -> "_Arrivals":
        """Return some of the leads."""
        return _Arrivals(*(part[mask] for part in self))


class LeadsSinceTraining:
    """Leads that arrived after the end of a model's data, chunk by chunk, with what became known of them and when.

    Parameters
    ----------
    bundle : Bundle
    """

    def __init__(self, bundle: Bundle) -> None:
        self._bundle = bundle
        until = bundle.figures.get("data_until")
        self._until = None if until is None else np.datetime64(until, "us")
        self._chunks: list[tuple[np.ndarray, ...]] = []
        self._has_labels = False

    @property
    def can_follow(self) -> bool:
        """Whether this model's level can be followed at all: it has dates, and folds say how the level moves."""
        return self._bundle.dated and self._until is not None and self._bundle.level is not None

    @property
    def until(self) -> np.datetime64 | None:
        """Return the end of the model's data."""
        return self._until

    def add(self, tables: Tables, context: Context, threads: int = 1) -> None:
        """Add the leads of these tables, scored here as of their arrival."""
        leads = self._select(tables)
        if len(leads.rows):
            batch = Batch.from_tables(tables, leads.rows, leads.arrived, context)
            log_odds = self._bundle.score(batch, explain=False, threads=threads).log_odds
            self._chunks.append((leads.arrived, log_odds, *leads.known_times))

    def add_scored(self, tables: Tables, log_odds: FloatArray) -> None:
        """Add the leads of these tables whose first score is at hand, as the model gave it before any followed level.

        Parameters
        ----------
        log_odds : float array of shape (m,)
            NaN for leads that this model did not score when they were new.
        """
        leads = self._select(tables)
        leads = leads.take(~np.isnan(log_odds[leads.rows]))
        if len(leads.rows):
            self._chunks.append((leads.arrived, log_odds[leads.rows], *leads.known_times))

    @property
    def parts(self) -> list[tuple[np.ndarray, ...]]:
        """Return the leads that were added: arrival, log-odds, and three times of what became known, shapes (n,)."""
        return self._chunks

    @property
    def has_labels(self) -> bool:
        """Return whether a label column says how the leads ended."""
        return self._has_labels

    def add_parts(self, parts: list[tuple[np.ndarray, ...]], has_labels: bool) -> None:
        """Add the ``parts`` of leads that another process scored; ``has_labels``: whether a label column says so."""
        self._chunks += parts
        self._has_labels |= has_labels

    def _select(self, tables: Tables) -> "_Arrivals":
        """Select the leads that count: none where no outcome lies beside them."""
        has_label = tables.label is not None and bool(tables.label.notna().any())
        if not self.can_follow or "created_at" not in tables.leads or not (has_label or len(tables.outcomes)):
            return _Arrivals(np.empty(0, np.intp), *(np.empty(0, "datetime64[us]") for _ in range(4)))
        assert self._until is not None, "can_follow has checked it"
        self._has_labels = tables.label is not None
        arrived = tables.created_at
        times = _find_known_times(tables, self._bundle, arrived)
        # NaT compares as False: what never converted did not convert before it arrived.
        counts = (arrived > self._until) & ~(times[0] <= arrived)
        return _Arrivals(np.arange(len(arrived)), arrived, *times).take(counts)

    def follow(self, times: TimeArray) -> LevelPath:
        """Return the level as it was known at each of these times, ascending."""
        if not self._chunks or self._bundle.level is None:
            return LevelPath(times, tuple(FollowedLevel() for _ in times))
        return LevelPath(times, tuple(self._follow_until(time) for time in times))

    def follow_arrivals(self, until: np.datetime64) -> LevelPath:
        """Return the level at times spread over the leads since training: what each lead's arrival could know."""
        arrived = np.concatenate([np.empty(0, "datetime64[us]"), *(chunk[0] for chunk in self._chunks)])
        arrived = np.sort(arrived[arrived <= until])
        steps = np.unique(np.linspace(0, max(len(arrived) - 1, 0), _STEPS).astype(np.intp))
        return self.follow(np.unique(arrived[steps]) if len(arrived) else arrived)

    def _follow_until(self, time: np.datetime64) -> FollowedLevel:
        """Return the level by what was known at this time."""
        level = self._bundle.level
        assert level is not None, "follow asks only where the bundle has a filter"
        arrived, log_odds, converted_known_at, recorded_at, final_at = map(
            np.concatenate, zip(*self._chunks, strict=True)
        )
        # NaT compares as False: nothing was recorded.
        on_record = recorded_at[recorded_at <= time]
        if not len(on_record):
            return FollowedLevel()
        newest = on_record.max()
        is_final, ages = final_at <= newest, (newest - arrived) / DAY
        if self._has_labels:
            share_known, log_odds = is_final.astype(float), log_odds + level.compute_known_odds(ages)
        else:
            share_known = np.where(is_final, 1.0, level.compute_share_known(ages))
        counts = (arrived < newest) & (share_known > 0)
        order, converted = arrived.astype(np.int64).astype(float), (converted_known_at <= newest).astype(float)
        begins_alike = self._bundle.mapping is not None and self._bundle.mapping.label_initial
        if begins_alike and converted[counts].all():
            # No booking of the file has moved on from the state in which all begin: it says nothing yet.
            return FollowedLevel()
        return level.follow(RipenedLeads(order, log_odds, converted, share_known).take(counts))


def _find_known_times(tables: Tables, bundle: Bundle, arrived: TimeArray) -> tuple[TimeArray, TimeArray, TimeArray]:
    """Find when each lead's conversion was recorded, when any outcome of it was, and when its outcome was final.

    Shapes (m,); NaT where that never was.
    """
    horizon_end = arrived + bundle.horizon_days * DAY
    if tables.label is not None:
        label = tables.label.to_numpy(float)
        open_days = tables.mapping.label_open_days
        decided_at = horizon_end if open_days is None else arrived + open_days * DAY
        final_at = np.where(np.isnan(label), NO_TIME, find_label_known_at(tables, decided_at))
        return np.where(label == 1, final_at, NO_TIME), final_at, final_at
    outcomes = read_outcomes(tables, resolve_outcome_label(bundle.label))
    in_time = outcomes.converted_at <= horizon_end
    converted_known_at = np.where(in_time, outcomes.known_at, NO_TIME)
    lost_known_at = np.where(in_time, NO_TIME, outcomes.lost_known_at)
    recorded_at = np.fmin(lost_known_at, converted_known_at)
    # A refusal on record is not final here: counted at once, while a yes of the same age may still come, refusals would
    # pull the level down. Until the horizon is over it counts as silence does.
    return converted_known_at, recorded_at, np.fmin(horizon_end, converted_known_at)
