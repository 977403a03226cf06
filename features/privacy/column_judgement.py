"""Does this column identify a person, or say what must not count? Judged by its values first, then by its header.

Lives here: ``judge_column``, its verdict with the evidence, and ``judge_value`` for a single value of a payload.
Does not live here: the forms of single values (``value_patterns``, ``person_names``), what headers claim
(``header_words``), which values of a used column may be shown (``category_levels``).
"""

import re
from collections import Counter
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from features.parsing.scalars import MISSING
from features.privacy.column_sample import ColumnSample, sample_texts, to_text
from features.privacy.column_verdict import NOTHING, Verdict
from features.privacy.header_words import find_claim, names_a_thing, split_header
from features.privacy.name_columns import (
    judge_addresses_of_persons,
    judge_names,
    judge_short_names,
    reads_as_short_name,
)
from features.privacy.name_lists import load_area_codes, remove_accents
from features.privacy.national_numbers import NATIONAL_NUMBERS, count_national_numbers
from features.privacy.person_names import classify_name, holds_plain_word, is_city, is_salutation, reads_as_person
from features.privacy.value_patterns import (
    BARRED_VOCABULARIES,
    classify_form,
    find_contact_inside,
    find_street,
    fold_answer,
    is_age_band,
    is_age_text,
    read_sex,
)

__all__ = ["judge_column", "judge_value"]

_FORM_SHARE, _SOME_SHARE = 0.5, 0.1
_LIFETIME_YEARS = 12
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)(?!\d)")
_SHORT_YEAR = re.compile(r"\d{1,2}[-/.]\d{1,2}[-/.](\d\d)")
_DATE = re.compile(
    r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(?:[ T].*)?|\d{1,2}[-/. ](?:\d{1,2}|[A-Za-z]{3,9})[-/., ]+\d{4}(?:[ T].*)?|"
    r"[A-Za-z]{3,9}\.? \d{1,2},? \d{4}(?:[ T].*)?|(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
)
_ALSO_TREATMENTS = frozenset(("tratamiento", "tratamento"))
"""How a person is addressed, and also what a clinic does: the values decide."""
_WHOLE = re.compile(r"\d{1,19}(?:\.0+)?")
_CAPITALIZED = re.compile(r"(?:[^\W\d_][\w'’.\-]*[, ]+){1,2}[^\W\d_][\w'’.\-]*")
_LOGIN = re.compile(r"[a-z]{1,2}[._]?[a-z]{3,}\d?|[A-Z]{2,3}|[A-Z]\. ?[A-Z][a-z]+|[A-Z][a-z]+ [A-Z]\.?")
"""Logins and short names of staff: "jdoe", "JD", "J. Doe", "Jane D."."""
_AGENT_HEADERS = ("agent", "agente", "agents")
# "White" and "Black" alone may be colors.
_FEWEST_HITS = {"marital states": 2, "languages": 2, "religions": 3, "races or ethnic groups": 3}
_ID_WORDS = frozenset("id ids key record guid uuid ref reference invoice order account".split())
_POSTAL_WORDS = frozenset(
    "zip zipcode postal postcode plz cep cap postleitzahl postnummer postinumero psc postnr "
    "郵便番号 邮编 우편번호".split()
)
_MOBILE_CODES = ("39", "91")


def judge_column(header: str, values: Any, missing: frozenset[str] = MISSING) -> Verdict:
    """Judge whether a column identifies a person, by its values first and then by its header.

    >>> judge_column("field_7", ["Ann Lee", "LEE, BEN", "Mr. C. Diaz", "Dora Ruiz", "Emil Okafor"]).reason
    'personal data (names of persons: 100% of 5 distinct values are full names)'
    >>> judge_column("Campaign", ["Spring Madison", "Austin", "Google Search"]).outcome
    'nothing'
    """
    if getattr(getattr(values, "dtype", None), "kind", "") == "M" or isinstance(
        getattr(values, "dtype", None), pd.DatetimeTZDtype
    ):
        years = pd.Series(values).dt.year.dropna().to_numpy(float)
        return _judge_years(years) or _judge_header(ColumnSample(header, Counter()))
    sample = ColumnSample(header, sample_texts(values, missing))
    if not sample.counts:
        return _judge_header(sample)
    verdict = (
        _judge_national_numbers(sample)
        or _judge_forms(sample)
        or _judge_barred_values(sample)
        or _judge_years(_read_years(sample))
        or judge_names(sample)
        or judge_addresses_of_persons(sample)
        or judge_short_names(sample)
        or _judge_header(sample)
    )
    if verdict.outcome != "doubtful":
        return verdict
    return replace(verdict, evidence=f'{verdict.evidence}; to use it: keep_on_purpose = ["{header}"]')


