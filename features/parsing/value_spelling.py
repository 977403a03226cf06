"""Are two values of a category the same, however they are spelled? Case, hyphens, and the names of one payer.

Lives here: the form in which values are compared with a model's levels and counted in its history.
Does not live here: which column a text belongs to (``mapping``), what a value means (``lead_values``,
``channel_names``).
"""

import re
import unicodedata
from functools import lru_cache

from features.parsing.lead_values import SELF_PAY_WORDS
from features.parsing.scalars import strip_marks
from features.parsing.unknown_answers import fold_words

__all__ = ["fold_payer", "fold_value", "normalize_payer"]

_BETWEEN_LETTERS = re.compile(r"(?<=[^\W\d_])[-_\u2010-\u2015](?=[^\W\d_])")
_WHOLE_NUMBER = re.compile(r"(-?\d+)\.0+")
_PAYER_NAMES = {
    "bcbs": "bluecrossblueshield",
    "bluecrossbs": "bluecrossblueshield",
    "bluecrossblueshields": "bluecrossblueshield",
    "uhc": "unitedhealthcare",
    "unitedhc": "unitedhealthcare",
    "unitedhealth": "unitedhealthcare",
    "unitedhealthgroup": "unitedhealthcare",
    "workerscomp": "workerscompensation",
    "workcomp": "workerscompensation",
    "workmanscomp": "workerscompensation",
    "workmenscomp": "workerscompensation",
    "workercomp": "workerscompensation",
    "wc": "workerscompensation",
}
"""Short name of a payer, without spaces -> its long name."""
_ANSWERS = {
    "timeframe": dict.fromkeys(
        ("asap", "a s a p", "as soon as possible", "right away", "immediately", "soonest"), "as soon as possible"
    ),
    "preferred_contact": dict.fromkeys(
        ("phone", "call", "by phone", "phone call", "telephone", "call me", "phone calls", "voice call"), "phone"
    )
    | dict.fromkeys(("email", "e mail", "by email", "by e mail", "via email", "via e mail", "mail"), "email")
    | dict.fromkeys(("sms", "text", "text message", "texting", "by text", "sms text", "text sms", "via text"), "sms"),
}
"""Column -> an answer in the words of a form -> the one form in which it is compared."""
_COMPANY_WORDS = frozenset("inc llc corp co insurance ins insurer health plan plans".split())


@lru_cache(maxsize=65_536)
def fold_value(value: str, column: str = "") -> str:
    """Return a value as it is compared: without case, hyphens between letters, and the ".0" of a whole number.

    >>> fold_value(" Physical-Therapy "), fold_value("web_form"), fold_value("3.0"), fold_value("18-39")
    ('physical therapy', 'web form', '3', '18-39')
    >>> fold_value("Aetna Inc.", "payer") == fold_value("AETNA", "payer")
    True
    """
    folded = strip_marks(value.strip()).casefold()
    if column == "payer":
        return _fold_payer_company(value) or folded
    if folded.endswith("0") and _WHOLE_NUMBER.fullmatch(folded):
        return _WHOLE_NUMBER.sub(r"\1", folded)
    spaced = _BETWEEN_LETTERS.sub(" ", folded)
    return _ANSWERS.get(column, {}).get(fold_words(spaced), spaced)


def normalize_payer(payer: str) -> str:
    """Return a payer in lower case without accents, letters and digits only, one space between words."""
    return fold_words(unicodedata.normalize("NFKC", payer))


def fold_payer(payer: str) -> str:
    """Return one name of a payer, whether it is written short or long, in one word or several.

    >>> fold_payer("BCBS") == fold_payer("Blue Cross / Blue Shield"), fold_payer("UHC"), fold_payer("Uninsured")
    (True, 'unitedhealthcare', 'selfpay')
    """
    name = normalize_payer(payer).replace(" and ", " ")
    if name in SELF_PAY_WORDS:
        return "selfpay"
    joined = name.replace(" ", "")
    return _PAYER_NAMES.get(joined, joined)


def _fold_payer_company(payer: str) -> str:
    """Return one name of a payer without the words that every insurer has at the end of its name."""
    tokens = normalize_payer(payer).split()
    while len(tokens) > 1 and tokens[-1] in _COMPANY_WORDS:
        tokens.pop()
    return fold_payer(" ".join(tokens)) if fold_payer(payer) != "selfpay" else "selfpay"
