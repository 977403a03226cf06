"""What does a fast training leave out, and what is it less sure of? ``leadlight train --fast``, for a first look.

Lives here: what is left out, in words for the verdict, the report and the card, and the finding of the check not run.
Does not live here: leaving it out (``training.pipeline``, ``training.final_fit``,
``training.evaluation.cross_validation``).

The folds, the blend, the calibration, the metrics and the proofs (LC001, LC002, LC008) are those of a whole training. A
check that was not run has not been passed: it fails, and keeps the model from being promoted.
"""

from typing import Any

from training.check_finding import Finding
from training.settings import Settings

__all__ = ["NOT_FITTED", "describe_left_out", "mark_verdict", "refuse_untested_reasons"]

NOT_FITTED = "Not fitted: the training was fast."
_LEFT_OUT = (
    "LC009 was not run: whether the reasons describe what the model does, and would be the same had it learned from "
    "other leads, is not known, and none of them is hidden",
    "the model of being reached was not fitted: there is no chance of being reached, nor of a conversion once reached",
    "how much copies of leads with fields withheld count, the penalties of the linear part and the kind of trees are "
    "the defaults: no fold was asked whether others are better",
)


def describe_left_out(settings: Settings) -> list[str]:
    """Describe what this training left out, a sentence each without its full stop; nothing where it was whole.

    >>> describe_left_out(Settings()), len(describe_left_out(Settings(fast=True)))
    ([], 3)
    """
    return list(_LEFT_OUT) if settings.fast else []


def mark_verdict(verdict: dict[str, Any], settings: Settings) -> dict[str, Any]:
    """Return the verdict, whose sentence says so where the training was fast.

    >>> mark_verdict({"why": "It is borderline."}, Settings(fast=True))["why"]
    'It is borderline. The training was fast, and less is known of this model: LC009 was not run.'
    """
    if not settings.fast:
        return verdict
    why = verdict["why"].removesuffix(".")
    return verdict | {"why": f"{why}. The training was fast, and less is known of this model: LC009 was not run."}


def refuse_untested_reasons() -> Finding:
    """Return the finding of LC009 where it was not run: not passed."""
    return Finding(
        "LC009",
        "fails",
        "Not run: the training was fast, so nobody knows whether the reasons hold. Train without --fast.",
    )
