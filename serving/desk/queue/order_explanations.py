"""Why does a lead stand where it stands? Each place of the working order in one plain sentence.

Lives here: the words, on the practice's own clock. Does not live here: the order (``order``), the reasons of a score
(``serving.scoring.reasons``)."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from features.array_types import DAY, HOUR, MINUTE
from features.calendar.timezones import to_local_time
from features.practice.queue_policy import QueuePolicy
from serving.desk.queue.working_order import (
    DO_NOT_CONTACT,
    ARRIVAL,
    CALLBACK,
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
    """The sentences of one order; made for the rows that are shown, at a few microseconds each.

    Parameters
    ----------
    now : datetime64, UTC
        The moment of the order.
    timezone : str
        The practice's.
    """

    leads: CallCandidates
    order: WorkingOrder
    now: np.datetime64
    policy: QueuePolicy
    timezone: str

    def of(self, rows: Iterable[int]) -> list[str]:
        """One sentence for each row.

        >>> from serving.desk.queue.working_order import compute_working_order
        >>> now = np.datetime64("2026-11-20T15:00", "us")
        >>> some = CallCandidates.of(
        ...     ["normal", "urgent"], [0.31, 0.1], ["2026-11-20T14:00"] * 2, probability_tomorrow=[0.24, 0.1]
        ... )
        >>> order = compute_working_order(some, now, QueuePolicy())
        >>> OrderExplainer(some, order, now, QueuePolicy(), "America/Chicago").of(order.rows)
        ['Sounds urgent', 'Likely to book and cooling: 31 in 100 now, 24 tomorrow']
        """
        return [self._one(int(row)) for row in rows]

    def _one(self, row: int) -> str:
        standing = self.order.group[row]
        if standing == URGENT:
            return self._urgent(row)
        if standing == CALLBACK:
            return f"You promised to call at {self._clock(self.leads.callback_at[row])}"
        if standing == PLACED:
            return f"A person put it at place {int(self.leads.human_place[row])}"
        if standing == WAITED:
            waited, most = self._waited(self.leads.arrived_at[row]), self._hours(self.policy.longest_wait_hours)
            return f"Has waited {waited} for a first call; nobody should wait longer than {most}"
        if standing == ARRIVAL:
            return "Waits in order of arrival, whatever its score"
        if standing == LATER:
            return f"Not before {self._clock(self.order.not_before[row])}: {self._in_the_way(row)}"
        if standing == DO_NOT_CONTACT:
            asked = "asked not to be contacted"
            return (
                f"Sounds urgent, but {asked}: a person decides what may be done"
                if self.leads.lane[row] == "urgent"
                else asked.capitalize()
            )
        return self._gain(row)

    def _urgent(self, row: int) -> str:
        """Urgent, and what a caller should know besides: it is never hidden by that."""
        parts = ["Sounds urgent"]
        if not np.isnat(self.leads.callable_from[row]):
            parts.append(str(self.leads.obstacle[row]))
        if not self.order.ready[row]:
            parts.append(f"not before {self._clock(self.order.not_before[row])}, {self._in_the_way(row)}")
        elif (
            not np.isnat(self.leads.callback_at[row])
            and not self.leads.last_attempt_at[row] >= self.leads.callback_at[row]
        ):
            parts.append(f"you promised to call at {self._clock(self.leads.callback_at[row])}")
        elif self.leads.attempts[row]:
            parts.append(self._tried(row))
        return "; ".join(parts)

    def _in_the_way(self, row: int) -> str:
        """What keeps a lead from being called now: the one of the three that lasts longest."""
        until, leads = self.order.not_before[row], self.leads
        if leads.callback_at[row] - self.policy.callback_minutes_before * MINUTE == until:
            return f"you promised to call at {self._clock(leads.callback_at[row])}"
        if leads.callable_from[row] == until:
            return str(leads.obstacle[row])
        return f"no answer at {self._clock(leads.last_attempt_at[row])}"

    def _gain(self, row: int) -> str:
        """What a call is expected to bring, in the figures that the order used."""
        now, tomorrow = (chance[row] for chance in (self.leads.probability, self.leads.probability_tomorrow))
        likely = "Less likely to book" if self.leads.lane[row] == "nurture" else "Likely to book"
        if self.leads.human_grade[row] is not None:
            said = f"A person gave it grade {self.leads.human_grade[row]}"
        elif np.isnan(now):
            said = "Nothing is known of its chance"
        elif tomorrow == tomorrow and hundredths(tomorrow) < hundredths(now):
            said = f"{likely} and cooling: {hundredths(now)} in 100 now, {hundredths(tomorrow)} tomorrow"
        else:
            said = f"{likely}: {hundredths(now)} in 100"
        worth = self.leads.value[row]
        said += f"; {worth:,.0f} if so" if self.policy.value_weight and worth == worth else ""
        return said + (f"; {self._tried(row)}" if self.leads.attempts[row] else "")

    def _tried(self, row: int) -> str:
        times = int(self.leads.attempts[row])
        return f"{'one call' if times == 1 else f'{times} calls'} without an answer"

    def _waited(self, since: np.datetime64) -> str:
        return (
            self._hours(int((self.now - since) / HOUR))
            if self.now - since < 3 * DAY
            else f"{int((self.now - since) / DAY)} days"
        )

    @staticmethod
    def _hours(hours: float) -> str:
        return "1 hour" if hours == 1 else f"{hours:g} hours"

    def _clock(self, moment: np.datetime64) -> str:
        """A time of day on the practice's clock, with its date when that is another day."""
        there, today = to_local_time(np.array([moment, self.now], "datetime64[us]"), self.timezone).astype(
            "datetime64[s]"
        )
        said, day = there.item(), there.astype("datetime64[D]") - today.astype("datetime64[D]")
        return f"{said:%H:%M}" + ("" if day == np.timedelta64(0, "D") else f" on {said:%A} {said.day} {said:%B}")
