"""One lead or a thousand -> scores with reasons. The engine: a bundle, its version, and what was known before.

Lives here: reading payloads for a bundle, scoring them, saying the result.
Does not live here: following the champion (``champion``), shapes of requests (``contracts``), grouping reasons
(``reasons``)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from features.array_types import FloatArray, TimeArray
from features.batch import Batch
from features.explain.reason_words import ReasonWords
from features.explain.reasons import REASONS_SHOWN, Explainer, Explanations
from features.logs.json_numbers import format_numbers
from features.logs.prediction_log import PredictionLog
from features.point_in_time.context import Context
from features.point_in_time.missing_pasts import describe_missing_pasts
from features.practice.zip_codes import load_zip_map
from features.schema import CUSTOM_PREFIX, EVENT_KINDS
from features.signals.custom_columns import ColumnValue, find_new_values, list_categories
from features.tables.json_payload import describe_unread, list_needed
from serving.errors import RequestError, ServiceError
from serving.random_holdout import select_holdout
from serving.schemas.lead_validation import validate_lead
from serving.schemas.scoring import Answer
from serving.scoring.answers.answer_fields import Advice, build_answers, to_answer
from serving.scoring.answers.receipts import ShownRows, made_requests, written_down
from serving.scoring.next_step import WISHES, describe_situations, next_step, wishes_of
from serving.scoring.payload_readers import PayloadReaders
from serving.scoring.priority_lanes import choose_lane, find_emergencies, find_spam, find_wishes_for_soon
from serving.scoring.read_lead import ReadLead
from training.bundle import Bundle, FollowedLevel, Predictions

__all__ = ["Engine"]


@dataclass(frozen=True)
class Engine:
    """Everything that makes a score. Immutable: a new champion is a new engine.

    Parameters
    ----------
    bundle : Bundle
    version : str
        As registered, or the start of the bundle's sha256.
    context : Knowledge
        The bundle's, or with the practice's own contact book.
    log : RequestLog, optional
        Where answers are written down as ids and numbers; without one no score has a receipt.
    level : FollowedLevel
        How outcomes since training move every score; as trained until the store was read.
    """

    bundle: Bundle
    version: str
    context: Context
    log: PredictionLog | None = None
    level: FollowedLevel = FollowedLevel()

    @classmethod
    def of(cls, bundle: Bundle, version: str, log: PredictionLog | None = None) -> "Engine":
        """Return the engine of a bundle that was just loaded, warmed up so that the first lead does not wait.

        Warming up is not logged.

        Raises
        ------
        ServiceError
            If it gives a lead a score that is not a number.
        """
        engine = cls(bundle, version, bundle.context)
        now = np.datetime64("2026-01-01", "us")
        for lead in ({}, *({**engine._full_lead(now), "postal_code": code} for code in load_zip_map().code_per_zone)):
            answer = engine.score_read([ReadLead(lead, ())], now)[0]
            if not np.isfinite(
                [answer.log_odds, answer.probability_low, answer.probability_high, answer.everything_else_log_odds]
            ).all():
                raise ServiceError(
                    f"bundle {bundle.sha256[:12]}: gives a lead a score that is not a number. It is not used; train "
                    "again."
                )
        # What writes lines is compiled, too, although nothing is written down: it takes seconds on a new machine.
        format_numbers(np.zeros(1))
        return replace(engine, log=log)

    def _full_lead(self, now: np.datetime64) -> dict[str, Any]:
        """Return a lead with a value in every column, so that scoring it makes all that is made when first needed."""
        value_by_kind = {"number": 1.0, "yes_no": 1.0, "time": now - np.timedelta64(1, "D")}
        full = {name: value_by_kind.get(kind, "An appointment in 2 weeks") for name, kind in self.kinds.items()}
        contacts = {"phone": "(212) 555-0123", "email": "lead@example.org", "relation": "self"}
        return (
            full
            | {name: value for name, value in contacts.items() if name in full}
            | {"events": [(value_by_kind["time"], kind, 1.0, 60.0) for kind in EVENT_KINDS]}
        )

    @cached_property
    def without_log(self) -> "Engine":
        """The same engine that writes nothing down; made once, so that it keeps what it has made."""
        return replace(self, log=None)

    @cached_property
    def explainer(self) -> Explainer:
        """Turns contributions into reasons."""
        return Explainer.of(self.bundle.signals, self.bundle.hidden_reasons, ReasonWords.of(self.bundle.practice))

    @property
    def own_records(self) -> bool:
        """Whether it knows the practice's own records, or what the bundle brought alone."""
        return self.context is not self.bundle.context

    @cached_property
    def kinds(self) -> dict[str, str]:
        """The columns that are read, by kind.

        The message is always read: urgent wording counts whatever the model learned from.
        """
        return {**self.bundle.columns, "message": "text"}

    @cached_property
    def readers(self) -> PayloadReaders:
        """What converts payloads, made once: each remembers what the texts of its columns mean."""
        return PayloadReaders.of(self.bundle, self.kinds)

    @cached_property
    def _categories(self) -> tuple[ColumnValue, ...]:
        """Columns of which the model has learned the values."""
        return list_categories(self.bundle.signals)

    @cached_property
    def _unread(self) -> frozenset[str]:
        """Columns that only say how the person may be reached."""
        return frozenset(WISHES.keys() - self.kinds.keys())

    def read(self, payload: Any) -> ReadLead:
        """One raw payload, in our names or the export's own.

        Raises
        ------
        RequestError
            With status 422 and every field that cannot be read.
        """
        converted, faults, ignored = self.readers.scored.read(validate_lead(payload, self.readers.scored.knows))
        unread = self._unread
        faults = [fault for fault in faults if fault.field not in unread]
        if needed := list_needed(faults):
            raise RequestError(
                422,
                "invalid_lead",
                "The lead has values that cannot be read; fix the fields listed.",
                tuple(needed),
            )
        wishes = wishes_of(converted)
        return ReadLead(
            {name: value for name, value in converted.items() if name not in unread},
            tuple(ignored),
            wishes,
            tuple(describe_unread(faults)),
            contact_sent="phone" in converted or "email" in converted,
        )

    def score(self, payloads: Sequence[Any], now: np.datetime64, explain: bool = True) -> list[Answer]:
        """Read and score raw payloads; all of them or none.

        Parameters
        ----------
        now : datetime64[us], UTC
            The moment of the score for payloads without a ``cutoff``.
        explain : bool
            Whether to compute reasons.

        Raises
        ------
        RequestError
            If a payload cannot be read.
        """
        return self.score_read([self.read(payload) for payload in payloads], now, explain)

    def score_read(
        self, leads: Sequence[ReadLead], now: np.datetime64, explain: bool = True, arrival_share: float = 0.0
    ) -> list[Answer]:
        """Score leads that were read, as ``answer_leads`` does, and return the answers as objects."""
        return [to_answer(fields) for fields in self.answer_leads(leads, now, explain, arrival_share)]

    def answer_leads(
        self, leads: Sequence[ReadLead], now: np.datetime64, explain: bool = True, arrival_share: float = 0.0
    ) -> list[dict[str, Any]]:
        """Score leads that were read. One answer for each, in order, as the fields of ``Answer``.

        Parameters
        ----------
        arrival_share : float, 0 to 0.5
            Share of leads that the desk calls in order of arrival: what is written down of a score says whether its
            lead is one of them.
        """
        if not leads:
            return []
        batch, when = self._batch([lead.converted for lead in leads], now)
        scored = self._score(batch, explain)
        explained = self.explainer.explain(scored, REASONS_SHOWN) if explain else None
        grades = self.bundle.grades.assign(scored.probability)
        lanes = list(map(choose_lane, grades, find_emergencies(batch).tolist(), find_spam(batch).tolist()))
        situations = describe_situations(batch, lanes, leads, self.bundle.practice.formats)
        is_fixed = np.array([lane in ("urgent", "spam") for lane in lanes], bool)
        arrival = self._in_order_of_arrival(batch, is_fixed, arrival_share)
        advice = Advice(
            grades,
            lanes,
            find_wishes_for_soon(batch),
            [next_step(situation) for situation in situations],
            when,
            self._receipts(batch, scored, grades, explained, arrival),
        )
        leads = _add_new_values(leads, find_new_values(self._categories, batch))
        return build_answers(leads, scored, explained, advice, (self.bundle, self.version, self.level.offset))

    def probabilities(self, converted: Sequence[dict[str, Any]], now: np.datetime64) -> FloatArray:
        """Return the probabilities of leads in our names and types, shape (n,), for what-if questions; log nothing."""
        return self._score(self._batch(converted, now)[0], explain=False).probability

    def _score(self, batch: Batch, explain: bool) -> Predictions:
        """Score a batch at the followed level."""
        level = np.full(len(batch), self.level.offset) if self.level.offset else None
        return self.bundle.score(batch, explain, level=level)

    def _batch(self, converted: Sequence[dict[str, Any]], now: np.datetime64) -> tuple[Batch, TimeArray]:
        """Return the leads as the bundle reads them, and the moment of each."""
        batch = Batch.from_payloads(self.bundle.fill_cutoffs(converted), self.context, self.kinds, now)
        undated = np.full(len(converted), "NaT", "datetime64[us]")
        return (batch if self.bundle.dated else replace(batch, cutoff=undated)), batch.cutoff

    def _in_order_of_arrival(self, batch: Batch, is_fixed: np.ndarray, share: float) -> np.ndarray | None:
        """Whether each lead is called in order of arrival, whatever its score; not where its lane alone decides: a
        possible emergency is called first like any other, and spam not at all.
        """
        return (
            select_holdout([str(lead_id) for lead_id in batch.lead_ids], share, self.bundle.name) & ~is_fixed
            if share
            else None
        )

    def _receipts(
        self,
        batch: Batch,
        scored: Predictions,
        grades: np.ndarray,
        explained: Explanations | None,
        arrival: np.ndarray | None,
    ) -> list[str | None]:
        """Return the receipts of the answers, which are logged before they are given."""
        if self.log is None:
            return [None] * len(batch)
        return written_down(
            self.log.write,
            made_requests(
                self.bundle,
                self.own_records,
                batch,
                scored,
                ShownRows(grades, explained, REASONS_SHOWN, arrival),
            ),
        )

    def card(self) -> dict[str, Any]:
        """Return what the model is and how good it is, for people and programs."""
        bundle = self.bundle
        return {
            "name": bundle.name,
            "version": self.version,
            "sha256": bundle.sha256,
            "label": bundle.label,
            "horizon_days": bundle.horizon_days if bundle.dated else None,
            "dated": bundle.dated,
            "trained_at": bundle.created_at,
            "practice": bundle.practice.name,
            "base_rate": bundle.base_rate,
            "level": vars(self.level) | {"words": self.level.describe(), "run_away": self.level.has_run_away},
            "grades": vars(bundle.grades),
            "figures": bundle.figures,
            "columns": bundle.columns,
            "missing_pasts": describe_missing_pasts(bundle.signals, self.context),
            "signals": [
                {"name": s.name, "family": s.family, "unit": s.unit, "monotone": s.monotone, "question": s.question}
                for s in bundle.signals
            ],
        }


def _add_new_values(leads: Sequence[ReadLead], new_values: dict[str, np.ndarray]) -> list[ReadLead]:
    """Return the leads with a note for each of their categories that the model has not learned."""
    noted = list(leads)
    for column, is_new in new_values.items():
        note = f"{column.removeprefix(CUSTOM_PREFIX)} holds a value that the model never saw, or only rarely"
        for row in np.flatnonzero(is_new).tolist():
            noted[row] = replace(noted[row], notes=(*noted[row].notes, note))
    return noted
