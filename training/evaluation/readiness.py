"""May this model be used? One word and one plain sentence: ready, borderline, or use the rules.

Lives here: the comparisons that decide, and their wording. Does not live here: the metrics (``metrics``, ``lift``).

Every comparison is paired: the same held-out leads, the same resamples of them. Each word is earned:

    use the rules   the model does not beat the rules, or no signal is proven: the interval of its AUC includes .5, and
                    so does that over all folds forward in time
    borderline      an interval includes a tie or a logistic regression on the same columns is certainly ahead (LC007);
                    the calibration error, as served, is larger than chance explains (LC006); or another check fails
    ready           none of these

So a first model is ready exactly where the promotion contract holds; any other needs a signature."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from features.array_types import FloatArray
from training.check_finding import Finding
from training.comparison_digits import format_compared
from training.evaluation.block_calibration import BlockCalibration, ServedBlock, measure_blocks
from training.evaluation.fold_ranking import FoldRanking
from training.evaluation.metrics import (
    DEFAULT_BOOTSTRAP,
    Bootstrap,
    Interval,
    chance_of_calibration_error,
    compare_scores,
    evaluate,
)

__all__ = [
    "BORDERLINE",
    "READY",
    "SERVED",
    "USE_THE_RULES",
    "admit_earlier_folds",
    "assess_readiness",
    "confirm_verdict",
    "is_certainly_ahead",
    "mention_rule_gaps",
]

READY, BORDERLINE, USE_THE_RULES = "ready", "borderline", "use the rules"

SERVED = "Leadlight as served"
"""Name of the probabilities at the followed level, where one can be followed; calibration is judged by them."""

_PEER = "Logistic regression"
_CHANCE_AUC, _USEFUL_AUC = 0.5, 0.6
"""An interval that ends below the second holds nothing worth a call in another order."""
_TRIFLE_AUC, _TRIFLE_LOG_LOSS = 0.005, 0.01
"""By less than this a peer may be ahead, however certainly: nobody would notice it at a desk."""


def assess_readiness(
    label: FloatArray,
    scores: Mapping[str, FloatArray],
    value: dict[str, Any] | None,
    forward: bool,
    bootstrap: Bootstrap = DEFAULT_BOOTSTRAP,
    before: ServedBlock | None = None,
) -> dict[str, Any]:
    """Give the verdict on the held-out leads.

    Parameters
    ----------
    label : float array of shape (n,)
    scores : dict
        Order -> score of shape (n,): "Leadlight" and "Base rate" are probabilities; "Rules score", "Newest first",
        "Logistic regression" and ``SERVED`` where there are any.
    value : dict or None
        Result of ``lift.lift_by_capacity``.
    forward : bool
        Whether the held-out leads are later ones.
    before : ServedBlock, optional
        The block before the held-out leads: probabilities have to hold over both.

    Returns
    -------
    dict of JSON values
        ``verdict``, ``why`` (a sentence), ``auc``, ``beats``, ``peers``, ``calibration_error``,
        ``calibration_error_by_chance``, ``calibration_errors`` (of the held-out leads and the block before),
        ``calibration_error_tolerated`` (of their mean), ``calibration_error_tolerated_alone`` (of the held-out leads),
        ``later``.
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
    served = scores.get(SERVED, ours)
    error = evaluate(label, served, leads, bootstrap)["calibration_error"]
    blocks = [ServedBlock(label, served), *([] if before is None else [before])]
    calibration = measure_blocks(blocks, bootstrap.seed)
    auc = evaluate(label, ours, leads, bootstrap)["auc"]
    peers = _compare_with_peer(label, scores, bootstrap)
    decision = _decide_verdict(beats, not calibration.holds)
    explanation = _explain_verdict(decision, beats, calibration, forward)
    if not auc.low > _CHANCE_AUC:
        decision = USE_THE_RULES
        explanation = _explain_no_signal(auc, len(label))
    elif (behind := _find_peer_ahead(peers)) and decision == READY:
        decision = BORDERLINE
        explanation = (
            f"The model beats {_join_phrases(_list_rivals(beats))}, but a logistic regression on the same columns is "
            f"certainly ahead of it ({_format_comparison(behind, peers[behind])})"
        )
    return {
        "verdict": decision,
        "why": f"{explanation}.",
        "auc": auc.to_list(),
        "beats": beats,
        "peers": peers,
        "calibration_error": error.to_list(),
        "calibration_error_by_chance": round(chance_of_calibration_error(served, bootstrap.seed), 6),
        "calibration_errors": [round(value, 6) for value in calibration.errors],
        "calibration_error_tolerated": round(calibration.tolerated, 6),
        "calibration_error_tolerated_alone": round(calibration.tolerated_alone, 6),
        "later": forward,
    }