def judge_value(header: str, value: Any) -> Verdict:
    """Judge one value of a payload: by its form, as a full name, and by what its header claims.

    >>> judge_value("field_7", "Dr. Ann Lee").outcome, judge_value("note", "p.lee@example.org").outcome
    ('personal', 'personal')
    >>> judge_value("Color", "red").outcome, judge_value("Last Name", "Redd").outcome
    ('nothing', 'personal')
    """
    if value is None or isinstance(value, bool | list | dict):
        return NOTHING
    text = to_text(value)
    form = classify_form(text) or find_contact_inside(text)
    if form:
        return Verdict("personal", form, "its value has this form")
    if isinstance(value, str) and reads_as_person(text) and not names_a_thing(header):
        return Verdict("personal", "names of persons", "its value is a full name")
    return _judge_header(ColumnSample(header, Counter([text])))


def _judge_national_numbers(sample: ColumnSample) -> Verdict | None:
    """Judge whether the values are numbers that countries give to persons: so many check digits agree by no chance."""
    hits = count_national_numbers(sample.texts)
    if not hits:
        return None
    return Verdict("personal", NATIONAL_NUMBERS, sample.describe(hits, "numbers that a country gives to a person"))


def _judge_forms(sample: ColumnSample) -> Verdict | None:
    """Judge by the forms of the values: most of them, or some of them, have one that identifies a person."""
    forms: Counter[str] = Counter()
    bare = 0
    for text in sample.texts:
        form = classify_form(text)
        forms[form] += 1
        bare += form == "phone numbers" and _WHOLE.fullmatch(text) is not None
    # The form of values without one; a Counter does not mind a key that it never had.
    del forms[""]
    streets = list(filter(None, map(find_street, sample.texts)))
    if forms["street addresses"] < len(streets) and _are_addresses(sample, streets):
        return Verdict("personal", "street addresses", sample.describe(len(streets), "names beside a house number"))
    digits = [text.split(".")[0] for text in sample.texts if _WHOLE.fullmatch(text)]
    if 10 <= len(digits) and len(digits) == len(sample.counts) and _are_mobile_numbers(sample, digits):
        return Verdict("personal", "phone numbers", sample.describe(len(digits), "mobile numbers"))
    if not forms:
        return None
    kind, hits = forms.most_common(1)[0]
    # Ten bare digits can be an order's number as well: then the digits themselves must be those of phone numbers.
    if kind == "phone numbers" and 2 * bare > hits and not _has_phone_digits(sample):
        return None
    if kind == "card numbers" and sample.is_flag:
        return None
    # "01310-001" under "CEP" is a postal code; a phone number has more digits.
    if kind == "phone numbers" and _names_postal_code(sample.header) and max(map(_count_digits, sample.texts)) <= 9:
        return None
    share = forms.total() / len(sample.counts)
    if share < _SOME_SHARE or (forms.total() < 3 and share < _FORM_SHARE):
        return None
    return Verdict("personal" if share >= _FORM_SHARE else "doubtful", kind, sample.describe(forms.total(), kind))


def _names_postal_code(header: str) -> bool:
    """Return whether a header names a postal code, in one of several languages."""
    return not _POSTAL_WORDS.isdisjoint(map(remove_accents, split_header(header)))


def _count_digits(text: str) -> int:
    """Count the digits of a text."""
    return sum(character.isdigit() for character in text)


def _are_addresses(sample: ColumnSample, streets: list[str]) -> bool:
    """Return whether texts with a number are addresses: many of them, and nearly as many streets."""
    total = len(sample.counts)
    return total >= 20 and len(streets) >= 0.6 * total and len(set(streets)) >= 0.5 * len(streets)


