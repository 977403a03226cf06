"""In which order does this practice want its open leads called? The ``[desk]`` of practice.toml as one frozen object.

Lives here: the settings of the working order with their units and defaults, and what is wrong with some.
Does not live here: the order itself (``serving.desk.queue.working_order``), opening hours (``opening_hours``), the
share called in order of arrival (``LEADLIGHT_ARRIVAL_SHARE``, see ``serving.random_holdout``)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from math import isfinite
from typing import Any

from features.calendar.opening_hours import find_fault
from features.did_you_mean import suggest_name
from features.practice.toml_line_numbers import TomlPath

__all__ = ["QueuePolicy", "find_policy_faults"]

Bounds = tuple[float, float]


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
        So long before the promised time a callback is due.
    longest_wait_hours : float, 1 to 8,760
        Nobody who may be called should wait longer for a first call, by the plain clock.
    longest_wait_share : float, 0.01 to 1
        Share of the calls in the middle of the list that goes to those who waited longer than that, the longest first.
    retry_hours : tuple of float, 0 to 720 each
        Pause after the first attempt without an answer, after the second, ...; the last one after every further
        attempt.
    urgent_attempts : int, 1 to 100
        A lead that sounds urgent is tried again soon until it was called so often without an answer; then after
        ``retry_hours``, and stands first again then.
    urgent_retry_minutes : int, 1 to 1,440
        The pause between those calls.
    cooling : float, 0 to 2
        How fast a call loses its worth while a lead waits, beyond what the score says of it: the expected gain of a
        call is chance x (1 + quarters of an hour waited) ** -cooling.
    value_weight, decay_weight : float, 0 to 1
        How much the money of the service asked for, and the share of the chance that the model sees lost by tomorrow,
        count beside that: the gain is multiplied by value ** value_weight and by lost share ** decay_weight.

    >>> QueuePolicy().pause_hours(3)
    24.0
    """

    response_target_minutes: Mapping[str, int] = field(default_factory=dict, hash=False)
    contact_hours: tuple[str, ...] = ()
    callback_minutes_before: int = 5
    longest_wait_hours: float = 48.0
    longest_wait_share: float = 0.02
    retry_hours: tuple[float, ...] = (2.0, 22.0, 24.0, 48.0, 72.0)
    urgent_attempts: int = 2
    urgent_retry_minutes: int = 15
    cooling: float = 0.2
    value_weight: float = 0.0
    decay_weight: float = 0.0

    def pause_hours(self, attempts: int) -> float:
        """Hours to wait after so many attempts, at least 1, before the next one."""
        return self.retry_hours[min(attempts, len(self.retry_hours)) - 1]

    @classmethod
    def from_settings(cls, plain: Mapping[str, Any]) -> "QueuePolicy":
        """The policy that settings without a fault describe."""
        return cls(**{name: _to_field_type(name, value) for name, value in plain.items()})

    def to_dict(self) -> dict[str, Any]:
        """What differs from the defaults, as plain values for JSON.

        >>> QueuePolicy(longest_wait_hours=24.0).to_dict()
        {'longest_wait_hours': 24.0}
        """
        usual = QueuePolicy()
        changed = {
            one.name: getattr(self, one.name)
            for one in fields(self)
            if getattr(self, one.name) != getattr(usual, one.name)
        }
        return {
            name: list(value) if isinstance(value, tuple) else dict(value) if isinstance(value, Mapping) else value
            for name, value in changed.items()
        }


_INTEGERS: dict[str, Bounds] = {
    "callback_minutes_before": (0, 60),
    "urgent_attempts": (1, 100),
    "urgent_retry_minutes": (1, 1440),
}
_NUMBERS: dict[str, Bounds] = {
    "longest_wait_hours": (1, 8760),
    "longest_wait_share": (0.01, 1),
    "cooling": (0, 2),
    "value_weight": (0, 1),
    "decay_weight": (0, 1),
}
_PAUSE_HOURS: Bounds = (0, 720)
_TARGET_MINUTES: Bounds = (1, 10_080)


