"""What can be planted in the invented practice, so that insights have something to find? Six stories, each with its
truth.

Lives here: changing the tables of an invented practice so that each story is true of them, and naming them.
Does not live here: the practice without stories (``generator``), finding them (``serving.insights``).

- a search for the practice's own name that causes nothing: it only stands last on the way to the form;
- a person who is given the leads that hardly book, and is as good as everybody;
- an hour in which everybody waits hours longer for a call;
- a form that stopped sending;
- a form that began to ask for a field, loses visitors over it, and gains nothing;
- a campaign that is young and good, whose bookings are still to come.
"""

from dataclasses import replace

import numpy as np
import pandas as pd

from features.calendar.timezones import to_local_time, to_utc_times
from features.synthetic.generator import SyntheticPractice
from features.synthetic.planted_story import Story

__all__ = ["plant_stories"]

OWN_NAME_SEARCH = "our_name_search"
OWN_NAME_SHARE = 0.4
HARD_CHANNELS, HARD_PERSON, HARD_SHARE = ("social_ad", "email"), "S03", 0.75
STAFF = tuple(f"S{number:02d}" for number in range(1, 9))
SLOW_HOUR, SLOW_HOURS = 13, 5
SILENT_FORM, SILENT_DAYS = "/spine-consultation", 26
COSTLY_FORM, COSTLY_FIELD, COSTLY_DAYS, COST = "/", "preferred_contact", 154, 0.35
YOUNG_CAMPAIGN, YOUNG_DAYS = "new_patient_video", 38
YOUNG_DAILY_SPEND, YOUNG_CLICK_RATE, YOUNG_CLICK_PRICE = 40.0, 0.02, 1.6


def plant_stories(world: SyntheticPractice, seed: int, timezone: str) -> SyntheticPractice:
    """Plant the six stories. Leads that the costly field keeps away are gone, so that there are some fewer.

    Parameters
    ----------
    world : SyntheticPractice
    seed : int
        The same seed gives the same tables.
    timezone : str
        Of the practice.
    """
    rng = np.random.default_rng([seed, 1_009])
    for plant in (_plant_costly_field, _plant_silent_form, _plant_young_campaign, _plant_slow_hour):
        world = plant(world, rng, timezone)
    return replace(_plant_people(_plant_own_name(world, rng), rng), stories=_STORIES)


def _find_end(world: SyntheticPractice) -> pd.Timestamp:
    return world.leads["created_at"].max()


def _days_before_end(world: SyntheticPractice) -> np.ndarray:
    """Return how many days before the export each lead came, shape (leads,)."""
    return ((_find_end(world) - world.leads["created_at"]) / pd.Timedelta(days=1)).to_numpy()


def _plant_costly_field(world: SyntheticPractice, rng: np.random.Generator, timezone: str) -> SyntheticPractice:
    """Let one form ask for a field from a day on only, and lose a share of its leads since."""
    leads = world.leads.copy()
    of_form, since = (leads["landing_page"] == COSTLY_FORM).to_numpy(), _days_before_end(world) < COSTLY_DAYS
    leads.loc[of_form & ~since, COSTLY_FIELD] = None
    stays = ~(of_form & since & (rng.random(len(leads)) < COST))
    ids = leads["lead_id"][stays]
    others = {
        name: table[table["lead_id"].isin(ids)].reset_index(drop=True)
        for name, table in (("events", world.events), ("outcomes", world.outcomes), ("truth", world.truth))
    }
    return replace(world, leads=leads[stays].reset_index(drop=True), **others)


def _plant_silent_form(world: SyntheticPractice, rng: np.random.Generator, timezone: str) -> SyntheticPractice:
    """Let one form stop: whoever came by it since came by the front page instead."""
    leads = world.leads.copy()
    stopped = (leads["landing_page"] == SILENT_FORM).to_numpy() & (_days_before_end(world) < SILENT_DAYS)
    leads.loc[stopped, "landing_page"] = COSTLY_FORM
    return replace(world, leads=leads)


def _plant_young_campaign(world: SyntheticPractice, rng: np.random.Generator, timezone: str) -> SyntheticPractice:
    """Let a campaign begin some weeks before the end that brings leads who book more often than others."""
    leads, events = world.leads.copy(), world.events.copy()
    chance = world.truth["p_booked_30d_at_arrival"].to_numpy()
    is_new = (leads["channel"] == "web_form").to_numpy() & (_days_before_end(world) < YOUNG_DAYS)
    is_good = chance > np.median(chance[is_new]) if is_new.any() else is_new
    is_young = is_new & (rng.random(len(leads)) < np.where(is_good, 0.9, 0.3))
    leads.loc[is_young, "campaign"] = YOUNG_CAMPAIGN
    of_lead = events["lead_id"].isin(leads["lead_id"][is_young]) & events["campaign"].notna()
    events.loc[of_lead.to_numpy(), "campaign"] = YOUNG_CAMPAIGN
    days = pd.DatetimeIndex(np.sort(world.spend["day"].unique()))[-YOUNG_DAYS:]
    amount = (YOUNG_DAILY_SPEND * rng.lognormal(0, 0.18, len(days))).round(2)
    clicks = rng.poisson(amount / YOUNG_CLICK_PRICE)
    impressions = clicks + rng.poisson(clicks * (1 / YOUNG_CLICK_RATE - 1))
    spend = pd.DataFrame({"day": days, "amount": amount, "campaign": YOUNG_CAMPAIGN, "channel": "web_form"})
    spend = spend.assign(clicks=clicks.astype(float), impressions=impressions.astype(float))
    spend = pd.concat([world.spend, spend[world.spend.columns]], ignore_index=True)
    spend = spend.sort_values(["day", "campaign"], kind="stable", ignore_index=True)
    return replace(world, leads=leads, events=events, spend=spend.astype(world.spend.dtypes.to_dict()))


