"""What is to be done next with this lead, and by which channel? One sentence, by rules that one can read.

Lives here: the rules and their words. Does not live here: the score (``scoring``), whose turn it is (``desk``), what to
ask (``questions``).

A sentence is about reaching a person, never about their health. What the lead itself wrote is never repeated in it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from features.batch import Batch
from features.calendar.business_time import LocalTimes
from features.schema import EVENT_KINDS

__all__ = ["WISHES", "Situation", "next_step", "situations", "wishes_of"]

WISHES = {
    "do_not_contact": "yes_no",
    "preferred_contact": "category",
    "preferred_time": "category",
    "phone": "text",
    "email": "text",
}
"""Columns that say how a person may be reached, by kind: read of every lead, whether or not the model learned from
them.
"""

_CHANNELS = {
    "phone": ("phone", "call", "telephone", "mobile"),
    "text": ("sms", "text", "whatsapp"),
    "e-mail": ("email", "e-mail", "mail"),
}
_TIMES = ("morning", "afternoon", "evening")
_ANSWERED = ("inbound_call", "sms_in", "email_in", "chat", "form_submit")
_BY_PHONE = ("inbound_call", "missed_call", "outbound_call", "voicemail", "sms_in", "sms_out")
_NUMBERS = ("no", "one", "two", "three", "four", "five")
_MANY_CALLS = 2
_MIN_DIGITS = 7
"""Digits of a number that can be dialed; "withheld" is no number."""


@dataclass(frozen=True)
class Situation:
    """What the rules look at.

    Parameters
    ----------
    lane : {"urgent", "normal", "nurture"}
    prefers : {"phone", "text", "e-mail", ""}
    prefers_time : {"morning", "afternoon", "evening", ""}
    reached_by : frozenset of {"phone", "e-mail"}
        What is known to reach the person: what was sent, and the phone where calls or texts went to and fro.
    unanswered_calls : int
        Calls not answered since the person was last heard of.
    open_until : str
        When the practice closes today, such as "17:00"; empty when it is closed now, "?" when the moment is not known.
    wants_appointment : bool
        Whether the message asks for one: such a person is called, however low the score.
    """

    lane: str
    do_not_contact: bool = False
    prefers: str = ""
    prefers_time: str = ""
    reached_by: frozenset[str] = frozenset({"phone"})
    unanswered_calls: int = 0
    price_only: bool = False
    advertising: bool = False
    open_until: str = "?"
    wants_appointment: bool = False

    @property
    def has_phone(self) -> bool:
        """Whether a phone number is known that can be called."""
        return "phone" in self.reached_by


def next_step(lead: Situation) -> str:
    """Return what to do next, by the first rule that holds.

    >>> next_step(Situation("urgent")), next_step(Situation("normal", prefers="phone", open_until="17:00"))
    ('Call now: sounds urgent', 'Call today before 17:00; prefers the phone')
    >>> next_step(Situation("normal", unanswered_calls=2)), next_step(Situation("nurture"))
    ('Text first: two calls were not answered', 'Nurture: write again in two weeks')
    """
    # The order of these rules is the policy. An opt-out comes before everything, even urgency: no program overrides
    # it.
    if lead.lane == "urgent" and lead.do_not_contact:
        return "Sounds urgent, but asked not to be contacted: let whoever is in charge decide now"
    if lead.do_not_contact:
        return "Do not contact: asked not to be contacted"
    if lead.lane == "urgent":
        return _act_on_urgency(lead)
    if lead.advertising:
        return "Look at the message before anything else: reads like advertising or a test"
    if lead.unanswered_calls >= _MANY_CALLS:
        channel = "Write an e-mail" if lead.prefers == "e-mail" else "Text"
        return f"{channel} first: {_count(lead.unanswered_calls)} calls were not answered"
    if lead.price_only and lead.has_phone:
        return "Send the price list, then call"
    if lead.lane == "nurture" and not lead.wants_appointment:
        return "Nurture: write again in two weeks"
    return _usual(lead)


def _usual(lead: Situation) -> str:
    """Reach the person today, in the way they prefer."""
    when = (
        "today"
        if lead.open_until == "?"
        else f"today before {lead.open_until}"
        if lead.open_until
        else "as soon as the practice opens"
    )
    asked = f"; asked for the {lead.prefers_time}" if lead.prefers_time else ""
    if not lead.has_phone:
        return _reach_without_phone(lead, when) + asked
    if lead.prefers == "text":
        return f"Text {when}; prefers text messages{asked}"
    if lead.prefers == "e-mail":
        return f"Write an e-mail {when}; prefers e-mail{asked}"
    return f"Call {when}" + ("; prefers the phone" if lead.prefers == "phone" else "") + asked


def _act_on_urgency(lead: Situation) -> str:
    """Reach the person of an urgent lead at once, in a way that is known."""
    closed = "" if lead.open_until else ", though the practice is closed"
    if lead.has_phone:
        return f"Call now: sounds urgent{closed}"
    way = "write an e-mail at once" if "e-mail" in lead.reached_by else "find out how to reach them"
    return f"Sounds urgent{closed}, and no phone number is known: {way}"


def _reach_without_phone(lead: Situation, when: str) -> str:
    """Reach a person whose phone number is not known; never by a call.

    >>> _reach_without_phone(Situation("normal", reached_by=frozenset({"e-mail"})), "today")
    'Write an e-mail today: no phone number is known'
    """
    if "e-mail" in lead.reached_by:
        return f"Write an e-mail {when}: no phone number is known"
    return f"Look up how to reach them {when}: neither phone number nor e-mail address is known"


def situations(batch: Batch, lanes: Sequence[str], wishes: Sequence[Mapping[str, Any]]) -> list[Situation]:
    """Return what the rules look at, for each moment of a batch that has one for each lead.

    Parameters
    ----------
    lanes : sequence of str, n of them
    wishes : sequence of mapping, n of them
        Columns of ``WISHES`` -> what was said.
    """
    says = batch.labels.find
    wants, price_only, advertising = says("appointment"), says("price_only"), says("spam") | says("test")
    until, unanswered, by_phone = _open_until(batch), _unanswered(batch), _mask_phone_contact(batch)
    return [
        Situation(
            lane,
            bool(said.get("do_not_contact") or False),
            _channel(said.get("preferred_contact")),
            _time(said.get("preferred_time")),
            _reached_by(said) | ({"phone"} if by_phone[row] else set()),
            unanswered[row],
            bool(price_only[row]),
            bool(advertising[row]),
            until[row],
            bool(wants[row]),
        )
        for row, (lane, said) in enumerate(zip(lanes, wishes, strict=True))
    ]


def wishes_of(said: Mapping[str, Any]) -> dict[str, Any]:
    """How a person may be reached, of everything that is said of a lead."""
    return {name: said[name] for name in WISHES if said.get(name) is not None}


def _open_until(batch: Batch) -> list[str]:
    """When the practice closes on the day of each moment; empty when it is closed then, "?" where the moment is not
    known.
    """
    hours, times = batch.context.business_time, LocalTimes.of(batch.local_time(batch.cutoff))
    is_open, closing = hours.is_open(times), hours.ends[times.weekday].max(axis=1).astype(int)
    return [
        "?" if np.isnan(now) else f"{end // 60:02d}:{end % 60:02d}" if now else ""
        for now, end in zip(is_open, closing, strict=True)
    ]


def _unanswered(batch: Batch) -> list[int]:
    """Count the calls before each moment that were not answered since the person was last heard from or reached."""
    events, found = batch.events, []
    for row, cutoff in enumerate(batch.cutoff):
        count = 0
        for place in range(events.starts[row], events.starts[row + 1]):
            if not np.isnat(cutoff) and events.time[place] >= cutoff:
                break
            kind, reached = EVENT_KINDS[events.kind[place]], events.reached[place]
            if reached == 1 or kind in _ANSWERED:
                count = 0
            elif kind == "voicemail" or (kind == "outbound_call" and reached == 0):
                count += 1
        found.append(count)
    return found


def _mask_phone_contact(batch: Batch) -> np.ndarray:
    """Return which leads had a call or a text, in either direction, before each moment. Shape (n,), bool."""
    events, of_lead = batch.events, np.repeat(np.arange(batch.leads), np.diff(batch.events.starts))
    before = np.isnat(batch.cutoff[of_lead]) | (events.time < batch.cutoff[of_lead])
    by_phone = before & np.isin(events.kind, [EVENT_KINDS.index(kind) for kind in _BY_PHONE])
    return np.bincount(of_lead[by_phone], minlength=batch.leads) > 0


def _channel(said: Any) -> str:
    """Return the channel that somebody prefers; empty where none is given, or in words that are not known."""
    words = str(said or "").casefold().replace("_", " ").split()
    return next((channel for channel, names in _CHANNELS.items() if any(word in names for word in words)), "")


def _time(said: Any) -> str:
    return next((time for time in _TIMES if time in str(said or "").casefold()), "")


def _reached_by(said: Mapping[str, Any]) -> frozenset[str]:
    phone, email = said.get("phone"), said.get("email")
    has_phone = phone is not None and sum(character.isdigit() for character in str(phone)) >= _MIN_DIGITS
    return frozenset(name for name, is_known in (("phone", has_phone), ("e-mail", "@" in str(email or ""))) if is_known)


def _count(calls: int) -> str:
    return _NUMBERS[calls] if calls < len(_NUMBERS) else str(calls)
