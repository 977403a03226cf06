"""What does a lead's field mean, beyond its text? A remark is not given, a placeholder is nobody.

Lives here: one rule for each column of leads whose texts people and systems write in many ways; a table and a single
payload share it.
Does not live here: types of values (``scalars``), how a phone number is found in its text (``phone_validation``), what
the practice offers and accepts (``practice``).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np

from features.array_types import ObjectArray
from features.arrays.text_memory import remember_texts
from features.parsing.answers.payer_answers import says_self_pay, strip_member_numbers
from features.parsing.answers.unknown_answers import fold_words, is_unknown_answer
from features.parsing.channel_names import normalize_channel
from features.parsing.email_addresses import find_email
from features.parsing.json_messages import unwrap_choices, unwrap_message
from features.parsing.phone_validation import find_phone, find_usual_numbers
from features.parsing.placeholder_contacts import is_placeholder_email, is_placeholder_phone, mask_placeholder_numbers
from features.parsing.postal_codes import normalize_zip
from features.parsing.scalars import YES, strip_marks

__all__ = ["CHANGES", "NOT_GIVEN", "FieldMeaning", "find_meaning", "mask_plain_texts"]

PLACEHOLDER = "is a placeholder and not the contact of a person"
REMARK = "holds a remark or an unknown answer and no value"
DIGITS_LOST = "has lost its last digits in a spreadsheet, such as 6.17555E+09"
MEMBER_NUMBER = "held a person's insurance number, which was left out"
ONLY_MEMBER_NUMBER = "holds a person's insurance number and no payer"
STAFF_ONLY = "holds only what a program or the staff said"
UNWRAPPED = "were JSON, of which only the person's text was read"
ZERO_RESTORED = "had lost a leading zero, which was restored"

NOT_GIVEN = {
    "message": (STAFF_ONLY,),
    "phone": (PLACEHOLDER, REMARK, DIGITS_LOST),
    "email": (PLACEHOLDER, REMARK),
    **dict.fromkeys(
        (
            "postal_code",
            "service_requested",
            "preferred_clinic",
            "referrer",
            "referral_reason",
            "timeframe",
            "preferred_time",
            "preferred_contact",
        ),
        (REMARK,),
    ),
    "payer": (REMARK, ONLY_MEMBER_NUMBER),
}
"""Column of leads -> why one of its values may be taken as not given."""

CHANGES = {"postal_code": ZERO_RESTORED, "payer": MEMBER_NUMBER, "message": UNWRAPPED}
"""Column of leads -> how one of its values may be changed so that people must be told."""

_GENERIC_PAYERS = frozenset(
    """insurance|insured|i have insurance|have insurance|has insurance|private insurance|health insurance|
    medical insurance|commercial|commercial insurance|private|ppo|hmo|pos|epo|seguro|tengo seguro|seguro medico|
    no|si|yes insurance""".replace("\n    ", "").split("|")
)
_NO_REFERRER = frozenset(("self", "myself", "self referred", "self referral", "no", "nobody", "no one", "nadie"))
_RELATIONS = (
    dict.fromkeys(
        """self|myself|me|i|patient|the patient|for myself|for me|self patient|patient self|i am the patient|yo|
        yo mismo|yo misma|para mi""".replace("\n        ", "").split("|"),
        "self",
    )
    | dict.fromkeys(
        "parent|mother|father|mom|mum|dad|parent of patient|parent of the patient|my child|madre|padre".split("|"),
        "parent",
    )
    | dict.fromkeys(
        """spouse|husband|wife|partner|spouse partner|spouse of patient|my wife|my husband|my spouse|esposo|
        esposa""".replace("\n        ", "").split("|"),
        "spouse",
    )
    | dict.fromkeys("caregiver|care giver|caretaker|carer".split("|"), "caregiver")
    | dict.fromkeys(
        "provider office|providers office|provider s office|doctor office|doctors office|doctor s office|"
        "physician office|physician s office|md office|referring office".split("|"),
        "provider_office",
    )
)
"""Who asks, in the words of forms, folded by ``fold_words`` -> our word."""
_RELATION_WORDS = (
    dict.fromkeys("self myself me yo".split(), "self")
    | dict.fromkeys("parent parents mother father mom mum mam dad guardian madre padre".split(), "parent")
    | dict.fromkeys("spouse husband wife partner esposo esposa".split(), "spouse")
)
_BESIDE_RELATION = frozenset("i am my the for of a an or and to s patient patients he she is it legal".split())
"""Words beside who asks that say nothing else; "patient" alone is the person."""
_EITHER = re.compile(r"\b(?:or|and)\b|[/&,]", re.IGNORECASE)
_CHOICE_NUMBER = re.compile(r"^\d{1,2}(?:[.)]\s*|\s+[-\u2013]\s+)(?=[^\W\d_])")
_QUESTION = re.compile(
    r"^(?:services?|treatments?|insurance|payer|carrier|reason)(?: (?:requested|needed|name|provider|company|wanted))?"
    r"\s*:\s*(?=\w)",
    re.IGNORECASE,
)
_NUMBERED = ("service_requested", "payer", "preferred_clinic", "preferred_contact")
"""Columns in which a form's own number, or its question, may stand before the choice."""
_KEPT_BACK = frozenset("withheld declined declines decline refused refuses undisclosed".split())
"""Words of an answer that exists and was not told: it says as little as a field that was not sent."""

