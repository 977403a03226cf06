"""``leadlight explain LEAD``: what does each signal say of one lead, what does it rest on, and how did it move the
score?

Lives here: finding the lead, its moment and a model, and laying the answer out for a terminal.
Does not live here: the evidence itself (``features.explain.evidence``), reasons as the desk shows them (``reasons``).

It prints words of the lead's own message: it is for the person who works on that lead. Nothing of it is logged or
written to a file."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import click
import numpy as np

from features.batch import Batch
from features.calendar.timezones import to_utc_times
from features.errors import DataError, LeadlightError
from features.explain.evidence import Evidence
from features.feature_matrix import compute_matrix, select_supported_signals
from features.mapping.column_mapping import read_mapping
from features.point_in_time.contact_index import ContactIndex
from features.point_in_time.context import Context
from features.point_in_time.outcomes import build_history, add_practice_records
from features.practice.practice import Practice
from features.practice_file.practice_toml import read_practice
from features.progress_bar import progress_bar
from features.registry import FAMILIES, Signal
from features.signals.custom_columns import build_column_signals
from features.tables.tables import Tables, read_tables
from serving.scoring.engine import odds_in_words
from training.bundle import Bundle, Predictions, find_bundle, get_models_home

__all__ = ["LeadExplanation", "explain", "explain_lead"]

_MOVES = 0.005
"""A signal that moved the score by less than this, in log-odds, is shown without a figure."""


@dataclass(frozen=True)
class LeadExplanation:
    """One lead at one moment.

    Parameters
    ----------
    batch : Batch, of one lead and one moment
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

    def lines(self, family: str | None = None) -> Iterator[str]:
        """The lead family by family: what moved the score most first; signals that know nothing are named at the end of
        their family.
        """
        evidence = Evidence(self.batch)
        yield self.headline
        for name in [family] if family else FAMILIES:
            places = [place for place, one in enumerate(self.signals) if one.family == name]
            if places:
                yield f"\n{name}: {FAMILIES[name]}"
                yield from self._family(self._in_order(places), evidence)

    def _in_order(self, places: list[int]) -> list[int]:
        """What moved the score most first; in the catalogue's order without a model."""
        return places if self.parts is None else sorted(places, key=lambda place: -abs(self.parts[place]))

    def _family(self, places: list[int], evidence: Evidence) -> Iterator[str]:
        """A line for each signal that knows something or moved the score."""
        quiet = [place for place in places if np.isnan(self.values[place]) and not self._moved(place)]
        for place in places:
            if place not in quiet:
                one, found = self.signals[place], evidence.of(self.signals[place])
                yield f"  {self._effect(place)}{one.describe_value(float(self.values[place]))}" + (
                    f"  [{'; '.join(found)}]" if found else ""
                )
        if quiet:
            yield f"  not known: {', '.join(self.signals[place].name.removeprefix('custom:') for place in quiet)}"

    def _moved(self, place: int) -> bool:
        """Whether the signal moved the score visibly."""
        return self.parts is not None and abs(self.parts[place]) >= _MOVES

    def _effect(self, place: int) -> str:
        """How far the signal moved the score, in log-odds; nothing without a model."""
        if self.parts is None:
            return ""
        return f"{self.parts[place]:+.2f}  " if self._moved(place) else "       "


def explain_lead(tables: Tables, lead_id: str, bundle: Bundle | None, practice: Practice, at: str = "latest") -> LeadExplanation:
    """One lead of validated tables, by the bundle's signals, or by all that the data supports when there is no bundle.

    Raises
    ------
    DataError
        If the tables hold no such lead, or ``at`` is no moment.
    """
    lead = _row_of(tables, lead_id)
    events = tables.events[tables.events["lead_id"] == lead_id]
    own = replace(tables, leads=tables.leads.iloc[[lead]].reset_index(drop=True), events=events.reset_index(drop=True))
    knowledge = (
        _own_knowledge(tables, practice) if bundle is None else add_practice_records(bundle.context, tables, bundle.label)
    )
    batch = Batch.from_tables(
        own, np.zeros(1, np.intp), np.array([_moment(tables, lead, at)], "datetime64[us]"), knowledge
    )
    local = batch.local_time(batch.cutoff)[0]
    when = "without a date" if np.isnat(local) else f"at {local.item():%Y-%m-%d %H:%M}"
    if bundle is None:
        signals = _all_signals(tables, knowledge)
        headline = f"Lead {lead_id} {when} on the practice's clock. No model is used: {len(signals)} signals, no score."
        return LeadExplanation(batch, tuple(signals), compute_matrix(batch, signals)[0], None, headline)
    scored = bundle.score(batch)
    headline = f"Lead {lead_id} {when} on the practice's clock. {_score(scored, bundle)}"
    return LeadExplanation(batch, bundle.signals, scored.values[0], scored.parts[0], headline)


