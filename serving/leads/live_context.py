"""What do the practice's own outcomes say by now? Booking rates and earlier inquiries from the store.

Lives here: an engine that knows the store's outcomes and the level they call for, rebuilt every quarter of an hour and
for a new champion, in the background.
Does not live here: how a rate is counted (``features.point_in_time.outcome_history``), the level
(``training.bundle.leads_since_training``), which columns both need (``serving.store.repositories.outcome_history``),
the champion (``serving.scoring.model_loader``).

A stored lead has its own earlier inquiries counted when it is scored (``stored_lead``); the contact index here is for
leads that are only scored.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from features.point_in_time.outcomes import add_practice_records
from features.schema import CUSTOM_PREFIX
from features.tables.tables import Tables
from serving.scoring.engine import Engine
from serving.scoring.model_loader import Champion
from serving.scoring.read_lead import ReadLead
from serving.store.repositories.outcome_history import EarlierOutcomes
from serving.store.store import Store
from training.bundle import Bundle, FollowedLevel, LeadsSinceTraining

__all__ = ["MAX_LEADS", "REFRESH_SECONDS", "LiveContext", "build_tables", "follow_level"]

REFRESH_SECONDS = 900.0
"""Age at which the context is rebuilt."""

MAX_LEADS = 200_000
"""Only the newest leads are read, so that memory stays bounded; for older ones the model's own history counts."""

_LOOK_SECONDS = 1.0
_TIMES = ("created_at", "occurred_at", "recorded_at")

log = logging.getLogger("leadlight.records")


class LiveContext:
    """Give the engine in use, with the practice's own outcomes once they were read.

    Parameters
    ----------
    store : Store
    champion : Champion
    clock : callable
        Seconds, never running backwards.
    """

    def __init__(self, store: Store, champion: Champion, clock: Callable[[], float] = time.monotonic) -> None:
        self._store, self._champion, self._clock = store, champion, clock
        self._made: Engine | None = None
        self._swapping = threading.Lock()
        self._made_at = float("-inf")

    @property
    def engine(self) -> Engine:
        """The engine in use; a new champion answers with its own history until its context is built.

        RequestError while there is none.
        """
        engine, live_engine = self._champion.engine, self._made
        if live_engine is None or not _same_model(live_engine, engine):
            return engine
        if live_engine.bundle is not engine.bundle:
            # The same model with other settings of the desk: what was read from the store stays.
            adopted = replace(live_engine, bundle=engine.bundle)
            with self._swapping:
                # Where the store was read again meanwhile, that context is newer and stays.
                if self._made is live_engine:
                    self._made = adopted
            return adopted
        return live_engine

    def refresh(self) -> None:
        """Read the store and rebuild the context now."""
        engine, now = self._champion.engine, np.datetime64(time.time_ns() // 1000, "us")
        history = engine.bundle.context.history
        custom_fields = [] if history is None else [name for name in history.names if name.startswith(CUSTOM_PREFIX)]
        with self._store.reading() as at:
            past = at.read_earlier_outcomes(MAX_LEADS, custom_fields)
            first_scores = at.read_first_scores(engine.bundle.sha256)
        tables = build_tables(past)
        knowledge = add_practice_records(engine.bundle.context, tables, engine.bundle.label, now)
        level = follow_level(engine.bundle, tables, first_scores, now)
        live_engine = replace(engine, context=knowledge, log=None, level=level)
        live_engine.score_read(
            [ReadLead({}, ())], now
        )  # what is made when first needed is made here, and not in somebody's request
        with self._swapping:
            self._made, self._made_at = replace(live_engine, log=engine.log), self._clock()

    def run(self, stop: threading.Event) -> None:
        """Keep the context fresh until stopped.

        A failure is logged by its kind and retried in a quarter of an hour.
        """
        while not stop.is_set():
            if self._is_due():
                try:
                    self.refresh()
                except (
                    Exception
                ) as fault:  # the model's own record stands meanwhile; a fault here must not end it for good
                    log.error("the record was not read: %s", type(fault).__name__)
                    self._made_at = self._clock()
            stop.wait(_LOOK_SECONDS)

    def _is_due(self) -> bool:
        """Return whether the context is old, or belongs to another model."""
        engine, _ = self._champion.state
        if engine is None:
            return False
        is_new = self._made is not None and not _same_model(self._made, engine)
        return is_new or self._clock() - self._made_at >= REFRESH_SECONDS


def follow_level(
    bundle: Bundle, tables: Tables, first_scores: Mapping[str, float], now: np.datetime64
) -> FollowedLevel:
    """Return where the level of the scores is, by the outcomes of the leads that arrived since training.

    It depends on the store and the moment of its newest outcome alone: the same store gives the same level.
    """
    since_training = LeadsSinceTraining(bundle)
    if not since_training.can_follow or not first_scores:
        return FollowedLevel()
    ids = tables.leads["lead_id"]
    since_training.add_scored(tables, np.array([first_scores.get(lead_id, np.nan) for lead_id in ids], float))
    level = since_training.follow(np.array([now])).levels[0]
    if level.has_run_away:
        log.warning("the level of the scores has run away: %s", level.describe())
    return level


def build_tables(past: EarlierOutcomes) -> Tables:
    """Build validated tables of the store's past; columns that nobody filled are absent."""
    columns = {
        name: _column(name, values)
        for name, values in past.leads.items()
        if name == "lead_id" or any(value is not None for value in values)
    }
    outcomes = pd.DataFrame({name: _column(name, values) for name, values in past.outcomes.items()})
    custom = {name: "crowded_category" for name in columns if name.startswith(CUSTOM_PREFIX)}
    return Tables(pd.DataFrame(columns), pd.DataFrame(), outcomes, pd.DataFrame(), custom)


def _column(name: str, values: list[Any]) -> pd.Series:
    """Build one column in the dtype of validated tables."""
    if name in _TIMES:
        return (
            pd.Series(pd.DatetimeIndex(values, tz="UTC").as_unit("us"))
            if values
            else pd.Series([], dtype="datetime64[us, UTC]")
        )
    return pd.Series(values, dtype=object)


def _same_model(engine: Engine, other: Engine) -> bool:
    return engine.bundle.sha256 == other.bundle.sha256 and engine.version == other.version