_WITH_MARKS = ("phone", "email", "postal_code")
"""Columns whose rules read the marks themselves."""
_SCIENTIFIC = re.compile(r"'?[+]?[0-9](?:[.,](?P<decimals>[0-9]+))?[eE][+]?(?P<exponent>[0-9]{1,2})")
_FEWEST_DIGITS = 5
"""A text with fewer digits and no valid number holds no phone number but a remark."""


@dataclass(frozen=True)
class FieldMeaning:
    """What a text means: its normalized text, or None with the reason why it counts as not given.

    ``remark`` is also set where the text was changed so that people must be told. ``is_empty`` is whether it says as
    much as an empty cell: "Unknown" in place of a phone number, but not "withheld".
    """

    text: str | None
    remark: str | None = None
    is_empty: bool = False


def find_meaning(column: str, text: str) -> FieldMeaning:
    """Return what a text of a column of leads means.

    >>> find_meaning("payer", "will bring card")
    FieldMeaning(text=None, remark='holds a remark or an unknown answer and no value', is_empty=True)
    >>> find_meaning("postal_code", "2134").text, find_meaning("channel", "Web Form").text
    ('02134', 'web_form')
    >>> find_meaning("phone", "6.17555E+09").remark, find_meaning("email", "none@none.com").text
    ('has lost its last digits in a spreadsheet, such as 6.17555E+09', None)
    """
    if column == "message":
        # Each text is another one: nothing is gained by remembering them.
        unwrapped = unwrap_message(text)
        if unwrapped == "":
            return FieldMeaning(None, STAFF_ONLY, is_empty=True)
        return FieldMeaning(text) if unwrapped is None else FieldMeaning(unwrapped, UNWRAPPED)
    rule = _RULES.get(column)
    return FieldMeaning(text) if rule is None else _apply_rule(column, text)


def mask_plain_texts(column: str, texts: ObjectArray) -> np.ndarray:
    """Return which texts certainly mean themselves; the others may, too. Shape as given.

    Nearly all phone numbers are plain, and ``find_meaning`` takes fifty times as long for each.

    >>> mask_plain_texts("phone", np.array(["617-555-0123", "555-555-5555", "12", None], object)).tolist()
    [True, False, False, False]
    """
    if column == "message":
        return np.array([text is None or text[:1] not in ("{", "[") for text in texts], bool)
    if column != "phone":
        return np.zeros(len(texts), bool)
    numbers = find_usual_numbers(texts)
    return (numbers != "") & ~mask_placeholder_numbers(numbers)


@remember_texts(65_536)
def _apply_rule(column: str, text: str) -> FieldMeaning:
    """Apply the rule of a column, once per text."""
    value = text if column in _WITH_MARKS else strip_marks(unwrap_choices(text))
    if column in _NUMBERED:
        value = _QUESTION.sub("", _CHOICE_NUMBER.sub("", value))
    meaning = _RULES[column](value)
    if meaning.remark == REMARK and is_unknown_answer(text) and _KEPT_BACK.isdisjoint(fold_words(text).split()):
        return replace(meaning, is_empty=True)
    return meaning


