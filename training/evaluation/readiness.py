"""May this model be used? One word and one plain sentence: ready, borderline, or use the rules.

Lives here: the comparisons that decide, and their wording. Does not live here: the metrics (``metrics``, ``lift``).

Every comparison is paired: the same held-out leads, the same resamples of them. The verdict is "use the rules" when the
model does not beat them, and "borderline" when an interval includes a tie, or when the calibration error is larger than
chance explains."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from features.array_types import FloatArray
from training.evaluation.metrics import (
    DEFAULT_BOOTSTRAP,
    Bootstrap,
    Interval,
    chance_of_calibration_error,
    compare_scores,
    evaluate,
)

__all__ = ["BORDERLINE", "READY", "USE_THE_RULES", "assess_readiness"]

READY, BORDERLINE, USE_THE_RULES = "ready", "borderline", "use the rules"

TOLERABLE_CALIBRATION_ERROR = 0.02
"""A calibration error below this is accepted, however many leads show that it is not chance."""


def assess_readiness(
    label: FloatArray,
    scores: Mapping[str, FloatArray],
    value: dict[str, Any] | None,
    forward: bool,
    rule_gaps: str = "",
    bootstrap: Bootstrap = DEFAULT_BOOTSTRAP,
) -> dict[str, Any]:
    """Give the verdict on the held-out leads.

    Parameters
    ----------
    label : float array of shape (n,)
    scores : dict
        Order -> score of shape (n,): "Leadlight" and "Base rate" are probabilities; "Rules score" and "Newest first"
        where there are any.
    value : dict or None
        Result of ``lift.lift_by_capacity``.
    forward : bool
        Whether the held-out leads are later ones.
    rule_gaps : str
        Why the rules are a weak benchmark here; empty where they are not.

    Returns
    -------
    dict of JSON values
        ``verdict``, ``why`` (a sentence), ``beats``, ``calibration_error``, ``calibration_error_by_chance``, ``later``.
    """
    leads, ours = np.arange(len(label)), scores["Leadlight"]
    beats: dict[str, list[float | None]] = {}
    for other in ("Rules score", "Newest first"):
        if other in scores:
            beats[f"AUC against {other.lower()}"] = compare_scores(
                label, ours, scores[other], leads, "auc", bootstrap
            ).to_list()
    first = _first_fifth_of_calls(value)
    if first is not None and "Rules score" in scores:
        beats["Bookings in the first fifth of calls against rules score"] = first["ahead"]["Rules score"]
    difference = compare_scores(label, ours, scores["Base rate"], leads, "log_loss", bootstrap)
    # A lower log loss is better, so the sign is turned: above 0 is ahead, as in the other comparisons.
    saved = Interval(-difference.value, -difference.high, -difference.low)
    beats["Log loss saved against base rate"] = saved.to_list()
    error = evaluate(label, ours, leads, bootstrap)["calibration_error"]
    chance = chance_of_calibration_error(ours, bootstrap.seed)
    miscalibrated = error.value > max(chance, TOLERABLE_CALIBRATION_ERROR)
    decision = _decide_verdict(beats, miscalibrated)
    explanation = _explain_verdict(decision, beats, error, miscalibrated, forward)
    return {
        "verdict": decision,
        "why": f"{explanation}; {rule_gaps}." if rule_gaps else f"{explanation}.",
        "beats": beats,
        "calibration_error": error.to_list(),
        "calibration_error_by_chance": round(chance, 6),
        "later": forward,
    }


def _decide_verdict(beats: dict[str, list[float | None]], miscalibrated: bool) -> str:
    """Decide from the comparisons: rankings first, then certainty, then the probabilities.

    >>> (
    ...     _decide_verdict({"AUC against rules score": [0.1, 0.05, 0.15]}, miscalibrated=False),
    ...     _decide_verdict({"AUC against rules score": [0.1, -0.05, 0.15]}, miscalibrated=False),
    ... )
    ('ready', 'borderline')
    >>> _decide_verdict({"AUC against rules score": [-0.01, -0.05, 0.03]}, miscalibrated=False)
    'use the rules'
    """
    if any(not ends[0] > 0 for ends in _ranking_comparisons(beats).values()):
        return USE_THE_RULES
    if miscalibrated or any(not _is_certain(ends) for ends in beats.values()):
        return BORDERLINE
    return READY


def _is_certain(ends: list[float]) -> bool:
    """Whether the whole interval (value, low, high) is above 0."""
    return ends[1] is not None and ends[1] > 0


def _ranking_comparisons(beats: dict[str, list[float | None]]) -> dict[str, list[float]]:
    """Return the comparisons of rankings; those of probabilities where there is no other ranking."""
    return {name: ends for name, ends in beats.items() if name.startswith("AUC")} or beats


def _explain_verdict(
    decision: str, beats: dict[str, list[float | None]], error: Interval, miscalibrated: bool, forward: bool
) -> str:
    """Explain the verdict in one plain sentence, without its full stop."""
    worst = min(_ranking_comparisons(beats), key=lambda name: _ranking_comparisons(beats)[name][0])
    rivals = [phrase for name, phrase in _RIVALS.items() if any(name in comparison for comparison in beats)]
    later = (
        "later leads"
        if forward
        else "leads it had not seen (there are no dates, so nothing is promised about later ones)"
    )
    if decision == READY:
        evidence = f"{_format_comparison(worst, beats[worst])}, calibration error {error.value:.3f}"
        return f"On {later} the model beats {_join_phrases(rivals)}, and its probabilities hold: {evidence}"
    if decision == USE_THE_RULES:
        rival = next(phrase for name, phrase in _RIVALS.items() if name in worst)
        behind = f"the model is not ahead of {rival}: {_format_comparison(worst, beats[worst])}"
        return f"On {later} {behind}; keep using {rival} until there is more to learn from"
    uncertain = [_format_comparison(name, ends) for name, ends in beats.items() if not _is_certain(ends)]
    reasons = []
    if uncertain:
        reasons.append(f"it is not certain to be ahead everywhere ({'; '.join(uncertain)})")
    if miscalibrated:
        reasons.append(f"its predictions are off by more than chance explains (calibration error {error.value:.3f})")
    return f"On {later} the model's ranking is better than {rivals[0]}, but {' and '.join(reasons)}"


def _join_phrases(phrases: list[str]) -> str:
    """Join phrases as a list in a sentence.

    >>> _join_phrases(["the rules", "the order of arrival", "the base rate"])
    'the rules, the order of arrival and the base rate'
    """
    return " and ".join([", ".join(phrases[:-1])] * (len(phrases) > 1) + phrases[-1:])


_RIVALS = {"rules score": "the rules", "newest first": "the order of arrival", "base rate": "the base rate"}
"""Name in a comparison -> phrase in a sentence."""


def _format_comparison(name: str, ends: list[float]) -> str:
    """Format a comparison: name, value, interval."""
    low, high = (("?" if end is None else f"{end:+.3f}") for end in ends[1:])
    return f"{name} {ends[0]:+.3f} [{low} {high}]"


def _first_fifth_of_calls(value: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return the row of the first fifth of the calls; None without a value."""
    if value is None:
        return None
    return next(row for row in value["rows"] if row["kind"] == "share" and row["capacity"] == 0.2)