def _plant_slow_hour(world: SyntheticPractice, rng: np.random.Generator, timezone: str) -> SyntheticPractice:
    """Let everything that follows an inquiry of one hour of working days come hours later."""
    created = to_utc_times(world.leads["created_at"])
    local = to_local_time(created, timezone)
    hour = ((local - local.astype("datetime64[D]")) // np.timedelta64(1, "h")).astype(int)
    weekday = (local.astype("datetime64[D]").astype(int) + 3) % 7
    is_slow = (hour == SLOW_HOUR) & (weekday < 5) & (world.leads["channel"] != "inbound_call").to_numpy()
    arrived = pd.Series(world.leads["created_at"].to_numpy()[is_slow], world.leads["lead_id"].to_numpy()[is_slow])
    end = max(world.events["occurred_at"].max(), world.outcomes["recorded_at"].max())

    def delay(table: pd.DataFrame, times: list[str]) -> pd.DataFrame:
        since = table["lead_id"].map(arrived)
        # The automatic answer comes at once, as ever.
        later = ((table["occurred_at"] - since) > pd.Timedelta(minutes=3)).to_numpy()
        delays = pd.to_timedelta(later * SLOW_HOURS, unit="h")
        moved = table.assign(**{name: table[name] + delays for name in times})
        return moved[(moved[times] <= end).all(axis=1)].reset_index(drop=True)

    events = delay(world.events, ["occurred_at"]).sort_values(["lead_id", "occurred_at"], kind="stable")
    return replace(
        world,
        events=events.reset_index(drop=True),
        outcomes=delay(world.outcomes, ["occurred_at", "recorded_at"]),
    )


def _plant_own_name(world: SyntheticPractice, rng: np.random.Generator) -> SyntheticPractice:
    """Let some of those who come by the site search for the practice's name last, whatever becomes of them."""
    leads = world.leads
    visited = world.events.loc[world.events["kind"] == "page_view", "lead_id"].unique()
    searched = leads["lead_id"].isin(visited).to_numpy() & (rng.random(len(leads)) < OWN_NAME_SHARE)
    before = pd.to_timedelta(rng.integers(5, 11, int(searched.sum())), unit="s")
    touch = world.events.iloc[:0].reindex(range(int(searched.sum())))
    touch = touch.assign(
        lead_id=leads["lead_id"].to_numpy()[searched],
        occurred_at=leads["created_at"][searched].reset_index(drop=True) - before,
        kind="page_view",
        direction="inbound",
        campaign=OWN_NAME_SEARCH,
        source="google_ads",
    ).astype(world.events.dtypes.to_dict())
    events = pd.concat([world.events, touch], ignore_index=True)
    events = events.sort_values(["lead_id", "occurred_at"], kind="stable", ignore_index=True)
    return replace(world, events=events)


def _plant_people(world: SyntheticPractice, rng: np.random.Generator) -> SyntheticPractice:
    """Give each lead to one person, whatever becomes of it: most of those that hardly book to one of them."""
    leads = world.leads
    person = rng.choice([name for name in STAFF if name != HARD_PERSON], len(leads)).astype(object)
    is_hard = leads["channel"].isin(HARD_CHANNELS).to_numpy()
    person[rng.random(len(leads)) < np.where(is_hard, HARD_SHARE, 0.02)] = HARD_PERSON
    of_lead = pd.Series(person, leads["lead_id"].to_numpy())

    def name(table: pd.DataFrame, rows: pd.Series) -> pd.Series:
        return table["lead_id"].map(of_lead).where(rows, None)

    events, outcomes = world.events, world.outcomes
    return replace(
        world,
        events=events.assign(staff_id=name(events, events["staff_id"].notna())),
        outcomes=outcomes.assign(staff_id=name(outcomes, outcomes["stage"].isin(("booked", "lost")))),
    )


_STORIES = (
    Story("own_name_search", OWN_NAME_SEARCH, f"Last touch of {OWN_NAME_SHARE:.0%} of visitors; brings 0 bookings."),
    Story(
        "hard_leads",
        HARD_PERSON,
        f"Gets {HARD_SHARE:.0%} of the inquiries by {' and '.join(HARD_CHANNELS)}; books as everybody on like ones.",
    ),
    Story("slow_hour", str(SLOW_HOUR), f"First calls come {SLOW_HOURS} hours later."),
    Story("silent_form", SILENT_FORM, f"No inquiry in the last {SILENT_DAYS} days."),
    Story(
        "costly_field",
        f"{COSTLY_FORM} {COSTLY_FIELD}",
        f"Asked for {COSTLY_DAYS} days: {COST:.0%} fewer inquiries, the same share of them books.",
    ),
    Story("young_campaign", YOUNG_CAMPAIGN, f"Began {YOUNG_DAYS} days ago; its inquiries book more often than others."),
)
