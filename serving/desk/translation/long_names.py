"""Which names of the data stand inside of a text? What stands between their words is no joint of a sentence of ours.

Lives here: finding names of several words, marking them while a sentence is taken apart. Does not live here: which
names there are (``serving.insights.columns.own_names``), translating (``translator``).
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

__all__ = ["LongNames", "unmask"]

_FIRST_MARK = 0xE000
_MARK = re.compile("[\ue000-\uf8ff]")
"""Characters of nobody's language, which stand for names while a sentence is taken apart."""
_MOST_NAMES = 6_000


class LongNames:
    """Finds names of several words, such as "Smith and Sons", in texts.

    Parameters
    ----------
    names : iterable of str
        The longest of them are kept; those of one word are left out.
    """

    def __init__(self, names: Iterable[str]) -> None:
        kept = sorted((name for name in names if " " in name.strip()), key=len, reverse=True)[:_MOST_NAMES]
        # By the letters around its first blank: a page has thousands of texts, and looking for each name costs seconds.
        self._by_blank: defaultdict[str, list[str]] = defaultdict(list)
        for name in kept:
            blank = name.index(" ", len(name) - len(name.lstrip()))
            self._by_blank[name[blank - 1 : blank + 2]].append(name)

    def mask(self, text: str) -> tuple[str, list[str]]:
        """Return a text with a mark in the place of each name, and the names, the longest first.

        A text that is a name as a whole, or that holds marks already, stays as it is.

        >>> LongNames({"Open, later", "Smith and Sons"}).mask("Smith and Sons went silent")
        ('\ue000 went silent', ['Smith and Sons'])
        """
        blanks = {text[place - 1 : place + 2] for place, letter in enumerate(text) if letter == " " and place}
        found = {name for blank in blanks for name in self._by_blank.get(blank, ()) if name in text and name != text}
        if not found or _MARK.search(text):
            return text, []
        longest_first = sorted(found, key=lambda name: (-len(name), name))
        for number, name in enumerate(longest_first):
            text = text.replace(name, chr(_FIRST_MARK + number))
        return text, longest_first


def unmask(text: str, names: Sequence[str]) -> str:
    """Return a text with the names again in the place of their marks.

    >>> unmask("\ue000 se detuvo", ["Smith and Sons"])
    'Smith and Sons se detuvo'
    """
    return _MARK.sub(lambda mark: names[ord(mark[0]) - _FIRST_MARK], text)
