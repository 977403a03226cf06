"""Where did people and the model disagree, and who was right? Overrides with the score at that time, and what became of
the leads.

Lives here: pairing overrides with scores and outcomes, counting them. Does not live here: storing either
(``serving.store``), HTML (``pages``).

These figures are about few leads that people picked: they show where to look, not who is better. An override moves a
lead up or down the list, and so changes its outcome.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from serving.desk.lead_state import replay_steps
from serving.store.database.entities import DeskStep, StoredScore
from serving.store.store import Store

__all__ = ["DISAGREEING", "Disagreement", "DisagreementTally", "list_disagreements", "tally_disagreements"]

DISAGREEING = ("grade", "order", "reason_wrong")
_WON_STAGES = ("booked", "attended", "treated")


@dataclass(frozen=True)
class Disagreement:
    """A person disagreed with the model.

    Parameters
    ----------
    score : StoredScore or None
        The model's score at that time.
    became : {"", "booked", "lost"}
        Empty while nobody knows.
    """

    step: DeskStep
    score: StoredScore | None
    became: str

    @property
    def direction(self) -> str:
        """Whether the person thought more or less of the lead than the model: "higher", "lower" or "other"."""
        if self.step.kind != "grade" or self.score is None or self.step.detail["grade"] == self.score.grade:
            return "other"
        return "higher" if self.step.detail["grade"] < self.score.grade else "lower"


@dataclass(frozen=True)
class DisagreementTally:
    """Leads that people graded higher, or lower: how many, how many of them have a known outcome, how many booked, and
    how many bookings the model had expected.
    """

    direction: str
    leads: int
    resolved: int
    booked: int
    expected: float


def list_disagreements(store: Store, limit: int = 200) -> list[Disagreement]:
    """Return the newest disagreements that were not undone, the newest first."""
    with store.reading() as transaction:
        entries = []
        for step in transaction.desk.list_recent(DISAGREEING, limit):
            steps = transaction.desk.list_steps(step.lead_id)
            if any(other.undoes == step.number for other in steps):
                continue
            earlier_scores = [
                score for score in transaction.scores.list_for(step.lead_id) if score.scored_at <= step.at
            ]
            stages = {outcome.stage for outcome in transaction.outcomes.list_for(step.lead_id)}
            closed_because = replay_steps(steps).closed_because
            last_score = earlier_scores[-1] if earlier_scores else None
            entries.append(Disagreement(step, last_score, _resolve_outcome(stages, closed_because)))
    return entries


def _resolve_outcome(stages: set[str], closed_because: str | None) -> str:
    """Return "booked", "lost", or "" while nobody knows; a booking counts even if the lead was lost later."""
    if not stages.isdisjoint(_WON_STAGES) or closed_because in _WON_STAGES:
        return "booked"
    # "do_not_contact" closes a lead on the desk but says nothing about what became of it.
    is_lost = "lost" in stages or closed_because not in (None, "do_not_contact")
    return "lost" if is_lost else ""


def tally_disagreements(entries: Iterable[Disagreement]) -> Sequence[DisagreementTally]:
    """Count the outcomes of the leads that people graded higher or lower than the model."""
    by_lead = list({entry.step.lead_id: entry for entry in entries if entry.direction != "other"}.values())
    tallies = []
    for direction in ("higher", "lower"):
        group = [entry for entry in by_lead if entry.direction == direction]
        resolved = [entry for entry in group if entry.became]
        tallies.append(
            DisagreementTally(
                direction,
                len(group),
                len(resolved),
                sum(entry.became == "booked" for entry in resolved),
                sum(entry.score.probability for entry in resolved if entry.score is not None),
            )
        )
    return tallies
