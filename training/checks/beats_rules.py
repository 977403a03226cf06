"""LC007: does the model beat the practice's own rules, and calling the newest lead first?

How it is detected: on the held-out leads, paired by lead, the model's ranking is compared with that of the rules score
(``[[rules]]`` in practice.toml, or the default rules) and with newest first, and its probabilities with the base rate.
It fails where the model is not certainly ahead of one of these (the 95% interval of the difference includes a tie), or
where a logistic regression on the same columns is certainly ahead of the model by more than a trifle.

Why it matters: a model that does not beat what the desk already does costs trust and brings nothing.

What to do: keep using the rules until there is more to learn from. The report's first line says the same. Where the
model is ahead and only the interval is wide, somebody may sign a waiver.
"""

from typing import Any

from training.check_finding import Finding
from training.evaluation.readiness import USE_THE_RULES, is_certainly_ahead

__all__ = ["BeatsRules"]


class BeatsRules:
    """Reads the verdict on the held-out leads.

    Parameters
    ----------
    verdict : dict
        Result of ``training.evaluation.readiness.assess_readiness``.
    """

    code = "LC007"

    def __init__(self, verdict: dict[str, Any]) -> None:
        self._verdict = verdict

    def run(self) -> Finding:
        """Fail where the verdict is to use the rules, or it is not certain that the model is ahead."""
        if self._verdict["verdict"] == USE_THE_RULES or not is_certainly_ahead(self._verdict):
            return Finding(self.code, "fails", self._verdict["why"])
        if not any(name.startswith("AUC") for name in self._verdict["beats"]):
            return Finding(
                self.code,
                "not applicable",
                "There is no other ranking to compare with: no rule applies to this data, and it has no dates.",
            )
        return Finding(self.code, "holds", self._verdict["why"])
