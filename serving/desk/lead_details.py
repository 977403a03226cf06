"""What does a person need to see of one lead, before they call and while they talk? Everything the store and the model
know of it, put together.

Lives here: the lead with its reasons, the words that moved the score, how such leads did, its history.
Does not live here: making the score that people saw (``serving.leads.lead_service``), lists (``board``), HTML
(``pages``).

The reasons are those that were given with the last score, so they are the reasons of the number that is shown. Which
words of the message did what is computed anew."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from features.batch import Batch
from features.text.message_reader import EvidenceSpan
from serving.errors import RequestError
from serving.leads.lead_service import said_as_requests
from serving.leads.stored_lead import known_lead
from serving.schemas.scoring import Ask
from serving.scoring.engine import Engine, hundredths
from serving.scoring.missing_answers import asks_of
from serving.scoring.reasons import Reason
from serving.store.database.entities import DeskStep, Event, LeadState, StoredLead, StoredOutcome, StoredScore
from serving.store.store import Store
from training.bundle import Bundle, Predictions

__all__ = ["LeadDetails", "MessageSpan", "read_lead_details", "describe_similar_leads"]

_NOT_ASKED = ("consistency", "eligibility", "engagement", "season_and_hours", "track_record")
"""Families whose unknowns no question to the person would answer."""

_LANE_ONLY = ("red_flag",)


@dataclass(frozen=True)
class MessageSpan:
    """A piece of the message.

    Parameters
    ----------
    effect : {"", "raises", "lowers", "lane"}
        What it did to the score; ``lane``: it was read as urgent, which moves the lead up and not its score.
    """

    text: str
    effect: str = ""


@dataclass(frozen=True)
class LeadDetails:
    """One lead, ready to be shown.

    Parameters
    ----------
    last_score : StoredScore or None
        The score that counts; ``scores`` has all of them, the newest first.
    reasons : tuple of Reason
        The strongest first; ``everything_else`` and ``base`` in log-odds.
    message : tuple of Piece
        Empty where nothing was written.
    unknown : tuple of str
        What a question could find out; ``asks``: which questions could move the score most.
    similar : str
        How leads like this one did, in words; empty where the model does not say.
    """

    lead: StoredLead
    state: LeadState
    last_score: StoredScore | None
    shown: dict[str, Any]
    reasons: tuple[Reason, ...]
    everything_else: float
    base: float
    message: tuple[MessageSpan, ...]
    unknown: tuple[str, ...]
    asks: tuple[Ask, ...]
    similar: str
    events: tuple[Event, ...]
    outcomes: tuple[StoredOutcome, ...]
    scores: tuple[StoredScore, ...]
    steps: tuple[DeskStep, ...]


def read_lead_details(store: Store, engine: Engine, lead_id: str, now: np.datetime64) -> LeadDetails:
    """The lead as it is known now.

    Raises
    ------
    RequestError
        404 for a lead that is not there.
    """
    with said_as_requests(), store.reading() as transaction:
        lead = transaction.leads.get(lead_id)
        if lead is None:
            raise RequestError(
                404,
                "unknown_lead",
                "There is no lead with this id. It may have been misspelt, or the person was forgotten.",
            )
        scores, events = transaction.scores.list_for(lead_id), transaction.events.list_for(lead_id)
        stored = lead, transaction.desk.get_state(lead_id), transaction.outcomes.list_for(lead_id), transaction.desk.list_steps(lead_id)
        lead_payload = known_lead(transaction, engine, lead_id)
    batch = Batch.from_payloads([lead_payload.converted], engine.context, engine.kinds, now)
    lead, state, outcomes, steps = stored
    last = scores[-1] if scores else None
    shown = dict(last.shown or {}) if last is not None else {}
    scored = engine.bundle.score(
        batch if engine.bundle.dated else replace(batch, cutoff=np.full(1, "NaT", "datetime64[us]")), explain=True
    )
    reasons = tuple(Reason(reason["text"], reason["log_odds"], tuple(reason["signals"])) for reason in shown.get("reasons", ()))
    return LeadDetails(
        lead,
        state,
        last,
        shown,
        reasons,
        shown.get("everything_else_log_odds", 0.0),
        shown.get("base_log_odds", 0.0),
        _split_message(engine, batch, scored),
        _list_unknowns(engine, scored),
        tuple(asks_of(engine, lead_payload, now)),
        describe_similar_leads(engine.bundle, last.grade if last is not None else ""),
        tuple(events),
        tuple(outcomes),
        tuple(reversed(scores)),
        tuple(reversed(steps)),
    )


def describe_similar_leads(bundle: Bundle, grade: str) -> str:
    """How leads of a grade did that the model had not seen: "64 of 100 leads of grade A booked (of 412)"; empty where
    that is not known.

    Of the held-out leads of training, by their grade at arrival; an average over all of them, not a promise for one.
    """
    if bundle.reference is None or grade not in ("A", "B", "C", "D"):
        return ""
    leads, converted = bundle.reference["grades"].sum(axis=0)["ABCD".index(grade)][:2]
    if leads < 1:
        return ""
    return f"{hundredths(float(converted / leads))} of 100 leads of grade {grade} booked, of {int(leads):,} whose outcome is known"


def _list_unknowns(engine: Engine, scored: Predictions) -> tuple[str, ...]:
    """What a person could ask for: one line for each group of signals that knows nothing, but for what only records or
    comparisons would tell.
    """
    texts: dict[str, str] = {}
    for signal, value in zip(engine.bundle.signals, scored.values[0], strict=True):
        if np.isnan(value) and signal.family not in _NOT_ASKED:
            texts.setdefault(signal.group, signal.unknown)
    return tuple(dict.fromkeys(texts.values()))


def _split_message(engine: Engine, batch: Batch, scored: Predictions) -> tuple[MessageSpan, ...]:
    """The message, cut where a piece of it moved the score or the lane."""
    message = batch.lead_column("message")[0]
    if message is None:
        return ()
    written = batch.local_time(batch.cutoff)[0]
    marks = engine.context.reader.find_spans(
        message, None if np.isnat(written) else written.astype("datetime64[D]").item()
    )
    effects = _sum_effects(engine, scored)
    return tuple(_cut_spans(message, [(mark, effect) for mark in marks if (effect := _classify_effect(mark, effects))]))


def _sum_effects(engine: Engine, scored: Predictions) -> dict[str, float]:
    """Meaning of a piece of text -> log-odds of the signals that rest on it."""
    effects: dict[str, float] = {}
    for signal, contribution in zip(engine.bundle.signals, scored.parts[0].tolist(), strict=True):
        for source in signal.evidence:
            kind, _, groups = source.partition(":")
            for group in groups.split(",") if kind == "words" else ():
                effects[group] = effects.get(group, 0.0) + contribution
    return effects


def _classify_effect(mark: EvidenceSpan, effects: dict[str, float]) -> str:
    """What a piece did."""
    if mark.meaning in _LANE_ONLY:
        return "lane"
    moved = effects.get(mark.meaning, 0.0)
    return "raises" if moved > 0 else "lowers" if moved < 0 else ""


def _cut_spans(message: str, marks: Sequence[tuple[EvidenceSpan, str]]) -> list[MessageSpan]:
    """The message in order; of pieces that overlap the first stays, for what is urgent the longest."""
    message_spans, position = [], 0
    for mark, effect in sorted(marks, key=lambda pair: (pair[0].start, pair[1] != "lane", -pair[0].stop)):
        if mark.start < position:
            continue
        if mark.start > position:
            message_spans.append(MessageSpan(message[position : mark.start]))
        message_spans.append(MessageSpan(message[mark.start : mark.stop], effect))
        position = mark.stop
    return [*message_spans, MessageSpan(message[position:])] if position < len(message) else message_spans