def _has_phone_digits(sample: ColumnSample) -> bool:
    """Return whether bare digits are phone numbers and not codes: by the header, or by their area codes."""
    if find_claim(sample.header) in ("contact", "person"):
        return True
    digits = [text.split(".")[0] for text in sample.texts if _WHOLE.fullmatch(text)]
    national = [text[-10:] for text in digits if len(text) == 10 or (len(text) == 11 and text[0] == "1")]
    valid = sum(text[:3] in load_area_codes() and text[3] not in "01" for text in national)
    international = sum(len(text) in (10, 11) and text[0] == "0" and text[1] != "0" for text in digits)
    return len(digits) >= 10 and max(valid, international) >= 0.85 * len(digits)


def _are_mobile_numbers(sample: ColumnSample, digits: list[str]) -> bool:
    """Return whether bare digits are mobile numbers of a country that writes them without a zero (Italy, India).

    Such numbers begin in a few ways and go on in many; ids of ten digits rise, or have a header that says so.
    """
    if not _ID_WORDS.isdisjoint(split_header(sample.header)) or len(sample.counts) < 0.9 * sample.counts.total():
        return False
    national = [text[2:] if len(text) == 12 and text[:2] in _MOBILE_CODES else text for text in digits]
    mobile = [text for text in national if len(text) == 10 and text[0] in "36789"]
    steps = sum(later > earlier for earlier, later in zip(mobile, mobile[1:], strict=False))
    is_unordered = 0.3 * len(mobile) < steps < 0.7 * len(mobile)
    prefixes = {text[:4] for text in mobile}
    return len(mobile) >= 0.85 * len(digits) and is_unordered and len(prefixes) >= max(5, 0.2 * min(len(mobile), 100))


def _judge_barred_values(sample: ColumnSample) -> Verdict | None:
    """Judge whether the values are salutations, sexes or ages, whatever the header."""
    texts = sample.texts
    salutations = sum(map(is_salutation, texts))
    if len(texts) >= 2 and salutations >= 0.75 * len(texts) and not all(read_sex(text) for text in texts):
        return Verdict("personal", "salutations", sample.describe(salutations, "salutations"))
    if len(texts) <= 12:
        sexes = Counter(filter(None, map(read_sex, texts)))
        # Single letters may be codes, such as days of the week: then each of them must be a sex.
        enough = 1.0 if all(len(text) == 1 for text in texts) else 0.75
        if sexes["female"] and sexes["male"] and sexes.total() >= enough * len(texts):
            return Verdict("personal", "sex", sample.describe(sexes.total(), "sexes"))
    folded = list(map(fold_answer, texts))
    for subject, vocabulary in BARRED_VOCABULARIES.items():
        hits = sum(text in vocabulary for text in folded)
        if hits >= max(_FEWEST_HITS[subject], 0.75 * len(texts)):
            return Verdict("personal", "a barred subject", sample.describe(hits, subject))
    if is_age_band(texts):
        return Verdict("personal", "age", f"its {len(texts):,} distinct values are age bands")
    years = [int(re.search(r"\d+", text).group()) for text in texts if is_age_text(text)]  # type: ignore[union-attr]
    if len(years) >= max(5, 0.7 * len(texts)) and max(years) >= 60 and np.median(years) >= 18:
        return Verdict("personal", "age", sample.describe(len(years), "ages in years"))
    return None


def _read_years(sample: ColumnSample) -> np.ndarray:
    """Return the years of a column of dates, or of whole years; empty for any other column."""
    texts = sample.texts
    if sum(_DATE.fullmatch(text) is not None for text in texts) >= 0.8 * len(texts):
        return np.array(
            [
                float((_YEAR.search(text) or re.match(r"(\d{4})", text)).group(1))  # type: ignore[union-attr]
                for text in texts
                if _DATE.fullmatch(text)
            ]
        )
    short = [match for match in map(_SHORT_YEAR.fullmatch, texts) if match]
    if len(short) >= 0.8 * len(texts):
        years = np.array([float(match.group(1)) for match in short])
        return np.where(years > date.today().year % 100, years + 1900, years + 2000)
    whole = [float(text) for text in texts if re.fullmatch(r"(?:19|20)\d\d(?:\.0+)?", text)]
    return np.array(whole) if len(whole) == len(texts) else np.empty(0)


