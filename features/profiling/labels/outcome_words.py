"""What does a status say about a lead: booked, not booked, or still open?

Lives here: reading one value or one header with the phrases of ``outcome_words.toml``.
Does not live here: which column is the label (``label_detection``).
"""

import re
import tomllib
import unicodedata
from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from features.parsing.scalars import NO, YES
from features.privacy.header_words import split_camel_word

__all__ = [
    "classify_header",
    "classify_status",
    "counts_bookings",
    "is_attendance_header",
    "is_earlier_outcome",
    "names_booking",
    "names_booking_date",
    "read_answer",
    "read_answers",
    "read_header_core",
    "read_yes_no",
    "says_attended",
    "says_missed",
]

_YES = YES | frozenset("yep yeah o 有".split())
_NO = NO | frozenset("nope 无".split())
_LETTER_PAIRS = tuple(map(frozenset, ("yn", "tf", "sn", "jn", "on", "tn", "dn")))
"""Yes and no in one letter, of one language each: "S" and "F" are no answers but codes."""
_TICKS, _CROSSES = frozenset("✓✔☑✅"), frozenset("✗✘☐❌")
_CONTRACTIONS = (("won't", "will not"), ("can't", "can not"), ("cannot", "can not"), ("n't", " not"))
_NEGATION_REACH = 3
_CLAUSE_BORDER = re.compile(
    r"[,;/|()\u2013\u2014]|\s-+\s|\b(?:but|however|then|later|aber|dann|sondern|sp\u00e4ter|men|pero|luego|mais|puis|mas|ma|"
    r"poi|maar|ale|jednak|mutta|ama|\u043d\u043e)\b",
    re.IGNORECASE,
)
_ANSWER = re.compile(r"\s*([^\W\d]+)(?:\s+[-\u2013\u2014]|\s*[,;:(])")
"""A word with a remark behind it. "N/S" is a code and no answer."""


def classify_status(value: str) -> str | None:
    """Return "booked", "not_booked" or "open" for a status; None where a person must be asked.

    >>> [classify_status(text) for text in ("Won't book", "Call back scheduled", "Closed - Converted", "Blue")]
    ['not_booked', 'open', 'booked', None]
    >>> [classify_status(text) for text in ("Not booked yet", "Booked elsewhere", "9 - Dead", "Unconfirmed")]
    ['open', 'not_booked', 'not_booked', None]
    >>> classify_status("Svarar ej, bokad ny tid"), classify_status("No - booked"), classify_status("Ej bokad")
    ('booked', None, 'not_booked')
    >>> classify_status("Not canceled"), classify_status("nicht storniert")
    ('booked', 'booked')
    """
    return _classify_words(_split_camel_words(value), _split_clauses(value))


def read_yes_no(value: str) -> bool | None:
    """Return what an answer in one of several languages says; None if it is neither yes nor no.

    >>> read_yes_no("Sí"), read_yes_no("Nein"), read_yes_no("maybe")
    (True, False, None)
    """
    mark = value.strip()
    if mark in _TICKS or mark in _CROSSES:
        return mark in _TICKS
    tokens = " ".join(_split_words(value.removesuffix(".0")))
    return True if tokens in _YES else False if tokens in _NO else None


def read_answer(value: str) -> bool | None:
    """Return what an answer with a remark behind it says: "no - too far"; None if it is neither yes nor no.

    >>> read_answer("No - too far"), read_answer("Yes, Tuesday 3 pm"), read_answer("no answer"), read_answer("lvm")
    (False, True, None, None)
    """
    bare = read_yes_no(value)
    match = _ANSWER.match(value)
    return bare if bare is not None or match is None else read_yes_no(match[1])


def read_answers(values: Sequence[str]) -> dict[str, bool | None]:
    """Return what each value of a column answers, yes or no; None for all single letters that are no pair of answers.

    >>> read_answers(("S", "N")), read_answers(("S", "F")), read_answers(("Yes", "n"))
    ({'S': True, 'N': False}, {'S': None, 'F': None}, {'Yes': True, 'n': False})
    """
    marks = (value.strip().casefold() for value in values)
    letters = frozenset(mark for mark in marks if len(mark) == 1 and mark.isascii() and mark.isalpha())
    is_pair = not letters or any(letters <= pair for pair in _LETTER_PAIRS)
    return {
        value: read_yes_no(value) if is_pair or value.strip().casefold() not in letters else None for value in values
    }


