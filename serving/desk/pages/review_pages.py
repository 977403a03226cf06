"""Where did people and the model, or its reading, disagree? The records that a manager looks through.

Lives here: choosing the values that their templates get. Does not live here: finding them
(``serving.desk.disagreements``, ``serving.desk.message_label_reports``), other pages (``page_models``).
"""

from collections.abc import Mapping, Sequence

from serving.accounts.sessions import SignedInUser
from serving.desk.disagreements import Disagreement, DisagreementTally
from serving.desk.message_label_reports import ReadingReport
from serving.desk.pages.display_text import DisplayText, describe_step
from serving.desk.pages.page_models import describe_model
from serving.desk.pages.templates import render_template
from serving.desk.queue.queue_board import QueueSnapshot
from serving.store.database.entities import DeskStep

__all__ = ["render_disagreements", "render_reading_reports"]


def render_disagreements(
    snapshot: QueueSnapshot,
    entries: Sequence[Disagreement],
    tallies: Sequence[DisagreementTally],
    user: SignedInUser,
    names: Mapping[str, str],
) -> str:
    """Render where people and the model disagreed, and what became of the leads."""
    display = DisplayText.of(snapshot.engine.bundle.practice, snapshot.now)
    lines = [(*_describe_author(entry.step, display, names), entry) for entry in entries]
    return render_template(
        "disagreements.html",
        snapshot.engine,
        user,
        lines=lines,
        tallies=tallies,
        section="ledger",
        **describe_model(snapshot),
    )


def _describe_author(step: DeskStep, display: DisplayText, names: Mapping[str, str]) -> tuple[str, str, str]:
    """Return when a step was taken, by whom, and what it was."""
    return (
        display.format_moment(step.at),
        names.get(step.person, step.person),
        describe_step(step, display, names),
    )


def render_reading_reports(
    snapshot: QueueSnapshot, reports: Sequence[ReadingReport], user: SignedInUser, names: Mapping[str, str]
) -> str:
    """Render which readings people called wrong, with their messages, for a manager's verdict."""
    display = DisplayText.of(snapshot.engine.bundle.practice, snapshot.now)
    lines = [
        (
            *_describe_author(report.step, display, names),
            f"{report.verdict.capitalize()} by {names.get(report.decided_by, report.decided_by)}"
            if report.verdict
            else "",
            report,
        )
        for report in reports
    ]
    return render_template(
        "readings.html", snapshot.engine, user, lines=lines, section="readings", **describe_model(snapshot)
    )