def _explain_no_signal(auc: Interval, leads: int) -> str:
    """Say whether there is hardly a signal, or too few leads to tell, and how many would tell.

    >>> _explain_no_signal(Interval(0.51, 0.47, 0.55), 900).split(":")[0]
    'This data holds no signal that a model could use'
    >>> _explain_no_signal(Interval(0.57, 0.48, 0.67), 159).split("; ")[1]
    'should it stay so, about 260 such leads would tell'
    """
    figures = f"on {leads:,} leads it had not seen the AUC is {_format_auc(auc)}, and "
    if auc.high < _USEFUL_AUC:
        return f"This data holds no signal that a model could use: {figures}chance has 0.5; keep using the rules"
    # The interval narrows with the root of the leads.
    if auc.value - _CHANCE_AUC > _TRIFLE_AUC:
        needed = leads * ((auc.value - auc.low) / (auc.value - _CHANCE_AUC)) ** 2
        would_tell = f"; should it stay so, about {round(needed, -1):,.0f} such leads would tell"
    else:
        would_tell = ""
    return (
        f"Too few leads to tell a signal from chance: {figures}chance has 0.5{would_tell}; "
        "keep using the rules until then"
    )


def mention_rule_gaps(verdict: dict[str, Any], gaps: str) -> dict[str, Any]:
    """Return the verdict with the reason why the rules are a weak benchmark here, where there is one.

    >>> mention_rule_gaps({"why": "It beats the rules."}, "no rule applies")["why"]
    'It beats the rules; no rule applies.'
    """
    return verdict | {"why": f"{verdict['why'].removesuffix('.')}; {gaps}."} if gaps else verdict


def admit_earlier_folds(verdict: dict[str, Any], ranking: FoldRanking | None) -> dict[str, Any]:
    """Return the verdict in the light of all folds: few newest leads may not tell a signal from chance, all may.

    Parameters
    ----------
    verdict : dict, of ``assess_readiness``
    ranking : FoldRanking or None
    """
    value, low, high = verdict["auc"]
    is_proven = low is not None and low > _CHANCE_AUC
    if ranking is None or is_proven or not ranking.auc.low > _CHANCE_AUC or high is None:
        return verdict
    if any(not ends[0] > 0 for ends in _ranking_comparisons(verdict["beats"]).values()):
        return verdict
    why = (
        f"There is a signal: over {ranking.leads:,} later leads of {ranking.folds} folds, each predicted from earlier "
        f"ones, the AUC is {_format_auc(ranking.auc)}. But the newest "
        f"alone are too few to tell how good it is now: {_format_auc(Interval(value, low, high))}."
    )
    return verdict | {"verdict": BORDERLINE, "why": why}


def confirm_verdict(verdict: dict[str, Any], failing: Sequence[Finding]) -> dict[str, Any]:
    """Return the verdict in agreement with the checks: a model that a check keeps from promotion is not ready.

    Parameters
    ----------
    verdict : dict, of ``assess_readiness``
    failing : sequence of Finding
        Those that block the promotion.
    """
    if verdict["verdict"] != READY or not failing:
        return verdict
    codes = _join_phrases([finding.code for finding in failing])
    why = f"{verdict['why'].removesuffix('.')}. But {codes} must be settled first: {failing[0].sentence}"
    return verdict | {"verdict": BORDERLINE, "why": why}


def is_certainly_ahead(verdict: dict[str, Any]) -> bool:
    """Whether the model is certainly ahead of every rival, and its peer not certainly ahead of it.

    >>> is_certainly_ahead({"beats": {"AUC against rules score": [0.1, 0.05, 0.15]}, "peers": {}})
    True
    >>> is_certainly_ahead({"beats": {"AUC against rules score": [0.1, -0.05, 0.15]}, "peers": {}})
    False
    """
    return all(_is_certain(ends) for ends in verdict["beats"].values()) and not _find_peer_ahead(verdict["peers"])


