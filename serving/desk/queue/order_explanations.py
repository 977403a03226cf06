"""Why is a lead at its position? Each position of the working order in one plain sentence.

Lives here: the sentences, in the practice's local time. Does not live here: the order (``working_order``), the reasons
of a score (``features.explain.reasons``)."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from features.array_types import DAY, HOUR, MINUTE
from features.calendar.timezones import to_local_time
from features.practice.display_formats import LocalFormats
from features.practice.queue_policy import QueuePolicy
from serving.desk.queue.call_candidates import CallCandidates
from serving.desk.queue.working_order import (
    ARRIVAL,
    CALLBACK,
    DO_NOT_CONTACT,
    LATER,
    MISSING,
    PLACED,
    SPAM,
    URGENT,
    WAITED,
    WRITE,
    WorkingOrder,
)
from serving.scoring.score_words import hundredths

__all__ = ["OrderExplainer"]


@dataclass(frozen=True)
class OrderExplainer:
    """The sentences of one order; built for the rows that are shown, in a few microseconds each.

    Parameters
    ----------
    now : datetime64, UTC
        The moment of the order.
    timezone : str
        The practice's time zone; ``formats``: how it writes times and money.
    """

    leads: CallCandidates
    order: WorkingOrder
    now: np.datetime64
    policy: QueuePolicy
    timezone: str
    formats: LocalFormats = LocalFormats()

    def explain(self, rows: Iterable[int]) -> list[str]:
        """Return one sentence for each row.

        >>> from serving.desk.queue.working_order import compute_working_order
        >>> now = np.datetime64("2026-11-20T15:00", "us")
        >>> leads = CallCandidates.of(
        ...     ["normal", "urgent"], [0.31, 0.1], ["2026-11-20T14:00"] * 2, probability_tomorrow=[0.24, 0.1]
        ... )
        >>> order = compute_working_order(leads, now, QueuePolicy())
        >>> OrderExplainer(leads, order, now, QueuePolicy(), "America/Chicago").explain(order.rows)
        ['Possible emergency', '31% likely to book, about 24% tomorrow']
        """
        return [self._explain_row(int(row)) for row in rows]

    def explain_no_next_lead(self) -> str:
        """Say why nobody can be called next: nobody is left, nobody may be called yet, or others have them all."""
        rows = self.order.rows
        if not len(rows):
            return "Nobody is left to call"
        if self.order.ready[rows].any():
            return "Everybody who can be called now is with somebody else"
        first = rows[np.argmin(self.order.not_before[rows])]
        time = self._format_time(self.order.not_before[first])
        return f"Nobody can be called now. Next call after {time}: {self._describe_obstacle(int(first))}"

    def _explain_row(self, row: int) -> str:
        group = self.order.group[row]
        if group in (WRITE, MISSING, SPAM, DO_NOT_CONTACT):
            return self._explain_apart(row)
        if group == URGENT:
            return self._explain_urgent(row)
        if group == CALLBACK:
            return f"Callback at {self._format_time(self.leads.callback_at[row])}"
        if group == PLACED:
            return f"Moved to place {int(self.leads.human_place[row])} by hand"
        if group == WAITED:
            return f"Never called, waiting {self._format_wait(self.leads.arrived_at[row])}"
        if group == ARRIVAL:
            return "Random check lead: called in order of arrival"
        if group == LATER:
            return f"Call after {self._format_time(self.order.not_before[row])}: {self._describe_obstacle(row)}"
        return self._explain_gain(row)

    def _explain_apart(self, row: int) -> str:
        """Say why nobody calls this lead."""
        sentence = {
            WRITE: "Can only be emailed: no phone number that works",
            MISSING: "No phone number or email that works",
            SPAM: "Looks like spam or a test",
            DO_NOT_CONTACT: "Do not contact",
        }[int(self.order.group[row])]
        return f"Possible emergency. {sentence}" if self.leads.lane[row] == "urgent" else sentence

    def _explain_urgent(self, row: int) -> str:
        """Say that it may be an emergency, and what a caller should know besides; nothing of that hides the lead."""
        parts = ["Possible emergency"]
        if not np.isnat(self.leads.callable_from[row]):
            parts.append(str(self.leads.obstacle[row]))
        if not self.order.ready[row]:
            parts.append(f"call after {self._format_time(self.order.not_before[row])}, {self._describe_obstacle(row)}")
        elif (
            not np.isnat(self.leads.callback_at[row])
            # Not `<`: without an attempt the time is NaT, which is neither before nor after the promise.
            and not self.leads.last_attempt_at[row] >= self.leads.callback_at[row]
        ):
            parts.append(f"callback at {self._format_time(self.leads.callback_at[row])}")
        elif self.leads.attempts[row]:
            parts.append(self._format_attempts(row))
        return "; ".join(parts)

    def _describe_obstacle(self, row: int) -> str:
        """Say what prevents a call now: the one of the three obstacles that lasts longest."""
        # `not_before` is the latest of the three moments, so the one that equals it is the obstacle.
        until, leads = self.order.not_before[row], self.leads
        if leads.callback_at[row] - self.policy.callback_minutes_before * MINUTE == until:
            return f"callback at {self._format_time(leads.callback_at[row])}"
        if leads.callable_from[row] == until:
            return str(leads.obstacle[row])
        result = "no answer" if leads.attempts[row] else "called"
        return f"{result} at {self._format_time(leads.last_attempt_at[row])}"

    def _explain_gain(self, row: int) -> str:
        """Say what a call is expected to bring, in the figures that the order used."""
        now, tomorrow = (chance[row] for chance in (self.leads.probability, self.leads.probability_tomorrow))
        percent = self.formats.format_percent
        if self.leads.human_grade[row] is not None:
            sentence = f"Re-graded {self.leads.human_grade[row]} by hand"
        elif np.isnan(now):
            sentence = "Score pending"
        else:
            sentence = f"{percent(now)} likely to book"
            if tomorrow == tomorrow and hundredths(tomorrow) < hundredths(now):
                sentence += f", about {percent(tomorrow)} tomorrow"
        value = self.leads.value[row]
        # NaN is not equal to itself: an unknown value or chance of tomorrow is left out.
        if self.policy.value_weight and value == value:
            sentence += f"; {self.formats.format_money(value)} if so"
        return sentence + (f"; {self._format_attempts(row)}" if self.leads.attempts[row] else "")

    def _format_attempts(self, row: int) -> str:
        times = int(self.leads.attempts[row])
        return f"{times} {'attempt' if times == 1 else 'attempts'}, no answer"

    def _format_wait(self, since: np.datetime64) -> str:
        wait = self.now - since
        if wait >= 3 * DAY:
            return f"{int(wait / DAY)} days"
        hours = int(wait / HOUR)
        return "1 hour" if hours == 1 else f"{hours} hours"

    def _format_time(self, moment: np.datetime64) -> str:
        """Format a time of day in the practice's local time, with its date when that is another day."""
        local, today = to_local_time(np.array([moment, self.now], "datetime64[us]"), self.timezone).astype(
            "datetime64[us]"
        )
        local, today = local.item(), today.item().date()
        if local.date() == today:
            return self.formats.format_time(local)
        return f"{self.formats.format_time(local)} {self.formats.format_day(local.date(), today)}"