def _read_phone(text: str) -> FieldMeaning:
    """Read a phone number."""
    scientific = _SCIENTIFIC.fullmatch(text.strip())
    if scientific is not None:
        # "6.175550123E+09" still has all its digits.
        is_whole = len(scientific["decimals"] or "") >= int(scientific["exponent"])
        if not is_whole:
            return FieldMeaning(None, DIGITS_LOST)
        text = str(int(Decimal(text.strip(" '").replace(",", "."))))
    # A hidden caller's number may look valid, so it is looked at first.
    if is_placeholder_phone(text.removesuffix(".0")):
        return FieldMeaning(None, PLACEHOLDER)
    number = find_phone(text)
    if number is not None:
        return FieldMeaning(None, PLACEHOLDER) if is_placeholder_phone(number) else FieldMeaning(text)
    digits = sum(character.isdigit() for character in text)
    return FieldMeaning(None, REMARK) if digits < _FEWEST_DIGITS and not text.strip().isdigit() else FieldMeaning(text)


def _read_email(text: str) -> FieldMeaning:
    """Read an e-mail address."""
    if is_placeholder_email(find_email(text) or text):
        return FieldMeaning(None, PLACEHOLDER)
    if "@" in text:
        return FieldMeaning(text)
    is_remark = is_unknown_answer(text) or fold_words(text) in ("no", "no email", "no e mail", "does not have")
    return FieldMeaning(None, REMARK) if is_remark else FieldMeaning(text)


def _read_postal_code(text: str) -> FieldMeaning:
    """Read a ZIP code."""
    if is_unknown_answer(text):
        return FieldMeaning(None, REMARK)
    code, is_restored = normalize_zip(text)
    return FieldMeaning(code, ZERO_RESTORED if is_restored else None)


def _read_payer(text: str) -> FieldMeaning:
    """Read a payer; the practice's own payers are not known here."""
    payer = strip_member_numbers(text)
    if payer != text:
        meaning = _read_payer(payer)
        if not any(map(str.isalpha, payer)):
            return FieldMeaning(None, ONLY_MEMBER_NUMBER)
        return meaning if meaning.text is None else replace(meaning, remark=MEMBER_NUMBER)
    folded = fold_words(text)
    if says_self_pay(text):
        return FieldMeaning(text)
    is_remark = is_unknown_answer(text) or folded in YES or folded in _GENERIC_PAYERS
    return FieldMeaning(None, REMARK) if is_remark else FieldMeaning(text)


def _read_referrer(text: str) -> FieldMeaning:
    """Read who sent the person."""
    is_remark = is_unknown_answer(text) or fold_words(text) in _NO_REFERRER
    return FieldMeaning(None, REMARK) if is_remark else FieldMeaning(text)


def _read_relation(text: str) -> FieldMeaning:
    """Read who asks; "self" in many words, so that nobody asks for somebody else by the form's wording."""
    folded = fold_words(text)
    if folded in _RELATIONS:
        return FieldMeaning(_RELATIONS[folded])
    named = {_RELATION_WORDS[word] for word in folded.split() if word in _RELATION_WORDS}
    others = [word for word in folded.split() if word not in _RELATION_WORDS and word not in _BESIDE_RELATION]
    # "Patient or guardian" is a form's one choice for both.
    is_both = "patient" in folded.split() and _EITHER.search(text) is not None and named != {"self"}
    return FieldMeaning(named.pop() if len(named) == 1 and not others and not is_both else text)


def _read_answer(text: str) -> FieldMeaning:
    """Read any other field of a form."""
    return FieldMeaning(None, REMARK) if is_unknown_answer(text) else FieldMeaning(text)


_RULES: dict[str, Callable[[str], FieldMeaning]] = dict.fromkeys({*NOT_GIVEN} - {"message"}, _read_answer) | {
    "phone": _read_phone,
    "email": _read_email,
    "postal_code": _read_postal_code,
    "payer": _read_payer,
    "referrer": _read_referrer,
    "channel": lambda text: FieldMeaning(normalize_channel(text)),
    "relation": _read_relation,
}