def _compare_with_peer(
    label: FloatArray, scores: Mapping[str, FloatArray], bootstrap: Bootstrap
) -> dict[str, list[float | None]]:
    """Compare AUC and log loss with the logistic regression, where there is one: above 0 the model is ahead."""
    if _PEER not in scores:
        return {}
    leads = np.arange(len(label))
    auc = compare_scores(label, scores["Leadlight"], scores[_PEER], leads, "auc", bootstrap)
    loss = compare_scores(label, scores["Leadlight"], scores[_PEER], leads, "log_loss", bootstrap)
    return {
        f"AUC against {_PEER.lower()}": auc.to_list(),
        f"Log loss saved against {_PEER.lower()}": Interval(-loss.value, -loss.high, -loss.low).to_list(),
    }


def _find_peer_ahead(peers: dict[str, list[float | None]]) -> str:
    """Return the comparison in which the peer is certainly ahead by more than a trifle; empty where it is in none."""
    limits = {"AUC": _TRIFLE_AUC, "Log": _TRIFLE_LOG_LOSS}
    behind = [
        name for name, ends in peers.items() if ends[2] is not None and ends[2] < 0 and ends[0] < -limits[name[:3]]
    ]
    return behind[0] if behind else ""


def _list_rivals(beats: dict[str, list[float | None]]) -> list[str]:
    """List the phrases of the rivals that the model was compared with."""
    return [phrase for name, phrase in _RIVALS.items() if any(name in comparison for comparison in beats)]


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
    decision: str, beats: dict[str, list[float | None]], calibration: BlockCalibration, forward: bool
) -> str:
    """Explain the verdict in one plain sentence, without its full stop."""
    error, limit = format_compared(calibration.error, calibration.tolerated)
    error += " on average of two blocks" if len(calibration.errors) > 1 else ""
    worst = min(_ranking_comparisons(beats), key=lambda name: _ranking_comparisons(beats)[name][0])
    rivals = _list_rivals(beats)
    later = (
        "later leads"
        if forward
        else "leads it had not seen (there are no dates, so nothing is promised about later ones)"
    )
    if decision == READY:
        evidence = f"{_format_comparison(worst, beats[worst])}, calibration error {error}"
        return f"On {later} the model beats {_join_phrases(rivals)}, and its probabilities hold: {evidence}"
    if decision == USE_THE_RULES:
        rival = next(phrase for name, phrase in _RIVALS.items() if name in worst)
        behind = f"the model is not ahead of {rival}: {_format_comparison(worst, beats[worst])}"
        return f"On {later} {behind}; keep using {rival} until there is more to learn from"
    uncertain = [_format_comparison(name, ends) for name, ends in beats.items() if not _is_certain(ends)]
    reasons = []
    if uncertain:
        reasons.append(f"it is not certain to be ahead everywhere ({'; '.join(uncertain)})")
    if not calibration.holds:
        if calibration.error <= calibration.tolerated:
            # A good block before does not excuse the newest.
            error, limit = format_compared(calibration.errors[0], calibration.tolerated_alone)
            error += " on the newest block"
        reasons.append(
            f"its predictions are off by more than chance explains (calibration error {error}, up to {limit})"
        )
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
    value, low, high = ("?" if end is None else format_compared(end, 0.0, sign="+")[0] for end in ends)
    return f"{name} {value} [{low} {high}]"


def _format_auc(auc: Interval) -> str:
    """Format an AUC with its interval, whose lower end is compared with chance.

    >>> _format_auc(Interval(0.5312, 0.4998, 0.5633))
    '0.531 [0.4998 0.563]'
    """
    return f"{auc.value:.3f} [{format_compared(auc.low, _CHANCE_AUC)[0]} {auc.high:.3f}]"


def _first_fifth_of_calls(value: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return the row of the first fifth of the calls; None without a value."""
    if value is None:
        return None
    return next(row for row in value["rows"] if row["kind"] == "share" and row["capacity"] == 0.2)
