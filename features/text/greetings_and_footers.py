"""What stands around a message and says nothing of its own? Greetings, a form's question and footer, a copy.

Lives here: blanking these, so that every remaining character keeps its place.
Does not live here: what others wrote (``patient_words``), thanks at the end (``kernels.closing_words``), splitting into
words (``text.tokenization``, which calls this).
"""

import re

__all__ = ["blank_frame"]

_GREETING = re.compile(
    r"(?:[\s\"'\u201c\u2018>*_]|<!\[CDATA\[|<[^<>]{0,60}>)*(?:(?:hi|hello|hey|hiya|dear|greetings|"
    r"good (?:morning|afternoon|evening|day)|to whom it may concern|hola|"
    r"buen(?:os|as) (?:d\u00edas|dias|tardes|noches)|hallo|guten (?:tag|morgen|abend)|bonjour)"
    r"(?: (?:there|all|everyone|everybody|team|folks|sirs?|madam|sir or madam|doctors?|again|zusammen))*"
    r"(?:\s*[^\w\s'\"<&]+(?:\s|&nbsp;|&#160;)*|\s*\n\s*|\s+(?=i\b|i'|my\b|we\b|is\b|do\b|can\b|could\b|please\b))"
    r"|(?:i )?hope (?:you(?:'re| are)? (?:all )?(?:doing )?(?:well|fine|good)|(?:all|everything) is well|"
    r"this (?:e-?mail |message )?finds you well|you(?:'re| are) having a (?:good|great|nice|lovely) day)\s*[,!.]\s*"
    r"|(?:your )?(?:message|comments?|inquiry|enquiry|mensaje|comentarios?|nachricht|anfrage)\s*:\s*)",
    re.IGNORECASE,
)
_FOOTER = re.compile(
    r"^[ \t]*(?:(?:-- ?|_{3,}|-{3,})\n)?[ \t]*(?:get outlook for [^\n]*|"
    r"this (?:e-?mail|message|form) was (?:sent|submitted) (?:from|via|through|by) [^\n]*|"
    r"\(?(?:sent|submitted) (?:from|via|through) (?:the|our|your|a|my)?[^\n]{0,60}"
    r"(?:form|page|website|site|iphone|ipad|android|phone|device)[^\n]*)",
    re.IGNORECASE | re.MULTILINE,
)
_MAX_GREETINGS = 3
_FORM_LINE = re.compile(r"^[ \t]*[A-Z][\w /?']{1,30}:[ \t]", re.MULTILINE)
_NARROWEST = 18
"""Characters of the widest line: shorter lines are a list that somebody wrote so."""
_LONGEST = 20_000
_OPENS = frozenset("hgdtbimyncaHGDTBIMYNCA<")
"""First letters of a greeting or a form's question."""


def blank_frame(message: str) -> str:
    """Replace what says nothing of its own by blanks; the length stays. A message that is all courtesy stays as it is.

    >>> blank_frame("Hi there, my knee hurts.").strip()
    'my knee hurts.'
    >>> blank_frame("call me\\ncall me").split(), blank_frame("Hello")
    (['call', 'me'], 'Hello')
    """
    text, rest = message[:_LONGEST], message[_LONGEST:]
    if not rest:
        text = _blank_copy(text)
    if "\n" in text:
        text = _join_wrapped_lines(_FOOTER.sub(_blank, text))
    text = _blank_greetings(text)
    return text + rest if text.strip() else message


def _blank_greetings(text: str) -> str:
    """Blank greetings, polite wishes and a form's question at the start."""
    if text.lstrip(" \t\n\"'\u201c\u2018>*_")[:1] not in _OPENS:
        return text
    at = 0
    for _ in range(_MAX_GREETINGS):
        match = _GREETING.match(text, at)
        if match is None:
            break
        at = match.end()
    return " " * at + text[at:] if text[at:].strip() else text


def _blank_copy(text: str) -> str:
    """Blank the second copy of a message that was sent twice in one."""
    words = text.split()
    half = len(words) // 2
    if len(words) < 4 or len(words) % 2 or words[0] != words[half] or words[:half] != words[half:]:
        return text
    # The copy begins behind the first half's last word.
    end = re.match(r"\s*" + r"\s+".join(map(re.escape, words[:half])), text)
    return text if end is None else text[: end.end()] + " " * (len(text) - end.end())


def _join_wrapped_lines(text: str) -> str:
    """Replace the line breaks of a program that filled lines to one width by blanks.

    Each of its lines is as long as it can be: the next line's first word would not have had room. Lines such as
    "Reason: physical" are a form's, however long they are.

    >>> _join_wrapped_lines("I would like to have\\nan appointment for my\\nknee")
    'I would like to have an appointment for my knee'
    """
    lines = text.strip("\n").split("\n")
    width = max(map(len, lines))
    if width < _NARROWEST or len(_FORM_LINE.findall(text)) > 1:
        return text
    if len(lines) < 3 and (lines[0].rstrip()[-1:] in ".!?:," or not lines[-1].lstrip()[:1].islower()):
        return text
    for line, following in zip(lines, lines[1:], strict=False):
        if not line.strip() or not following.strip() or len(line) + 1 + len(following.split()[0]) <= width:
            return text
    return text.replace("\n", " ")


def _blank(match: re.Match[str]) -> str:
    """Return as many blanks as the match is long; its line breaks stay."""
    return "".join("\n" if character == "\n" else " " for character in match[0])
