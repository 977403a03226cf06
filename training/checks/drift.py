"""LC012: are the leads that come now still those the model learned from?

How it is detected: the newest four weeks of leads are held against those learned from: every signal and the score by
the population stability index and a test corrected for many; the share that converted and the calibration of the newest
leads whose outcome is known, among the months of training. A signal must move beyond chance, beyond an index of 0.10,
and well beyond what training's own months moved; see ``monitoring/inputs.py``. Why it matters: a model knows the leads
it saw. Another channel, another price, another form, and its probabilities are about leads that no longer come. What to
do: look at the named signals first: a form that changed, a campaign that started, an export that lost a column. Mend
what is broken; when the world has changed, train again on leads that have it in them."""

from collections.abc import Callable
from functools import cached_property

from features.tables.tables import Tables
from training.bundle import Bundle
from training.finding import Finding
from training.monitoring.messages import describe_drift, describe_families, rank_drifts
from training.monitoring.monitor import FAMILIES, MonitoringResult, monitor_leads
from training.report.feature_importance import format_signal_name

__all__ = ["Drift"]


class Drift:
    """Holds the newest leads of the tables against those a bundle learned from."""

    code = "LC012"

    def __init__(self, tables: Tables, bundle: Bundle, step: Callable[[str, int, int], None] = lambda *_: None) -> None:
        self._tables, self._bundle, self._step = tables, bundle, step

    @cached_property
    def watched(self) -> MonitoringResult:
        """What was found, with every figure."""
        return monitor_leads(self._tables, self._bundle, self._step)

    def run(self) -> Finding:
        """Name what has moved beyond what is usual; a family that could not be looked at is said and does not count."""
        if self._bundle.dated and self._bundle.reference is None:
            return Finding(
                self.code,
                "not applicable",
                "The model does not remember what its training leads looked like: an earlier version trained it.",
            )
        watched, said = self.watched, describe_families(self.watched, self._bundle)
        if len(watched.why_not) == len(FAMILIES):
            return Finding(self.code, "not applicable", " ".join(dict.fromkeys(said.values())))
        looked = [family for family in FAMILIES if family not in watched.why_not]
        details = {family: said[family] for family in watched.alarms} | {
            format_signal_name(one): describe_drift(one, drift, watched.reference.signals, at)
            for at, one, drift in rank_drifts(watched, self._bundle)
            if drift.alarm
        }
        unseen = "".join(
            f" {family.capitalize()} not looked at: {said[family]}" for family in FAMILIES if family not in looked
        )
        if watched.alarms:
            moved = f"Moved beyond what is usual: {', '.join(watched.alarms)} (looked at: {', '.join(looked)})."
            return Finding(self.code, "fails", moved + unseen, details)
        return Finding(
            self.code, "holds", f"Nothing moved beyond what is usual (looked at: {', '.join(looked)}).{unseen}"
        )
