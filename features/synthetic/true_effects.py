"""How much does each detail of an inquiry add to its chance? From inquiries to the log-odds of the ground truth.

Lives here: the tables of effects, and the sums over what is stated.
Does not live here: what follows from the sums (``ground_truth``), what is stated where (``inquiries``).
"""

from typing import Any

import numpy as np
import pandas as pd

from features.practice.practice import Practice
from features.synthetic.ground_truth import PREFERENCES, LeadParameters
from features.synthetic.inquiries import GENUINE, TEST, build_payer_acceptance
from features.synthetic.persons import NOT_OFFERED, PAYERS

__all__ = ["SURGERY", "EFFECTS", "compute_lead_parameters"]

DRIFT_EFFECT = -0.40
EFFECTS: dict[str, Any] = {
    "intent": {
        "appointment": 0.85,
        "availability": 0.60,
        "callback": 0.45,
        "symptom": 0.05,
        "insurance": 0.0,
        "price_only": -1.25,
        "info_only": -1.15,
        "not_yet": -1.60,
        "admin": -2.6,
        "unsaid": 0.05,
    },
    "time": {
        "asap": 0.75,
        "this_week": 0.75,
        "next_week": 0.60,
        "before_event": 0.65,
        "month": 0.20,
        "flexible": 0.10,
        "no_rush": -0.45,
        "months": -1.00,
        "researching": -1.25,
    },
    "channel": {
        "web_form": 0.0,
        "inbound_call": 0.35,
        "missed_call": 0.15,
        "chat": 0.05,
        "referral": 0.45,
        "email": -0.10,
        "directory": -0.05,
        "social_ad": -0.85,
    },
    "campaign": {
        "brand_search": 0.25,
        "back_pain_search": 0.0,
        "knee_pain_search": 0.05,
        "local_therapy": 0.15,
        "patient_newsletter": 0.25,
        "partner_list": -1.70,
        "drive_time_radio": -0.10,
        "physician_outreach": 0.35,
        "directory_listing": 0.0,
        "social_video": -0.15,
        "spring_knee_webinar": 0.30,
        "fall_social_blast": -0.90,
    },
    "service": [0.10, -0.30, 0.10, -0.05, -0.10, 0.05, 0.10, 0.35, 0.10, 0.05, 0.15, 0.10],
    "relation": {
        "self": 0.0,
        "spouse": 0.0,
        "parent": 0.25,
        "caregiver": -0.10,
        "other": -0.75,
        "provider_office": 0.20,
    },
}
REACH_EFFECTS = {
    "web_form": 0.15,
    "inbound_call": 0.0,
    "missed_call": 0.75,
    "chat": 0.35,
    "referral": 0.35,
    "email": -0.35,
    "directory": 0.0,
    "social_ad": -0.75,
}
SURGERY = (1, 3, 4)
"""Positions of the services for which people travel."""


def compute_lead_parameters(inquiries: pd.DataFrame, practice: Practice, max_attempts: int) -> LeadParameters:
    """Compute the log-odds of each inquiry from what it states.

    Parameters
    ----------
    inquiries : DataFrame of shape (n, ...)
        As ``inquiries.describe`` makes it, with ``duplicate`` bool and ``prefers_contact_said``, ``prefers_time_said``
        (None unsaid).
    max_attempts : int
        Attempts the desk makes for an ordinary lead.
    """
    e, genuine = inquiries, (inquiries["kind"] == GENUINE).to_numpy()
    intent, time = (
        _look_up(e["intent"], EFFECTS["intent"]),
        _is_stated(e, "time") * _look_up(e["time"], EFFECTS["time"]),
    )
    engaged = 0.30 * np.log1p(np.minimum(e["pages"].to_numpy(float), 15)) - 0.5 * (e["pages"].to_numpy() > 22)
    book = -1.35 + intent + time + engaged + _fit_effect(e, practice) + _distance_effect(e) + _context_effect(e)
    self_book = np.where(
        genuine,
        -3.1
        + 0.5 * intent
        + 0.4 * time
        + 0.6 * engaged
        + 0.5 * _is_stated_patient(e)
        + 0.3 * _look_up(e["channel"], EFFECTS["channel"])
        - 1.5 * ~_is_service_possible(e),
        -12.0,
    )
    contact = e["prefers_contact_said"]
    reach = (
        0.45
        + _look_up(e["channel"], REACH_EFFECTS)
        + np.select([contact == "phone", contact == "email"], [0.40, -0.55], 0.0)
        + 0.35 * engaged
        + 0.25 * time
    )
    reach = np.where(e["phone_works"], np.where(genuine, reach, -2.5), -7.0)
    return LeadParameters(
        reach=reach,
        book=np.where(genuine, book, -9.0),
        cooling=0.26 + 0.16 * _is_stated(e, "time") * np.isin(e["time"], ("asap", "this_week")),
        self_book=self_book,
        effect=e["effect"].to_numpy(),
        at_once=(e["channel"] == "inbound_call").to_numpy(),
        max_attempts=_count_attempts(e, genuine, max_attempts),
        prefers=np.array([PREFERENCES.index(name) for name in e["prefers_time_said"].fillna("")]),
    )


