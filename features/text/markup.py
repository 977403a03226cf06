"""What do programs leave in a message that no person wrote? Tags, escapes, broken apostrophes.

Lives here: the cleaning steps for text that was HTML, an e-mail's body, part of a link or of JSON.
Does not live here: the steps for what people write in several ways (``tokenization``).
"""

import html
import re
from collections.abc import Callable
from functools import lru_cache
from urllib.parse import unquote

__all__ = ["INVISIBLE", "LOST_APOSTROPHE", "MARKUP_STEPS", "Step", "has_markup", "may_lack_apostrophe"]

Step = tuple[str, re.Pattern[str], Callable[[re.Match[str]], str]]
"""A character that the text must have, what is replaced, its replacement."""

_TWICE_ESCAPED = re.compile(r"&(?:amp;)+(?=.)")
_MOJIBAKE = {"\u2122": "'", "\u02dc": "'", "\u0153": '"', "\u009d": '"', "\u201c": "-", "\u201d": "-"}
"""Last character of a mark whose UTF-8 was read as Windows-1252 -> the mark: "can\u00e2\u20ac\u2122t" is "can't"."""
_INLINE = r"(?:b|i|u|s|em|strong|span|font|mark|small|big|wbr|o:p|label)"
LOST_APOSTROPHE = re.compile(
    r"(?<=[nN])(?:\ufffd|\u00ef\u00bf\u00bd|[?`\u00b4\u2018\u2032\u02bc])(?=[tT]\b)"
    r"|(?<=\b[iI])(?:\ufffd|\u00ef\u00bf\u00bd|[?`\u00b4\u2018\u2032\u02bc])(?=(?:m|d|ve|ll)\b)"
    r"|(?<=[a-zA-Z])(?:\ufffd|\u00ef\u00bf\u00bd|[`\u00b4\u2018\u2032\u02bc])(?=[a-zA-Z])"
)
"""An apostrophe that a system could not write: "don?t", "I`m", "can\ufffdt"."""
_LAST_ESCAPE = re.compile(r".*(%[0-9A-Fa-f]{2})", re.DOTALL)
INVISIBLE = re.compile("[\u00ad\u200b\u2060\ufeff]")
"""Characters without width, such as a soft hyphen."""


def _decode_link(match: re.Match[str]) -> str:
    """Return what an escape of a link stands for, in a message without a space; a percentage stays: "50%DEal"."""
    last_escape = _find_last_escape(match.string)
    if last_escape < 0:
        return match[0]
    if match[0] == "+":
        return " " if match["behind"] or match.start() < last_escape else "+"
    return unquote(match[0], errors="replace")


# Each escape of one message asks, and a message of nothing but escapes must not be looked through for each of them.
@lru_cache(maxsize=1)
def _find_last_escape(text: str) -> int:
    """Return where the last escape of a link begins; -1 without one, and in a text of more than one word."""
    escape = _LAST_ESCAPE.match(text) if len(text.split(maxsplit=1)) == 1 else None
    return -1 if escape is None else escape.start(1)


def _decode_mail(match: re.Match[str]) -> str:
    """Return the letters that a mail's quoted-printable escapes stand for."""
    return bytes.fromhex(match[0].replace("=", "")).decode("utf-8", "replace")


MARKUP_STEPS: tuple[Step, ...] = (
    ("=", re.compile(r"=\r?\n"), lambda match: ""),
    ("=", re.compile(r"=(?:20|2C|3[A-F]|C2=[89AB][0-9A-F]|C3=[89AB][0-9A-F]|E2=80=[89AB][0-9A-F])"), _decode_mail),
    ("%", re.compile(r"(?P<behind>(?<=%[0-9A-Fa-f]{2})\+)|\+|(?:%[0-9A-Fa-f]{2})+"), _decode_link),
    ("\\", re.compile(r"\\u00([0-7][0-9a-fA-F])"), lambda match: chr(int(match[1], 16))),
    (
        "&",
        re.compile(r"&(?:amp;)*(?:#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[^\t\n\f <&#;]{1,32};?)"),
        # Some exports escape twice: "&amp;#39;" is an apostrophe.
        lambda match: html.unescape(_TWICE_ESCAPED.sub("&", match[0])),
    ),
    ("\u00e2", re.compile("\u00e2\u20ac[\u2122\u02dc\u0153\u009d\u201c\u201d]"), lambda match: _MOJIBAKE[match[0][2]]),
    ("\u00c2", re.compile("\u00c2(?=[\u00a0 ])"), lambda match: " "),
    ("", LOST_APOSTROPHE, lambda match: "'"),
    ("", INVISIBLE, lambda match: ""),
    ("<!", re.compile(r"<!\[CDATA\[|\]\]>"), lambda match: " "),
    ("<!", re.compile(r"<!--.{0,2000}?-->", re.DOTALL), lambda match: " "),
    (
        "<",
        # What a style, a script or a quoted mail says are no words of the person.
        re.compile(r"<(style|script|title|blockquote)\b[^<>]{0,500}>.{0,10000}?</\1\s*>", re.DOTALL | re.IGNORECASE),
        lambda match: " ",
    ),
    ("<", re.compile(rf"(?<=\w)</?{_INLINE}\b[^<>]{{0,200}}>(?=\w)", re.IGNORECASE), lambda match: ""),
    ("<", re.compile(r"<[a-zA-Z/!?][^<>]{0,500}>"), lambda match: " "),
    ("[", re.compile(r"\[/?(?:[bius]|br|url|quote|size|color|font|list|\*)(?:=[^\]\[]{0,80})?\]"), lambda match: " "),
)
"""Cleaning steps in their order."""


def may_lack_apostrophe(text: str) -> bool:
    """Return whether ``LOST_APOSTROPHE`` may be found in a text; False is certain."""
    return "?" in text or "`" in text or not text.isascii()


def has_markup(text: str) -> bool:
    """Return whether an ASCII text may need one of these steps; quick, because it is asked of every message.

    >>> has_markup("My knee hurts. Can I come?"), has_markup("I don?t know"), has_markup("<p>Hello</p>")
    (False, True, True)
    """
    return (
        "&" in text
        or "<" in text
        or "\\" in text
        or "=" in text
        or "%" in text
        or "[" in text
        or "`" in text
        or ("?" in text and LOST_APOSTROPHE.search(text) is not None)
    )
