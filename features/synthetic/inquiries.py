"""What does each inquiry ask, and where does it say so: in a column of the CRM, in the message, or nowhere?

Lives here: channel, campaign, service, intent, timeframe, payer and the other details of one inquiry, and where each
is stated.
Does not live here: the person behind it (``persons``), the words of the message (``message_grammar``), how much each
detail adds to the chance (``true_effects``).

The truth depends only on what is stated somewhere. A column ``x_in`` holds "column", "message", "both" or "" (nowhere).
"""

import numpy as np
import pandas as pd

from features.practice.practice import Practice
from features.synthetic.locations import CatchmentArea
from features.synthetic.persons import NOT_OFFERED, PAYERS, draw_weighted

__all__ = [
    "CHANNELS",
    "DRIFT_CHANNELS",
    "GENUINE",
    "RHYTHMS",
    "SPAM",
    "TEST",
    "build_payer_acceptance",
    "describe_inquiries",
]

GENUINE, SPAM, TEST = "genuine", "spam", "test"

CHANNELS = {
    "web_form": 37,
    "inbound_call": 15,
    "missed_call": 9,
    "chat": 10,
    "referral": 10,
    "email": 6,
    "directory": 7,
    "social_ad": 6,
}
DRIFT_CHANNELS = {
    "web_form": 24,
    "inbound_call": 12,
    "missed_call": 8,
    "chat": 19,
    "referral": 7,
    "email": 4,
    "directory": 4,
    "social_ad": 22,
}
RHYTHMS = {"inbound_call": "call", "missed_call": "missed", "referral": "office"}
"""Channels whose hours differ from those of the web."""

MESSAGE_CHANCE = {
    "web_form": 0.90,
    "inbound_call": 0.0,
    "missed_call": 0.28,
    "chat": 1.0,
    "referral": 0.92,
    "email": 1.0,
    "directory": 0.62,
    "social_ad": 0.42,
}
PHONE_SHOWN = {"inbound_call": 1.0, "missed_call": 1.0, "chat": 0.84, "email": 0.70}
EMAIL_SHOWN = {"inbound_call": 0.22, "missed_call": 0.03, "chat": 0.66, "email": 1.0, "referral": 0.45}
SPAM_CHANCE = {"web_form": 0.055, "email": 0.12, "chat": 0.02, "social_ad": 0.01, "directory": 0.01}
TEST_CHANCE = {"web_form": 0.010, "chat": 0.006}

SOURCES = {
    "web_form": {
        "google_ads|brand_search": 16,
        "google_ads|back_pain_search": 18,
        "google_ads|knee_pain_search": 12,
        "bing_ads|local_therapy": 7,
        "organic_search|": 26,
        "direct|": 12,
        "purchased_list|partner_list": 4,
        "newsletter|patient_newsletter": 5,
    },
    "inbound_call": {
        "google_ads|brand_search": 22,
        "google_ads|back_pain_search": 14,
        "organic_search|": 26,
        "radio|drive_time_radio": 14,
        "direct|": 24,
    },
    "missed_call": {"google_ads|brand_search": 22, "organic_search|": 30, "radio|drive_time_radio": 18, "direct|": 30},
    "chat": {
        "google_ads|back_pain_search": 20,
        "google_ads|knee_pain_search": 16,
        "organic_search|": 44,
        "direct|": 20,
    },
    "referral": {"physician_referral|physician_outreach": 66, "friend_or_family|": 34},
    "email": {"direct|": 70, "newsletter|patient_newsletter": 18, "purchased_list|partner_list": 12},
    "directory": {"health_directory|directory_listing": 64, "insurance_directory|": 36},
    "social_ad": {"facebook|social_video": 60, "instagram|social_video": 40},
}
SEASONAL_CAMPAIGN, SEASONAL_MONTHS = ("webinar", "spring_knee_webinar"), (3, 4, 5)
DRIFT_CAMPAIGN = ("facebook", "fall_social_blast")

INTENTS = {
    "web_form": {
        "appointment": 32,
        "availability": 12,
        "callback": 9,
        "symptom": 17,
        "insurance": 8,
        "price_only": 8,
        "info_only": 7,
        "not_yet": 5,
        "admin": 3,
    },
    "missed_call": {"callback": 48, "appointment": 34, "insurance": 8, "admin": 10},
    "chat": {
        "appointment": 20,
        "availability": 17,
        "callback": 4,
        "symptom": 12,
        "insurance": 15,
        "price_only": 14,
        "info_only": 12,
        "not_yet": 4,
        "admin": 2,
    },
    "referral": {"appointment": 74, "symptom": 18, "availability": 8},
    "email": {
        "appointment": 24,
        "availability": 10,
        "callback": 5,
        "symptom": 21,
        "insurance": 8,
        "price_only": 9,
        "info_only": 12,
        "not_yet": 4,
        "admin": 9,
    },
    "directory": {
        "appointment": 38,
        "availability": 16,
        "callback": 10,
        "symptom": 18,
        "insurance": 11,
        "price_only": 7,
    },
    "social_ad": {"info_only": 30, "price_only": 22, "symptom": 15, "appointment": 14, "not_yet": 11, "callback": 8},
}
TIMEFRAMES = {
    "eager": {
        "asap": 30,
        "this_week": 16,
        "next_week": 15,
        "before_event": 9,
        "month": 13,
        "flexible": 10,
        "no_rush": 7,
    },
    "idle": {"asap": 3, "next_week": 4, "month": 12, "flexible": 10, "no_rush": 28, "months": 22, "researching": 21},
}
IDLE = ("price_only", "info_only", "not_yet", "insurance")
TIMEFRAME_ON_FORM = {
    "asap": "As soon as possible",
    "this_week": "Within a week",
    "next_week": "Within 2 weeks",
    "before_event": "By a certain date",
    "month": "Within a month",
    "flexible": "Flexible",
    "no_rush": "No rush",
    "months": "In a few months",
    "researching": "Just researching",
}