def _to_field_type(name: str, value: Any) -> Any:
    """A setting as its field has it."""
    if name == "retry_hours":
        return tuple(float(hours) for hours in value)
    return (
        tuple(value)
        if name == "contact_hours"
        else dict(value)
        if name == "response_target_minutes"
        else float(value)
        if name in _NUMBERS
        else value
    )


def find_policy_faults(plain: Any) -> list[tuple[TomlPath, str]]:
    """Every fault of a ``[desk]`` table, each with its place.

    >>> find_policy_faults({"longest_wait_hour": 24, "retry_hours": [2, -1]})[1]
    (('desk', 'retry_hours', 2), 'found -1, expected hours from 0 to 720.')
    """
    if not isinstance(plain, Mapping):
        return [(("desk",), f"found {plain!r}, expected a table of settings that begins with [desk].")]
    known = [one.name for one in fields(QueuePolicy)]
    faults: list[tuple[TomlPath, str]] = [
        (("desk", name), f"is not known. {suggest_name(name, known)}") for name in plain if name not in known
    ]
    for name, value in plain.items():
        if name in _INTEGERS or name in _NUMBERS:
            faults += _find_number_faults(
                ("desk", name),
                value,
                (_INTEGERS | _NUMBERS)[name],
                "a whole number" if name in _INTEGERS else "a number",
                name in _INTEGERS,
            )
    return faults + _find_hours_faults(plain) + _find_pause_faults(plain) + _find_target_faults(plain)


def _find_number_faults(place: TomlPath, value: Any, bounds: Bounds, kind: str, whole: bool = False) -> list[tuple[TomlPath, str]]:
    low, high = bounds
    fits = (
        isinstance(value, int if whole else (int, float))
        and not isinstance(value, bool)
        and isfinite(value)
        and low <= value <= high
    )
    return [] if fits else [(place, f"found {value!r}, expected {kind} from {low:,} to {high:,}.")]


def _find_hours_faults(plain: Mapping[str, Any]) -> list[tuple[TomlPath, str]]:
    """What is wrong with the contact hours."""
    lines, place = plain.get("contact_hours", ()), ("desk", "contact_hours")
    if not isinstance(lines, (list, tuple)) or not all(isinstance(line, str) for line in lines):
        return [(place, f'found {lines!r}, expected a list of texts, such as ["Mon-Fri 08:00-18:00"].')]
    if not lines and "contact_hours" in plain:
        return [(place, "is an empty list. Leave the line out where the opening hours hold; else name the hours.")]
    fault = find_fault(lines)
    return [] if fault is None else [(place, fault)]


def _find_pause_faults(plain: Mapping[str, Any]) -> list[tuple[TomlPath, str]]:
    """What is wrong with the pauses after attempts."""
    pauses, place = plain.get("retry_hours", (1,)), ("desk", "retry_hours")
    if not isinstance(pauses, (list, tuple)) or not pauses:
        return [(place, f"found {pauses!r}, expected a list of hours, such as [2, 22, 24].")]
    return [
        fault for number, hours in enumerate(pauses, 1) for fault in _find_number_faults((*place, number), hours, _PAUSE_HOURS, "hours")
    ]


def _find_target_faults(plain: Mapping[str, Any]) -> list[tuple[TomlPath, str]]:
    """What is wrong with the response targets of the channels."""
    targets, place = plain.get("response_target_minutes", {}), ("desk", "response_target_minutes")
    if not isinstance(targets, Mapping):
        return [(place, f"found {targets!r}, expected minutes for each channel, such as {{ chat = 2, web_form = 5 }}.")]
    return [
        fault
        for channel, minutes in targets.items()
        for fault in _find_number_faults((*place, channel), minutes, _TARGET_MINUTES, "a whole number of minutes", True)
    ]
