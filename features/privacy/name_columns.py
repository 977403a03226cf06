"""Does a column hold names of persons? Full names, first names, surnames, handles, logins and initials of staff.

Lives here: judging the values together. Does not live here: one name (``person_names``), other kinds of personal data
and the header (``column_judgement``).
"""

import re
from collections import Counter

from features.privacy.column_sample import ColumnSample
from features.privacy.column_verdict import Verdict
from features.privacy.header_words import find_claim, names_a_code, names_a_thing, names_an_origin, split_header
from features.privacy.person_names import classify_name, holds_name_in_address, is_city, reads_as_login

__all__ = ["judge_addresses_of_persons", "judge_names", "judge_short_names", "reads_as_short_name"]

_NAME_SHARE, _SOME_NAMES = 0.6, 0.25
_CITY_SHARE = 0.75
_FEWEST_SURNAMES, _NEARLY_ALL = 10, 0.9
_FEWEST_SHORT_NAMES = 3
_FEWEST_PROFILES = 10
_ROWS_OF_A_PAGE = 5
"""Rows for each web address, on average, from which the addresses are pages and not profiles of single persons."""
_PROFILE_WORDS = frozenset(
    "profile profiles profil perfil profilo account handle social facebook fb twitter x tiktok xing snapchat".split()
)
_INITIALS = re.compile(r"[A-Z]{2,3}")
_STATES = frozenset(
    "AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA "
    "RI SC SD TN TX UT VT VA WA WV WI WY DC PR AB BC MB NB NL NS ON PE QC SK US CA MX GB UK DE FR ES IT NL PT AT CH AU "
    "NZ IE IN CN JP BR USA CAN MEX GBR DEU FRA ESP ITA AUS PPO HMO EPO POS HSA SMS".split()
)
_HANDLE = re.compile(r"@[\w.]{3,40}")


def judge_names(sample: ColumnSample) -> Verdict | None:
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


def judge_addresses_of_persons(sample: ColumnSample) -> Verdict | None:
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


def _judge_single_names(sample: ColumnSample, kinds: Counter[str]) -> Verdict | None:
    """Judge whether the values are first names or surnames; cities that are called so as well are none."""
    total = len(sample.counts)
    first, last = kinds["first name"] + kinds["name"], kinds["surname"] + kinds["name"]
    hits, what = (first, "first names") if first >= last else (last, "surnames")
    # Two first names that recur are two members of staff, unless the header says whose they are: it decides then.
    is_pair = total == 2 and what == "first names" and find_claim(sample.header) is None
    if (total < 3 and not is_pair) or hits < _NAME_SHARE * total:
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
    nearly = total >= _FEWEST_SURNAMES and share >= _NEARLY_ALL
    if certain or nearly or (total >= 2 * enough and share >= (_NAME_SHARE if what == "first names" else 0.75)):
        return Verdict("doubtful", what, named)
    return None


def judge_short_names(sample: ColumnSample) -> Verdict | None:
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


def reads_as_short_name(text: str) -> bool:
    """Return whether a text is the initials of a person or a login, such as "JK" or "kpark"; no state and no plan."""
    return (_INITIALS.fullmatch(text) is not None and text not in _STATES) or reads_as_login(text)
