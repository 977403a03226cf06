"""Does this column identify a person, or say what must not count? Judged by its values first, then by its header.

Lives here: ``judge_column``, its verdict with the evidence, and ``judge_value`` for a single value of a payload.
Does not live here: the forms of single values (``value_patterns``, ``person_names``), what headers claim
(``header_words``), which values of a used column may be shown (``category_levels``).
"""

import re
from collections import Counter
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal

import numpy as np
import pandas as pd

from features.parsing.column_values import as_numpy_array, thin_rows
from features.parsing.scalars import MISSING, is_missing
from features.privacy.header_words import find_claim, names_a_code, names_a_thing, names_an_origin, split_header
from features.privacy.name_lists import load_area_codes, remove_accents
from features.privacy.person_names import (
    classify_name,
    holds_name_in_address,
    holds_plain_word,
    is_city,
    is_salutation,
    reads_as_login,
    reads_as_person,
)
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

__all__ = ["NOTHING", "Verdict", "judge_column", "judge_value"]

_SAMPLED_ROWS, _SAMPLED_VALUES, _FEW_PRESENT = 4_000, 400, 200
_FORM_SHARE, _SOME_SHARE = 0.5, 0.1
_NAME_SHARE, _SOME_NAMES = 0.6, 0.25
_CITY_SHARE = 0.75
_LIFETIME_YEARS = 12
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)(?!\d)")
_SHORT_YEAR = re.compile(r"\d{1,2}[-/.]\d{1,2}[-/.](\d\d)")
_DATE = re.compile(
    r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(?:[ T].*)?|\d{1,2}[-/. ](?:\d{1,2}|[A-Za-z]{3,9})[-/., ]+\d{4}(?:[ T].*)?|"
    r"[A-Za-z]{3,9}\.? \d{1,2},? \d{4}(?:[ T].*)?|(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
)
_WHOLE = re.compile(r"\d{1,19}(?:\.0+)?")
_CAPITALIZED = re.compile(r"(?:[^\W\d_][\w'’.\-]*[, ]+){1,2}[^\W\d_][\w'’.\-]*")
_LOGIN = re.compile(r"[a-z]{1,2}[._]?[a-z]{3,}\d?|[A-Z]{2,3}|[A-Z]\. ?[A-Z][a-z]+|[A-Z][a-z]+ [A-Z]\.?")
"""Logins and short names of staff: "jdoe", "JD", "J. Doe", "Jane D."."""
_AGENT_HEADERS = ("agent", "agente", "agents")
_BARRED_KINDS = ("sex", "age", "a barred subject")
# "White" and "Black" alone may be colors.
_FEWEST_HITS = {"marital states": 2, "languages": 2, "religions": 3, "races or ethnic groups": 3}
_ID_WORDS = frozenset("id ids key record guid uuid ref reference invoice order account".split())
_POSTAL_WORDS = frozenset(
    "zip zipcode postal postcode plz cep cap postleitzahl postnummer postinumero psc postnr "
    "郵便番号 邮编 우편번호".split()
)
_MOBILE_CODES = ("39", "91")
_FEWEST_SHORT_NAMES = 3
_FEWEST_PROFILES = 10
_ROWS_OF_A_PAGE = 5
"""Rows for each web address, on average, from which the addresses are pages and not profiles of single persons."""
_PROFILE_WORDS = frozenset(
    "profile profiles profil perfil profilo account handle social facebook fb twitter x tiktok xing snapchat".split()
)
_HANDLE = re.compile(r"@[\w.]{3,40}")
_INITIALS = re.compile(r"[A-Z]{2,3}")
_STATES = frozenset(
    "AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA "
    "RI SC SD TN TX UT VT VA WA WV WI WY DC PR AB BC MB NB NL NS ON PE QC SK US CA MX GB UK DE FR ES IT NL PT AT CH AU "
    "NZ IE IN CN JP BR USA CAN MEX GBR DEU FRA ESP ITA AUS PPO HMO EPO POS HSA SMS".split()
)
_FLAGS = frozenset("yes no y n true false 0 1 0.0 1.0 x on off checked unchecked".split())


