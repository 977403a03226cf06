"""What does the header of a column say about its dates: that it has dates, and their time zone?

Lives here: words of headers in several languages, and time zones in headers.
Does not live here: what the values say (``date_format_decision``).
"""

import re
import unicodedata
from datetime import tzinfo
from zoneinfo import ZoneInfo

from features.parsing.dates.date_words import parse_zone

__all__ = ["drop_path", "find_header_zone", "has_date_word", "split_words"]

_DATE_WORDS = frozenset(
    "date dates datetime day time timestamp ts when created createdon createdat creation submitted submission received "
    "registered registration entered added opened updated modified closed started occurred epoch utc gmt "
    "datum zeit zeitpunkt zeitstempel uhrzeit erstellt angelegt eingang eingegangen fecha hora creado creada creacion "
    "alta registro ingreso heure jour cree creee creation recu data ora dia criado criada criacao cadastro entrada "
    "creato creata creazione aangemaakt tijd tijdstip horodatage horodate".split()
)
_DATE_ENDINGS = ("date", "datum", "datetime", "timestamp", "dateutc")
"""Database fields are one word: "createdate", "lastmodifieddate"."""
_NO_DATES = frozenset("candidate mandate update validate consolidate accommodate intimidate postdate outdate".split())
_CONTAINERS = frozenset(
    "properties property fields field data answers answer form forms response responses submission contact lead leads "
    "person customer patient client record records attributes payload values value custom item items body raw result "
    "results entry entries node json deal opportunity enquiry inquiry request hubspot salesforce object doc document "
    "row root details info metadata meta content visitor daten datos".split()
)
"""What a part of a path before the last one may be called without saying whose the value is: "owner" does say it."""
_PATH = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+")
_LAST_WORDS = frozenset({"at", "on"})
_REGIONS = {
    "est": "America/New_York", "edt": "America/New_York", "eastern": "America/New_York",
    "cst": "America/Chicago", "cdt": "America/Chicago", "central": "America/Chicago",
    "mst": "America/Denver", "mdt": "America/Denver", "mountain": "America/Denver",
    "pst": "America/Los_Angeles", "pdt": "America/Los_Angeles", "pacific": "America/Los_Angeles",
    "cet": "Europe/Berlin", "cest": "Europe/Berlin", "mez": "Europe/Berlin", "mesz": "Europe/Berlin",
    "bst": "Europe/London",
}  # fmt: skip
"""A header speaks of a region: half of the rows of a column "Time (EST)" are in summer."""
_BRACKETS = re.compile(r"[(\[{]((?:[^()\[\]{}]|\([^()]*\))+)[)\]}]")
"""Brackets may hold others: "(Pacific Time (US & Canada))"."""
_OFFSET_TAIL = re.compile(r"\b((?:UTC|GMT)\s?[+-]\d{1,2}(?::?\d{2})?)\W*$", re.IGNORECASE)
_REGION_NAME = re.compile(r"\b(eastern|central|mountain|pacific)(?: (?:standard|daylight))? time\b", re.IGNORECASE)
_ABBREVIATION_TAIL = re.compile(r"\s((?:E|C|M|P)[SD]T|MEZ|MESZ|CET|CEST|BST)\W*$")
"""In capitals only: "Cost est" is an estimate."""
_REGION_TAIL = re.compile(r"\s*(?:\([^)]*\)|standard|daylight|time|zone|us|&|canada)\s*", re.IGNORECASE)


def split_words(header: str) -> tuple[str, ...]:
    """Split a header into lower-case words without accents, at anything but letters and digits and inside camel case.

    >>> split_words("Créé le (UTC)"), split_words("CreatedOn")
    (('cree', 'le', 'utc'), ('created', 'on'))
    """
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", header)
    unaccented = "".join(c for c in unicodedata.normalize("NFKD", spaced) if not unicodedata.combining(c))
    return tuple(re.sub(r"[\W_]+", " ", unaccented).lower().split())


def drop_path(header: str) -> str:
    """Return the last part of a flattened JSON header, "answers.zip" is "zip", unless the path says whose it is.

    >>> drop_path("properties.createdate"), drop_path("Appt. No"), drop_path("ins.")
    ('createdate', 'Appt. No', 'ins.')
    >>> drop_path("owner.email"), drop_path("last_reply.message"), drop_path("form_response.answers.zip")
    ('owner.email', 'last_reply.message', 'zip')
    """
    if not _PATH.fullmatch(header):
        return header
    path, _, last = header.rpartition(".")
    return last if _CONTAINERS.issuperset(split_words(path)) else header


def has_date_word(header: str) -> bool:
    """Return whether a header speaks of a date or a time.

    >>> [has_date_word(header) for header in ("Created At", "Fecha de alta", "ts_ms", "Order Number", "Point on map")]
    [True, True, True, False, False]
    """
    tokens = split_words(header)
    return (
        not _DATE_WORDS.isdisjoint(tokens)
        or (len(tokens) > 1 and tokens[-1] in _LAST_WORDS)
        or any(token.endswith(_DATE_ENDINGS) and token not in _NO_DATES for token in tokens)
    )


def find_header_zone(header: str) -> str | None:
    """Return the time zone that a header names; None if it names none.

    >>> [find_header_zone(header) for header in ("Submit Date (UTC)", "created_at_utc", "Start (America/New_York)")]
    ['UTC', 'UTC', 'America/New_York']
    >>> [find_header_zone(header) for header in ("Submitted at GMT-5", "Created (Pacific Time (US & Canada))")]
    ['-05:00', 'America/Los_Angeles']
    >>> find_header_zone("Zeit (MEZ)"), find_header_zone("Call time [GMT-05:00]"), find_header_zone("Start (local)")
    ('Europe/Berlin', '-05:00', None)
    """
    for named in _BRACKETS.findall(header):
        if zone := _name_zone(named.strip()):
            return zone
    for pattern in (_OFFSET_TAIL, _REGION_NAME, _ABBREVIATION_TAIL):
        match = pattern.search(header)
        if match is not None and (zone := _name_zone(match[1])):
            return zone
    tokens = split_words(header)
    return "UTC" if len(tokens) > 1 and tokens[-1] in ("utc", "gmt") else None


def _name_zone(text: str) -> str | None:
    """Return the name of a time zone as mappings write it; None if the text is none."""
    word = _REGION_TAIL.sub(" ", text).strip().lower()
    if word in _REGIONS:
        return _REGIONS[word]
    zone: tzinfo | None = parse_zone(text) or parse_zone(word)
    if zone is None:
        return None
    if isinstance(zone, ZoneInfo):
        return zone.key
    # A fixed offset prints as "UTC-05:00"; the mapping writes -05:00, and plain UTC as its name.
    name = str(zone)
    return name.removeprefix("UTC") or "UTC"