def _look_up(column: pd.Series, table: dict[str, float]) -> np.ndarray:
    """Return the effect of each value; 0 when it is not in the table."""
    return np.array([table.get(value, 0.0) for value in column])


def _is_stated(e: pd.DataFrame, detail: str) -> np.ndarray:
    """Return 1.0 where a detail is stated anywhere, else 0.0."""
    return (e[f"{detail}_in"] != "").to_numpy().astype(float)


def _is_stated_patient(e: pd.DataFrame) -> np.ndarray:
    """Return 1.0 where somebody states to be a patient already."""
    return _is_stated(e, "existing") * e["existing"].to_numpy()


def _is_service_possible(e: pd.DataFrame) -> np.ndarray:
    """Return False where somebody asks for something that the practice does not do."""
    return (e["offered"] | ~e["service_known"]).to_numpy()


def _fit_effect(e: pd.DataFrame, practice: Practice) -> np.ndarray:
    """Add up the effects of service, payer, age and referral rules, as far as they are stated."""
    service_known, wish = e["service_known"].to_numpy(), e["wish"].to_numpy()
    offered = e["offered"].to_numpy()
    service = np.where(offered, np.array([*EFFECTS["service"], 0.0])[wish], np.where(service_known, -2.6, -0.10))
    payer = e["payer"].map({name: i for i, name in enumerate(PAYERS)}).to_numpy()
    accepted = build_payer_acceptance(practice)[np.where(offered, wish, NOT_OFFERED), payer]
    self_pay = (e["payer"] == "Self-pay").to_numpy()
    paid = np.where(
        accepted, np.where(self_pay, -0.15 + 0.7 * (e["intent"] == "price_only"), 0.30), -1.50
    ) * _is_stated(e, "payer")
    low, high = (np.array([*(service.ages[i] for service in practice.services), (0, 200)[i]])[wish] for i in (0, 1))
    too_young_or_old = offered & ((e["age"].to_numpy() < low) | (e["age"].to_numpy() > high)) * (
        _is_stated(e, "age") > 0
    )
    needs_referral = np.array([*(service.referral_required for service in practice.services), False])[wish] & offered
    referral = 0.55 * _is_stated(e, "referred") - 0.75 * (needs_referral & (e["referred_in"] == "").to_numpy())
    return service + paid - 1.2 * too_young_or_old + referral - 0.35 * ~e["offered_there"].to_numpy()


def _distance_effect(e: pd.DataFrame) -> np.ndarray:
    """Compute the effect of the distance to care: people travel for surgery, not for physical therapy."""
    km = e["km"].to_numpy(float)
    per_km = np.where(np.isin(e["wish"], SURGERY) & e["service_known"], 0.012, 0.036)
    return np.where(np.isnan(km), -0.15, 0.30 - np.minimum(per_km * np.maximum(np.nan_to_num(km) - 5, 0), 2.6))


def _context_effect(e: pd.DataFrame) -> np.ndarray:
    """Add up the effects of precision, the channel, who asks, what is known about the person, and the drift."""
    precise = 0.35 * e["condition_named"] + 0.40 * e["procedure_named"] + 0.14 * e["details"]
    source = _look_up(e["channel"], EFFECTS["channel"]) + _look_up(e["campaign"], EFFECTS["campaign"])
    asks = _is_stated(e, "relation") * _look_up(e["relation"], EFFECTS["relation"]) + 0.20 * (
        e["relation"] == "provider_office"
    )
    person = (
        0.55 * _is_stated_patient(e)
        + 0.18 * e["newsletter"]
        + 0.25 * e["first_visit_days"].between(2, 30)
        - 0.80 * e["duplicate"]
    )
    return np.asarray(precise + source + asks + person + DRIFT_EFFECT * e["drift"], dtype=float)


def _count_attempts(e: pd.DataFrame, genuine: np.ndarray, max_attempts: int) -> np.ndarray:
    """Return how many attempts the desk makes.

    None for tests, for people who asked not to be called or gave no number; few for spam and dead numbers.
    """
    not_called = (
        e["do_not_contact"] | e["digits"].isna() | (e["channel"] == "inbound_call") | (e["kind"] == TEST)
    ).to_numpy()
    return np.where(not_called, 0, np.where(~genuine, 1, np.where(e["phone_works"], max_attempts, 2)))