def classify_header(header: str) -> str | None:
    """Return "outcome", "status" or "failure" for a header that may name the outcome of a lead; None for any other.

    >>> [classify_header(text) for text in ("Appt Set?", "is_canceled", "dealstage", "Previous Outcome", "City")]
    ['outcome', 'failure', 'status', None, None]
    """
    headers = _load_words()["headers"]
    tokens = _split_camel_words(header)
    if not tokens or is_earlier_outcome(header):
        return None
    core = " ".join(word for word in tokens if word not in headers["fillers"]) or " ".join(tokens)
    header_text = " ".join(tokens)
    for kind in ("failure", "outcome"):
        if core in headers[kind] or header_text in headers[kind]:
            return kind
    is_status = any(f" {name} " in f" {core} " for name in headers["status"])
    # "dealstage" and "leadstatus" are one word each, so their end decides.
    return "status" if is_status or core.endswith(("stage", "status")) else None


def is_earlier_outcome(header: str) -> bool:
    """Return whether a header names the outcome of an earlier contact, which is an input and no label.

    >>> is_earlier_outcome("Previous Outcome"), is_earlier_outcome("Outcome")
    (True, False)
    """
    tokens = _split_camel_words(header)
    return bool(tokens) and tokens[0] in _load_words()["headers"]["earlier"]


def is_attendance_header(header: str) -> bool:
    """Return whether a header is about coming to a visit rather than booking one.

    >>> is_attendance_header("No-show"), is_attendance_header("Converted")
    (True, False)
    """
    return read_header_core(header) in _load_words()["headers"]["attendance"]


def read_header_core(header: str) -> str:
    """Return the words of a header without those that every flag may have.

    >>> read_header_core("IsClosed"), read_header_core("Lead won?")
    ('closed', 'won')
    """
    fillers = _load_words()["headers"]["fillers"]
    return " ".join(word for word in _split_camel_words(header) if word not in fillers)


def names_booking(header: str) -> bool:
    """Return whether a header speaks of a booking in words of its own, so that yes under it may be the outcome.

    >>> names_booking("Did they schedule a visit?"), names_booking("Wants to book online"), names_booking("City")
    (True, False, False)
    """
    tokens, vocabulary = _split_camel_words(header), _load_words()["headers"]
    if not tokens or is_earlier_outcome(header) or any(word in vocabulary["no_outcome"] for word in tokens):
        return False
    booked = _load_words()["booked"]["phrases"]
    return _find_phrase(tokens, (*booked, *vocabulary["booking"])) is not None and not _negates_booking(tokens)


def counts_bookings(header: str) -> bool:
    """Return whether numbers below a header can count bookings; "Pages seen" and "Forms completed" count other things.

    >>> [counts_bookings(text) for text in ("Visits booked", "Appointments", "Pages seen", "Items purchased")]
    [True, True, False, False]
    """
    return _find_phrase(_split_camel_words(header), _load_words()["headers"]["counted"]) is not None


def names_booking_date(header: str) -> bool:
    """Return whether a header names the date of a booking, of a visit or of the end of a lead that was won.

    >>> [names_booking_date(text) for text in ("appointment_date", "Converted Date", "closedate", "Date booked")]
    [True, True, True, True]
    >>> [names_booking_date(text) for text in ("Preferred appointment date", "Date lost", "Last visit", "Created")]
    [False, False, False, False]
    """
    tokens, vocabulary = _split_camel_words(header), _load_words()["headers"]
    barred = {*vocabulary["no_outcome"], *vocabulary["earlier"], *vocabulary["no_booking_date"]} - {
        "when",
        "time",
        "online",
    }
    if not tokens or is_earlier_outcome(header) or any(word in barred for word in tokens):
        return False
    if _find_phrase(tokens, vocabulary["failure"]) is not None or _negates_booking(tokens):
        return False
    return _find_phrase(tokens, vocabulary["booking_date"]) is not None


def says_attended(value: str) -> bool:
    """Return whether a status says that the person came to the visit.

    >>> says_attended("Checked Out"), says_attended("Scheduled")
    (True, False)
    """
    return _find_phrase(_split_camel_words(value), _load_words()["attendance"]["came"]) is not None


