"""What does a header of two meanings name: is "carrier" who insures the person, is "agent message" what they wrote?

Lives here: what the values of such headers must be, or must not; whose message a header names.
Does not live here: usual headers of our columns (``mapping.column_headers``), other checks of values
(``column_matching``).
"""

import re
from collections.abc import Iterable

from features.mapping.type_inference import split_header
from features.privacy.name_lists import remove_accents
from features.profiling.late_headers import find_late_header
from features.profiling.values.relative_dates import is_over
from features.profiling.values.written_messages import are_sentences

__all__ = ["contradicts_header", "names_own_message"]

_PHONE_CARRIERS = re.compile(
    r"\b(?:verizon|at ?& ?t|t[- ]?mobile|sprint|cricket|metro ?pcs|boost|us cellular|bandwidth|comcast|vodafone|"
    r"orange|telefonica|movistar|o2|tim|twilio|level 3|xfinity|google voice|mint)\b",
    re.IGNORECASE,
)
_FIVE_DIGITS = re.compile(r"\d{5}(?:\.0)?")
_MOST, _SOME = 0.5, 0.2
_FEWEST_TEXTS, _CHOICE_SHARE, _FEWEST_WORDS = 50, 0.2, 4
_MESSAGES = frozenset(
    "message messages msg nachricht mitteilung mensaje mensagem messaggio bericht meddelande mesaj wiadomosc "
    "tresc toelichting opmerking opmerkingen сообщение الرسالة رسالة メッセージ 留言 메시지".split()
)
_REQUESTS = frozenset("anliegen anfragetext descripcion consulta demande motif descricao richiesta descrizione".split())
"""Alone they name what the person wrote, if the values are sentences: "Consulta" may also be a kind of visit."""
_POSSESSIVES = frozenset(
    "your the su tu sus ihre ihr deine votre ton sua seu il tuo la lo de del text txt body".split()
)
_NO_MESSAGE = frozenset(
    "last latest reply response answer internal interne intern interna interno staff our sent auto automated error "
    "status system outbound outgoing out confirmation reminder id type count date template subject welcome thank "
    "thanks opened agent agente bot rep owner coordinator follow followup voicemail antwort respuesta reponse risposta "
    "resposta enviado enviada inviato envoye gesendet".split()
)
_TO_THE_PERSON = re.compile(
    r"\b(?:to|an|aan|al?|au) (?:the |den |il )?(?:patient|lead|client|customer|contact|pacient|kund)"
)


def contradicts_header(column: str, header: str, values: Iterable[object]) -> bool:
    """Return whether values say that a header does not mean our column: a carrier of phones is no payer.

    >>> contradicts_header("payer", "Carrier", ["Verizon", "AT&T"]), contradicts_header("payer", "Carrier", ["Aetna"])
    (True, False)
    >>> contradicts_header("postal_code", "cap", [500, 1000]), contradicts_header("postal_code", "CAP", ["20121"])
    (True, False)
    >>> (
    ...     contradicts_header("timeframe", "When", ["3 days ago", "yesterday"]),
    ...     contradicts_header("timeframe", "When", ["today"]),
    ... )
    (True, False)
    """
    words, texts = split_header(header), [str(value).strip() for value in values]
    if column == "payer" and "carrier" in words:
        # "Orange Blossom Health" is an insurer, but hardly a fifth of all.
        return sum(_PHONE_CARRIERS.search(text) is not None for text in texts) > _SOME * len(texts)
    if column == "timeframe":
        return sum(map(is_over, texts)) > _SOME * len(texts)
    if column in ("service_requested", "source", "payer"):
        return are_sentences(texts)
    if column == "message":
        return _are_choices(texts)
    if column == "postal_code" and words == ("cap",):
        return sum(_FIVE_DIGITS.fullmatch(text) is not None for text in texts) < _MOST * len(texts)
    return False


def _are_choices(texts: list[str]) -> bool:
    """Return whether texts are a few short choices of a list, each of them in many rows, and no sentences.

    >>> _are_choices(["Cleaning", "Root canal"] * 50), _are_choices(["Thanks", "I need a cleaning soon"] * 50)
    (True, False)
    """
    distinct = set(texts)
    return (
        len(texts) >= _FEWEST_TEXTS
        and len(distinct) <= _CHOICE_SHARE * len(texts)
        and max(len(text.split()) for text in distinct) < _FEWEST_WORDS
    )


def names_own_message(header: str) -> bool:
    """Return whether a header names what the person wrote, in one of several languages, and not what the staff did.

    >>> [names_own_message(text) for text in ("Ihre Nachricht", "first_message", "Descripción")]
    [True, True, True]
    >>> [names_own_message(text) for text in ("Last reply message", "Agent message", "Message to patient")]
    [False, False, False]
    """
    tokens = [remove_accents(token) for token in split_header(header)]
    if _NO_MESSAGE.intersection(tokens) or _TO_THE_PERSON.search(" ".join(tokens)) or find_late_header(header):
        return False
    core = [token for token in tokens if token not in _POSSESSIVES]
    if not core:
        return False
    return not _MESSAGES.isdisjoint((core[0], core[-1])) or (len(core) == 1 and core[0] in _REQUESTS)