@dataclass(frozen=True)
class Verdict:
    """Hold what a column was judged to be.

    Parameters
    ----------
    outcome : {"personal", "doubtful", "nothing"}
        A doubtful column is left out and named; ``keep_on_purpose`` keeps it.
    kind : str
        What it holds, such as "phone numbers" or "staff"; empty for nothing.
    evidence : str
        The figures, without any value.
    """

    outcome: Literal["personal", "doubtful", "nothing"]
    kind: str = ""
    evidence: str = ""

    @property
    def identifies_person(self) -> bool:
        """Whether the values may identify a person; an age or a sex does not, although it never enters the score."""
        return self.outcome != "nothing" and self.kind not in _BARRED_KINDS

    @property
    def reason(self) -> str | None:
        """Return why the column is left out, in words; None if it may be used.

        >>> Verdict("personal", "phone numbers", "its header says so").reason
        'personal data (phone numbers: its header says so)'
        """
        if self.outcome == "nothing":
            return None
        if self.kind in _BARRED_KINDS:
            return f"barred: {self.kind} never enters the score ({self.evidence})"
        if self.kind == "staff":
            return f"about staff, which never enters a score ({self.evidence})"
        opening = "personal data" if self.outcome == "personal" else "perhaps personal data, left out to be safe"
        return f"{opening} ({self.kind}: {self.evidence})"


NOTHING = Verdict("nothing")


