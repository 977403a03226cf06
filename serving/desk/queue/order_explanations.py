"""Why is a lead at its position? Each position of the working order in one plain sentence.

Lives here: the sentences, in the practice's local time. Does not live here: the order (``working_order``), the reasons
of a score (``serving.scoring.reasons``)."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from features.array_types import DAY, HOUR, MINUTE
from features.calendar.timezones import to_local_time
from features.practice.queue_policy import QueuePolicy
from serving.desk.queue.working_order import (
    ARRIVAL,
    CALLBACK,
    DO_NOT_CONTACT,
    LATER,
    PLACED,
    URGENT,
    WAITED,
    CallCandidates,
    WorkingOrder,
)
from serving.scoring.engine import hundredths

__all__ = ["OrderExplainer"]


@dataclass(frozen=True)
class OrderExplainer:
    """The sentences of one order; built for the rows that are shown, in a few microseconds each.

    Parameters
    ----------
    now : datetime64, UTC
        The moment of the order.
    timezone : str
        The practice's time zone.
    """

    leads: CallCandidates
    order: WorkingOrder
    now: np.datetime64
    policy: QueuePolicy
    timezone: str

    def explain(self, rows: Iterable[int]) -> list[str]:
        """Return one sentence for each row.

        >>> from serving.desk.queue.working_order import compute_working_order
        >>> now = np.datetime64("2026-11-20T15:00", "us")
        >>> leads = CallCandidates.of(
        ...     ["normal", "urgent"], [0.31, 0.1], ["2026-11-20T14:00"] * 2, probability_tomorrow=[0.24, 0.1]
        ... )
        >>> order = compute_working_order(leads, now, QueuePolicy())
        >>> OrderExplainer(leads, order, now, QueuePolicy(), "America/Chicago").explain(order.rows)
        ['Sounds urgent', 'Likely to book and cooling: 31 in 100 now, 24 tomorrow']
        """
        return [self._explain_row(int(row)) for row in rows]

    def _explain_row(self, row: int) -> str:
        group = self.order.group[row]
        if group == URGENT:
            return self._explain_urgent(row)
        if group == CALLBACK:
            return f"You promised to call at {self._format_time(self.leads.callback_at[row])}"
        if group == PLACED:
            return f"A person put it at place {int(self.leads.human_place[row])}"
        if group == WAITED:
            wait, limit = (
                self._format_wait(self.leads.arrived_at[row]),
                self._format_hours(self.policy.longest_wait_hours),
            )
            return f"Has waited {wait} for a first call; nobody should wait longer than {limit}"
        if group == ARRIVAL:
            return "Waits in order of arrival, whatever its score"
        if group == LATER:
            return f"Not before {self._format_time(self.order.not_before[row])}: {self._describe_obstacle(row)}"
        if group == DO_NOT_CONTACT:
            if self.leads.lane[row] == "urgent":
                return "Sounds urgent, but asked not to be contacted: a person decides what may be done"
            return "Asked not to be contacted"
        return self._explain_gain(row)

    def _explain_urgent(self, row: int) -> str:
        """Say that it is urgent, and what a caller should know besides; nothing of that hides the lead."""
        parts = ["Sounds urgent"]
        if not np.isnat(self.leads.callable_from[row]):
            parts.append(str(self.leads.obstacle[row]))
        if not self.order.ready[row]:
            parts.append(f"not before {self._format_time(self.order.not_before[row])}, {self._describe_obstacle(row)}")
        elif (
            not np.isnat(self.leads.callback_at[row])
            # Not `<`: without an attempt the time is NaT, which is neither before nor after the promise.
            and not self.leads.last_attempt_at[row] >= self.leads.callback_at[row]
        ):
            parts.append(f"you promised to call at {self._format_time(self.leads.callback_at[row])}")
        elif self.leads.attempts[row]:
            parts.append(self._format_attempts(row))
        return "; ".join(parts)

    def _describe_obstacle(self, row: int) -> str:
        """Say what prevents a call now: the one of the three obstacles that lasts longest."""
        # `not_before` is the latest of the three moments, so the one that equals it is the obstacle.
        until, leads = self.order.not_before[row], self.leads
        if leads.callback_at[row] - self.policy.callback_minutes_before * MINUTE == until:
            return f"you promised to call at {self._format_time(leads.callback_at[row])}"
        if leads.callable_from[row] == until:
            return str(leads.obstacle[row])
        return f"no answer at {self._format_time(leads.last_attempt_at[row])}"

    def _explain_gain(self, row: int) -> str:
        """Say what a call is expected to bring, in the figures that the order used."""
        now, tomorrow = (chance[row] for chance in (self.leads.probability, self.leads.probability_tomorrow))
        likely = "Less likely to book" if self.leads.lane[row] == "nurture" else "Likely to book"
        if self.leads.human_grade[row] is not None:
            sentence = f"A person gave it grade {self.leads.human_grade[row]}"
        elif np.isnan(now):
            sentence = "Nothing is known of its chance"
        elif tomorrow == tomorrow and hundredths(tomorrow) < hundredths(now):
            sentence = f"{likely} and cooling: {hundredths(now)} in 100 now, {hundredths(tomorrow)} tomorrow"
        else:
            sentence = f"{likely}: {hundredths(now)} in 100"
        value = self.leads.value[row]
        # NaN is not equal to itself: an unknown value or chance of tomorrow is left out.
        if self.policy.value_weight and value == value:
            sentence += f"; {value:,.0f} if so"
        return sentence + (f"; {self._format_attempts(row)}" if self.leads.attempts[row] else "")

    def _format_attempts(self, row: int) -> str:
        times = int(self.leads.attempts[row])
        return f"{'one call' if times == 1 else f'{times} calls'} without an answer"

    def _format_wait(self, since: np.datetime64) -> str:
        wait = self.now - since
        return self._format_hours(int(wait / HOUR)) if wait < 3 * DAY else f"{int(wait / DAY)} days"

    @staticmethod
    def _format_hours(hours: float) -> str:
        return "1 hour" if hours == 1 else f"{hours:g} hours"

    def _format_time(self, moment: np.datetime64) -> str:
        """Format a time of day in the practice's local time, with its date when that is another day."""
        local, today = to_local_time(np.array([moment, self.now], "datetime64[us]"), self.timezone).astype(
            "datetime64[s]"
        )
        moment, days_away = local.item(), local.astype("datetime64[D]") - today.astype("datetime64[D]")
        is_today = days_away == np.timedelta64(0, "D")
        return f"{moment:%H:%M}" + ("" if is_today else f" on {moment:%A} {moment.day} {moment:%B}")  # type: ignore[attr-defined]
