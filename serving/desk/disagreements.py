"""Where did people and the model disagree, and who was right? Overrides beside the score they stood against, and what
became of the leads.

Lives here: pairing what people said with scores and outcomes, counting them. Does not live here: keeping either
(``serving.store``), HTML (``pages``).

A figure here is about few leads that people picked: it says where to look, and not who is better. An override moves a
lead up or down the list, and so changes what becomes of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from serving.desk.lead_state import replay_steps
from serving.store.database.entities import StoredScore, DeskStep
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


def list_disagreements(store: Store, most: int = 200) -> list[Disagreement]:
    """The newest disagreements that stand, the newest first."""
    with store.reading() as at:
        made = []
        for step in at.desk.list_recent(DISAGREEING, most):
            if any(one.undoes == step.number for one in at.desk.list_steps(step.lead_id)):
                continue
            before = [one for one in at.scores.list_for(step.lead_id) if one.scored_at <= step.at]
            stages = {one.stage for one in at.outcomes.list_for(step.lead_id)}
            closed = replay_steps(at.desk.list_steps(step.lead_id)).closed_because
            won = not stages.isdisjoint(_WON) or closed in _WON
            lost = not stages.isdisjoint(_LOST) or closed is not None and closed not in (*_WON, "do_not_contact")
            made.append(Disagreement(step, before[-1] if before else None, "booked" if won else "lost" if lost else ""))
    return made


def tally_disagreements(entries: Iterable[Disagreement]) -> Sequence[DisagreementTally]:
    """What became of the leads that people graded otherwise."""
    graded = list({one.step.lead_id: one for one in entries if one.direction != "other"}.values())
    made = []
    for direction in ("higher", "lower"):
        here = [one for one in graded if one.direction == direction]
        known = [one for one in here if one.became]
        made.append(
            DisagreementTally(
                direction,
                len(here),
                len(known),
                sum(one.became == "booked" for one in known),
                sum(one.score.probability for one in known),
            )
        )
    return made
