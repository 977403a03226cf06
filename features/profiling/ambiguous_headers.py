"""Do the values agree with a header that means one thing in a clinic and another elsewhere: "carrier", "cap"?

Lives here: the headers and what their values must be, or must not.
Does not live here: usual headers of our columns (``mapping.column_headers``), other checks of values
(``column_matching``).
"""

import re
from collections.abc import Iterable

from features.mapping.type_inference import split_header

__all__ = ["contradicts_header"]

_PHONE_CARRIERS = re.compile(
    r"\b(?:verizon|at ?& ?t|t[- ]?mobile|sprint|cricket|metro ?pcs|boost|us cellular|bandwidth|comcast|vodafone|"
    r"orange|telefonica|movistar|o2|tim|twilio|level 3|xfinity|google voice|mint)\b",
    re.IGNORECASE,
)
_FIVE_DIGITS = re.compile(r"\d{5}(?:\.0)?")
_MOST, _SOME = 0.5, 0.2


def contradicts_header(column: str, header: str, values: Iterable[object]) -> bool:
    """Return whether values say that a header does not mean our column: a carrier of phones is no payer.

    >>> contradicts_header("payer", "Carrier", ["Verizon", "AT&T"]), contradicts_header("payer", "Carrier", ["Aetna"])
    (True, False)
    >>> contradicts_header("postal_code", "cap", [500, 1000]), contradicts_header("postal_code", "CAP", ["20121"])
    (True, False)
    """
    words, texts = split_header(header), [str(value).strip() for value in values]
    if column == "payer" and "carrier" in words:
        # "Orange Blossom Health" is an insurer, but hardly a fifth of all.
        return sum(_PHONE_CARRIERS.search(text) is not None for text in texts) > _SOME * len(texts)
    if column == "postal_code" and words == ("cap",):
        return sum(_FIVE_DIGITS.fullmatch(text) is not None for text in texts) < _MOST * len(texts)
    return False
