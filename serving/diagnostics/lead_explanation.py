"""What does each signal say about one lead, what does it rest on, and how did it change the score?

Lives here: finding the lead and its time, computing its signals, formatting the lines. Does not live here: the command
(``serving.cli.explain``), the evidence (``features.explain.evidence``), the reasons on the desk
(``features.explain.reasons``).

The lines have words of the lead's own message: they are for the person who works on that lead. They are neither logged
nor written to a file."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from features.batch import Batch
from features.errors import DataError
from features.explain.evidence import Evidence
from features.feature_matrix import compute_matrix, select_supported_signals
from features.point_in_time.contact_index import ContactIndex
from features.point_in_time.context import Context
from features.point_in_time.outcomes import add_practice_records, build_history
from features.practice.practice import Practice
from features.registry import FAMILIES, Signal
from features.signals.custom_columns import build_column_signals
from features.tables.tables import Tables
from serving.scoring.score_words import odds_in_words
from serving.scoring.scoring_time import parse_time
from training.bundle import Bundle, Predictions

__all__ = ["LeadExplanation", "explain_lead"]

_MIN_EFFECT = 0.005
"""A signal that changed the score by less than this, in log-odds, is shown without a number."""


@dataclass(frozen=True)
class LeadExplanation:
    """The signals of one lead at one time.

    Parameters
    ----------
    batch : Batch, of one lead at one time
    signals : tuple of Signal, of length s
    values : float array of shape (s,)
    parts : float array of shape (s,), log-odds, or None without a model
    headline : str
    """

    batch: Batch
    signals: tuple[Signal, ...]
    values: np.ndarray
    parts: np.ndarray | None
    headline: str

    def format_lines(self, family: str | None = None) -> Iterator[str]:
        """Format the lead family by family, the largest effects first; unknown signals are named at the end of their
        family.
        """
        evidence = Evidence(self.batch)
        yield self.headline
        for name in [family] if family else FAMILIES:
            indices = [index for index, signal in enumerate(self.signals) if signal.family == name]
            if indices:
                yield f"\n{name}: {FAMILIES[name]}"
                yield from self._format_family(self._sort_by_effect(indices), evidence)

    def to_plain(self, family: str | None = None) -> dict[str, Any]:
        """Return the same for programs: the headline, and for each signal its value, effect, words and evidence."""
        evidence = Evidence(self.batch)
        signals = [
            {
                "name": signal.name,
                "family": signal.family,
                "value": float(value),
                "log_odds": None if self.parts is None else float(self.parts[index]),
                "text": signal.describe_value(float(value)),
                "evidence": list(evidence.of(signal)),
            }
            for index, (signal, value) in enumerate(zip(self.signals, self.values, strict=True))
            if family in (None, signal.family)
        ]
        return {"headline": self.headline, "signals": signals}

    def _sort_by_effect(self, indices: list[int]) -> list[int]:
        """Sort the largest effects first; without a model, keep the catalogue's order."""
        return indices if self.parts is None else sorted(indices, key=lambda index: -abs(self.parts[index]))

    def _format_family(self, indices: list[int], evidence: Evidence) -> Iterator[str]:
        """Format a line for each signal that is known or changed the score."""
        unknown = [index for index in indices if np.isnan(self.values[index]) and not self._has_effect(index)]
        for index in indices:
            if index not in unknown:
                signal = self.signals[index]
                evidence_texts = evidence.of(signal)
                suffix = f"  [{'; '.join(evidence_texts)}]" if evidence_texts else ""
                yield f"  {self._format_effect(index)}{signal.describe_value(float(self.values[index]))}{suffix}"
        if unknown:
            yield f"  not known: {', '.join(self.signals[index].name.removeprefix('custom:') for index in unknown)}"

    def _has_effect(self, index: int) -> bool:
        """Whether the signal changed the score visibly."""
        return self.parts is not None and abs(self.parts[index]) >= _MIN_EFFECT

    def _format_effect(self, index: int) -> str:
        """Format how far the signal changed the score, in log-odds; empty without a model."""
        if self.parts is None:
            return ""
        return f"{self.parts[index]:+.2f}  " if self._has_effect(index) else "       "


