"""Is a past score still the same, to the bit? From its receipt: what was shown, and what the model gives now.

Lives here: finding a receipt's line and the bundle that answered, computing the score again from the logged values,
comparing. Does not live here: the command (``serving.cli.replay``), writing lines (``serving.scoring.receipts``), the
comparison with the practice's tables (LC002 in ``training.checks``).

A receipt is a hash of its line's content, so a line that was changed later is noticed too.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from features.errors import LeadlightError
from features.logs.prediction_log import RECEIPT_PATTERN, LoggedPrediction, find_prediction
from serving.errors import ReplayError
from serving.scoring.engine import hundredths, odds_in_words, utc_text
from serving.scoring.reasons import Explanation, reasons
from serving.scoring.receipts import shown_of
from training.bundle import Bundle, Pointer, Predictions, resolve_folder, read_pointer

__all__ = ["ReplayedScore", "replay_score"]


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
    explanation : Explanation or None
        None if no reasons were requested.
    """

    request: LoggedPrediction
    bundle: Bundle
    version: str
    scored: Predictions
    explanation: Explanation | None

    @property
    def differences(self) -> list[str]:
        """What is not the same to the bit, each with both values; empty when all is."""
        was, now = self.request, self.scored
        found = (
            []
            if was.log_odds == now.log_odds[0]
            else [f"log-odds: {was.log_odds!r} was shown, {float(now.log_odds[0])!r} comes out"]
        )
        if was.parts is not None:
            moved = np.flatnonzero(was.parts != now.parts[0])
            found += [
                f"part of {self.bundle.signals[k].name}: {float(was.parts[k])!r} was shown, {float(now.parts[0, k])!r} comes out"
                for k in moved
            ]
        if was.shown is None:
            return found
        grade = self.bundle.grades.assign(now.probability)[0]
        before, after = vars(was.shown), vars(shown_of(now, 0, grade, self.explanation, was.shown.reasons))
        named = {
            "low": "band, low end",
            "high": "band, high end",
            "reach": "chance of being reached",
            "words": "reasons, by their sha256",
        }
        return found + [
            f"{named.get(name, name)}: {before[name]!r} was shown, {after[name]!r} comes out"
            for name in before
            if before[name] != after[name]
        ]

    def lines(self) -> Iterator[str]:
        """What was shown, for a person, as it comes out now."""
        was, now = self.request, self.scored
        when = "without a date" if np.isnat(was.cutoff) else f"as of {utc_text(was.cutoff)}"
        yield f"Lead {was.lead_id or '(no id)'}, scored {when} by {self.bundle.name} {self.version} ({self.bundle.sha256[:12]}); written down {was.written_at}"
        low, high = (hundredths(float(end[0])) for end in (now.low, now.high))
        yield f"{odds_in_words(float(now.probability[0]), self.bundle)} (between {low} and {high}); grade {self.bundle.grades.assign(now.probability)[0]}; log-odds {now.log_odds[0]:+.4f}"
        if was.arrival:
            yield "Called in order of arrival, whatever its score"
        if self.explanation is None:
            yield "Without reasons: none were asked for"
            return
        for one in self.explanation.reasons:
            yield f"  {one.effect:>6} {one.log_odds:+.4f}  {one.text}"
        yield f"         {self.explanation.everything_else:+.4f}  everything else"


def replay_score(receipt: str, home: Path, model: str = "leadlight") -> ReplayedScore:
    """The score of that receipt, computed again.

    Parameters
    ----------
    home : Path
        The folder ``mlruns``, with the request log and the pointers.
    model : str
        The name whose registered versions are looked through, or the folder of the bundle that answered.

    Raises
    ------
    ReplayError
        If there is no such receipt, its line was changed, or the bundle that answered is not there any more.
    BundleError
        If that bundle is damaged, or its signals are declared differently or give other values now.
    """
    if not RECEIPT_PATTERN.fullmatch(receipt):
        raise ReplayError(
            f"replay: {receipt[:40]!r} is not a receipt, expected 20 digits 0 to 9 and a to f as an answer carries them."
        )
    try:
        request = find_prediction(home, receipt)
    except (ValueError, KeyError, TypeError) as fault:
        raise ReplayError(
            f"replay: the line of {receipt} in {home / 'requests'} is damaged ({type(fault).__name__}). Take that day's file from a backup."
        ) from None
    if request is None:
        raise ReplayError(
            f"replay: no line in {home / 'requests'} has the receipt {receipt}. Check how it is written, and that LEADLIGHT_HOME names the service's own folder."
        )
    if request.receipt != receipt:
        raise ReplayError(
            f"replay: the line of {receipt} was changed after it was written: its content has the receipt {request.receipt}. Take that day's file from a backup."
        )
    bundle, version = _bundle_of(request.sha256, model, home)
    scored = bundle.score_rows(request.values[None, :], explain=request.parts is not None)
    most = request.shown.reasons if request.shown is not None else 0
    return ReplayedScore(
        request, bundle, version, scored, reasons(bundle, scored, 0, most) if request.parts is not None else None
    )


def _bundle_of(sha256: str, model: str, home: Path) -> tuple[Bundle, str]:
    """The bundle with that sha256, among the registered versions of a name or in the folder that is named."""
    if (Path(model) / "manifest.json").is_file():
        bundle = Bundle.load(model)
        if bundle.sha256 != sha256:
            raise ReplayError(
                f"replay: the bundle that answered is {sha256[:12]}, the one in {model!r} is {bundle.sha256[:12]}. Name the folder of the other with --model."
            )
        return bundle, sha256[:12]
    pointers = list(_pointers(home, model))
    found = next((one for one in pointers if one.sha256 == sha256), None)
    if found is None:
        numbers = ", ".join(dict.fromkeys(one.version for one in pointers)) or "none"
        raise ReplayError(
            f"replay: the bundle that answered ({sha256[:12]}) is not among the registered versions of {model!r} in {home} ({numbers}). "
            "Name its model, or the bundle's folder, with --model."
        )
    folder = resolve_folder(found, home)
    if not folder.is_dir():
        raise ReplayError(
            f"replay: the bundle that answered is version {found.version} of {model!r}, and its folder is gone: {folder}. Take it from a backup."
        )
    return Bundle.load(folder, sha256), found.version


def _pointers(home: Path, name: str) -> Iterator[Pointer]:
    """The pointers of a name that can be read: versions first, then aliases."""
    for path in sorted(
        (home / "pointers" / name).glob("*.json"), key=lambda path: (not path.stem.isdigit(), path.stem)
    ):
        try:
            yield read_pointer(home, path.stem, name)
        except LeadlightError:
            continue
