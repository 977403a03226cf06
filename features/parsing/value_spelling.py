"""Are two values of a category the same, however they are spelled? Case, separators, number, the names of one payer.

Lives here: the form in which values are compared with a model's levels and counted in its history.
Does not live here: which column a text belongs to (``mapping``), what a value means (``lead_values``,
``channel_names``).
"""

import re
import unicodedata

from features.arrays.text_memory import remember_texts
from features.parsing.answers.payer_answers import says_self_pay
from features.parsing.answers.unknown_answers import fold_words
from features.parsing.scalars import strip_marks

__all__ = ["fold_payer", "fold_value", "normalize_payer"]

_BETWEEN_LETTERS = re.compile(r"(?<=[^\W\d_])[\s\-_/.+\u2010-\u2015]+(?=[^\W\d_])")
_WHOLE_NUMBER = re.compile(r"(-?\d+)\.0+")
_PAYER_NAMES = {
    "bcbs": "bluecrossblueshield",
    "bluecrossbs": "bluecrossblueshield",
    "bluecrossblueshields": "bluecrossblueshield",
    "bluecross": "bluecrossblueshield",
    "uhc": "unitedhealthcare",
    "united": "unitedhealthcare",
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
        "asap|a s a p|as soon as possible|as soon as possible asap|as soon as you can|right away|immediately|soonest|"
        "urgently".split("|"),
        "asap",
    ),
    "preferred_contact": dict.fromkeys(("phone", "call", "phone call", "telephone", "voice call"), "phone")
    | dict.fromkeys(("email", "e mail", "mail", "mail e mail", "mail email"), "email")
    | dict.fromkeys(("sms", "text", "text message", "texting", "sms text", "text sms", "text message sms"), "sms"),
}
"""Column -> an answer in the words of a form, without ``_FILLERS`` -> the one form in which it is compared."""
_FILLERS = {
    "service_requested": frozenset(
        "a an the i we need want would like needed requested request please pls my for".split()
    ),
    "timeframe": frozenset("please pls in the".split()),
    "preferred_contact": frozenset("please pls only me by via preferred preferably with".split()),
    "preferred_time": frozenset("please pls only in the preferred preferably time times".split()),
}
"""Column -> words that say nothing of the answer."""
_PLURALS = frozenset(("service_requested", "channel", "source", "campaign", "referral_reason", *_ANSWERS, *_FILLERS))
"""Columns whose words mean the same in either number."""
_SHORTEST_PLURAL = 5
"""In letters: "news" and "new" differ."""
_REMARK = re.compile(r"[(\[][^()\[\]]*[)\]]")
_HOUR = re.compile(r"\b(\d{1,2})(?:[:.]00)?\s*([ap])\.?\s?m\b\.?")
_LATE_HOUR = re.compile(r"\b(1[3-9]|2[0-3])[:.]00\b")
_AMOUNTS = dict(zip("a an one two three four five six seven".split(), "1 1 1 2 3 4 5 6 7".split(), strict=True))
_WEEKS = {"7 day": "1 week", "14 day": "2 week", "21 day": "3 week", "30 day": "1 month"}
_DAYS = re.compile(rf"\b(?:{'|'.join(_WEEKS)})\b")
_COMPANY_WORDS = frozenset(
    """inc llc corp co insurance ins insurer plan plans ppo hmo pos epo hdhp ii iii choice open access network
    select preferred plus standard original traditional part parts a b and coverage""".split()
)
"""Words behind the name of a payer that name its company's form or one of its plans. "Advantage" is none: who has
Medicare Advantage is insured by somebody else."""
_BESIDE_COMPANY = _COMPANY_WORDS | frozenset(("health", "first", "blue", "one", "care", "community"))
"""Words that are no payer's name alone: "First Health" and "First Choice" differ, and "Select Health" is one name."""
_BEFORE_PAYER = frozenset(
    "i we have has am is are on with my our the insurance insurer payer by it original will".split()
)
_LONGEST_BLUE_CROSS = 5
"""Words of "Blue Cross and Blue Shield"."""
_BLUE_CROSS = "bluecrossblueshield"
_OTHER_PROGRAMS = frozenset("medicare medicaid advantage federal fep tricare".split())
_ALTERNATIVES = re.compile(r"[,;/|()]")


@remember_texts(65_536)
def fold_value(value: str, column: str = "") -> str:
    """Return a value as it is compared: without case, accents, what separates its words, and the ".0" of a number.

    Where the column is one of ours, also without the number of its words ("scans") and words that say nothing of the
    answer ("please").

    >>> fold_value(" Physical-Therapy "), fold_value("webForm"), fold_value("3.0"), fold_value("18-39")
    ('physicaltherapy', 'webform', '3', '18-39')
    >>> fold_value("Aetna Inc.", "payer") == fold_value("AETNA PPO", "payer")
    True
    >>> fold_value("MRI scans", "service_requested"), fold_value("Text me, please", "preferred_contact")
    ('mriscan', 'sms')
    """
    folded = strip_marks(value.strip()).casefold()
    if column == "payer":
        return _fold_payer_company(value) or folded
    if folded.endswith("0") and _WHOLE_NUMBER.fullmatch(folded):
        return _WHOLE_NUMBER.sub(r"\1", folded)
    if not folded.isascii():
        letters = unicodedata.normalize("NFKD", folded)
        folded = "".join(letter for letter in letters if not unicodedata.combining(letter))
    spaced = _BETWEEN_LETTERS.sub(" ", folded.replace("&", " and "))
    if column in _PLURALS:
        spaced = _fold_answer(spaced, column)
    return _BETWEEN_LETTERS.sub("", spaced)


