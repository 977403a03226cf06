"""LC010: how many open leads would change their grade or their first reason, though nothing about them changed?

How it is detected: both models score every open lead at the same moment, from the same data. A lead counts as changed
where the grade differs, or the signal group with the largest contribution. The share must stay within the stability
budget.

Why it matters: an intake lead who sees half of the list reorder on a Monday stops believing it, whatever the metrics
say.

What to do: read the list (the leads that moved furthest come first). Where the change is right, promote with a waiver,
and tell the desk before it sees it.
"""

from dataclasses import dataclass

import numpy as np

from features.array_types import ObjectArray
from training.bundle import Bundle, Predictions
from training.check_finding import Finding
from training.comparison_digits import format_compared

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
        """Return the finding, and the leads to review, those that moved furthest first."""
        if len(self._ids) < _MIN_OPEN_LEADS:
            return Finding(
                self.code,
                "not applicable",
                f"Only {len(self._ids)} leads are open; {_MIN_OPEN_LEADS} are needed to measure the share.",
            ), []
        old_grade, old_reason = self._grade_and_first_reason(*self._old)
        new_grade, new_reason = self._grade_and_first_reason(*self._new)
        grade_differs, reason_differs = old_grade != new_grade, old_reason != new_reason
        old_probability, new_probability = self._old[1].probability, self._new[1].probability
        rows = np.flatnonzero(grade_differs | reason_differs)
        rows = rows[np.argsort(-np.abs(new_probability - old_probability)[rows], kind="stable")]
        changed = [
            ChangedLead(
                lead_id=str(self._ids[row]),
                grade_before=old_grade[row],
                grade_after=new_grade[row],
                probability_before=float(old_probability[row]),
                probability_after=float(new_probability[row]),
                reason_before=old_reason[row],
                reason_after=new_reason[row],
            )
            for row in rows.tolist()
        ]
        share = len(rows) / len(self._ids)
        changing, budget = format_compared(100 * share, 100 * self._budget, digits=1)
        sentence = (
            f"{changing}% of {len(self._ids):,} open leads would change ({100 * grade_differs.mean():.1f}% "
            f"their grade, {100 * reason_differs.mean():.1f}% their first reason); "
            f"the budget is {budget}%."
        )
        return Finding(self.code, "fails" if share > self._budget else "holds", sentence), changed

    @staticmethod
    def _grade_and_first_reason(bundle: Bundle, scored: Predictions) -> tuple[np.ndarray, np.ndarray]:
        """Return the grade of each lead, and the visible signal group with the largest contribution."""
        groups = list(dict.fromkeys(signal.group for signal in bundle.signals))
        member = np.array([[signal.group == group for group in groups] for signal in bundle.signals], float)
        strength = np.abs(scored.parts @ member)
        # Below any real strength, so that a hidden group is never the first reason.
        strength[:, [group in bundle.hidden_reasons for group in groups]] = -1
        return bundle.grades.assign(scored.probability), np.array(groups, object)[strength.argmax(axis=1)]
