"""Invented practices as raw tables, with five stories that a manager should be told, or with none.

It shares no code with the insights, nor with the invented practice of ``features.synthetic``.

Stories: "language" (who writes in Spanish is answered later, by the same form and in the same hours), "given up" (half
of those who did not book are never tried again), "lunch" (nobody answers calls from 12 to 12:30), "referrals" (another
try brings more there), "newsletter" (readers, a column of the export's own, book twice as often)."""

import numpy as np
import pandas as pd

from features.tables.tables import Tables

__all__ = ["STORIES", "invent_practice"]

STORIES = ("language", "given up", "lunch", "referrals", "newsletter")
DAYS = 420
SPANISH, ENGLISH = (
    "Hola, quiero una cita para mi rodilla por favor",
    "Hello, I would like an appointment for my knee please",
)


def invent_practice(seed, stories=(), leads=6_000):
    """Return the tables of one practice, open from Monday to Friday, 8 AM to 5 PM in UTC."""
    rng = np.random.default_rng([seed, 91])
    start = np.datetime64("2025-01-06T00:00", "m")
    minute = rng.integers(0, DAYS, leads) * 1440 + rng.integers(480, 1020, leads)
    minute = np.sort(np.where((minute // 1440) % 7 < 5, minute, minute - 3 * 1440).clip(0))
    channel = rng.choice(["form", "call", "referral"], leads, p=[0.5, 0.3, 0.2])
    spanish, reader = rng.random(leads) < 0.2, rng.random(leads) < 0.3
    writes = channel != "call"

    lunch = (minute % 1440 >= 720) & (minute % 1440 < 750)
    missed = ~writes & (rng.random(leads) < np.where(lunch & ("lunch" in stories), 0.6, 0.12))
    is_slow = spanish & writes & ("language" in stories)
    is_soon = rng.random(leads) < np.where(is_slow, 0.35, 0.7)
    wait = np.where(is_soon, rng.integers(5, 59, leads), rng.integers(70, 400, leads))

    chance = np.full(leads, 0.14) * np.where(reader & ("newsletter" in stories), 2.0, 1.0)
    events = {"lead": [], "kind": [], "minute": [], "reached": []}
    booked_minute = np.full(leads, -1)

    def add(rows, kind, at, reached):
        events["lead"] += rows.tolist()
        events["kind"] += [kind] * len(rows)
        events["minute"] += np.broadcast_to(at, len(rows)).tolist()
        events["reached"] += np.broadcast_to(reached, len(rows)).tolist()

    calls = np.flatnonzero(~writes)
    for rows, kind, reached in (
        (calls[missed[calls]], "missed_call", 0.0),
        (calls[~missed[calls]], "inbound_call", 1.0),
    ):
        add(rows, kind, minute[rows], reached)
    booked_minute[calls] = np.where(~missed[calls] & (rng.random(len(calls)) < chance[calls]), minute[calls] + 5, -1)
    at, going = minute + wait, (writes | missed) & (booked_minute < 0)
    for number, share in enumerate((1.0, 0.7, 0.5, 0.3)):
        rows = np.flatnonzero(going)
        add(rows, "outbound_call", at[rows], (rng.random(len(rows)) < 0.5).astype(float))
        gain = np.where((channel[rows] == "referral") & (number == 1) & ("referrals" in stories), 3.5, 1.0)
        books = rng.random(len(rows)) < chance[rows] * share * gain
        booked_minute[rows[books]] = at[rows[books]] + 10
        going[rows[books]] = False
        if number == 0 and "given up" in stories:
            going &= rng.random(leads) < 0.5
        at = at + 1440 + rng.integers(0, 200, leads)
    return _to_tables(start, minute, (channel, spanish, writes, reader), events, booked_minute)


def _to_tables(start, minute, who, events, booked_minute):
    channel, spanish, writes, reader = who
    ids = np.array([f"L{i}" for i in range(len(minute))], object)

    def to_times(minutes):
        return pd.Series(start + np.asarray(minutes).astype("timedelta64[m]")).dt.tz_localize("UTC")

    leads = pd.DataFrame(
        {
            "lead_id": ids,
            "created_at": to_times(minute),
            "channel": channel.astype(object),
            "message": np.where(writes, np.where(spanish, SPANISH, ENGLISH), None),
            "custom:newsletter": reader.astype(float),
        }
    )
    order = np.lexsort((events["minute"], events["lead"]))
    happened = pd.DataFrame(
        {
            "lead_id": ids[np.array(events["lead"])[order]],
            "kind": np.array(events["kind"], object)[order],
            "occurred_at": to_times(np.array(events["minute"])[order]),
            "reached": np.array(events["reached"])[order],
        }
    )
    booked = np.flatnonzero((booked_minute >= 0) & (booked_minute <= minute.max()))
    outcomes = pd.DataFrame({"lead_id": ids[booked], "stage": "booked", "occurred_at": to_times(booked_minute[booked])})
    known = happened["occurred_at"] <= leads["created_at"].max()
    happened = happened[known].reset_index(drop=True)
    return Tables(
        leads,
        happened.assign(recorded_at=happened["occurred_at"]),
        outcomes.assign(recorded_at=outcomes["occurred_at"]),
        pd.DataFrame(),
        custom={"custom:newsletter": "yes_no"},
    )
