"""Which English words are left on a Spanish page? Visible texts against words that only English has.

Lives here: taking a page apart, the words. A pattern such as "{1} page" finds a translation for whatever stands in
front of "page", so a text can pass the catalog and still be half English: this looks at what the person sees.
"""

import re
from html import unescape
from html.parser import HTMLParser

__all__ = ["find_english"]

_ENGLISH_WORDS = frozenset(
    (
        "the and of with without is are was were be been being isn't doesn't don't aren't wasn't can't couldn't didn't "
        "this that these those they them their there here which who whose whom what when where why how from into onto "
        "about after before until since while because than then but not nobody somebody someone nothing something "
        "each every both few many much more most other another some any all only too very yet still already again "
        "have having had does did doing done can could should would will may might must shall "
        "you your yours we our ours us its it's his her him she it if or at by for to on out off up down over under "
        "get got give given make made take took see look call called ask asked say said send sent wait waiting "
        "first last next new today tomorrow yesterday day days week weeks hour hours minute minutes "
        "lead leads page pages list name phone message reason score booked open closed save show back yes"
    ).split()
) - {"a", "no", "me", "he", "son", "has", "once", "sin", "come", "fin", "pan", "mes"}
_SILENT = frozenset({"script", "style", "code", "pre", "kbd", "textarea"})
_VOID = frozenset({"input", "br", "meta", "link", "img", "path", "circle", "rect", "hr"})
_SPOKEN_ATTRIBUTES = ("aria-label", "placeholder", "data-label", "title")


class _Texts(HTMLParser):
    """Collects the texts of a page that are in our words."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._kept = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag not in _VOID and (self._kept or given.get("translate") == "no" or tag in _SILENT):
            self._kept += 1
        if not self._kept and given.get("translate") != "no":
            self.texts += [given[name] or "" for name in _SPOKEN_ATTRIBUTES if name in given]

    def handle_endtag(self, tag: str) -> None:
        if self._kept and tag not in _VOID:
            self._kept -= 1

    def handle_data(self, data: str) -> None:
        if not self._kept and data.strip():
            self.texts.append(" ".join(data.split()))


def find_english(page: str, own_words: frozenset[str] | set[str] = frozenset()) -> list[str]:
    """Return the texts of a Spanish page that hold an English word.

    Parameters
    ----------
    own_words : set of str
        Names and values of the practice, in lower case, which may be English: texts that are one of them are left out,
        and inside of others they are cut out.

    >>> find_english(
    ...     '<p>Ver the page</p><p translate="no">the page</p><p>Ver la página</p><p>North of May</p>', {"north of may"}
    ... )
    ['Ver the page']
    """
    reader = _Texts()
    reader.feed(page)
    found = []
    for text in map(unescape, reader.texts):
        rest = text.casefold()
        for own in sorted((word for word in own_words if len(word) > 2 and word in rest), key=len, reverse=True):
            rest = re.sub(rf"(?<!\w){re.escape(own)}(?!\w)", " ", rest)
        # What somebody wrote stands in quotation marks, a placeholder in braces.
        rest = re.sub(r"“[^”]*”|\{\w+\}", " ", rest)
        if _ENGLISH_WORDS & set(re.findall(r"[a-z]+(?:'[a-z]+)?", rest.replace("’", "'"))):
            found.append(text)
    return list(dict.fromkeys(found))
