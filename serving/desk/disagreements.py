"""Where did people and the model disagree, and who was right? Overrides beside the score they stood against, and what
became of the leads.

Lives here: pairing what people said with scores and outcomes, counting them. Does not live here: keeping either
(``serving.store``), HTML (``pages``).

A figure here is about few leads that people picked: it says where to look, and not who is better. An override moves a
lead up or down the list, and so changes what becomes of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from serving.desk.lead_state import replay_steps
from serving.store.database.entities import DeskStep, StoredScore
from serving.store.store import Store

__all__ = ["DISAGREEING", "Disagreement", "DisagreementTally", "list_disagreements", "tally_disagreements"]

DISAGREEING = ("grade", "order", "reason_wrong")
_WON, _LOST = ("booked", "attended", "treated"), ("lost",)


@dataclass(frozen=True)
class Disagreement:
    """A person disagreed.

    Parameters
    ----------
    score : KnownScore or None
        What the model had said when the person did.
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
    """Leads that people graded higher, or lower: how many, of how many it is known what became, how many booked, and
    how many the model had expected to.
    """

    direction: str
    leads: int
    known: int
    booked: int
    expected: float


def list_disagreements(store: Store, limit: int = 200) -> list[Disagreement]:
    """The newest disagreements that stand, the newest first."""
    with store.reading() as transaction:
        entries = []
        for step in transaction.desk.list_recent(DISAGREEING, limit):
            if any(score.undoes == step.number for score in transaction.desk.list_steps(step.lead_id)):
                continue
            earlier_scores = [score for score in transaction.scores.list_for(step.lead_id) if score.scored_at <= step.at]
            stages = {score.stage for score in transaction.outcomes.list_for(step.lead_id)}
            closed = replay_steps(transaction.desk.list_steps(step.lead_id)).closed_because
            won = not stages.isdisjoint(_WON) or closed in _WON
            lost = not stages.isdisjoint(_LOST) or closed is not None and closed not in (*_WON, "do_not_contact")
            entries.append(Disagreement(step, earlier_scores[-1] if earlier_scores else None, "booked" if won else "lost" if lost else ""))
    return entries


def tally_disagreements(entries: Iterable[Disagreement]) -> Sequence[DisagreementTally]:
    """What became of the leads that people graded otherwise."""
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
                sum(entry.score.probability for entry in resolved),
            )
        )
    return tallies
