"""What is to be done next with this lead, and by which channel? One sentence, by rules that one can read.

Lives here: the rules and their words. Does not live here: the score (``scoring``), how far we have come with the lead
(``lead_stage``), whose turn it is (``desk``), what to ask (``missing_answers``).

Every sentence can be followed: it names a channel only where the lead can be reached by it, and only what the desk can
do and log. A sentence is about reaching a person, never about their health. It never repeats what the lead wrote.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from features.batch import Batch
from features.calendar.business_time import LocalTimes
from features.practice.display_formats import LocalFormats
from serving.scoring.lead_stage import LeadStage, read_payload_events, trace_stage
from serving.scoring.read_lead import ReadLead

__all__ = ["LOST_WORDS", "WISHES", "Situation", "describe_situations", "find_channels", "next_step", "wishes_of"]

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

LOST_WORDS = {
    "price": "too expensive",
    "scheduling": "couldn't find a time",
    "out_of_network": "insurance not accepted",
    "service_not_offered": "we don't offer it",
    "out_of_area": "too far away",
    "not_eligible": "doesn't qualify",
    "no_response": "never answered",
    "chose_other": "went elsewhere",
    "duplicate": "duplicate",
    "spam": "spam",
    "other": "other reason",
    "lost": "no reason given",
}
"""Why a lead was lost -> words."""

_WON_WORDS = {"booked": "Booked", "attended": "Showed up", "treated": "Treatment started"}
_CHANNELS = {
    "phone": ("phone", "call", "telephone", "mobile"),
    "text": ("sms", "text", "whatsapp"),
    "e-mail": ("email", "e-mail", "mail"),
}
_VERBS = {"phone": "Call", "text": "Text", "e-mail": "Email"}
_TIMES = ("morning", "afternoon", "evening")
_NUMBERS = ("no", "one", "two", "three", "four", "five")
_MANY_CALLS = 2
_MIN_DIGITS = 7
"""Digits of a number that can be dialed; "withheld" is no number."""


@dataclass(frozen=True)
class Situation:
    """What the rules look at.

    Parameters
    ----------
    lane : {"urgent", "normal", "nurture", "spam"}
    stage : LeadStage
    reached_by : frozenset of {"phone", "e-mail"}
        What reaches the person; a number that is known to be wrong does not.
    prefers : {"phone", "text", "e-mail", ""}
    prefers_time : {"morning", "afternoon", "evening", ""}
    price_only : bool
    open_until : str
        When the practice closes today, such as "5 PM"; empty when it is closed now, "?" when the moment is not known.
    wants_appointment : bool
        Whether the message asks for one: such a person is called, however low the score.
    callback : str
        When a call was promised for, in words; empty where ``stage`` has no callback.
    callback_due : bool
    contact_sent : bool
        Whether a phone number or an e-mail address was sent, be it empty: a CRM that sends neither may have both.
    """

    lane: str
    stage: LeadStage = LeadStage()
    reached_by: frozenset[str] = frozenset({"phone"})
    prefers: str = ""
    prefers_time: str = ""
    price_only: bool = False
    open_until: str = "?"
    wants_appointment: bool = False
    callback: str = ""
    callback_due: bool = False
    contact_sent: bool = True

    @property
    def has_phone(self) -> bool:
        """Whether the person can be called and texted."""
        return "phone" in self.reached_by

    @property
    def has_email(self) -> bool:
        """Whether the person can be e-mailed."""
        return "e-mail" in self.reached_by


def next_step(lead: Situation) -> str:
    """Return what to do next, by the first rule that holds.

    >>> next_step(Situation("urgent")), next_step(Situation("normal", prefers="phone", open_until="5 PM"))
    ('Call now: possible emergency', 'Call today before 5 PM; prefers the phone')
    >>> next_step(Situation("normal", LeadStage("trying", attempts=2))), next_step(Situation("nurture"))
    ('Text today: two calls, no answer', 'Snooze for two weeks: low priority')
    >>> next_step(Situation("normal", LeadStage(final="booked", reason="booked")))
    'Booked. Nothing to do'
    """
    # The order of these rules is the policy. An opt-out comes before everything, even urgency: no program overrides
    # it.
    stage = lead.stage
    if stage.opted_out:
        if lead.lane == "urgent":
            return "Possible emergency, but asked not to be contacted: ask whoever is in charge now"
        return "Do not contact"
    if stage.final:
        return _describe_end(stage)
    if lead.lane == "urgent":
        return _act_on_emergency(lead)
    if lead.lane == "spam" and stage.contact != "connected":
        return "Read the message first: it looks like spam or a test"
    is_low = lead.lane == "nurture" and not (lead.wants_appointment or stage.awaits or stage.contact == "connected")
    if not lead.reached_by and not (is_low and not lead.contact_sent):
        return _find_contact(lead)
    if stage.callback_at is not None:
        return _keep_callback(lead)
    if is_low:
        return "Snooze for two weeks: low priority"
    return _get_in_touch(lead)


def _describe_end(stage: LeadStage) -> str:
    """Say how a lead ended; and that the person got in touch since, where they did."""
    if stage.final == "booked":
        sentence = _WON_WORDS.get(stage.reason, "Booked")
    else:
        sentence = f"Closed: {LOST_WORDS.get(stage.reason, stage.reason.replace('_', ' '))}"
    return f"{sentence}. They got in touch again: read it" if stage.heard_after_end else f"{sentence}. Nothing to do"


def _act_on_emergency(lead: Situation) -> str:
    """Reach the person of a possible emergency at once, in a way that works."""
    closed = "" if lead.open_until else ", though we're closed"
    if lead.has_phone:
        return f"Call now: possible emergency{closed}"
    if lead.has_email:
        return f"Email now: possible emergency{closed}, no phone number"
    missing = "no phone number or email" if lead.contact_sent else "no phone number or email was sent"
    return f"Possible emergency{closed}, but {missing}: look for one now"


def _find_contact(lead: Situation) -> str:
    """Say what is missing of somebody who cannot be reached."""
    if lead.stage.wrong_number:
        return "Add another phone number or an email: the number on file is wrong"
    if not lead.contact_sent:
        return "Look up their phone number or email: none was sent"
    return "Add a phone number or an email: we have neither"


def _keep_callback(lead: Situation) -> str:
    """Keep a promised call, in a way that works."""
    if not lead.has_phone:
        return f"Email about the callback set for {lead.callback}: no phone number that works"
    return f"Call back now: set for {lead.callback}" if lead.callback_due else f"Call back {lead.callback}, as promised"


def _get_in_touch(lead: Situation) -> str:
    """Reach the person, in the way they prefer where that works."""
    stage, when = lead.stage, _describe_when(lead)
    verb = _VERBS[_choose_channel(lead)]
    wish = f"; asked for the {lead.prefers_time}" if lead.prefers_time else ""
    if stage.awaits == "call" and lead.has_phone:
        return f"Call back {when}: they called and nobody answered{wish}"
    if stage.awaits and stage.contact != "new":
        return f"{verb} {when}: they're waiting for our reply{wish}"
    if stage.contact == "connected":
        return f"{verb} {when} to find a time: we're in touch already{wish}"
    if not lead.has_phone:
        missing = "the phone number is wrong" if stage.wrong_number else "no phone number"
        return f"Email {when}: {missing}{wish}"
    if stage.attempts >= _MANY_CALLS:
        return f"{verb} {when}: {_count(stage.attempts)} calls, no answer{wish}"
    if lead.price_only:
        return f"{verb} {when}: asks only about the price{wish}"
    prefers = {"phone": "; prefers the phone", "text": "; prefers texts", "e-mail": "; prefers email"}
    reason = prefers.get(lead.prefers, "") if _VERBS.get(lead.prefers) == verb else ""
    return f"{verb} {when}{reason}{wish}"


def _choose_channel(lead: Situation) -> str:
    """Return the channel to use: what they prefer where it works; a text after calls that nobody answered."""
    if not lead.has_phone or (lead.prefers == "e-mail" and lead.has_email):
        return "e-mail"
    if lead.prefers == "text":
        return "text"
    is_in_vain = lead.stage.contact != "connected" and lead.stage.attempts >= _MANY_CALLS
    return "text" if is_in_vain else "phone"


def _describe_when(lead: Situation) -> str:
    if lead.open_until == "?":
        return "today"
    return f"today before {lead.open_until}" if lead.open_until else "as soon as we open"


def describe_situations(
    batch: Batch, lanes: Sequence[str], leads: Sequence[ReadLead], formats: LocalFormats
) -> list[Situation]:
    """Return what the rules look at, for each moment of a batch that has one for each lead.

    Parameters
    ----------
    lanes : sequence of str, n of them
    leads : sequence of ReadLead, n of them
        The stage of one that is not stored is made from the events that were sent with it.
    """
    says = batch.labels.find
    wants, price_only = says("appointment"), says("price_only")
    until = _open_until(batch, formats)
    situations = []
    for row, (lane, lead) in enumerate(zip(lanes, leads, strict=True)):
        stage = lead.stage
        if stage is None:
            happenings = read_payload_events(lead.converted.get("events", ()), batch.cutoff[row])
            stage = trace_stage(happenings, bool(lead.wishes.get("do_not_contact") or False))
        situations.append(
            Situation(
                lane,
                stage,
                find_channels(lead.wishes, stage),
                _channel(lead.wishes.get("preferred_contact")),
                _time(lead.wishes.get("preferred_time")),
                bool(price_only[row]),
                until[row],
                bool(wants[row]),
                contact_sent=lead.contact_sent,
            )
        )
    return situations


def wishes_of(values: Mapping[str, Any]) -> dict[str, Any]:
    """How a person may be reached, of everything that is said of a lead."""
    return {name: values[name] for name in WISHES if values.get(name) is not None}


def find_channels(values: Mapping[str, Any], stage: LeadStage) -> frozenset[str]:
    """Return what reaches a person: a phone number on file or one that they called from, an e-mail address.

    >>> sorted(find_channels({"phone": "(214) 555-3799", "email": "a@example.org"}, LeadStage()))
    ['e-mail', 'phone']
    >>> sorted(find_channels({"phone": "withheld", "email": "none"}, LeadStage()))
    []
    """
    has_digits = sum(map(str.isdigit, str(values.get("phone") or ""))) >= _MIN_DIGITS
    has_phone = (has_digits or stage.on_phone) and not stage.wrong_number
    has_email = "@" in str(values.get("email") or "")
    return frozenset((*("phone",) * has_phone, *("e-mail",) * has_email))


def _open_until(batch: Batch, formats: LocalFormats) -> list[str]:
    """When the practice closes on the day of each moment; empty when it is closed then, "?" where the moment is not
    known.
    """
    hours, times = batch.context.business_time, LocalTimes.of(batch.local_time(batch.cutoff))
    is_open, closing = hours.is_open(times), hours.ends[times.weekday].max(axis=1).astype(int)
    closing_texts = {end: formats.format_minute(end) for end in set(closing.tolist())}
    return [
        "?" if now != now else closing_texts[end] if now else ""
        for now, end in zip(is_open.tolist(), closing.tolist(), strict=True)
    ]


def _channel(answer: Any) -> str:
    """Return the channel that somebody prefers; empty where none is given, or in words that are not known."""
    if not answer:
        return ""
    tokens = str(answer).casefold().replace("_", " ").split()
    return next((channel for channel, names in _CHANNELS.items() if any(word in names for word in tokens)), "")


def _time(answer: Any) -> str:
    return next((time for time in _TIMES if time in str(answer or "").casefold()), "")


def _count(calls: int) -> str:
    return _NUMBERS[calls] if calls < len(_NUMBERS) else str(calls)