def _fold_answer(text: str, column: str) -> str:
    """Return the words of an answer that say something, each in the singular."""
    if column == "preferred_time":
        text = _LATE_HOUR.sub(lambda match: f"{int(match[1]) - 12}pm", text)
        text = _HOUR.sub(r"\1\2m", text)
    fillers = _FILLERS.get(column)
    if fillers is None:
        return " ".join(map(_singularize, text.split()))
    words = [_singularize(word) for word in fold_words(text).split() if word not in fillers]
    bare = [_singularize(word) for word in fold_words(_REMARK.sub(" ", text)).split() if word not in fillers]
    answers = _ANSWERS.get(column, {})
    for form in (" ".join(words), " ".join(bare)):
        if form in answers:
            return answers[form]
    # A remark stays where it is no known answer: "MRI (with contrast)", "weekdays (mornings)".
    words = words or [text]
    if column != "timeframe":
        return " ".join(words)
    text = " ".join(_AMOUNTS.get(word, word) for word in words)
    return _DAYS.sub(lambda match: _WEEKS[match[0]], text)


def _singularize(word: str) -> str:
    """Return an English word in the singular, where that is safe.

    >>> [_singularize(word) for word in ("therapies", "scans", "campus", "news", "illness")]
    ['therapy', 'scan', 'campus', 'news', 'illness']
    """
    if len(word) < _SHORTEST_PLURAL or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        # "days" is no shorter than "news", but no word without its s means anything else.
        return word[:-1] if word in ("days", "mris") else word
    return word[:-3] + "y" if word.endswith("ies") else word[:-1]


def normalize_payer(payer: str) -> str:
    """Return a payer in lower case without accents, letters and digits only, one space between words."""
    return fold_words(unicodedata.normalize("NFKC", payer))


def fold_payer(payer: str) -> str:
    """Return one name of a payer, whether it is written short or long, in one word or several.

    >>> fold_payer("BCBS") == fold_payer("Blue Cross / Blue Shield"), fold_payer("UHC"), fold_payer("Uninsured")
    (True, 'unitedhealthcare', 'selfpay')
    """
    name = normalize_payer(payer).replace(" and ", " ")
    if says_self_pay(name):
        return "selfpay"
    joined = name.replace(" ", "")
    return _PAYER_NAMES.get(joined, joined)


def _fold_payer_company(payer: str) -> str:
    """Return one name of a payer without its company's form, its plan, or the sentence around it.

    >>> [
    ...     _fold_payer_company(text)
    ...     for text in ("I have Aetna", "Medicare Part B", "BCBS of Ohio", "Medicare Advantage")
    ... ]
    ['aetna', 'medicare', 'bluecrossblueshield', 'medicareadvantage']
    """
    remarks = normalize_payer(" ".join(_REMARK.findall(payer))).split()
    # "Aetna (Medicare)" is another insurance than "Aetna".
    name = _REMARK.sub(" ", payer) if _OTHER_PROGRAMS.isdisjoint(remarks) else payer
    tokens = normalize_payer(name).split() or normalize_payer(payer).split()
    while len(tokens) > 1 and tokens[0] in _BEFORE_PAYER:
        tokens.pop(0)
    if _is_self_pay(payer, " ".join(tokens)):
        return "selfpay"
    tokens = _drop_company_words(tokens)
    for end in range(min(len(tokens), _LONGEST_BLUE_CROSS), 0, -1):
        # Of the companies of this name a practice has to do with that of its own state.
        if fold_payer(" ".join(tokens[:end])) == _BLUE_CROSS and _OTHER_PROGRAMS.isdisjoint(tokens[end:]):
            return _BLUE_CROSS
    return fold_payer(" ".join(tokens))


def _drop_company_words(tokens: list[str]) -> list[str]:
    """Return the words of a payer without those of its company's form and its plan; all where no name would be left.

    >>> _drop_company_words("aetna health insurance".split()), _drop_company_words("select health".split())
    (['aetna'], ['select', 'health'])
    """
    stop = len(tokens)
    # "Health" is a part of many names, and a plan's word only before another one: "Aetna health insurance".
    while stop > 1 and (tokens[stop - 1] in _COMPANY_WORDS or (tokens[stop - 1] == "health" and stop < len(tokens))):
        stop -= 1
    return tokens if _BESIDE_COMPANY.issuperset(tokens[:stop]) else tokens[:stop]


def _is_self_pay(payer: str, core: str) -> bool:
    """Return whether a person pays, in the whole text, in its core, or in each of several ways to say so."""
    if fold_payer(payer) == "selfpay" or fold_payer(core) == "selfpay":
        return True
    parts = [part for part in _ALTERNATIVES.split(payer) if part.strip()]
    names = {fold_payer(part) for part in parts}
    return len(parts) > 1 and "selfpay" in names and names <= {"selfpay", "none", "no"}
