"""Which readings of messages did people call wrong, and who confirmed it? Reports, verdicts, labelled examples.

Lives here: pairing reports with verdicts and messages. Does not live here: storing either (steps of the desk, so a
report is undone, listed, audited and forgotten as every other step is), pages (``pages``), what the examples are used
for (``message_label_offsets``).

A report names a label and whether the message says it; the message itself stays where it is, in the lead. So nothing of
it is copied, and with the lead the example is gone.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from serving.store.database.entities import DeskStep
from serving.store.store import Store
from serving.store.transaction import Transaction

__all__ = ["LabelledExample", "ReadingReport", "list_approved_examples", "list_reading_reports"]

_MOST_REPORTS = 500
"""Newest reports that are looked at; older ones count no more."""


@dataclass(frozen=True)
class ReadingReport:
    """Somebody said that a label is wrong, or missing, for a lead's message.

    Parameters
    ----------
    step : DeskStep, its detail has ``label`` and ``answer`` ("yes" or "no")
    verdict : {"", "approved", "rejected"}
        Empty while no manager has decided; the last verdict counts.
    decided_by : str, empty without a verdict
    message : str or None
        The lead's message, None where there is none.
    is_changed : bool
        Whether the message was changed after the report: then it is no example any more.
    """

    step: DeskStep
    verdict: str
    decided_by: str
    message: str | None
    is_changed: bool

    @property
    def is_example(self) -> bool:
        """Whether the report may be learned from."""
        return self.verdict == "approved" and bool((self.message or "").strip()) and not self.is_changed


@dataclass(frozen=True)
class LabelledExample:
    """A message, a label, and whether the message says it."""

    message: str
    label: str
    is_true: bool


def list_reading_reports(store: Store, limit: int = _MOST_REPORTS) -> list[ReadingReport]:
    """Return the reports that were not undone, the newest first."""
    with store.reading() as transaction:
        reports = []
        for step in transaction.desk.list_recent(("reading_wrong",), limit):
            every_step = transaction.desk.list_steps(step.lead_id)
            undone = {other.undoes for other in every_step}
            steps = [other for other in every_step if other.number not in undone]
            if step.number not in undone:
                reports.append(_read_report(transaction, step, steps))
    return reports


def _read_report(transaction: Transaction, step: DeskStep, steps: Sequence[DeskStep]) -> ReadingReport:
    """Return one report with its verdict and its message, by the lead's steps that were not undone."""
    verdicts = [other for other in steps if other.kind == "reading_verdict" and other.detail["report"] == step.number]
    lead = transaction.leads.get(step.lead_id)
    is_changed = any(
        step.at is not None and change.known_at > step.at and "message" in change.fields
        for change in transaction.leads.list_changes(step.lead_id)
    )
    verdict, decided_by = (verdicts[-1].detail["verdict"], verdicts[-1].person) if verdicts else ("", "")
    return ReadingReport(step, verdict, decided_by, None if lead is None else lead.values.get("message"), is_changed)


def list_approved_examples(store: Store) -> list[LabelledExample]:
    """Return what managers approved; of several reports of one label of a lead the newest counts."""
    examples: dict[tuple[str, str], LabelledExample] = {}
    for report in list_reading_reports(store):
        label = str(report.step.detail["label"])
        if report.is_example and report.message is not None:
            is_true = report.step.detail["answer"] == "yes"
            examples.setdefault((report.step.lead_id, label), LabelledExample(report.message, label, is_true))
    return list(examples.values())
