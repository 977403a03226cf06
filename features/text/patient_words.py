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
_LONGEST = 20_000
"""Characters that are looked at; a message is capped far below that at every door."""


def blank_other_speakers(message: str) -> str:
    """Replace what a bot, a colleague or an earlier mail says by blanks; the length stays.

    "On ... wrote:" and what follows it is quoted only behind words of the writer's own: a message that begins with it
    was forwarded, and then it is all there is.

    >>> blank_other_speakers("Bot: Chest pain?\\nVisitor: no, my knee")
    '                \\n         no, my knee'
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
        text = _OWN_TURN.sub(_blank, _OTHER_TURN.sub(_blank, text))
    return (text if text.strip() else message[:_LONGEST]) + rest


def _blank(match: re.Match[str]) -> str:
    """Return as many blanks as the match is long; its line breaks stay."""
    return "".join("\n" if character == "\n" else " " for character in match[0])
