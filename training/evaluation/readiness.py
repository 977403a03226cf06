"""May this model be used? One word and one plain sentence: ready, borderline, or use the rules.

Lives here: the comparisons that decide, and the words. Does not live here: the figures themselves (``evaluate``,
``value``).

Every comparison is paired: the same held-out leads, the same resamples of them. "Use the rules" is said when the model
does not beat them; "borderline" when an interval touches what it must stay clear of, or when the probabilities are
further from what happened than chance explains."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from features.array_types import FloatArray
from training.evaluation.metrics import Interval, chance_of_calibration_error, compare_scores, evaluate

__all__ = ["BORDERLINE", "READY", "USE_THE_RULES", "assess_readiness"]

READY, BORDERLINE, USE_THE_RULES = "ready", "borderline", "use the rules"

TOLERABLE_CALIBRATION_ERROR = 0.02
"""A calibration error below this is not held against a model, however many leads show that it is not chance."""


def assess_readiness(
    label: FloatArray,
    scores: Mapping[str, FloatArray],
    value: dict[str, Any] | None,
    forward: bool,
    lacks: str = "",
    resamples: int = 300,
    seed: int = 7,
) -> dict[str, Any]:
    """The verdict on the held-out leads, as JSON values: ``assess_readiness``, ``why`` (a sentence), ``beats``,
    ``calibration_error`` and ``later``.

    Parameters
    ----------
    label : float array of shape (n,)
    scores : dict
        Order -> score of shape (n,): "Leadlight" and "Base rate" are probabilities; "Rules score" and "Newest first"
        where there are any.
    value : dict or None
        Of ``value.lift_by_capacity``.
    forward : bool
        Whether the held-out leads are later ones.
    lacks : str
        What must be known about the rules to read the comparison with them; empty: nothing.
    """
    leads, ours = np.arange(len(label)), scores["Leadlight"]
    beats: dict[str, list[float]] = {}
    for other in ("Rules score", "Newest first"):
        if other in scores:
            beats[f"AUC against {other.lower()}"] = compare_scores(
                label, ours, scores[other], leads, "auc", resamples, seed
            ).plain()
    first = _first_fifth_of_calls(value)
    if first is not None and "Rules score" in scores:
        beats["Bookings in the first fifth of calls against rules score"] = first["ahead"]["Rules score"]
    less = compare_scores(label, ours, scores["Base rate"], leads, "log_loss", resamples, seed)
    beats["Log loss saved against base rate"] = Interval(-less.value, -less.high, -less.low).plain()
    error = evaluate(label, ours, leads, resamples, seed)["calibration_error"]
    chance = chance_of_calibration_error(ours, seed)
    off = error.value > max(chance, TOLERABLE_CALIBRATION_ERROR)
    word = _decide_verdict(beats, off)
    return {
        "verdict": word,
        "why": _explain_verdict(word, beats, error, off, lacks, forward),
        "beats": beats,
        "calibration_error": error.plain(),
        "calibration_error_by_chance": round(chance, 6),
        "later": forward,
    }


def _decide_verdict(beats: dict[str, list[float]], off: bool) -> str:
    """The verdict that the comparisons give: orders first, then what is known surely, then the probabilities.

    >>> (
    ...     _decide_verdict({"AUC against rules score": [0.1, 0.05, 0.15]}, off=False),
    ...     _decide_verdict({"AUC against rules score": [0.1, -0.05, 0.15]}, off=False),
    ... )
    ('ready', 'borderline')
    >>> _decide_verdict({"AUC against rules score": [-0.01, -0.05, 0.03]}, off=False)
    'use the rules'
    """
    if any(not ends[0] > 0 for ends in _ranking_comparisons(beats).values()):
        return USE_THE_RULES
    return BORDERLINE if off or any(not (ends[1] is not None and ends[1] > 0) for ends in beats.values()) else READY


def _ranking_comparisons(beats: dict[str, list[float]]) -> dict[str, list[float]]:
    """The comparisons of orders; of probabilities, where there is no other order to compare with."""
    return {name: ends for name, ends in beats.items() if name.startswith("AUC")} or beats


def _explain_verdict(word: str, beats: dict[str, list[float]], error: Interval, off: bool, lacks: str, forward: bool) -> str:
    """One plain sentence."""
    worst = min(_ranking_comparisons(beats), key=lambda name: _ranking_comparisons(beats)[name][0])
    rivals = [words for name, words in _RIVALS.items() if any(name in one for one in beats)]
    later = (
        "later leads"
        if forward
        else "leads it had not seen (there are no dates, so nothing is promised about later ones)"
    )
    lacks = f"; {lacks}" if lacks else ""
    if word == READY:
        held = f"{_format_comparison(worst, beats[worst])}, calibration error {error.value:.3f}"
        return f"On {later} the model beats {_join_phrases(rivals)}, and its probabilities hold: {held}{lacks}."
    if word == USE_THE_RULES:
        instead = next(words for name, words in _RIVALS.items() if name in worst)
        behind = f"the model is not ahead of {instead}: {_format_comparison(worst, beats[worst])}"
        return f"On {later} {behind}; keep to {instead} until there is more to learn from{lacks}."
    touches = [_format_comparison(name, ends) for name, ends in beats.items() if not (ends[1] is not None and ends[1] > 0)]
    reasons = [f"it is not surely ahead everywhere ({'; '.join(touches)})"] * bool(touches)
    reasons += [
        f"what it says differs from what happened by more than chance explains (calibration error {error.value:.3f})"
    ] * off
    return f"On {later} the model's order is better than {rivals[0]}, but {' and '.join(reasons)}{lacks}."


def _join_phrases(words: list[str]) -> str:
    """Words as a list in a sentence.

    >>> _join_phrases(["the rules", "the order of arrival", "the base rate"])
    'the rules, the order of arrival and the base rate'
    """
    return " and ".join([", ".join(words[:-1])] * (len(words) > 1) + words[-1:])


_RIVALS = {"rules score": "the rules", "newest first": "the order of arrival", "base rate": "the base rate"}
"""Name in a comparison -> words in a sentence."""


def _format_comparison(name: str, ends: list[float]) -> str:
    """A comparison in words."""
    low, high = (("?" if end is None else f"{end:+.3f}") for end in ends[1:])
    return f"{name} {ends[0]:+.3f} [{low} {high}]"


def _first_fifth_of_calls(value: dict[str, Any] | None) -> dict[str, Any] | None:
    """The capacity of one fifth."""
    return (
        None
        if value is None
        else next(row for row in value["rows"] if row["kind"] == "share" and row["capacity"] == 0.2)
    )
