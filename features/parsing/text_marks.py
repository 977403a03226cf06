"""Which marks around a value say nothing? Quotation marks, a bullet, a full stop, an emoji, brackets around all of it.

Lives here: taking such marks off.
Does not live here: when two values are the same (``value_spelling``), control characters (``scalars``).
"""

import unicodedata
from functools import lru_cache

__all__ = ["strip_marks"]

_OUTER = " \t\r\n'\"`\u2018\u2019\u201c\u201d\u00ab\u00bb\u2022\u00b7\u25cf\u25aa\u2023\ufe0f\u200d"
_BEHIND = _OUTER + ".,;:!*"
_FEWEST_LETTERS = 3
"""A shorter value is a code, in which a mark may mean something: "A*"."""
_BRACKETS = {"(": ")", "[": "]", "{": "}"}


@lru_cache(maxsize=65_536)
def strip_marks(text: str) -> str:
    """Return a value without the marks around it that say nothing; the value itself where little else is left.

    >>> [strip_marks(text) for text in ("\\u2022 Web form", "\\u201cAetna\\u201d", "(phone)", "MRI scan.", "5+", "A*")]
    ['Web form', 'Aetna', 'phone', 'MRI scan', '5+', 'A*']
    """
    core, before = text, None
    while core != before:
        before = core
        core = core.lstrip(_OUTER).rstrip(_BEHIND)
        if core and unicodedata.category(core[-1]) in ("So", "Sk"):
            core = core[:-1]
        if core and unicodedata.category(core[0]) in ("So", "Sk"):
            core = core[1:]
        if len(core) > 2 and _BRACKETS.get(core[0]) == core[-1] and core.count(core[0]) == 1:
            core = core[1:-1]
    return core if sum(map(str.isalpha, core)) >= _FEWEST_LETTERS else text
