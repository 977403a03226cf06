"""In which order does this practice want its open leads called? The ``[desk]`` of practice.toml as one frozen object.

Lives here: the settings of the working order with their units, limits and defaults.
Does not live here: the order itself (``serving.desk.queue.working_order``), opening hours
(``calendar.opening_hours``), the share called in order of arrival (``LEADLIGHT_ARRIVAL_SHARE``, see
``serving.random_holdout``).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Annotated, Any, Literal

from annotated_types import Interval, Len, Unit

__all__ = ["QueuePolicy"]

Minutes = Annotated[int, Interval(ge=1, le=10_080), Unit("minutes")]
Assignment = Literal["none", "round_robin", "fewest_open"]
PauseHours = Annotated[float, Interval(ge=0, le=720), Unit("hours")]


@dataclass(frozen=True)
class QueuePolicy:
    """How the open leads are ordered for calling.

    Parameters
    ----------
    response_target_minutes : dict of channel to int, 1 to 10,080
        How soon a new lead of that channel should be called; other channels have ``Practice.response_target_minutes``.
    contact_hours : tuple of str
        When the desk calls people, in lines such as "Mon-Fri 08:00-18:00"; empty means the practice's opening hours.
    callback_minutes_before : int, 0 to 60
        A callback is due this long before the promised time.
    longest_wait_hours : float, 1 to 8,760
        Nobody who may be called should wait longer for a first call, counting all hours.
    longest_wait_share : float, 0.01 to 1
        Share of the calls in the middle of the list that goes to those who waited longer than that, the longest first.
    retry_hours : tuple of float, 0 to 720 each
        Pause after the first unanswered attempt, after the second, ...; the last one after every further attempt.
    urgent_attempts : int, 1 to 100
        A lead that sounds urgent is soon called again until this many calls were unanswered; after that, it is first
        again after ``retry_hours``.
    urgent_retry_minutes : int, 1 to 1,440
        The pause between those urgent calls.
    cooling : float, 0 to 2
        How fast a call loses its value while a lead waits, beyond what the score tells: the expected gain of a call
        is chance x (1 + quarters of an hour waited) ** -cooling.
    value_weight, decay_weight : float, 0 to 1
        How much the value of the requested service, and the share of the chance that the model expects to be lost by
        tomorrow, count: the gain is multiplied by value ** value_weight and by lost share ** decay_weight.
    assignment : {"none", "round_robin", "fewest_open"}
        Who of the ``[[team]]`` gets a new lead: nobody, each in turn, or whoever has the fewest open leads.
    hand_off_to : str
        Who takes over a booked lead whose service and clinic name no coordinator, such as "Front desk, ext. 10".
    hand_off_hours : float, 0.25 to 240
        Within so many opening hours whoever takes over a lead should answer.

    >>> QueuePolicy().pause_hours(3)
    24.0
    """

    response_target_minutes: Mapping[str, Minutes] = field(default_factory=dict, hash=False)
    contact_hours: Annotated[tuple[str, ...], Len(1)] = ()
    callback_minutes_before: Annotated[int, Interval(ge=0, le=60), Unit("minutes")] = 5
    longest_wait_hours: Annotated[float, Interval(ge=1, le=8760), Unit("hours")] = 48.0
    longest_wait_share: Annotated[float, Interval(ge=0.01, le=1)] = 0.02
    retry_hours: Annotated[tuple[PauseHours, ...], Len(1)] = (2.0, 22.0, 24.0, 48.0, 72.0)
    urgent_attempts: Annotated[int, Interval(ge=1, le=100)] = 2
    urgent_retry_minutes: Annotated[int, Interval(ge=1, le=1440), Unit("minutes")] = 15
    cooling: Annotated[float, Interval(ge=0, le=2)] = 0.2
    value_weight: Annotated[float, Interval(ge=0, le=1)] = 0.0
    decay_weight: Annotated[float, Interval(ge=0, le=1)] = 0.0
    assignment: Assignment = "none"
    hand_off_to: str = ""
    hand_off_hours: Annotated[float, Interval(ge=0.25, le=240), Unit("hours")] = 4.0

    def pause_hours(self, attempts: int) -> float:
        """Return the hours to wait after this many attempts (at least 1) before the next one."""
        return self.retry_hours[min(attempts, len(self.retry_hours)) - 1]

    def to_dict(self) -> dict[str, Any]:
        """Return the settings that differ from the defaults, as plain values for JSON.

        >>> QueuePolicy(longest_wait_hours=24.0).to_dict()
        {'longest_wait_hours': 24.0}
        """
        settings = {}
        for setting in fields(self):
            value = getattr(self, setting.name)
            if value != getattr(QueuePolicy(), setting.name):
                settings[setting.name] = list(value) if isinstance(value, tuple) else value
        return settings