def describe_inquiries(
    arrivals: pd.DataFrame, people: pd.DataFrame, practice: Practice, area: CatchmentArea, rng: np.random.Generator
) -> pd.DataFrame:
    """Draw what every inquiry asks and where it says so, one row each.

    Parameters
    ----------
    arrivals : DataFrame of shape (n, >=4)
        ``person`` (row of ``people``), ``channel``, ``month`` 1-12, ``drift`` bool.
    """
    n = len(arrivals)
    lead = arrivals.join(people, on="person").reset_index(drop=True)
    lead["digits"] = lead["digits"].where(_draw_contact_shared(lead["channel"], PHONE_SHOWN, rng), None)
    lead["email"] = lead["email"].where(_draw_contact_shared(lead["channel"], EMAIL_SHOWN, rng), None)
    lead["kind"] = _kinds(lead["channel"].to_numpy(), rng)
    genuine = (lead["kind"] == GENUINE).to_numpy()
    lead["source"], lead["campaign"] = _sources(lead, rng)
    lead["has_message"] = (rng.random(n) < lead["channel"].map(MESSAGE_CHANCE).to_numpy(float)) | ~genuine
    writes = lead["has_message"].to_numpy() & genuine
    office = (lead["source"] == "physician_referral").to_numpy()
    lead["intent"] = _intents(lead["channel"].to_numpy(), writes, rng)
    lead["time"] = np.where(
        np.isin(lead["intent"], IDLE),
        draw_weighted(rng, TIMEFRAMES["idle"], n),
        draw_weighted(rng, TIMEFRAMES["eager"], n),
    )
    lead["time_in"] = _draw_where_stated(
        n, writes & ~office, 0.24, genuine & lead["channel"].isin(["web_form", "directory", "chat"]), 0.34, rng
    )
    lead["service_in"] = _draw_where_stated(n, writes, 0.42, genuine, 0.62, rng)
    lead["payer_in"] = _draw_where_stated(n, writes, 0.13, genuine, 0.46, rng)
    lead["place_in"] = _draw_where_stated(n, writes & ~office, 0.08, genuine | (rng.random(n) < 0.5), 0.80, rng)
    lead["relation"] = _relations(lead, office, rng)
    lead["relation_in"] = _draw_where_stated(
        n, writes & ~office & (lead["relation"] != "self").to_numpy(), 0.75, genuine, 0.34, rng
    )
    lead["condition_named"] = writes & (rng.random(n) < 0.42)
    lead["procedure_named"] = writes & (rng.random(n) < 0.24)
    lead["details"] = np.where(writes, rng.binomial(4, 0.30, n), 0)
    lead["existing_in"] = _draw_where_stated(n, writes & lead["existing"].to_numpy(), 0.30, genuine, 0.42, rng)
    lead["referred"] = genuine & ((lead["channel"] == "referral").to_numpy() | (rng.random(n) < 0.13))
    lead["referred_in"] = _draw_where_stated(
        n, writes & lead["referred"].to_numpy() & ~office, 0.45, lead["referred"].to_numpy(), 0.72, rng
    )
    lead["age_in"] = _draw_where_stated(n, np.zeros(n, bool), 0.0, genuine, 0.52, rng)
    lead["prefers_contact_said"] = lead["prefers_contact"].where(genuine & (rng.random(n) < 0.40), None)
    lead["prefers_time_said"] = lead["prefers_time"].where(genuine & (rng.random(n) < 0.38), None)
    return lead.assign(**_visits(lead, genuine, rng), **_clinics(lead, practice, area, rng))


def _draw_contact_shared(channel: pd.Series, chances: dict[str, float], rng: np.random.Generator) -> np.ndarray:
    """Draw whether an inquiry by this channel gives the person's phone number or e-mail address.

    The chance is 0.95 for a channel that ``chances`` does not name.
    """
    return rng.random(len(channel)) < np.array([chances.get(name, 0.95) for name in channel])


