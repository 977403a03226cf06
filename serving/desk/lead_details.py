"""What does a person need to see of one lead, before they call and while they talk? Everything that the store and the
model know of it, in one value.

Lives here: the lead with its reasons, the words that changed the score, how similar leads did, its history. Does not
live here: the score that people saw (``serving.leads.lead_service``), lists (``queue``), HTML (``pages``).

The reasons are those given with the last score, so they explain the number that is shown. Which words of the message
changed it is computed again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, timedelta
from typing import Any

import numpy as np

from features.batch import Batch
from features.column_words import name_column
from features.registry import CATALOGUE
from features.text.label_spans import find_label_spans
from features.text.message_readings import EvidenceSpan
from serving.errors import RequestError
from serving.leads.store_errors import translate_store_errors
from serving.leads.stored_lead import load_lead
from serving.schemas.scoring import Ask
from serving.scoring.engine import Engine
from serving.scoring.lead_stage import LeadStage
from serving.scoring.missing_answers import asks_of
from serving.scoring.next_step import describe_situations, find_channels, next_step
from serving.scoring.read_lead import ReadLead
from serving.scoring.reason_groups import GroupedReasons, find_topic, group_reasons
from serving.scoring.score_words import hundredths
from serving.store.database.entities import AuditRow, DeskStep, Event, LeadState, StoredLead, StoredOutcome, StoredScore
from serving.store.store import Store
from training.bundle import Bundle, Predictions

__all__ = ["LeadDetails", "MessageSpan", "read_lead_details", "describe_similar_leads"]

_NOT_ASKED = ("consistency", "eligibility", "engagement", "season_and_hours", "track_record")
"""Families whose unknowns no question to the person would answer."""

_TAGS = {"red_flag": "lane", "urgency": "soon"}
"""Meaning of a span -> effect, whatever it does to the score."""


@dataclass(frozen=True)
class MessageSpan:
    """A span of the message.

    Parameters
    ----------
    effect : {"", "raises", "lowers", "lane", "soon"}
        Its effect on the score. ``lane``: it was read as a possible emergency, which moves the lead up without changing
        its score; ``soon``: the person wants it soon.
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
    base : float
        Where the model starts for every lead, log-odds.
    grouped : GroupedReasons
        What moved the score in topics, for and against, so that what is named carries most of the movement.
    message : tuple of MessageSpan
        Empty where nothing was written.
    unknown : tuple of str
        What a question could find out; ``asks``: the questions that could change the score most.
    missing : tuple of str
        What its source did not send and would matter most; ``coverage``: share of the model's usual information that
        was sent, 0 to 1.
    similar : str
        How similar leads did, in words; empty where the model has no record of it.
    stage : LeadStage
        How far we have come; ``channels``: what reaches the person; ``advice``: what to do next, as of now.
    said_labels : tuple of str
        What the reader says of the message.
    names : dict
        The parts of the person's name that are known.
    reads : tuple of AuditRow
        Who opened the record last, the newest first; empty for those who may not see it.
    """

    lead: StoredLead
    state: LeadState
    last_score: StoredScore | None
    shown: dict[str, Any]
    base: float
    grouped: GroupedReasons
    message: tuple[MessageSpan, ...]
    unknown: tuple[str, ...]
    asks: tuple[Ask, ...]
    missing: tuple[str, ...]
    coverage: float
    similar: str
    events: tuple[Event, ...]
    outcomes: tuple[StoredOutcome, ...]
    scores: tuple[StoredScore, ...]
    steps: tuple[DeskStep, ...]
    stage: LeadStage
    channels: frozenset[str]
    advice: str
    said_labels: tuple[str, ...]
    names: Mapping[str, str] = field(default_factory=dict, repr=False)
    reads: tuple[AuditRow, ...] = ()


def read_lead_details(store: Store, engine: Engine, lead_id: str, now: np.datetime64) -> LeadDetails:
    """Return the lead as it is known now.

    Raises
    ------
    RequestError
        404 for a lead that is not there.
    """
    with translate_store_errors(), store.reading() as transaction:
        lead = transaction.leads.get(lead_id)
        if lead is None:
            raise RequestError(
                404,
                "unknown_lead",
                "Lead not found (it may have been deleted).",
            )
        scores, events = transaction.scores.list_for(lead_id), transaction.events.list_for(lead_id)
        state, steps = transaction.desk.get_state(lead_id), transaction.desk.list_steps(lead_id)
        outcomes = transaction.outcomes.list_for(lead_id)
        lead_payload = load_lead(transaction, engine, lead_id)
        names = transaction.names.get_parts(lead_id)
    last_score = scores[-1] if scores else None
    # The reasons are those of the score that is shown, so they are computed as of its moment; the advice is of now.
    scored_at = now if last_score is None else _to_moment(last_score.cutoff or last_score.scored_at)
    payloads = engine.bundle.fill_cutoffs([lead_payload.converted])
    batch = Batch.from_payloads(payloads, engine.context, engine.kinds, scored_at)
    batch_now = Batch.from_payloads(payloads, engine.context, engine.kinds, now)
    shown = dict(last_score.shown or {}) if last_score is not None else {}
    # A model trained without dates must not see the cutoff; the message below is still read as of now.
    undated = replace(batch, cutoff=np.full(1, "NaT", "datetime64[us]"))
    predictions = engine.bundle.score(batch if engine.bundle.dated else undated, explain=True)
    stage = lead_payload.stage or LeadStage()
    return LeadDetails(
        lead,
        state,
        last_score,
        shown,
        shown.get("base_log_odds", 0.0),
        group_reasons(engine.bundle.signals, predictions, 0, engine.explainer.words, engine.bundle.hidden_reasons),
        _split_message(engine, batch, predictions),
        _list_unknowns(engine, predictions),
        tuple(asks_of(engine, lead_payload, now)),
        _list_missing(engine, predictions),
        float(predictions.coverage[0]),
        describe_similar_leads(engine.bundle, last_score.grade if last_score is not None else ""),
        tuple(events),
        tuple(outcomes),
        tuple(reversed(scores)),
        tuple(reversed(steps)),
        stage,
        frozenset() if stage.opted_out else find_channels(lead.values, stage),
        _advise(engine, batch_now, lead_payload, last_score.lane if last_score is not None else "normal"),
        tuple(label for label in batch.labels.labels if batch.labels.find(label)[0]),
        names,
    )


def _to_moment(moment: Any) -> np.datetime64:
    """Return a stored moment as NumPy has it, in UTC."""
    return np.datetime64(moment.astimezone(UTC).replace(tzinfo=None), "us")


def _advise(engine: Engine, batch: Batch, lead: ReadLead, lane: str) -> str:
    """Return what to do next with a lead, as of the moment of its batch."""
    practice = engine.bundle.practice
    (situation,) = describe_situations(batch, [lane], [lead], practice.formats)
    callback = situation.stage.callback_at
    if callback is not None:
        now = batch.cutoff[0].astype("datetime64[us]").item().replace(tzinfo=UTC)
        local, today = callback.astimezone(practice.zone), now.astimezone(practice.zone).date()
        is_due = callback - timedelta(minutes=practice.desk.callback_minutes_before) <= now
        words = practice.formats.format_moment(local, today)
        situation = replace(situation, callback=words, callback_due=is_due)
    return next_step(situation)


def describe_similar_leads(bundle: Bundle, grade: str) -> str:
    """Say how leads of a grade did that the model had not seen: "64 of 100 leads of grade A booked (of 412)"; empty
    where that is unknown.

    Counted on the held-out leads of training, by their grade at arrival; an average over all of them, not a promise for
    one.
    """
    if bundle.reference is None or grade not in ("A", "B", "C", "D"):
        return ""
    leads, converted = bundle.reference["grades"].sum(axis=0)["ABCD".index(grade)][:2]
    if leads < 1:
        return ""
    share = hundredths(float(converted / leads))
    return f"{share} of 100 leads of grade {grade} booked, of {int(leads):,} whose outcome is known"


def _list_unknowns(engine: Engine, predictions: Predictions) -> tuple[str, ...]:
    """List what a person could ask for: one line for each group of signals without a value, except where no question
    would help.
    """
    texts: dict[str, str] = {}
    for signal, value in zip(engine.bundle.signals, predictions.values[0], strict=True):
        # Columns of the practice's own export are no questions: nobody asks a caller for "pages viewed".
        is_asked = signal.name in CATALOGUE and signal.family not in _NOT_ASKED
        if np.isnan(value) and is_asked:
            texts.setdefault(find_topic(signal), engine.explainer.words.describe(signal, value))
    return tuple(dict.fromkeys(texts.values()))


def _list_missing(engine: Engine, predictions: Predictions) -> tuple[str, ...]:
    """List what the source did not send and would matter most, in the practice's own words."""
    names = engine.bundle.list_missing_inputs(predictions.values[:1])[0]
    return tuple(name_column(name, engine.bundle.practice.words) for name in names)


