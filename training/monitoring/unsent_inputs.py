"""Do sources still send what the model leans on? The share of answered leads without a strong input, by source.

Lives here: counting the flags of logged answers, and when a jump raises an alarm: large enough to matter, and
significant after Holm's correction for all sources and inputs.
Does not live here: the log (``features.logs.prediction_log``), drift of what was sent (``feature_drift``).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from features.column_words import lower_first, name_column
from features.logs.prediction_log import LoggedPrediction
from features.signals.sent_columns import find_sent_columns
from training.bundle import Bundle
from training.monitoring.hypothesis_tests import chi_square_test, holm_correction
from training.monitoring.reference_profile import MONTH

__all__ = ["MAX_ANSWERS", "STRONG_WEIGHT", "UnsentShare", "measure_unsent_inputs"]

MAX_ANSWERS = 20_000
"""Newest logged answers that are read."""

STRONG_WEIGHT = 0.05
"""Share of the model's information from which on an input is strong."""

_MIN_LEADS = 30
_MIN_JUMP = 0.2

_SOURCE_COLUMNS = ("channel", "source")


@dataclass(frozen=True)
class UnsentShare:
    """One strong input of one source: in how many of its answered leads it was not sent.

    Parameters
    ----------
    source : str
        A value of the channel (or the source); "all sources" where the model reads neither.
    column : str
    leads, share : int, float
        Of the newest four weeks.
    usual : float or None
        The share before; None where there were too few leads.
    p : float
        Of Pearson's chi-square test, corrected for all sources and inputs; 1 without a share before.
    """

    source: str
    column: str
    leads: int
    share: float
    usual: float | None
    p: float = 1.0
    alarm: bool = False

    def describe(self) -> str:
        """Describe the share in a sentence without a period.

        >>> UnsentShare("web form", "phone", 120, 0.62, 0.04).describe()
        'web form: phone number not sent in 62 of 100 leads (120 leads; 4 of 100 before)'
        """
        label = name_column(self.column)
        earlier = "" if self.usual is None else f"; {100 * self.usual:.0f} of 100 before"
        return (
            f"{self.source}: {lower_first(label)} not sent in {100 * self.share:.0f} of 100 leads "
            f"({self.leads:,} leads{earlier})"
        )


def measure_unsent_inputs(
    predictions: Sequence[LoggedPrediction], bundle: Bundle, level: float
) -> tuple[UnsentShare, ...]:
    """Measure every strong input of every source of which enough leads were answered lately, largest share first.

    Parameters
    ----------
    predictions : sequence of LoggedPrediction
        Answers of this bundle, oldest first. Each lead counts once, as it was first answered.
    level : float
        Chance of a false alarm that all sources and inputs share.
    """
    first: dict[str, LoggedPrediction] = {}
    for prediction in predictions:
        if prediction.sha256 == bundle.sha256 and prediction.lead_id is not None and prediction.written_at:
            first.setdefault(prediction.lead_id, prediction)
    flags = find_sent_columns(bundle.signals)
    strong = [name for name, weight in bundle.input_weights.items() if weight >= STRONG_WEIGHT and name in flags]
    if not first or not strong:
        return ()
    values = np.array([prediction.values for prediction in first.values()], np.float32)
    written = np.array([prediction.written_at.removesuffix("Z") for prediction in first.values()], "datetime64[us]")
    newest = written > written.max() - MONTH
    shares = []
    for source, of_source in _split_by_source(values, bundle).items():
        for column in strong:
            unsent = values[:, flags[column]] == 0
            share = _compare(source, column, unsent[of_source & newest], unsent[of_source & ~newest])
            if share is not None and (share.share > 0 or share.usual):
                shares.append(share)
    corrected = holm_correction(np.array([share.p for share in shares])).tolist()
    shares = [
        replace(share, p=p, alarm=p < level and share.share - (share.usual or 0.0) >= _MIN_JUMP)
        for share, p in zip(shares, corrected, strict=True)
    ]
    return tuple(sorted(shares, key=lambda share: (not share.alarm, -share.share, share.source, share.column)))


def _compare(source: str, column: str, new: np.ndarray, old: np.ndarray) -> UnsentShare | None:
    """Compare the newest leads with those before; None where the newest are too few."""
    if len(new) < _MIN_LEADS:
        return None
    share = float(new.mean())
    if len(old) < _MIN_LEADS:
        return UnsentShare(source, column, len(new), share, None)
    counts = [np.array([(~unsent).sum(), unsent.sum()]) for unsent in (old, new)]
    return UnsentShare(source, column, len(new), share, float(old.mean()), chi_square_test(*counts)[1])


def _split_by_source(values: np.ndarray, bundle: Bundle) -> dict[str, np.ndarray]:
    """Return source -> which rows are of it; those whose source is not known or rare are not among them."""
    for column in _SOURCE_COLUMNS:
        for position, signal in enumerate(bundle.signals):
            if signal.name == column and signal.is_category:
                return {
                    name.replace("_", " "): values[:, position] == code
                    for code, name in enumerate(signal.categories)
                    if code
                }
    return {"all sources": np.ones(len(values), bool)}