@click.command("explain")
@click.argument("lead")
@click.option("--data", required=True, help="A file of leads, a folder with leads and events, or a database's URL.")
@click.option(
    "--mapping",
    "mapping_file",
    type=click.Path(path_type=Path),
    help="Mapping of the export; the model's own when left out.",
)
@click.option(
    "--practice",
    "practice_file",
    type=click.Path(path_type=Path),
    help="Without a model: practice.toml; else beside the data.",
)
@click.option("--model", help="NAME, NAME@ALIAS, NAME/VERSION, or a bundle's folder; the champion when there is one.")
@click.option(
    "--at",
    default="latest",
    show_default=True,
    help="Moment to explain: latest (seen in the data), arrival, or a time in UTC.",
)
@click.option("--family", type=click.Choice(list(FAMILIES)), help="Only this family.")
def explain(
    lead: str,
    data: str,
    mapping_file: Path | None,
    practice_file: Path | None,
    model: str | None,
    at: str,
    family: str | None,
) -> None:
    """Show what each signal says of one LEAD, with the words, events, clinics and fields that it rests on."""
    bundle = _bundle(model)
    beside = Path(data) / "practice.toml"
    practice = bundle.practice if bundle else read_practice(practice_file or (beside if beside.is_file() else None))
    mapping = read_mapping(mapping_file) if mapping_file or bundle is None else bundle.mapping
    with progress_bar() as tell:
        tables = read_tables(data, mapping, practice, tell, scoring=True)
    for line in explain_lead(tables, lead, bundle, practice, at).lines(family):
        click.echo(line)


def _bundle(model: str | None) -> Bundle | None:
    """The model that is meant; without a name the champion, and when that cannot be had it is said and explained
    without one.
    """
    if model is not None:
        return find_bundle(model, get_models_home())[0]
    try:
        return find_bundle("leadlight", get_models_home())[0]
    except LeadlightError as fault:
        click.echo(f"Explained without a model. {fault}", err=True)
        return None


def _row_of(tables: Tables, lead_id: str) -> int:
    """The lead's row."""
    found = np.flatnonzero((tables.leads["lead_id"] == lead_id).to_numpy())
    if len(found):
        return int(found[0])
    rejected = tables.rejected[(tables.rejected["table"] == "leads") & (tables.rejected["lead_id"] == lead_id)]
    why = "; ".join(
        dict.fromkeys(f"{column} {fault}" for column, fault in zip(rejected["column"], rejected["fault"], strict=True))
    )
    said = (
        f"it was set aside: {why}. Mend that row and try again."
        if why
        else "check how the id is spelt, and that the data holds it."
    )
    raise DataError(
        f"explain: found no lead {lead_id!r} among {len(tables.leads):,} leads, expected a lead_id of the leads table; {said}"
    )


def _moment(tables: Tables, lead: int, at: str) -> np.datetime64:
    """The moment that ``--at`` means."""
    if at == "arrival":
        return (
            to_utc_times(tables.leads["created_at"])[lead]
            if "created_at" in tables.leads
            else np.datetime64("NaT", "us")
        )
    try:
        return (
            (tables.as_of or np.datetime64("NaT", "us"))
            if at == "latest"
            else np.datetime64(at.removesuffix("Z"), "us")
        )
    except ValueError:
        raise DataError(
            f"explain: --at is {at!r}, expected latest, arrival, or a time such as 2026-03-14T15:05:00Z."
        ) from None


def _own_knowledge(tables: Tables, practice: Practice) -> Context:
    """What the practice's own records say, where no model brings a record of its own."""
    history = build_history(tables, practice, practice.label) if len(tables.outcomes) else None
    return Context(practice, history=history, contacts=ContactIndex.of_leads(tables.leads))


def _all_signals(tables: Tables, knowledge: Context) -> Sequence[Signal]:
    """The catalogue's signals that the data supports, then the practice's own columns."""
    leads = tables.leads
    filled = {name for name in leads.columns if leads[name].notna().any()}
    filled |= {"earlier_enquiries"} if knowledge.contacts is not None else set()
    history = knowledge.history is not None
    kinds = {name: kind for name, kind in tables.custom.items() if name in filled}
    own = [one for name, kind in kinds.items() for one in build_column_signals(name, kind, leads[name].to_numpy(), history)]
    return select_supported_signals(filled, bool(len(tables.events)), knowledge) + own


def _score(scored: Predictions, bundle: Bundle) -> str:
    """The score in words."""
    probability = float(scored.probability[0])
    grade, log_odds = bundle.grades.assign(scored.probability)[0], float(scored.log_odds[0])
    return f"{odds_in_words(probability, bundle)} (grade {grade}; log-odds {log_odds:+.2f}, from {scored.base:+.2f})."
