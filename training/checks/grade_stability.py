"""LC010: how many open leads would change their grade or their first reason, though nothing about them changed?

How it is detected: every open lead is scored by both models at the same moment, from the same data. It counts as
changed where the grade differs, or the group of signals that says most. The share must stay within the stability
budget. Why it matters: an intake lead who sees half of the list turn over on a Monday stops believing it, whatever the
figures say. What to do: read the list (the leads that moved furthest come first). Where the change is right, promote
with a waiver, and tell the desk before it sees it."""

from dataclasses import dataclass

import numpy as np

from features.array_types import ObjectArray
from training.bundle import Bundle, Predictions
from training.finding import Finding

__all__ = ["BUDGET", "GradeStability", "ChangedLead"]

BUDGET = 0.35
"""Share of open leads that may change, unless the practice says otherwise."""
_MIN_OPEN_LEADS = 30


@dataclass(frozen=True)
class ChangedLead:
    """One open lead that would change, as ids and numbers."""

    lead_id: str
    grade_before: str
    grade_after: str
    probability_before: float
    probability_after: float
    reason_before: str
    reason_after: str


class GradeStability:
    """Scores open leads with both models.

    Parameters
    ----------
    lead_ids : object array of shape (n,)
    challenger, champion : (Bundle, Scored)
        Scores with parts of the same n open leads.
    budget : float, 0 to 1
    """

    code = "LC010"

    def __init__(
        self,
        lead_ids: ObjectArray,
        challenger: tuple[Bundle, Predictions],
        champion: tuple[Bundle, Predictions],
        budget: float = BUDGET,
    ) -> None:
        self._ids, self._new, self._old, self._budget = lead_ids, challenger, champion, budget

    def run(self) -> tuple[Finding, list[ChangedLead]]:
        """The finding, and the leads to review, those that moved furthest first."""
        if len(self._ids) < _MIN_OPEN_LEADS:
            return Finding(
                self.code,
                "not applicable",
                f"Only {len(self._ids)} leads are open; {_MIN_OPEN_LEADS} are needed to say what share would change.",
            ), []
        (before, reason_before), (after, reason_after) = (self._said(*one) for one in (self._old, self._new))
        grade, reason = before != after, reason_before != reason_after
        said = self._old[1].probability, self._new[1].probability
        rows = np.flatnonzero(grade | reason)
        rows = rows[np.argsort(-np.abs(said[1] - said[0])[rows], kind="stable")]
        moved = [
            ChangedLead(
                str(self._ids[i]),
                before[i],
                after[i],
                float(said[0][i]),
                float(said[1][i]),
                reason_before[i],
                reason_after[i],
            )
            for i in rows.tolist()
        ]
        share = len(rows) / len(self._ids)
        words = (
            f"{100 * share:.1f} in 100 of {len(self._ids):,} open leads would change ({100 * grade.mean():.1f} their grade, {100 * reason.mean():.1f} their first reason); "
            f"the budget is {100 * self._budget:.0f}."
        )
        return Finding(self.code, "fails" if share > self._budget else "holds", words), moved

    @staticmethod
    def _said(bundle: Bundle, scored: Predictions) -> tuple[np.ndarray, np.ndarray]:
        """Grade of each lead, and the shown group of signals that says most."""
        groups = list(dict.fromkeys(one.group for one in bundle.signals))
        member = np.array([[one.group == group for group in groups] for one in bundle.signals], float)
        strength = np.abs(scored.parts @ member)
        strength[:, [group in bundle.hidden_reasons for group in groups]] = -1
        return bundle.grades.assign(scored.probability), np.array(groups, object)[strength.argmax(axis=1)]
