"""LC012: are new leads still like those the model learned from?

How it is detected: the newest four weeks of leads are compared with those learned from: every signal and the score by
the population stability index and a test corrected for multiple comparisons; the conversion rate and the calibration of
the newest leads whose outcome is known against the months of training. A signal must move beyond chance, beyond an
index of 0.10, and well beyond what training's own months moved; see ``training.monitoring.feature_drift``.

Why it matters: a model knows the leads it saw. With another channel, another price or another form, its probabilities
are about leads that no longer come.

What to do: look at the named signals first: a form that changed, a campaign that started, an export that lost a column.
Fix what is broken; when the world has changed, train again on data that includes the new leads.
"""

from collections.abc import Sequence
from functools import cached_property

from features.logs.prediction_log import LoggedPrediction
from features.tables.tables import Tables
from training.bundle import Bundle
from training.check_finding import Finding
from training.monitoring.alarm_texts import describe_drift, describe_families, rank_drifts
from training.monitoring.monitor import FAMILIES, MonitoringResult, monitor_leads
from training.progress import ReportProgress, ignore_progress
from training.report.feature_importance import format_signal_name

__all__ = ["Drift"]


class Drift:
    """Compares the newest leads of the tables with those a bundle learned from."""

    code = "LC012"

    def __init__(
        self,
        tables: Tables,
        bundle: Bundle,
        report_progress: ReportProgress = ignore_progress,
        answers: Sequence[LoggedPrediction] = (),
    ) -> None:
        self._tables, self._bundle, self._report_progress, self._answers = tables, bundle, report_progress, answers

    @cached_property
    def result(self) -> MonitoringResult:
        """The comparison with every figure."""
        return monitor_leads(self._tables, self._bundle, self._report_progress, self._answers)

    def run(self) -> Finding:
        """Name what has drifted; a family that could not be compared is named too and does not count."""
        if self._bundle.dated and self._bundle.reference is None:
            return Finding(
                self.code,
                "not applicable",
                "The model holds no profile of its training leads: an earlier version trained it.",
            )
        result, sentences = self.result, describe_families(self.result, self._bundle)
        if len(result.why_not) == len(FAMILIES) and not result.alarms:
            return Finding(self.code, "not applicable", " ".join(dict.fromkeys(sentences.values())))
        compared = [family for family in FAMILIES if family not in result.why_not]
        scope = f"(compared: {', '.join(compared)})"
        skipped = "".join(
            f" {family.capitalize()} not compared: {sentences[family]}" for family in FAMILIES if family not in compared
        )
        if not result.alarms:
            return Finding(self.code, "holds", f"No drift detected {scope}.{skipped}")
        details = {family: sentences[family] for family in result.alarms} | {
            format_signal_name(signal): describe_drift(signal, drift, result.reference.signals, column)
            for column, signal, drift in rank_drifts(result, self._bundle)
            if drift.alarm
        }
        return Finding(self.code, "fails", f"Drift in: {', '.join(result.alarms)} {scope}.{skipped}", details)
