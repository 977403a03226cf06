"""What is missing of this lead, and which of it would move the score most? Measured: the lead is scored once for each
answer that people give.

Lives here: what can be asked, the answers that are tried. Does not live here: what to do next (``advice``), the score
(``scoring``).

A few milliseconds a lead, so it is done where leads are kept and on the desk, before the store is held, and not for
leads that are only scored."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from features.practice.zip_codes import load_zip_map
from serving.schemas.scoring import Ask
from serving.scoring.engine import Engine
from serving.scoring.read_lead import ReadLead

__all__ = ["QUESTIONS", "asks_of", "said_flat"]

QUESTIONS = {
    "message": "What can we help you with?",
    "service_requested": "What do you need?",
    "timeframe": "When do you want to come in?",
    "postal_code": "What's your ZIP code?",
    "preferred_clinic": "Which location is best for you?",
    "payer": "Which insurance do you have, or will you pay yourself?",
    "existing_patient": "Have you been here before?",
    "relation": "Who is the appointment for?",
    "referral_reason": "Did a doctor send you, and why?",
    "phone": "What's the best number?",
    "email": "What's your email?",
}
"""Column -> how a person would ask for it. Each is asked for only where the model reads it."""

_MOST_ANSWERS = 4
_LEAST_MOVE = 0.005
"""Half a hundredth: what moves the score by less is not worth a question."""

_ANSWERS: dict[str, tuple[Any, ...]] = {
    "message": (
        "I would like an appointment next week, please.",
        "How much does it cost?",
        "I am only looking for information for now.",
    ),
    "timeframe": ("today", "in 2 weeks", "in 3 months"),
    "existing_patient": (1.0, 0.0),
    "relation": ("self", "parent", "caregiver"),
    "referral_reason": ("sent by a doctor",),
    "phone": ("(212) 555-0123",),
    "email": ("lead@example.org",),
}


def asks_of(engine: Engine, lead: ReadLead, now: np.datetime64, most: int = 3) -> list[Ask]:
    """Return the questions whose answers could move the score most, the most telling first.

    None for a person who is not to be contacted.

    Parameters
    ----------
    lead : ReadLead
        As it is known so far.
    now : datetime64[us], UTC
        The moment of the score.
    """
    if lead.wishes.get("do_not_contact"):
        return []
    tried = [
        (column, answer)
        for column, answers in _answers(engine).items()
        if lead.converted.get(column) is None
        for answer in answers
    ]
    if not tried:
        return []
    # All answers in one batch: twenty single scores would take twenty times as long.
    probability = engine.probabilities(
        [lead.converted, *(lead.converted | {column: answer} for column, answer in tried)], now
    )
    rows: dict[str, list[int]] = {}
    for number, (column, _) in enumerate(tried):
        # Row 0 is the lead as it is, so what is not answered counts among the possibilities.
        rows.setdefault(column, [0]).append(1 + number)
    asks = [_ask(column, of_it, probability) for column, of_it in rows.items()]
    telling = [ask for ask in asks if ask.highest - ask.lowest >= _LEAST_MOVE]
    return sorted(telling, key=lambda ask: ask.lowest - ask.highest)[:most]


def said_flat(asks: Sequence[Ask]) -> dict[str, Any]:
    """Return the questions as fields of an answer: one scalar each, and the structured form.

    >>> said_flat([Ask(question="What's your ZIP code?", field="postal_code", lowest=0.1, highest=0.3)])["ask_1"]
    "What's your ZIP code?"
    """
    questions = [ask.question for ask in asks]
    return {f"ask_{number}": questions[number - 1] if number <= len(questions) else None for number in (1, 2, 3)} | {
        "asks": [ask.model_dump() for ask in asks]
    }


def _ask(column: str, rows: list[int], probability: np.ndarray) -> Ask:
    """One question, and between which probabilities its answers lie; that of not knowing is one of them."""
    return Ask(
        question=QUESTIONS[column],
        field=column,
        lowest=float(probability[rows].min()),
        highest=float(probability[rows].max()),
    )


def _answers(engine: Engine) -> Mapping[str, tuple[Any, ...]]:
    """Column -> the answers tried, of those that the model reads and the practice has answers for."""
    practice = engine.bundle.practice
    clinics, services = practice.clinics[:_MOST_ANSWERS], practice.services[:_MOST_ANSWERS]
    catalog = {
        "service_requested": tuple(service.name for service in services),
        "preferred_clinic": tuple(clinic.name for clinic in clinics),
        "payer": tuple(dict.fromkeys((*(payer for service in services for payer in service.payers[:1]), "self-pay"))),
        "postal_code": (
            *(clinic.postal_code for clinic in clinics[:2] if clinic.postal_code),
            *load_zip_map().code_per_zone[:1],
        ),
    }
    both = _ANSWERS | catalog
    return {column: both[column] for column in QUESTIONS if column in engine.kinds and both[column]}
