"""What does a call desk see of the invented practice's later months? A model trained on the earlier ones, and its
scores of every open lead.

Lives here: one world in two parts (months to learn from, months to play), and the scores as the service would make
them. Does not live here: playing the desk (``desk_play``), the orders that are compared (``desk_orders``).

The model is trained as ``leadlight train`` does it, on what was known on the first day that is played. It scores each
later lead at arrival and again as time passes with nothing happening but calls in vain: on a grid of hours since
arrival and of calls made (spread evenly since arrival), with the events that had happened by arrival, between whose
hours the chance is interpolated. Nothing of the truth enters a score."""

import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from features.batch import Batch
from features.calendar.timezones import to_utc_times
from features.mapping.column_mapping import Mapping
from features.practice.practice import Practice
from features.practice_file.practice_toml import read_practice
from features.synthetic import call_desk_simulation, ground_truth, seasonality
from features.synthetic.generator import DrawnInquiries, draw_inquiries, invent
from features.tables.tables import Tables, read_tables
from serving.scoring.priority_lanes import choose_lane, find_emergencies
from training.bundle import Bundle
from training.dataset.as_of import cut_tables_as_of
from training.model.rules_baseline import score_by_rules
from training.pipeline import train
from training.settings import Settings

UNTIL, MONTHS, PLAYED = date(2026, 11, 1), 18, 5
"""The export's day, months in all, and how many of them at the end are played."""

GRID = np.array([0.0, 1.0, 3.0, 8.0, 24.0, 48.0, 96.0, 192.0, 360.0])
"""Hours since arrival at which leads are scored."""

WISHES = ground_truth.PREFERENCES
"""The times of day that people ask for; the first is none."""

QUICK = Settings(most_trees=300, resamples=10, folds=4, threads=1)


@dataclass(frozen=True)
class DeskWorld:
    """The leads of the months that are played, as the desk knows them and as they are; arrays of shape (n,) in order of
    arrival.

    Parameters
    ----------
    start, stop : float
        The played time, seconds since 1970 UTC.
    created : float array, seconds since 1970 UTC
    chance, reach : float arrays of shape (n, 6, grid)
        The model's probability of a booking, and of being reached, by calls made in vain and by ``GRID``.
    lane : object array of shape (n, 6, grid)
    value, rules, priority : what the service asked for is worth (NaN unknown), the usual rules' points, the channel's
    rank at the practice's own desk
    wish : int array, position in ``WISHES``
    own : ground_truth.LeadParameters
        The truth, for the play and the oracle only.
    """

    practice: Practice
    start: float
    stop: float
    created: np.ndarray
    chance: np.ndarray
    reach: np.ndarray
    lane: np.ndarray
    value: np.ndarray
    rules: np.ndarray
    priority: np.ndarray
    wish: np.ndarray
    own: ground_truth.LeadParameters

    def __len__(self) -> int:
        """Number of leads."""
        return len(self.created)


def desk_world(leads: int, seed: int, settings: Settings = QUICK) -> DeskWorld:
    """Invent a practice with leads over 18 months, learn from the first 13, score the leads to call of the last 5."""
    with tempfile.TemporaryDirectory() as folder:
        invent(leads, seed, UNTIL, MONTHS).write(Path(folder) / "data")
        practice = read_practice(Path(folder) / "data" / "practice.toml")
        tables = read_tables(Path(folder) / "data", Mapping.identity(), practice)
    start = np.datetime64(int(_midnight(_months_before(UNTIL, PLAYED), practice)), "s").astype("datetime64[us]")
    bundle = train(cut_tables_as_of(tables, start), practice, settings, tables.mapping).bundle
    return as_seen(tables, bundle, draw_inquiries(leads, seed, UNTIL, MONTHS), _months_before(UNTIL, PLAYED), UNTIL)


def as_seen(tables: Tables, bundle: Bundle, drawn: DrawnInquiries, first: date, last: date) -> DeskWorld:
    """Return the leads to call from ``first`` up to, not including, ``last``, as a desk with this model sees them."""
    practice = drawn.practice
    start, stop = _midnight(first, practice), _midnight(last, practice)
    leads = len(tables.leads)
    created = drawn.inquiries["created"].to_numpy()[:leads]
    rows = np.flatnonzero((created >= start) & (drawn.parameters.max_attempts[:leads] > 0))
    later = _only(tables, rows)
    own = ground_truth.LeadParameters(**{name: values[rows] for name, values in vars(drawn.parameters).items()})
    priority = drawn.inquiries["channel"].map(call_desk_simulation.PRIORITY).fillna(0).to_numpy()[rows]
    return DeskWorld(
        practice,
        start,
        stop,
        created[rows],
        *_scores(later, bundle),
        *_known(later, practice, bundle),
        priority,
        own.prefers,
        own,
    )