def _kinds(channel: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw the kind: genuine, spam or test traffic."""
    dice = rng.random(len(channel))
    spam = np.array([SPAM_CHANCE.get(name, 0.0) for name in channel])
    test = spam + np.array([TEST_CHANCE.get(name, 0.0) for name in channel])
    return np.where(dice < spam, SPAM, np.where(dice < test, TEST, GENUINE)).astype(object)


def _sources(lead: pd.DataFrame, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Draw source and campaign (None where there is none)."""
    pairs = np.empty(len(lead), dtype=object)
    for channel, weights in SOURCES.items():
        rows = np.flatnonzero(lead["channel"] == channel)
        pairs[rows] = draw_weighted(rng, weights, len(rows))
    spring = (lead["channel"].isin(["web_form", "chat"]) & lead["month"].isin(SEASONAL_MONTHS)).to_numpy() & (
        rng.random(len(lead)) < 0.14
    )
    blast = (lead["drift"] & lead["channel"].isin(["social_ad"])).to_numpy() & (rng.random(len(lead)) < 0.85)
    pairs[spring], pairs[blast] = "|".join(SEASONAL_CAMPAIGN), "|".join(DRIFT_CAMPAIGN)
    source, campaign = zip(*(pair.split("|") for pair in pairs), strict=True)
    return np.array(source, dtype=object), np.array([name or None for name in campaign], dtype=object)


def _intents(channel: np.ndarray, writes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw what the message asks for; "unsaid" without a message."""
    intents = np.full(len(channel), "unsaid", dtype=object)
    for name, weights in INTENTS.items():
        rows = np.flatnonzero((channel == name) & writes)
        intents[rows] = draw_weighted(rng, weights, len(rows))
    return intents


def _draw_where_stated(
    size: int,
    may_message: np.ndarray,
    message_chance: float,
    may_column: np.ndarray | pd.Series,
    column_chance: float,
    rng: np.random.Generator,
) -> np.ndarray:
    """Draw where a detail is stated: "column", "message", "both" or "". Shape (size,), object."""
    message = np.asarray(may_message) & (rng.random(size) < message_chance)
    column = np.asarray(may_column) & (rng.random(size) < column_chance)
    return np.select([message & column, message, column], ["both", "message", "column"], "").astype(object)


def _relations(lead: pd.DataFrame, office: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw who asks: parents for children, daughters and sons for old people."""
    age, dice = lead["age"].to_numpy(), rng.random(len(lead))
    relation = np.where(dice < 0.03, "spouse", np.where(dice > 0.98, "other", "self")).astype(object)
    relation[age < 18] = "parent"
    relation[(age > 68) & (dice > 0.70)] = "caregiver"
    relation[office] = "provider_office"
    return relation


def _visits(lead: pd.DataFrame, genuine: np.ndarray, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Draw the pages viewed before the inquiry, and the days since the first visit (NaN without one)."""
    online = lead["channel"].isin(["web_form", "chat", "social_ad"]).to_numpy() | (rng.random(len(lead)) < 0.25)
    pages = np.where(online, 1 + rng.negative_binomial(1.6, 0.30, len(lead)), 0)
    pages = np.where(genuine, pages, np.minimum(pages, 1))
    days = np.where(pages > 2, np.minimum(rng.exponential(6.0, len(lead)), 60.0), 0.0) * (rng.random(len(lead)) < 0.55)
    return {"pages": pages, "first_visit_days": np.where(pages > 0, days, np.nan)}


def _clinics(
    lead: pd.DataFrame, practice: Practice, area: CatchmentArea, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """Draw the preferred clinic (code, -1 unsaid); find what it offers, and km to the nearest with the service."""
    names = [service.name for service in practice.services]
    offers = np.array(
        [[not clinic.services or name in clinic.services for clinic in practice.clinics] for name in names]
        + [[True] * len(practice.clinics)]
    )
    is_stated = lead["service_in"].to_numpy() != ""
    service_known = is_stated | lead["condition_named"].to_numpy() | lead["procedure_named"].to_numpy()
    wish = np.where(service_known, lead["wish"], NOT_OFFERED)
    km = area.km[lead["home"].to_numpy()]
    # A service that is not offered anywhere is infinitely far, not unknown.
    reachable = np.where(offers[wish], km, np.inf)
    nearest = np.where(rng.random(len(lead)) < 0.8, km.argmin(axis=1), rng.integers(0, km.shape[1], len(lead)))
    preferred = np.where((rng.random(len(lead)) < 0.34) & (lead["kind"] == GENUINE), nearest, -1)
    return {
        "service_known": service_known,
        "offered": service_known & (lead["wish"].to_numpy() != NOT_OFFERED),
        "preferred": preferred,
        # -1, for no preferred clinic, would pick the last one.
        "offered_there": offers[wish, np.maximum(preferred, 0)] | (preferred < 0),
        "km": np.where(lead["place_in"] == "", np.nan, reachable.min(axis=1)),
    }


def build_payer_acceptance(practice: Practice) -> np.ndarray:
    """Return whether each payer is accepted for each service.

    Shape (services + 1, payers); the last row stands for an unknown service.
    """
    table = np.array(
        [[not service.payers or payer in service.payers for payer in PAYERS] for service in practice.services]
    )
    return np.vstack([table, table.any(axis=0)])