def says_missed(value: str) -> bool:
    """Return whether a status says that a visit was booked and did not take place.

    >>> says_missed("No Show"), says_missed("Not interested")
    (True, False)
    """
    return _find_phrase(_split_camel_words(value), _load_words()["attendance"]["missed"]) is not None


@lru_cache(maxsize=4096)
def _classify_words(tokens: tuple[str, ...], clauses: tuple[tuple[str, ...], ...]) -> str | None:
    """Classify a status by its words; the order of the rules is their precedence. A negation ends with its clause."""
    # Pipelines number their stages: "9 - Dead".
    while len(tokens) > 1 and tokens[0].isdecimal():
        tokens = tokens[1:]
    vocabulary, text = _load_words(), " ".join(tokens)
    for meaning, texts in vocabulary["exact"].items():
        if text in texts:
            return None if meaning == "ask" else meaning
    is_lost = _find_phrase(tokens, vocabulary["not_booked"]["phrases"]) is not None
    if _find_phrase(tokens, vocabulary["booked"]["not_ended"]) is not None:
        # "Not canceled, no show" has ended all the same.
        others = [clause for clause in clauses if _find_phrase(clause, vocabulary["booked"]["not_ended"]) is None]
        ended = (_find_phrase(clause, vocabulary["not_booked"]["phrases"]) for clause in others)
        return None if any(position is not None for position in ended) else "booked"
    ends_booked = len(clauses) > 1 and _classify_words(clauses[-1], clauses[-1:]) == "booked"
    is_unreached = _find_phrase(tokens, vocabulary["booked"]["unreached"]) is not None
    if (is_lost and ends_booked) or (not is_lost and _contradicts(clauses)):
        return None
    if any(map(_negates_booking, clauses)) and not any(word in vocabulary["booked"]["yet"] for word in tokens):
        return "open" if "has" in tokens or "have" in tokens else "not_booked"
    if _find_phrase(tokens, vocabulary["open_first"]["phrases"]) is not None:
        # "Pending cancellation" may end either way, and "not reached, booked online" has ended.
        if ends_booked and not is_lost:
            return "booked" if is_unreached else None
        starts_booked = len(clauses) > 1 and _classify_words(clauses[0], clauses[:1]) == "booked"
        return None if is_lost or starts_booked else "open"
    if is_lost:
        return None if _find_phrase(tokens, vocabulary["booked"]["revived"]) is not None else "not_booked"
    if len(clauses) > 1 and any(map(_is_bare_no, clauses)):
        return None
    if ends_booked and is_unreached and _find_phrase(clauses[-1], vocabulary["booked"]["phrases"]) is not None:
        return "booked"
    return _classify_booking(tokens) or _classify_open(tokens)


def _contradicts(clauses: tuple[tuple[str, ...], ...]) -> bool:
    """Return whether one clause says booked and another one that it is not: "Booked, not confirmed"."""
    others = [clause for clause in clauses if not _negates_booking(clause)]
    return 0 < len(others) < len(clauses) and any(_classify_words(clause, (clause,)) == "booked" for clause in others)


def _is_bare_no(clause: tuple[str, ...]) -> bool:
    """Return whether a clause says nothing but no."""
    booked = _load_words()["booked"]
    return {*clause} <= {*booked["negations"], *booked["near_negations"], *_NO}


def _split_clauses(value: str) -> tuple[tuple[str, ...], ...]:
    """Split a status at commas, slashes, dashes between words and the like, and before "but", into words.

    >>> _split_clauses("Svarar ej, bokad"), _split_clauses("No-show"), _split_clauses("Did not answer but booked")
    ((('svarar', 'ej'), ('bokad',)), (('no', 'show'),), (('did', 'not', 'answer'), ('booked',)))
    """
    parts = (_split_camel_words(part) for part in _CLAUSE_BORDER.split(value))
    return tuple(part for part in parts if part)


def _classify_booking(tokens: tuple[str, ...]) -> str | None:
    """Classify a status by its words of a booking, in view of calls that were scheduled."""
    vocabulary = _load_words()
    position = _find_phrase(tokens, vocabulary["booked"]["phrases"])
    if position is None:
        return None
    if any(word in vocabulary["booked"]["hedges"] for word in tokens):
        return None
    is_contact = _find_phrase(tokens, vocabulary["contact"]["phrases"]) is not None
    return "open" if is_contact and _find_phrase(tokens, vocabulary["contact"]["visits"]) is None else "booked"


