"""What kind of event is this row of a call log?

Lives here: the words of call logs for kinds, directions and answers.
Does not live here: our own names of events in other spellings (``parsing.channel_names``), whose call it was
(``lead_contacts``).
"""

import re
from functools import lru_cache

from features.parsing.channel_names import normalize_channel, normalize_event_kind
from features.privacy.name_lists import remove_accents

__all__ = ["is_answer_word", "is_direction_word", "is_outbound", "name_event", "read_answer"]

_OUTBOUND = frozenset(
    "outbound outgoing out dialed dialled placed made saliente salientes ausgehend sortant sortante uscita realizada "
    "efetuada uitgaand uitgaande salida salidas emitida efectuada ausgehende ausgehender abgehend getatigt emis emise "
    "emesso emessa effettuata effettuate effectue effectuee".split()
)
_INBOUND = frozenset(
    "inbound incoming in received entrante entrantes eingehend entrant recibida recebida entrata inkomend inkomende "
    "binnenkomend entrada entradas eingehende eingehender eingegangen ankommend entrants recu recue ricevuta".split()
)
_ANSWERED = frozenset(
    "answered connected accepted completed success successful yes true human conversation talked completada contestada "
    "atendida respondida angenommen beantwortet erreicht decroche repondu aboutie risposto risposta "
    "ja oui si sim".split()
)
_MISSED = frozenset(
    """missed abandoned unanswered busy failed voicemail vm declined rejected no false noanswer hangup canceled
    cancelled disconnected dropped blocked perdida verpasst manque manquee besetzt mailbox messagerie occupe buzon
    ocupado ocupada persa occupato segreteria perdido entgangen entgangener
    verpasste verpasster unbeantwortet nein manques perse""".split()
)
_NEGATIONS = frozenset("not no didn't nicht kein keine non pas sin sans nao sem niet senza".split())
_CHANNEL_EVENTS = {"web_form": "form_submit", "inbound_call": "inbound_call", "chat": "chat", "email": "email_in"}
_TEXTS = frozenset("text sms textmessage".split())


def _split(text: str) -> list[str]:
    """Split a text into words in lower case."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)
    return re.findall(r"[^\W_]+(?:'[a-z]+)?", remove_accents(spaced))


def is_direction_word(text: str) -> bool:
    """Return whether a text says in which direction a call went.

    >>> is_direction_word("Outbound"), is_direction_word("Incoming call"), is_direction_word("Answered")
    (True, True, False)
    """
    return not {*_split(text)}.isdisjoint(_OUTBOUND | _INBOUND)


def is_outbound(text: str | None) -> bool:
    """Return whether a direction is outbound; a row without one is inbound."""
    return text is not None and not {*_split(text)}.isdisjoint(_OUTBOUND)


def is_answer_word(text: str) -> bool:
    """Return whether a text says whether a call was answered."""
    return read_answer(text) is not None


@lru_cache(maxsize=4096)
def read_answer(text: str | None) -> bool | None:
    """Return whether a call was answered; None where that is not said.

    >>> [read_answer(text) for text in ("Answered Call", "No Answer", "Voicemail", "Not answered", "Ann", None)]
    [True, False, False, False, None, None]
    """
    words = [] if text is None else _split(text)
    if not _MISSED.isdisjoint(words) or (_NEGATIONS.intersection(words) and len(words) > 1):
        return False
    return None if _ANSWERED.isdisjoint(words) else True


def name_event(kind: str | None, direction: str | None, answer: str | None) -> tuple[str, float]:
    """Return our kind of event, and whether the person was reached: 1, 0, or NaN where that is not said.

    A kind that is none of ours stays as it is, so that it is reported.

    >>> name_event("Phone Call", "Outbound", "Voicemail"), name_event(None, None, "Missed")
    (('voicemail', 0.0), ('missed_call', 0.0))
    """
    answered = read_answer(answer)
    reached = float("nan") if answered is None else float(answered)
    # A phone system's log has no kind: all of it is calls, and their direction says whose.
    ours = "inbound_call" if kind is None else _name_kind(kind)
    if ours == "sms_in" and is_outbound(direction):
        return "sms_out", float("nan")
    if ours == "email_in" and is_outbound(direction):
        return "email_out", float("nan")
    if ours != "inbound_call":
        return ours, reached if ours in ("outbound_call", "missed_call", "voicemail") else float("nan")
    if is_outbound(direction):
        left_message = answer is not None and not {"voicemail", "vm"}.isdisjoint(_split(answer))
        return ("voicemail" if left_message else "outbound_call"), reached
    return ("missed_call" if answered is False else "inbound_call"), reached


@lru_cache(maxsize=4096)
def _name_kind(kind: str) -> str:
    """Return our kind of event for the kind of contact of a log; the text itself where it is none of ours."""
    if {*_split(kind)} & _TEXTS:
        return normalize_event_kind(kind) or "sms_in"
    return normalize_event_kind(kind) or _CHANNEL_EVENTS.get(normalize_channel(kind), kind)