def _split_message(engine: Engine, batch: Batch, predictions: Predictions) -> tuple[MessageSpan, ...]:
    """Split the message where a span of it changed the score or the lane."""
    message = batch.lead_column("message")[0]
    if message is None:
        return ()
    written = batch.local_time(batch.cutoff)[0]
    day = None if np.isnat(written) else written.astype("datetime64[D]").item()
    spans = engine.context.reader.find_spans(message, day, float(batch.labels.days[0]))
    spans += find_label_spans(message, batch.labels, engine.context.reader.label_words)
    effects = _sum_effects(engine, predictions)
    marks = [(span, _classify_effect(span, effects)) for span in spans]
    return tuple(_cut_spans(message, [(span, effect) for span, effect in marks if effect]))


def _sum_effects(engine: Engine, predictions: Predictions) -> dict[str, float]:
    """Return meaning of a span -> log-odds of the signals that rest on it."""
    effects: dict[str, float] = {}
    for signal, contribution in zip(engine.bundle.signals, predictions.parts[0].tolist(), strict=True):
        for source in signal.evidence:
            kind, _, groups = source.partition(":")
            for group in groups.split(",") if kind == "words" else ():
                effects[group] = effects.get(group, 0.0) + contribution
    return effects


def _classify_effect(span: EvidenceSpan, effects: dict[str, float]) -> str:
    """Return a span's effect."""
    if span.meaning in _TAGS:
        return _TAGS[span.meaning]
    log_odds = effects.get(span.meaning, 0.0)
    if log_odds > 0:
        return "raises"
    return "lowers" if log_odds < 0 else ""


def _cut_spans(message: str, marks: Sequence[tuple[EvidenceSpan, str]]) -> list[MessageSpan]:
    """Return the whole message in order; of overlapping spans the first stays, and among those that start together an
    urgent one.
    """
    message_spans: list[MessageSpan] = []
    position = 0
    # By start, urgent before others, long before short: "chest pain" is marked as a whole, not "chest" alone.
    for mark, effect in sorted(marks, key=lambda pair: (pair[0].start, pair[1] != "lane", -pair[0].stop)):
        if mark.start < position:
            continue
        gap, text = message[position : mark.start], message[mark.start : mark.stop]
        if message_spans and message_spans[-1].effect == effect and not gap.strip(" "):
            # Neighbors are one mark: "short of breath" gets one sign behind it, not three.
            message_spans[-1] = MessageSpan(f"{message_spans[-1].text}{gap}{text}", effect)
        else:
            message_spans += [MessageSpan(gap)] * bool(gap) + [MessageSpan(text, effect)]
        position = mark.stop
    return [*message_spans, MessageSpan(message[position:])] if position < len(message) else message_spans
