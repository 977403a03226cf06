"""Which five digits of a ZIP code does this text hold? Without its zero, with four more, behind "MA" or "ZIP:".

Lives here: the spellings of a US ZIP code.
Does not live here: where a ZIP code is (``practice.zip_codes``).
"""

import re
import unicodedata

from features.arrays.text_memory import remember_texts

__all__ = ["normalize_zip"]

_ZIP = re.compile(
    r"(?:'|=?\")?(?:(?:zip|z(?=:)|postal|post|p\.?o\.?)?\s*(?:code)?\s*(?:no\.?|nr\.?)?\s*[:#=]?\s*)?"
    r"(?:[a-z .]{2,25},\s*)?(?:(?:us|usa)[\s-]+)?(?:[a-z]{2}\.?[\s,-]*)?"
    r"(?P<code>[0-9]{3,5})(?:\.0+)?(?:\s*[-\u2013 ]\s*(?P<four>[0-9]{4})(?:\.0+)?)?"
    r"(?:[\s,]+(?:us|usa|united states))?\.?\"?"
)
_NINE = re.compile(r"(?:'|=?\")?(?P<code>[0-9]{4,5})(?P<four>[0-9]{4})(?:\.0+)?\"?")


@remember_texts(65_536)
def normalize_zip(text: str) -> tuple[str, bool]:
    """Return (the ZIP code, whether its leading zeros were restored); any other text stays as it is.

    A spreadsheet takes the zeros off: 2134 can only be 02134, because every ZIP code has five digits.

    >>> [normalize_zip(text) for text in ("2134", "02134-1234", "MA 02134", "ZIP: 2134.0", "z:02134", "K1A 0B1")]
    [('02134', True), ('02134', False), ('02134', False), ('02134', True), ('02134', False), ('K1A 0B1', False)]
    """
    folded = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    match = _NINE.fullmatch(folded) or _ZIP.fullmatch(folded)
    if match is None:
        return text, False
    code = match["code"]
    return code.zfill(5), len(code) < 5
