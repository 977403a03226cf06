"""What did the person write or choose, where a program put it into JSON?

Lives here: finding the person's text in one cell: an object with the text under a usual name, answers of a form, the
turns of a chat; lists of choices.
Does not live here: tags and escapes inside of a text (``text.markup``), the other columns of a lead (``lead_values``).
"""

import json
import re
from collections import deque
from collections.abc import Iterator
from typing import Any

__all__ = ["holds_wrapped_message", "unwrap_choices", "unwrap_message"]

_TEXT_KEYS = frozenset(
    "message msg text body comment comments content question enquiry inquiry description note notes details reason "
    "yourmessage messagetext messagebody textbody freetext nachricht mitteilung anliegen mensaje consulta motivo "
    "mensagem messaggio richiesta demande bericht".split()
)
_SPEAKER_KEYS = frozenset("from role author sender speaker by who type".split())
_PERSONS = frozenset(
    "visitor user customer patient client lead contact guest person enduser besucher visitante".split()
)
_STAFF = frozenset(
    "bot chatbot agent assistant system operator staff admin support host team clinic practice office receptionist "
    "coordinator auto autoresponder outbound mitarbeiter agente operador operatore asistente assistente".split()
)
"""What they say may be of any time after the inquiry, and is not the person's."""
_NO_ANSWER_KEYS = frozenset(
    "name fullname firstname lastname nome nombre nom vorname nachname street streetaddress address address1 address2 "
    "addressline1 addressline2 fulladdress addr strasse calle rue via indirizzo direccion adresse city state country "
    "location email phone url link page pagetitle landingpage referrer useragent browser campaign adname adset utm "
    "source medium keyword token signature".split()
)
"""Their values may have several words and are no answer to a question about the visit."""
_BROKEN_CHARACTERS = re.compile("[\x00\ud800-\udfff]")
"""JSON can escape what no file and no database can hold: NUL, and one half of a pair."""
_QUOTED = re.compile(r"'([^']*)'")
_PYTHON_LIST = re.compile(r"\[\s*'[^']*'(?:\s*,\s*'[^']*')*\s*\]")
_DEEPEST = 4
_FEWEST_WORDS = 3
"""A value of fewer words, such as a name or "en_US", is an answer of a form and no message."""


def unwrap_message(text: str) -> str | None:
    """Return the person's text inside of a JSON cell; None where the cell is no JSON or has no such text.

    An empty text where only a program or the staff said something.

    >>> unwrap_message('{"message": "My knee hurts", "locale": "en_US"}'), unwrap_message("{sic} my knee hurts")
    ('My knee hurts', None)
    >>> unwrap_message('[{"from": "bot", "text": "Hello!"}, {"from": "visitor", "text": "Do you take Aetna?"}]')
    'Do you take Aetna?'
    """
    if text[:1] not in ("{", "[") or text[-1:] not in ("}", "]"):
        return None
    try:
        cell = json.loads(text)
    except (ValueError, RecursionError):
        return None
    turns = list(_list_turns(cell))
    if not turns:
        return _BROKEN_CHARACTERS.sub("\ufffd", " ".join(_list_sentences(cell, 0))) or None
    # One object is what a form sent, whatever it calls itself: {"type": "office", "message": ...}.
    is_chat = isinstance(cell, list) or len(turns) > 1
    others = [text for text, speaker in turns if speaker not in _STAFF or not is_chat]
    texts = [text for text, speaker in turns if speaker in _PERSONS] or others
    return _BROKEN_CHARACTERS.sub("\ufffd", " ".join(texts))


def unwrap_choices(text: str) -> str:
    """Return the choices of a JSON list, or of one that Python wrote, with semicolons between them; any other text as
    it is.

    >>> unwrap_choices('["Root canal", "Invisalign"]'), unwrap_choices("['Botox']"), unwrap_choices("[none]")
    ('Root canal; Invisalign', 'Botox', '[none]')
    """
    if text[:1] != "[" or text[-1:] != "]":
        return text
    try:
        choices = json.loads(text)
    except (ValueError, RecursionError):
        choices = _QUOTED.findall(text) if _PYTHON_LIST.fullmatch(text) else None
    if not isinstance(choices, list) or not choices or not all(isinstance(choice, str) for choice in choices):
        return text
    joined = "; ".join(dict.fromkeys(choice.strip() for choice in choices if choice.strip()))
    return _BROKEN_CHARACTERS.sub("\ufffd", joined) or text


def holds_wrapped_message(text: str) -> bool:
    """Return whether a cell is JSON with a text of several words under the name of a message, or below a question.

    >>> [
    ...     holds_wrapped_message(text)
    ...     for text in ('{"body": "My knee hurts"}', '{"street": "1 Main Street"}', '{"tier": "gold", "visits": 3}')
    ... ]
    [True, False, False]
    """
    message = unwrap_message(text)
    return message is not None and len(message.split()) >= _FEWEST_WORDS


def _list_turns(cell: Any) -> Iterator[tuple[str, str]]:
    """Yield each text under the name of a message, and who said it; an empty text where nobody is named."""
    waiting = deque([(cell, 0)])
    while waiting:
        value, depth = waiting.popleft()
        if isinstance(value, list):
            waiting.extendleft((item, depth + 1) for item in reversed(value) if depth < _DEEPEST)
        elif isinstance(value, dict):
            keys = {_fold_key(key): key for key in value}
            speakers = (value[keys[name]] for name in keys if name in _SPEAKER_KEYS)
            folded = [_fold_key(speaker) for speaker in speakers if isinstance(speaker, str)]
            speaker = next((name for name in folded if name in _PERSONS | _STAFF), "")
            for name, key in keys.items():
                if isinstance(value[key], str) and name in _TEXT_KEYS and value[key].strip():
                    yield value[key].strip(), speaker
                elif isinstance(value[key], dict | list) and depth < _DEEPEST:
                    waiting.append((value[key], depth + 1))


def _fold_key(key: str) -> str:
    """Return the name of a value without capitals and marks."""
    return re.sub(r"[\W_]+", "", key).casefold()


def _list_sentences(cell: Any, depth: int) -> Iterator[str]:
    """Yield the values of several words that are no address or the like: answers to the questions of a form."""
    items = cell.items() if isinstance(cell, dict) else enumerate(cell) if isinstance(cell, list) else ()
    for key, value in items:
        if isinstance(key, str) and _fold_key(key) in _NO_ANSWER_KEYS:
            continue
        if isinstance(value, str) and len(value.split()) >= _FEWEST_WORDS:
            yield value.strip()
        elif isinstance(value, dict | list) and depth < _DEEPEST:
            yield from _list_sentences(value, depth + 1)
