"""Is a past score still the same, to the bit? From its receipt: what was shown, and what the model gives now.

Lives here: finding a receipt's line and the bundle that answered, computing the score again from the logged values,
comparing. Does not live here: the command (``serving.cli.replay``), writing lines
(``serving.scoring.answers.receipts``), the comparison with the practice's tables (LC002 in ``training.checks``).

A receipt is a hash of its line's content, so a line that was changed later is noticed too.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from features.errors import LeadlightError
from features.explain.reason_words import ReasonWords
from features.explain.reasons import Explainer, Explanation, Explanations
from features.logs.prediction_log import RECEIPT_PATTERN, LoggedPrediction, find_prediction
from serving.errors import ReplayError
from serving.scoring.answers.receipts import describe_shown
from serving.scoring.score_words import hundredths, odds_in_words, utc_text
from training.bundle import Bundle, Pointer, Predictions, read_pointer, resolve_folder

__all__ = ["ReplayedScore", "replay_score"]


_LABELS = {
    "low": "band, low end",
    "high": "band, high end",
    "reach": "chance of being reached",
    "words": "reasons, by their sha256",
}
"""Field of what was shown -> its name for people, where the two differ."""


@dataclass(frozen=True)
class ReplayedScore:
    """A score that was computed again.

    Parameters
    ----------
    request : Request
        The logged prediction.
    bundle, version : Bundle, str
        What gave the answer.
    scored : Scored, of one row
        What the model gives now.
    explained : Explanations, of one row, or None
        None if no reasons were requested.
    """

    request: LoggedPrediction
    bundle: Bundle
    version: str
    scored: Predictions
    explained: Explanations | None

    @property
    def explanation(self) -> Explanation | None:
        """The reasons; None if none were requested."""
        return None if self.explained is None else self.explained[0]

    @property
    def differences(self) -> list[str]:
        """List what is not the same to the bit, each with both values; empty if everything is."""
        logged, now = self.request, self.scored
        differences = []
        if logged.log_odds != now.log_odds[0]:
            differences.append(f"log-odds: {logged.log_odds!r} was shown, {float(now.log_odds[0])!r} now")
        if logged.parts is not None and now.parts is not None:
            for column in np.flatnonzero(logged.parts != now.parts[0]):
                shown, current = float(logged.parts[column]), float(now.parts[0, column])
                differences.append(f"part of {self.bundle.signals[column].name}: {shown!r} was shown, {current!r} now")
        if logged.shown is None:
            return differences
        fields_then = vars(logged.shown)
        grades = self.bundle.grades.assign(now.probability)
        fields_now = vars(describe_shown(now, grades, self.explained, logged.shown.reasons)[0])
        for name, value in fields_then.items():
            if value != fields_now[name]:
                label = _LABELS.get(name, name)
                differences.append(f"{label}: {value!r} was shown, {fields_now[name]!r} now")
        return differences

    def to_plain(self) -> dict[str, Any]:
        """Return for programs what was shown, with the values of now, and what differs."""
        logged, now, explanation = self.request, self.scored, self.explanation
        reasons = () if explanation is None else explanation.reasons
        return {
            "lead_id": logged.lead_id,
            "cutoff": None if np.isnat(logged.cutoff) else utc_text(logged.cutoff),
            "logged_at": logged.written_at,
            "model": self.bundle.name,
            "version": self.version,
            "sha256": self.bundle.sha256,
            "probability": float(now.probability[0]),
            "probability_low": float(now.low[0]),
            "probability_high": float(now.high[0]),
            "grade": str(self.bundle.grades.assign(now.probability)[0]),
            "log_odds": float(now.log_odds[0]),
            "reasons": [{"text": reason.text, "log_odds": float(reason.log_odds)} for reason in reasons],
            "everything_else": None if explanation is None else float(explanation.everything_else),
            "differences": self.differences,
        }

    def format_lines(self) -> Iterator[str]:
        """Format for people what was shown, with the values of now."""
        logged, now = self.request, self.scored
        time = "without a date" if np.isnat(logged.cutoff) else f"as of {utc_text(logged.cutoff)}"
        yield (
            f"Lead {logged.lead_id or '(no id)'}, scored {time} by {self.bundle.name} {self.version} "
            f"({self.bundle.sha256[:12]}); logged {logged.written_at}"
        )
        low, high = (hundredths(float(end[0])) for end in (now.low, now.high))
        yield (
            f"{odds_in_words(float(now.probability[0]), self.bundle)} (between {low} and {high}); "
            f"grade {self.bundle.grades.assign(now.probability)[0]}; log-odds {now.log_odds[0]:+.4f}"
        )
        if logged.arrival:
            yield "Called in order of arrival, whatever its score"
        if self.explanation is None:
            yield "Without reasons: none were requested"
            return
        for reason in self.explanation.reasons:
            yield f"  {reason.effect:>6} {reason.log_odds:+.4f}  {reason.text}"
        yield f"         {self.explanation.everything_else:+.4f}  everything else"


def replay_score(receipt: str, home: Path, model: str = "leadlight") -> ReplayedScore:
    """Compute the score of a receipt again.

    Parameters
    ----------
    home : Path
        The folder ``mlruns``, with the request log and the pointers.
    model : str
        The name whose registered versions are searched, or the folder of the bundle that answered.

    Raises
    ------
    ReplayError
        If there is no such receipt, its line was changed, or the bundle that answered no longer exists.
    BundleError
        If that bundle is damaged, or its signals are declared differently or give other values now.
    """
    if not RECEIPT_PATTERN.fullmatch(receipt):
        raise ReplayError(
            f"replay: {receipt[:40]!r} is not a receipt, expected 20 digits 0 to 9 and a to f, as in an answer."
        )
    try:
        request = find_prediction(home, receipt)
    except (ValueError, KeyError, TypeError) as fault:
        raise ReplayError(
            f"replay: the line of {receipt} in {home / 'requests'} is damaged ({type(fault).__name__}). "
            "Restore that day's file from a backup."
        ) from None
    if request is None:
        raise ReplayError(
            f"replay: no line in {home / 'requests'} has the receipt {receipt}. Check its spelling, and that "
            "LEADLIGHT_HOME is the service's own folder."
        )
    if request.receipt != receipt:
        raise ReplayError(
            f"replay: the line of {receipt} was changed after it was written: its content has the receipt "
            f"{request.receipt}. Restore that day's file from a backup."
        )
    bundle, version = _find_bundle(request.sha256, model, home)
    level = np.array([request.level]) if request.level else None
    scored = bundle.score_rows(request.values[None, :], explain=request.parts is not None, level=level)
    explained = None
    if request.parts is not None:
        limit = request.shown.reasons if request.shown is not None else 0
        explained = Explainer.of(bundle.signals, bundle.hidden_reasons, ReasonWords.of(bundle.practice)).explain(
            scored, limit
        )
    return ReplayedScore(request, bundle, version, scored, explained)


def _find_bundle(sha256: str, model: str, home: Path) -> tuple[Bundle, str]:
    """Find the bundle with that sha256, among the registered versions of a name or in a folder."""
    if (Path(model) / "manifest.json").is_file():
        bundle = Bundle.load(model)
        if bundle.sha256 != sha256:
            raise ReplayError(
                f"replay: the bundle that answered is {sha256[:12]}, the one in {model!r} is {bundle.sha256[:12]}. "
                "Name the other's folder with --model."
            )
        return bundle, sha256[:12]
    pointers = list(_list_pointers(home, model))
    pointer = next((pointer for pointer in pointers if pointer.sha256 == sha256), None)
    if pointer is None:
        # Several aliases may point at one version; it is named once.
        numbers = ", ".join(dict.fromkeys(other.version for other in pointers)) or "none"
        raise ReplayError(
            f"replay: the bundle that answered ({sha256[:12]}) is not among the registered versions of {model!r} in "
            f"{home} ({numbers}). Name its model, or the bundle's folder, with --model."
        )
    folder = resolve_folder(pointer, home)
    if not folder.is_dir():
        raise ReplayError(
            f"replay: the bundle that answered is version {pointer.version} of {model!r}, and its folder is "
            f"missing: {folder}. Restore it from a backup."
        )
    return Bundle.load(folder, sha256), pointer.version


def _list_pointers(home: Path, name: str) -> Iterator[Pointer]:
    """List the readable pointers of a name: versions first, logged aliases."""
    for path in sorted(
        (home / "pointers" / name).glob("*.json"), key=lambda path: (not path.stem.isdigit(), path.stem)
    ):
        try:
            yield read_pointer(home, path.stem, name)
        except LeadlightError:
            continue