def explain_lead(
    tables: Tables, lead_id: str, bundle: Bundle | None, practice: Practice, at: str = "auto"
) -> LeadExplanation:
    """Explain one lead of validated tables by the bundle's signals, or without a bundle by all that the data supports.

    Raises
    ------
    DataError
        If the tables have no such lead, or ``at`` is invalid.
    """
    row = _find_row(tables, lead_id)
    if at == "auto":
        at = "arrival" if bundle is not None and bundle.arrival_only else "latest"
    # Only the events of this lead, but the context of all tables: rates and earlier inquiries need the others.
    events = tables.events[tables.events["lead_id"] == lead_id]
    lead_tables = replace(
        tables, leads=tables.leads.iloc[[row]].reset_index(drop=True), events=events.reset_index(drop=True)
    )
    context = (
        _build_context(tables, practice)
        if bundle is None
        else add_practice_records(bundle.context, tables, bundle.label)
    )
    batch = Batch.from_tables(
        lead_tables, np.zeros(1, np.intp), np.array([_find_cutoff(tables, row, at)], "datetime64[us]"), context
    )
    local = batch.local_time(batch.cutoff)[0]
    when = "without a date" if np.isnat(local) else f"at {local.item():%Y-%m-%d %H:%M}"
    if bundle is None:
        signals = _list_signals(tables, context)
        headline = f"Lead {lead_id} {when} on the practice's clock. No model is used: {len(signals)} signals, no score."
        return LeadExplanation(batch, tuple(signals), compute_matrix(batch, signals)[0], None, headline)
    predictions = bundle.score(batch)
    headline = f"Lead {lead_id} {when} on the practice's clock. {_format_score(predictions, bundle)}"
    return LeadExplanation(batch, bundle.signals, predictions.values[0], predictions.parts[0], headline)


def _find_row(tables: Tables, lead_id: str) -> int:
    """Return the lead's row."""
    rows = np.flatnonzero((tables.leads["lead_id"] == lead_id).to_numpy())
    if len(rows):
        return int(rows[0])
    rejected = tables.rejected[(tables.rejected["table"] == "leads") & (tables.rejected["lead_id"] == lead_id)]
    faults = "; ".join(
        dict.fromkeys(f"{column} {fault}" for column, fault in zip(rejected["column"], rejected["fault"], strict=True))
    )
    if faults:
        fix = f"it was rejected: {faults}. Fix that row and try again."
    else:
        fix = "check how the id is spelled, and that the data has it."
    raise DataError(
        f"explain: found no lead {lead_id!r} among {len(tables.leads):,} leads, expected a lead_id of the leads table; "
        f"{fix}"
    )


def _find_cutoff(tables: Tables, row: int, at: str) -> np.datetime64:
    """Return the time that ``--at`` means."""
    no_time = np.datetime64("NaT", "us")
    if at == "arrival":
        return tables.created_at[row]
    return (tables.as_of or no_time) if at == "latest" else parse_time(at)


def _build_context(tables: Tables, practice: Practice) -> Context:
    """Build the context from the practice's own records, where no model brings one."""
    history = build_history(tables, practice, practice.label) if len(tables.outcomes) else None
    return Context(practice, history=history, contacts=ContactIndex.of_leads(tables.leads))


def _list_signals(tables: Tables, context: Context) -> Sequence[Signal]:
    """List the catalogue's signals that the data supports, then those of the practice's own columns."""
    leads = tables.leads
    filled = {name for name in leads.columns if leads[name].notna().any()}
    filled |= {"earlier_enquiries"} if context.contacts is not None else set()
    has_history = context.history is not None
    kinds = {name: kind for name, kind in tables.custom.items() if name in filled}
    custom = [
        signal
        for name, kind in kinds.items()
        for signal in build_column_signals(name, kind, leads[name].to_numpy(), has_history)
    ]
    return select_supported_signals(filled, bool(len(tables.events)), context) + custom


def _format_score(predictions: Predictions, bundle: Bundle) -> str:
    """Format the score for people."""
    probability = float(predictions.probability[0])
    grade, log_odds = bundle.grades.assign(predictions.probability)[0], float(predictions.log_odds[0])
    return (
        f"{odds_in_words(probability, bundle)} (grade {grade}; log-odds {log_odds:+.2f}, from {predictions.base:+.2f})."
    )