def _judge_years(years: np.ndarray) -> Verdict | None:
    """Judge whether dates spread over decades and end long before today: births, and not events."""
    years = years[(years >= 1900) & (years <= date.today().year)]
    if len(years) < 10:
        return None
    # Years of birth spread over a lifetime and lie far back. The ends are left out: a typing error is a century away.
    low, middle, high = np.percentile(years, (5, 50, 95))
    if high - low < _LIFETIME_YEARS or middle > date.today().year - 15:
        return None
    evidence = f"its years spread from {low:.0f} to {high:.0f}"
    return Verdict("personal", "birth dates", evidence)


def _judge_header(sample: ColumnSample) -> Verdict:
    """Judge by what the header claims, where the values do not contradict it."""
    claim = find_claim(sample.header)
    if claim is None:
        return NOTHING
    evidence = "its header says so"
    if claim == "barred":
        return Verdict("personal", "a barred subject", evidence)
    if sample.is_flag:
        return NOTHING
    if claim == "staff":
        # "Agent" alone may be a travel agency, a channel or an advertiser: no name convicts it, its values do.
        is_agent = sample.header.strip().casefold() in _AGENT_HEADERS
        if is_agent and sample.counts and not _may_be_persons(sample):
            return NOTHING
        return Verdict("personal", "staff", evidence)
    if claim == "person":
        return _judge_person_header(sample)
    if claim == "contact" and sample.counts and not _can_be_contacts(sample):
        return NOTHING
    is_treatment = not _ALSO_TREATMENTS.isdisjoint(map(remove_accents, split_header(sample.header)))
    if claim == "salutation" and is_treatment and sample.counts and not any(map(is_salutation, sample.counts)):
        return NOTHING
    if claim == "birth date" and sample.counts and all(is_city(text) for text in sample.counts):
        return Verdict("personal", "places of birth", evidence)
    kinds = {
        "name": "names of persons",
        "contact": "contact data",
        "address": "addresses",
        "document": "numbers of a person",
        "birth date": "birth dates",
        "salutation": "salutations",
    }
    return Verdict("personal", kinds[claim], evidence)


def _may_be_persons(sample: ColumnSample) -> bool:
    """Return whether the values of a column may name persons: some are names, or initials, or logins."""
    texts = [text for text in sample.counts if not _WHOLE.fullmatch(text)]
    named = sum(classify_name(text) != "" or _LOGIN.fullmatch(text) is not None for text in texts)
    return named >= max(1, 0.2 * len(texts))


def _can_be_contacts(sample: ColumnSample) -> bool:
    """Return whether the values may be contact data: a few words, such as "email" and "phone", are not."""
    return len(sample.counts) > 12 or any(character in text for text in sample.counts for character in "0123456789@")


def _judge_person_header(sample: ColumnSample) -> Verdict:
    """Judge a column such as "Provider" or "Manager": about a person where its values may be names."""
    total = len(sample.counts)
    named = sum(classify_name(text) != "" for text in sample.counts)
    # "Charlotte" and "Jackson" are cities as well as names: a column of which every value is a city is one of cities.
    if named >= max(1, 0.5 * total) and not all(map(is_city, sample.counts)):
        return Verdict("personal", "names of persons or staff", sample.describe(named, "names"))
    short = sum(reads_as_short_name(text) for text in sample.counts)
    if short == total and total:
        return Verdict("doubtful", "staff", sample.describe(short, "initials or logins"))
    # Below "By" alone any word may be a login, "mariag", unless the values are channels or numbers.
    things = sum(holds_plain_word(text) or text.isdecimal() for text in sample.counts)
    if sample.header.strip().casefold() == "by" and 2 * things < total:
        return Verdict("doubtful", "staff", sample.describe(total - things, "words that may be logins"))
    shaped = sum(_CAPITALIZED.fullmatch(text) is not None for text in sample.counts)
    # Capitalized words alone are also names of services; but those repeat, and names of persons hardly do.
    if shaped >= 0.8 * total and total > 0.2 * sample.counts.total():
        return Verdict(
            "doubtful", "names of persons or staff", sample.describe(shaped, "two or three capitalized words")
        )
    return NOTHING
