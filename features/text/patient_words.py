"""Which words of a message are the patient's own? A chat bot's turns and quoted mail are not.

Lives here: blanking what others wrote, so that every remaining character keeps its place.
Does not live here: splitting into words (``text.tokenization``, which calls this first), what they mean
(``text.message_reader``, ``text.label_model``).
"""

import re

__all__ = ["blank_other_speakers"]

_OTHER_TURN = re.compile(
    r"^[ \t]*(?:[\w .'-]{0,24}\b)?(?:chat ?bot|bot|virtual assistant|assistant|agent|operator|system|front desk|staff|"
    r"clinic|practice|receptionist|live chat)\b[ \w.()#'-]{0,16}:[^\n]*",
    re.IGNORECASE | re.MULTILINE,
)
_OWN_TURN = re.compile(
    r"^[ \t]*(?:visitor|patient|user|customer|guest|caller|client|you|me|pt)\b[ \d#]{0,8}:",
    re.IGNORECASE | re.MULTILINE,
)
_QUOTED_LINE = re.compile(r"^[ \t]*>[^\n]*", re.MULTILINE)
_QUOTED_MAIL = re.compile(
    r"^[ \t]*(?:on [^\n]{5,120}\bwrote:|-{2,} ?(?:original|forwarded) message|_{8,})[\s\S]*",
    re.IGNORECASE | re.MULTILINE,
)
_DEVICE_LINE = re.compile(r"^[ \t]*sent from (?:my |yahoo|outlook|mail)[^\n]*", re.IGNORECASE | re.MULTILINE)
_MONTH = r"(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]{0,6}\.?"
_OFFERED_DAY = re.compile(
    r"\b(?:today|tomorrow|(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|lunes|martes|mi[eé]rcoles|jueves|viernes|s[aá]bado)"
    rf"(?:,? (?:the |el )?(?:{_MONTH} )?\d{{1,2}}(?:st|nd|rd|th|/\d{{1,2}})?(?![\d:]| ?[ap]m))?|"
    rf"{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?(?![\d:])|\d{{1,2}}/\d{{1,2}})\b",
    re.IGNORECASE,
)
_NO_OFFER = re.compile(
    r"\b(?:your (?:last|next|upcoming)|your (?:appointment|appt|visit)|scheduled|booked|confirmed|reminder|su cita|"
    r"(?<!there )was|were|since|ago|last (?:seen|visit|week|month|year|time)|born|birth(?:day)?|started|began|happened|"
    r"closed|desde|fue|hace|naci\w*|empez\w*|(?!pasado ma)pasad[oa]|cerrad[oa]s?)\b",
    re.IGNORECASE,
)
"""A day in such a turn is a visit that they have, the past, a birthday or a day off, and no offer."""
_TAKES_UP = re.compile(
    r"(?:yes|yep|yeah|sure|ok|okay|perfect|perfecto|claro|s[ií]|dale)\b[ ,.!]*(?:$|please|pls|that|it|works|book|"
    r"por favor|ese|i'?ll take)|\b(?:that|this) (?:day|one|time|date|works|is (?:fine|good|perfect|ok))\b|"
    r"\bese d[ií]a\b|\b(?:sounds good|works for (?:me|us)|me (?:sirve|queda bien))\b",
    re.IGNORECASE,
)
_REFUSES = re.compile(r"\b(?:no|not|can'?t|cannot|doesn'?t|don'?t|but|won'?t)\b", re.IGNORECASE)
_LONGEST_ANSWER = 200
_LONGEST = 20_000
"""Characters that are looked at; a message is capped far below that at every door."""


def blank_other_speakers(message: str) -> str:
    """Replace what a bot, a colleague or an earlier mail says by blanks; the length stays.

    "On ... wrote:" and what follows it is quoted only behind words of the writer's own: a message that begins with it
    was forwarded, and then it is all there is.

    >>> blank_other_speakers("Bot: Chest pain?\\nVisitor: no, my knee")
    '                \\n         no, my knee'

    The one day that a bot offers stays where the next turn takes it up.

    >>> blank_other_speakers("Bot: We have Friday. Good?\\nMe: yes, that works").split()
    ['Friday', 'yes,', 'that', 'works']
    >>> blank_other_speakers("Please move it to Friday\\n> Your visit is on Monday").split()
    ['Please', 'move', 'it', 'to', 'Friday']
    """
    if ":" not in message and ">" not in message and "\n" not in message:
        return message
    text, rest = message[:_LONGEST], message[_LONGEST:]
    quoted = _QUOTED_MAIL.search(text)
    if quoted and text[: quoted.start()].strip():
        text = text[: quoted.start()] + _blank(quoted)
    for pattern in (_QUOTED_LINE, _DEVICE_LINE):
        text = pattern.sub(_blank, text)
    if _OWN_TURN.search(text):
        text = _OWN_TURN.sub(_blank, _OTHER_TURN.sub(_blank_offer, text))
    return (text if text.strip() else message[:_LONGEST]) + rest


def _blank_offer(match: re.Match[str]) -> str:
    """Return blanks for a turn of somebody else, but for the one day that it offers and the next turn takes up."""
    offered = [day.span() for day in _OFFERED_DAY.finditer(match[0])]
    if len(offered) != 1 or _NO_OFFER.search(match[0]) or not _takes_up(_get_answer(match)):
        return _blank(match)
    start, stop = offered[0]
    return " " * start + match[0][start:stop] + " " * (len(match[0]) - stop)


def _get_answer(match: re.Match[str]) -> str:
    """Return what the writer's own turn on the next line says, empty where that is no turn of theirs."""
    line = match.string[match.end() + 1 : match.end() + 1 + _LONGEST_ANSWER].partition("\n")[0]
    turn = _OWN_TURN.match(line)
    return line[turn.end() :] if turn else ""


def _takes_up(answer: str) -> bool:
    """Return whether an answer takes the day that was offered, and names none of its own."""
    return bool(_TAKES_UP.search(answer)) and not _REFUSES.search(answer) and not _OFFERED_DAY.search(answer)


def _blank(match: re.Match[str]) -> str:
    """Return as many blanks as the match is long; its line breaks stay."""
    return "".join("\n" if character == "\n" else " " for character in match[0])