def _midnight(day: date, practice: Practice) -> float:
    """The beginning of a day, seconds since 1970 UTC."""
    return float(seasonality.to_utc(np.zeros(1), np.zeros(1), day, practice.zone)[0])


def _months_before(day: date, months: int) -> date:
    index = day.year * 12 + day.month - 1 - months
    return date(index // 12, index % 12 + 1, 1)


def _only(tables: Tables, rows: np.ndarray) -> Tables:
    """Some leads and the events that had happened when each arrived."""
    leads = tables.leads.iloc[rows].reset_index(drop=True)
    arrived = pd.Series(to_utc_times(leads["created_at"]), index=leads["lead_id"])
    events = tables.events[tables.events["lead_id"].isin(set(leads["lead_id"]))]
    before = to_utc_times(events["occurred_at"]) <= arrived.reindex(events["lead_id"]).to_numpy()
    return Tables(
        leads, events[before].reset_index(drop=True), tables.outcomes.iloc[:0], tables.spend.iloc[:0], tables.custom
    )


def _scores(tables: Tables, bundle: Bundle) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Chance of a booking, of being reached, and the lane, by calls in vain and hours since arrival."""
    n, made = len(tables.leads), []
    for calls in range(call_desk_simulation.MAX_ATTEMPTS):
        for hours in GRID:
            batch = _batch(tables, bundle, hours, calls)
            scored = bundle.score(batch, explain=False)
            if not made:
                urgent = find_emergencies(batch)
            made.append((scored.probability, scored.probability if scored.reach is None else scored.reach))
    chance, reach = (
        np.stack(one, axis=1).reshape(n, call_desk_simulation.MAX_ATTEMPTS, len(GRID))
        for one in zip(*made, strict=True)
    )
    grade = bundle.grades.assign(chance)
    lane = np.array(
        [
            [[choose_lane(one, bool(is_urgent)) for one in row] for row in rows]
            for rows, is_urgent in zip(grade, urgent, strict=True)
        ],
        object,
    )
    return chance, reach, lane


def _batch(tables: Tables, bundle: Bundle, hours: float, calls: int) -> Batch:
    """Every lead so many hours after its arrival, after so many calls in vain."""
    arrived = to_utc_times(tables.leads["created_at"])
    now = arrived + np.timedelta64(int(hours * 3600) + 1, "s")
    at = [pd.Series(arrived + (now - arrived) * (nth + 1) // (calls + 1)).dt.tz_localize("UTC") for nth in range(calls)]
    called = {"kind": "outbound_call", "direction": "outbound", "reached": 0.0}
    vain = [pd.DataFrame({"lead_id": tables.leads["lead_id"], "occurred_at": moment, **called}) for moment in at]
    events = pd.concat([tables.events, *vain], ignore_index=True)
    place = pd.Series(np.arange(len(tables.leads)), index=tables.leads["lead_id"]).reindex(events["lead_id"]).to_numpy()
    events = events.iloc[np.lexsort((to_utc_times(events["occurred_at"]), place))].reset_index(drop=True)
    told = Tables(tables.leads, events, tables.outcomes, tables.spend, tables.custom)
    return Batch.from_tables(told, np.arange(len(now), dtype=np.intp), now, bundle.context)


def _known(tables: Tables, practice: Practice, bundle: Bundle) -> tuple[np.ndarray, np.ndarray]:
    """The money of the service asked for, and the points of the usual rules at arrival."""
    worth = {
        name.casefold(): service.value for service in practice.services for name in (service.name, *service.also_called)
    }
    value = np.array([worth.get(str(name).casefold(), np.nan) for name in tables.leads["service_requested"]])
    batch = _batch(tables, bundle, 0.0, 0)
    scored = bundle.score(batch, explain=False)
    return value, score_by_rules(practice.rules, batch, bundle.signals, scored.values).points
