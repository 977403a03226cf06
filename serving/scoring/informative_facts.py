"""Which facts tell a caller something? What is known of the person, and neither a gap nor a thing nobody expects.

Lives here: whether a signal's value is such a fact, the one reason for a list.
Does not live here: the words (``reason_words``), adding signals up (``reason_groups``).

A model moves on everything: on what is unknown, on "the message has no link", on how much of a form is filled in. That
is true and it is no reason to call, or not to.
"""

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from features.explain.reason_words import load_reason_words
from features.registry import CATALOGUE, SAID_FROM, UNSAID_BELOW, Signal
from features.schema import CUSTOM_PREFIX
from features.signals.sent_columns import SENT_PREFIX

__all__ = ["choose_list_reason", "is_telling"]

_TELLING_GAPS = ("valid_phone", "ways_to_reach", "payer_accepted", "payer_accepted_anywhere")
"""Signals of which it tells something that the value is unknown: what the desk must ask first."""
_SILENT = ("form_completeness", "message_length", "further_to_second_clinic", "clinics_offering_service")
"""Signals about the form or the map and not about the person."""
_SILENT_COLUMNS = ("preferred_time", "preferred_contact", "landing_page")
_SILENT_PRESENCES = ("service_offered", "zip_on_map")
"""Signals that say what nearly everybody has."""
_SILENT_ABSENCES = frozenset(
    (
        *("asks_for_somebody_else", "wants_chosen_doctor", "has_visit_already", "treated_elsewhere"),
        *("asks_price_only", "asks_information_only", "wants_call_back", "asks_about_price", "speaks_of_insurance"),
        *("changes_a_visit", "asks_for_no_care", "asked_not_to_be_contacted", "says_no_hurry", "wants_it_soon"),
        *("objects_to_price", "objects_to_distance", "fears_the_treatment"),
        *("provider_office_asks", "referral_reason_given", "has_no_referral_yet"),
        *("names_condition", "names_procedure", "services_named", "details_given"),
        *("pages_before_enquiry", "ways_used", "links_followed", "longest_call"),
        *("attempts_unanswered", "voicemails_left", "missed_calls_unanswered", "earlier_enquiries"),
        *("reads_like_a_test", "reads_like_advertising", "links_in_message"),
        *("disposable_email", "role_email", "foreign_phone", "clock_difference"),
    )
)
"""Signals whose zero is what anybody would expect."""
_SHORT_CALL = 2.0
"""Minutes below which a call was a voicemail or a wrong moment, and no talk."""

_FAMILIES_FOR_LISTS = (
    *("intent", "urgency", "service_fit", "eligibility", "location_fit", "decision"),
    *("referral_context", "specificity", "consistency"),
)
_COLUMNS_FOR_LISTS = (
    *("service_requested", "payer", "timeframe", "relation", "age_band", "existing_patient"),
    *("referrer", "referral_reason", "preferred_clinic", "postal_code"),
)
"""What a caller can use in the first seconds of a call."""


def is_telling(signal: Signal, value: float, raises: bool) -> bool:
    """Return whether a signal's value is a fact about the person that can stand for a movement of that direction.

    >>> import features.signals
    >>> wish = CATALOGUE["asks_for_appointment"]
    >>> is_telling(wish, 0.9, True), is_telling(wish, 0.9, False), is_telling(wish, 0.05, False)
    (True, False, True)
    >>> is_telling(CATALOGUE["links_in_message"], 0.0, True), is_telling(CATALOGUE["valid_phone"], float("nan"), False)
    (False, True)
    """
    if signal.name not in CATALOGUE:
        column = signal.name.removeprefix(CUSTOM_PREFIX).partition(" ")[0].partition(":")[0]
        return not (signal.name.startswith(SENT_PREFIX) or math.isnan(value) or column in _SILENT_COLUMNS)
    if math.isnan(value):
        return signal.name in _TELLING_GAPS and not raises
    if signal.name in _SILENT or (signal.name == "longest_call" and value < _SHORT_CALL):
        return False
    is_graded = signal.unit == "probability"
    if is_graded and UNSAID_BELOW <= value < SAID_FROM:
        return False
    is_absent = value < SAID_FROM if is_graded else value == 0
    if is_absent:
        return signal.name not in _SILENT_ABSENCES
    # "Wants an appointment" under "Against" would contradict itself: there, something else moved the score.
    words = load_reason_words().get(signal.name, {}).get("reason", signal.reason)
    contradicts = "{value}" not in words and signal.monotone * (1 if raises else -1) < 0
    return signal.name not in _SILENT_PRESENCES and not contradicts


def choose_list_reason(reasons: Sequence[Mapping[str, Any]]) -> str:
    """Return the one reason of a stored answer worth reading on a list; empty where none is.

    What speaks for the lead comes first, then what speaks against it; what the desk did, channels and gaps never.

    Parameters
    ----------
    reasons : sequence of mapping
        As in an answer, the strongest first: ``text``, ``effect``, ``signals``.

    >>> choose_list_reason(
    ...     [
    ...         {"text": "We tried 2 times", "effect": "lowers", "signals": ["attempts_made"]},
    ...         {"text": "Wants an appointment", "effect": "raises", "signals": ["asks_for_appointment"]},
    ...     ]
    ... )
    'Wants an appointment'
    """
    useful = [reason for reason in reasons if _is_for_lists(reason)]
    raising = [reason for reason in useful if reason["effect"] == "raises"]
    return str((raising or useful)[0]["text"]) if useful else ""


def _is_for_lists(reason: Mapping[str, Any]) -> bool:
    """Return whether a caller can use a stored reason in the first seconds of a call; its words tell its value."""
    names, text = list(reason.get("signals") or [""]), str(reason["text"])
    first = CATALOGUE.get(names[0])
    if first is None:
        column = names[0].partition(":")[0] if not names[0].startswith(CUSTOM_PREFIX) else names[0]
        return column.partition(" ")[0] in _COLUMNS_FOR_LISTS
    if first.family not in _FAMILIES_FOR_LISTS:
        return False
    # Signals of one group are one reason, and any of them may have given it its words: else a column has.
    spoken = [(CATALOGUE[name], _read_value(CATALOGUE[name], text)) for name in names if name in CATALOGUE]
    speakers = [(signal, value) for signal, value in spoken if value is not None]
    return not speakers or any(is_telling(signal, value, reason["effect"] == "raises") for signal, value in speakers)


def _read_value(signal: Signal, text: str) -> float | None:
    """Return a value of which a signal's words may be this text: NaN, 0, or 1; None where they are never so."""
    texts = load_reason_words().get(signal.name, {})
    if text == texts.get("unknown", signal.unknown):
        return math.nan
    if text == texts.get("absent", signal.absent):
        return 0.0
    words = re.escape(texts.get("reason", signal.reason)).replace(re.escape("{value}"), ".+")
    return 1.0 if re.fullmatch(f"(Maybe: )?{words}", text, re.IGNORECASE) else None