def _negates_booking(tokens: tuple[str, ...]) -> bool:
    """Return whether a negation stands at most three words before one of a booking; an English "no" right before it.

    >>> [classify_status(text) for text in ("No se agendo", "no ha agendado", "Keinen Termin bekommen")]
    ['not_booked', 'not_booked', 'not_booked']
    """
    booked = _load_words()["booked"]
    for position, word in enumerate(tokens):
        reach = 0
        if word in booked["negations"]:
            reach = _NEGATION_REACH
        elif word in booked["near_negations"]:
            reach = _NEGATION_REACH if {*tokens[position + 1 : position + 2]} & {*booked["far_after_no"]} else 1
        following = tokens[position + 1 : position + 1 + reach]
        if following and _find_phrase(following, (*booked["phrases"], *booked["objects"])) is not None:
            return True
    return False


def _classify_open(tokens: tuple[str, ...]) -> str | None:
    """Classify a status that has no word of a booking or of a loss."""
    vocabulary = _load_words()
    has_hedge = _find_phrase(tokens, vocabulary["booked"]["phrases"]) is not None or "closed" in tokens
    is_open = _find_phrase(tokens, vocabulary["open"]["phrases"]) is not None
    return "open" if is_open and not has_hedge else None


def _find_phrase(tokens: Sequence[str], phrases: Sequence[str]) -> int | None:
    """Return the position of the first of the phrases among the words; None if there is none."""
    match = _compile_phrases(tuple(phrases)).search(" ".join(tokens))
    return None if match is None else match.string[: match.start()].count(" ")


@cache
def _compile_phrases(phrases: tuple[str, ...]) -> re.Pattern[str]:
    """Compile phrases into one pattern of whole words in a row; "*" stands for one to three words.

    There are hundreds of phrases: one pattern for each would not stay in the cache of ``re``.
    """
    patterns = (" ".join(_to_pattern(word) for word in phrase.split()) for phrase in phrases)
    return re.compile(rf"(?:^|(?<= ))(?:{'|'.join(patterns)})(?= |$)")


@cache
def _to_pattern(word: str) -> str:
    """Return the regular expression of one word of a phrase."""
    if word == "*":
        return r"\w+(?: \w+){0,2}"
    return re.escape(word.removesuffix("*")) + (r"\w*" if word.endswith("*") else "")


@lru_cache(maxsize=4096)
def _split_words(text: str) -> tuple[str, ...]:
    """Split a text into words in lower case, without accents, contractions written out."""
    folded = text.replace("\u2019", "'").casefold()
    for short, full in _CONTRACTIONS:
        folded = folded.replace(short, full)
    # Vowels of Thai and Hebrew are marks as well, but none that combine in Unicode's own sense.
    unaccented = "".join(mark for mark in unicodedata.normalize("NFKD", folded) if unicodedata.category(mark) != "Mn")
    # Korean letters, which fell into their parts as well, are put together again.
    return tuple(re.sub(r"[^\w]+|_", " ", unicodedata.normalize("NFC", unaccented)).split())


def _split_camel_words(text: str) -> tuple[str, ...]:
    """Split a text into words, also at capitals inside a word ("IsCanceled")."""
    return _split_words(" ".join(part for word in text.split() for part in split_camel_word(word)))


@cache
def _load_words() -> dict[str, Any]:
    """Load the phrases, once, folded as the texts that they are compared with."""
    return _fold_phrases(tomllib.loads(Path(__file__).with_name("outcome_words.toml").read_text(encoding="utf-8")))


def _fold_phrases(words: Any) -> Any:
    """Return phrases without accents and capitals; a * at the end of a word stays.

    >>> _fold_phrases({"phrases": ["umówion*", "đã đặt", "closed * yet"]})
    {'phrases': ['umowion*', 'đa đat', 'closed * yet']}
    """
    if isinstance(words, dict):
        return {name: _fold_phrases(phrases) for name, phrases in words.items()}
    if isinstance(words, list):
        return list(dict.fromkeys(map(_fold_phrases, words)))
    return " ".join(
        "*" if word == "*" else "".join(_split_words(word)) + "*" * word.endswith("*") for word in words.split()
    )