@dataclass(frozen=True)
class _Sample:
    """Distinct values of a column as texts, and how many of the sampled rows have each."""

    header: str
    counts: Counter[str]

    @property
    def texts(self) -> list[str]:
        """The distinct values."""
        return list(self.counts)

    @property
    def is_flag(self) -> bool:
        """Whether it is a yes/no column."""
        return 0 < len(self.counts) <= 3 and all(text.casefold() in _FLAGS for text in self.counts)

    def describe(self, hits: int, what: str) -> str:
        """Describe evidence in figures."""
        return f"{hits / len(self.counts):.0%} of {len(self.counts):,} distinct values are {what}"


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
        return _judge_years(years) or _judge_header(_Sample(header, Counter()))
    sample = _Sample(header, _sample_texts(values, missing))
    if not sample.counts:
        return _judge_header(sample)
    verdict = (
        _judge_forms(sample)
        or _judge_barred_values(sample)
        or _judge_years(_read_years(sample))
        or _judge_names(sample)
        or _judge_addresses_of_persons(sample)
        or _judge_short_names(sample)
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
    text = _to_text(value)
    form = classify_form(text) or find_contact_inside(text)
    if form:
        return Verdict("personal", form, "its value has this form")
    if isinstance(value, str) and reads_as_person(text) and not names_a_thing(header):
        return Verdict("personal", "names of persons", "its value is a full name")
    return _judge_header(_Sample(header, Counter([text])))


def _judge_forms(sample: _Sample) -> Verdict | None:
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


def _are_addresses(sample: _Sample, streets: list[str]) -> bool:
    """Return whether texts with a number are addresses: many of them, and nearly as many streets."""
    total = len(sample.counts)
    return total >= 20 and len(streets) >= 0.6 * total and len(set(streets)) >= 0.5 * len(streets)


def _has_phone_digits(sample: _Sample) -> bool:
    """Return whether bare digits are phone numbers and not codes: by the header, or by their area codes."""
    if find_claim(sample.header) in ("contact", "person"):
        return True
    digits = [text.split(".")[0] for text in sample.texts if _WHOLE.fullmatch(text)]
    national = [text[-10:] for text in digits if len(text) == 10 or (len(text) == 11 and text[0] == "1")]
    valid = sum(text[:3] in load_area_codes() and text[3] not in "01" for text in national)
    international = sum(len(text) in (10, 11) and text[0] == "0" and text[1] != "0" for text in digits)
    return len(digits) >= 10 and max(valid, international) >= 0.85 * len(digits)


def _are_mobile_numbers(sample: _Sample, digits: list[str]) -> bool:
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


def _judge_barred_values(sample: _Sample) -> Verdict | None:
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
    for subject, vocabulary in BARRED_VOCABULARIES.items():
        hits = sum(fold_answer(text) in vocabulary for text in texts)
        if hits >= max(_FEWEST_HITS[subject], 0.75 * len(texts)):
            return Verdict("personal", "a barred subject", sample.describe(hits, subject))
    if is_age_band(texts):
        return Verdict("personal", "age", f"its {len(texts):,} distinct values are age bands")
    years = [int(re.search(r"\d+", text).group()) for text in texts if is_age_text(text)]  # type: ignore[union-attr]
    if len(years) >= max(5, 0.7 * len(texts)) and max(years) >= 60 and np.median(years) >= 18:
        return Verdict("personal", "age", sample.describe(len(years), "ages in years"))
    return None


def _read_years(sample: _Sample) -> np.ndarray:
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


def _judge_names(sample: _Sample) -> Verdict | None:
    """Judge whether the values are names of persons: full names, or single first names or surnames."""
    texts, header = sample.texts, sample.header
    kinds = Counter(map(classify_name, texts))
    total, full = len(texts), kinds["full name"]
    claim = find_claim(header)
    if full >= 2 and full >= _NAME_SHARE * total:
        if names_a_thing(header) and total < 20:
            return Verdict("doubtful", "names of persons", sample.describe(full, "full names"))
        kind = "staff" if claim == "staff" else "names of persons"
        return Verdict("personal", kind, sample.describe(full, "full names"))
    if full >= 3 and full >= _SOME_NAMES * total and not names_a_thing(header):
        return Verdict("doubtful", "names of persons", sample.describe(full, "full names"))
    return None if names_a_thing(header) or names_an_origin(header) else _judge_single_names(sample, kinds)


def _judge_addresses_of_persons(sample: _Sample) -> Verdict | None:
    """Judge whether the values are profiles or handles: web addresses that hold names, or "@..." of their own."""
    total = len(sample.counts)
    if total < _FEWEST_PROFILES:
        return None
    hits = sum(map(holds_name_in_address, sample.texts))
    # Pages that recur are those of a provider or a campaign; the profile of a lead stands beside few others.
    recur = sample.counts.total() >= _ROWS_OF_A_PAGE * total and not _names_profile(sample.header)
    if hits >= _SOME_NAMES * total and not recur:
        return Verdict("doubtful", "names of persons", sample.describe(hits, "web addresses that hold a name"))
    handles = sum(_HANDLE.fullmatch(text) is not None for text in sample.texts)
    if handles >= _NAME_SHARE * total and total > 0.5 * sample.counts.total():
        return Verdict("doubtful", "profiles of persons", sample.describe(handles, "handles"))
    return None


def _names_profile(header: str) -> bool:
    """Return whether a header names the profile or the account of a person.

    >>> _names_profile("LinkedIn"), _names_profile("Profile URL"), _names_profile("Provider page")
    (True, True, False)
    """
    words = split_header(header)
    is_named = not _PROFILE_WORDS.isdisjoint(words) or "linkedin" in "".join(words)
    return is_named or find_claim(header) is not None


def _judge_single_names(sample: _Sample, kinds: Counter[str]) -> Verdict | None:
    """Judge whether the values are first names or surnames; cities that are called so as well are none."""
    total = len(sample.counts)
    first, last = kinds["first name"] + kinds["name"], kinds["surname"] + kinds["name"]
    hits, what = (first, "first names") if first >= last else (last, "surnames")
    if total < 3 or hits < _NAME_SHARE * total:
        return None
    cities = sum(map(is_city, sample.counts)) / total
    if cities > 0.9 or (cities > _CITY_SHARE and total < 30):
        return None
    share, enough = hits / total, 8 if what == "first names" else 20
    named = sample.describe(hits, what)
    if total >= enough and share >= 0.75 and cities <= _CITY_SHARE:
        return Verdict("personal", what, named)
    # Few values, or fewer names among them: each may be a word or a place as well.
    certain = total < enough and hits == total and cities <= _CITY_SHARE and kinds["surname"] < total
    if certain or (total >= 2 * enough and share >= (_NAME_SHARE if what == "first names" else 0.75)):
        return Verdict("doubtful", what, named)
    return None


def _judge_short_names(sample: _Sample) -> Verdict | None:
    """Judge whether the few values of a column are logins or initials of staff, under a header that says nothing.

    The values are "dfox", "kpark", "lwong", or "JR", "DF", "KP", "LW"; states and countries have two letters as well.
    """
    texts, header = sample.texts, sample.header
    if not _FEWEST_SHORT_NAMES <= len(texts) <= 40 or sample.counts.total() < 2 * len(texts):
        return None
    if names_a_thing(header) or names_an_origin(header) or find_claim(header) is not None or names_a_code(header):
        return None
    if all(map(reads_as_login, texts)):
        return Verdict("doubtful", "staff", sample.describe(len(texts), "logins"))
    are_initials = len(texts) > _FEWEST_SHORT_NAMES and all(map(_INITIALS.fullmatch, texts))
    if are_initials and sum(text in _STATES for text in texts) < 0.5 * len(texts):
        return Verdict("doubtful", "staff", sample.describe(len(texts), "initials"))
    return None


def _judge_header(sample: _Sample) -> Verdict:
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


def _may_be_persons(sample: _Sample) -> bool:
    """Return whether the values of a column may name persons: some are names, or initials, or logins."""
    texts = [text for text in sample.counts if not _WHOLE.fullmatch(text)]
    named = sum(classify_name(text) != "" or _LOGIN.fullmatch(text) is not None for text in texts)
    return named >= max(1, 0.2 * len(texts))


def _can_be_contacts(sample: _Sample) -> bool:
    """Return whether the values may be contact data: a few words, such as "email" and "phone", are not."""
    return len(sample.counts) > 12 or any(character in text for text in sample.counts for character in "0123456789@")


def _judge_person_header(sample: _Sample) -> Verdict:
    """Judge a column such as "Provider" or "Manager": about a person where its values may be names."""
    total = len(sample.counts)
    named = sum(classify_name(text) != "" for text in sample.counts)
    # "Charlotte" and "Jackson" are cities as well as names: a column of which every value is a city is one of cities.
    if named >= max(1, 0.5 * total) and not all(map(is_city, sample.counts)):
        return Verdict("personal", "names of persons or staff", sample.describe(named, "names"))
    short = sum(_reads_as_short_name(text) for text in sample.counts)
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


def _reads_as_short_name(text: str) -> bool:
    """Return whether a text is the initials of a person or a login, such as "JK" or "kpark"; no state and no plan."""
    return (_INITIALS.fullmatch(text) is not None and text not in _STATES) or reads_as_login(text)


def _sample_texts(values: Any, missing: frozenset[str]) -> Counter[str]:
    """Return distinct values, as texts, of an evenly thinned sample of the rows, with their counts."""
    rows = thin_rows(np.arange(len(values)), _SAMPLED_ROWS)
    # A Series is thinned before its texts become objects.
    thinned = values.iloc[rows] if isinstance(values, pd.Series) else as_numpy_array(values)[rows]
    counts = _count_texts(as_numpy_array(thinned), missing)
    if counts.total() < _FEW_PRESENT and len(rows) < len(values):
        counts = _count_texts(as_numpy_array(values), missing)
    if len(counts) <= _SAMPLED_VALUES:
        return counts
    texts = list(counts)
    sampled = (texts[position] for position in np.linspace(0, len(texts) - 1, _SAMPLED_VALUES).astype(np.intp))
    return Counter({text: counts[text] for text in sampled})


def _count_texts(raw: np.ndarray, missing: frozenset[str]) -> Counter[str]:
    """Count the values that are not missing, as texts."""
    distinct: Counter[Any] = Counter(raw[~pd.isna(raw)].tolist())
    counts: Counter[str] = Counter()
    for value, rows in distinct.items():
        if not is_missing(value, missing):
            counts[_to_text(value)] += rows
    return counts


def _to_text(value: Any) -> str:
    """Return a value as text; a whole number without decimals."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()
