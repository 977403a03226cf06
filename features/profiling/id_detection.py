"""Which column identifies a row of the export, so that scores can be brought back to the CRM?

Lives here: headers of ids of CRMs and form tools in several languages, and the shape of an id: unique and short.
Does not live here: comparing two ids (``parsing.record_ids``), ids that must not enter the score
(``mapping.type_inference``).
"""

import re
import unicodedata
from datetime import UTC
from functools import cache

import numpy as np

from features.mapping.code_columns import names_a_quantity
from features.mapping.column_headers import COLUMN_HEADERS
from features.mapping.type_inference import split_header
from features.parsing.dates.timestamps import to_time
from features.parsing.parsed_columns import ParsedColumns
from features.privacy.header_words import find_claim
from features.privacy.national_numbers import NATIONAL_NUMBERS
from features.profiling.values.column_verdicts import judge_once

__all__ = ["count_repeats", "find_id_column", "identifies_person", "names_a_record", "rank_id_header"]

_ID_WORDS = frozenset(
    "id ids guid uuid key no nr num number nummer numero kennung kennzeichen identificador identificativo "
    "identifiant identifier code codigo codice ref reference referencia référence referenz token sid uid folio dossier "
    "expediente aktenzeichen vorgang numer pk oid rif riferimento lfd laufnummer номер 编号 編號 序号 番号 번호".split()
)
_NUMBERS = frozenset("no nr num number nummer numero numer номер 番号 번호".split())
# What an inquiry is called, best first: a lead's id is preferred to the id of its call or its form.
_ENTITIES = (
    ("lead", "leads", "prospect", "interessent", "prospecto", "interessado"),
    (
        "enquiry",
        "inquiry",
        "anfrage",
        "consulta",
        "demande",
        "solicitud",
        "aanvraag",
        "richiesta",
        "pedido",
        "arende",
        "sag",
        "sak",
        "zgłoszenia",
        "zgloszenia",
        "受付",
        "受理",
        "접수",
    ),
    ("deal", "opportunity", "opp", "oportunidad", "opportunite", "verkaufschance", "negocio", "oportunidade"),
    ("record", "object", "datensatz", "registro", "enregistrement", "row", "zcrm", "crm"),
    ("entry", "submission", "response", "form", "eintrag", "entrada"),
    (
        "appointment",
        "appt",
        "booking",
        "reservation",
        "referral",
        "request",
        "case",
        "ticket",
        "termin",
        "cita",
        "rdv",
        "afspraak",
    ),
    ("call", "conversation", "chat", "anruf", "llamada"),
    (
        "contact",
        "person",
        "customer",
        "client",
        "kontakt",
        "contacto",
        "kunde",
        "cliente",
        "external",
    ),
)
_PATIENT = frozenset("patient patients pat pt paciente patientin paziente".split())
_ALONE = frozenset(
    {
        "leadid",
        "recordid",
        "contactid",
        "entryid",
        "submissionid",
        "callid",
        "dealid",
        "guid",
        "uuid",
        "id",
        "token",
        "#",
    }
)
# A number of a person, a payment or a place is no number of a record.
_OTHER_NUMBERS = re.compile(
    r"^(?:number|no|num) of\b|^anzahl\b|\b(?:phone|ph|"
    r"contact (?:no|number)|mobile|cell|tel|telephone|fax|whatsapp|telefon|telefono|telefone|"
    r"telefoon|mobiel|ruf|haus|huis|konto|rekening|polis|policen|versicherten|versicherungs?|karten|kaart|steuer|bsn|"
    r"sozialversicherungs?|телефон\w*|handy|movil|caller|tracking|ssn|social|"
    r"passport|licen[cs]e|policy|member|insurance|group|card|account|iban|tax|vat|"
    r"ins|subscriber|beneficiary|payer|plan|grp|medicare|medicaid|dl|driver|npi|zip|postal|post|plz|street|house|area|"
    r"country|city|promo|coupon|discount|campaign|ad|adset|adgroup|form name|owner|user|agent|staff|provider|visitor|"
    r"session|utm|gclid|click|client id ga|modified)\b"
)
_NUMBER_SIGNS = re.compile(r"#|[Nn]°|\U0001F194")
_ENDINGS = ("nummer", "number", "nr", "id", "番号", "编号", "編號", "번호")
_CODE = re.compile(r"(?=.*[A-Za-z])(?=.*\d)[\w.:#/-]{2,64}")
_NUMBERED_CODE = re.compile(r"\d{1,8}([/\-])\d{1,8}")
_LONGEST_SERIAL, _LARGEST_STEP = 15, 1_000
_LEAST_UNNAMED = 20
_LONGEST = 64
_OF_PERSONS = (NATIONAL_NUMBERS, "e-mail addresses", "names of persons")
_MIN_ROWS = 2
_NEARLY_ALL = 0.98


def find_id_column(columns: ParsedColumns, kinds: dict[str, str], used: frozenset[str]) -> str | None:
    """Return the column that identifies a row: a header with a word for ids, and a short value of its own in every row.

    >>> import pandas as pd
    >>> frame = pd.DataFrame({"Entry Id": ["7", "8", "9"], "Phone Number": ["617", "618", "619"]})
    >>> find_id_column(ParsedColumns(frame, frozenset()), dict.fromkeys(frame, "number"), frozenset())
    'Entry Id'
    """
    ranked = sorted(
        (rank, position, name)
        for position, name in enumerate(columns)
        if name not in used and name in kinds and (rank := rank_id_header(name)) is not None
    )
    named = [
        (rank, name)
        for rank, _, name in ranked
        if _has_short_values(columns, name)
        and not _is_number_to_call(columns, name)
        and not identifies_person(columns, name)
    ]
    for _, name in named:
        if columns.is_unique(name):
            return name
    # A few leads exported twice are dropped when the file is read; their ids are the ids of all others, too.
    for rank, name in named:
        if rank < len(_ENTITIES) and count_repeats(columns, name) <= (1 - _NEARLY_ALL) * len(columns):
            return name
    return _find_unnamed_id(columns, kinds, used)


def identifies_person(columns: ParsedColumns, name: str) -> bool:
    """Return whether values say who a person is, whatever their header says: they must not travel as an id of a lead.

    A tax or insurance number, an address of e-mail, a full name. An id of ten digits may look like a number to call.

    >>> import pandas as pd
    >>> frame = pd.DataFrame({"id": ["ann@x.org", "bob@x.org", "eve@x.org"], "Lead": ["7", "8", "9"]})
    >>> [identifies_person(ParsedColumns(frame, frozenset()), name) for name in frame]
    [True, False]
    """
    return judge_once(columns, name).kind in _OF_PERSONS


def count_repeats(columns: ParsedColumns, name: str) -> int:
    """Count the rows whose value stands in an earlier row as well, as they stand in the file.

    >>> import pandas as pd
    >>> count_repeats(ParsedColumns(pd.DataFrame({"Lead ID": ["a1", "A1", "a1", None]}), frozenset()), "Lead ID")
    1
    """
    return int(columns.frame[name][columns.is_present(name)].duplicated().sum())


def _is_number_to_call(columns: ParsedColumns, name: str) -> bool:
    """Return whether a header speaks of a number and of no id, and the values are phone numbers.

    >>> import pandas as pd
    >>> frame = pd.DataFrame({"Text Reminder Number": [f"+1212555{last}" for last in range(1000, 1030)]})
    >>> _is_number_to_call(ParsedColumns(frame, frozenset()), "Text Reminder Number")
    True
    """
    words = _ID_WORDS & set(_split_compounds(split_header(_strip_accents(_NUMBER_SIGNS.sub(_name_sign, name)))))
    rank = rank_id_header(name)
    is_named = rank is not None and rank < len(_ENTITIES)
    return not is_named and words <= _NUMBERS and judge_once(columns, name).kind == "phone numbers"


def _find_unnamed_id(columns: ParsedColumns, kinds: dict[str, str], used: frozenset[str]) -> str | None:
    """Return the first column of short codes of letters and digits, each in one row only; None if there is none.

    Numbers alone prove nothing without a header, because they may be amounts or phone numbers, unless they are issued
    one after the other down the file. Nothing personal is an id.
    """
    if len(columns) < _LEAST_UNNAMED:
        return None
    free = [
        name
        for name in columns
        if name not in used
        and name in kinds
        and find_claim(name) in (None, "person")
        and not _OTHER_NUMBERS.search(name.lower())
    ]
    dateless = [
        name for name in free if kinds[name] != "date" and " ".join(split_header(name)) not in _list_other_headers()
    ]
    for has_shape, names in ((_are_codes, free), (_are_numbered_codes, dateless), (_is_issued_in_order, dateless)):
        for name in names:
            if not has_shape(columns, name) or not columns.is_unique(name) or not _has_short_values(columns, name):
                continue
            if judge_once(columns, name).outcome == "nothing":
                return name
    return None


@cache
def _list_other_headers() -> frozenset[str]:
    """Return the headers of our columns that hold no id: numbers below "latitude" are none, whatever their shape."""
    others = {name: headers for name, headers in COLUMN_HEADERS.items() if name not in ("lead_id", "person_id")}
    return frozenset((*others, *(header for headers in others.values() for header in headers)))


def _are_codes(columns: ParsedColumns, name: str) -> bool:
    """Return whether values are short codes of letters and digits."""
    return all(_CODE.fullmatch(str(value).strip()) for value in columns.select_present(name, limit=100))


def _is_issued_in_order(columns: ParsedColumns, name: str) -> bool:
    """Return whether whole numbers rise or fall down the file by small steps on average, and the header counts none."""
    if names_a_quantity(name):
        return False
    texts = [str(value).strip().removesuffix(".0") for value in columns.select_present(name, limit=len(columns))]
    if not all(text.isdecimal() and len(text) <= _LONGEST_SERIAL for text in texts):
        return False
    steps = np.diff(np.array([int(text) for text in texts], np.int64))
    # Sums and phone numbers that somebody sorted rise as well, but by larger steps.
    return bool((steps > 0).all() or (steps < 0).all()) and abs(int(steps.sum())) <= _LARGEST_STEP * len(steps)


def _are_numbered_codes(columns: ParsedColumns, name: str) -> bool:
    """Return whether values are numbers with a constant mark inside, such as 17/25, of which one part is issued."""
    matches = [_NUMBERED_CODE.fullmatch(str(value).strip()) for value in columns.select_present(name, limit=100)]
    return len({match and match[1] for match in matches}) == 1 and matches[0] is not None


def rank_id_header(header: str) -> int | None:
    """Return how well a header names the id of an inquiry, 0 best; None if it names no id of a record.

    >>> [rank_id_header(text) for text in ("LEADID", "Record ID - Contact", "Phone Number", "City")]
    [0, 3, None, None]
    """
    tokens = _split_compounds(split_header(_strip_accents(_NUMBER_SIGNS.sub(_name_sign, header))))
    text = " ".join(tokens)
    if not tokens or _OTHER_NUMBERS.search(text):
        return None
    if text.startswith("do not modify") and not {"checksum", "row", "modified"} & set(tokens):
        return 0
    joined = text.replace(" ", "")
    if not (_ID_WORDS & set(tokens) or joined in _ALONE or joined == "rowid"):
        return None
    entities = (
        rank for rank, names in enumerate(_ENTITIES) if any(name in tokens or joined == f"{name}id" for name in names)
    )
    # A patient's number is personal: it is the id of a row only where nothing else is.
    return next(entities, len(_ENTITIES) + (not _PATIENT.isdisjoint(tokens)))


def names_a_record(header: str) -> bool:
    """Return whether a header names the id of something, such as a deal; "Log id" may number rows.

    >>> names_a_record("Deal ID"), names_a_record("Log id"), names_a_record("ID")
    (True, False, False)
    """
    rank = rank_id_header(header)
    return rank is not None and rank < len(_ENTITIES)


def _name_sign(match: re.Match[str]) -> str:
    """Return the word for a sign that stands for a number or an id."""
    return " id " if match[0] == "\U0001f194" else " number "


def _split_compounds(tokens: tuple[str, ...]) -> tuple[str, ...]:
    """Split words that end in a number's name, as German, Nordic and Asian headers and field names write them.

    >>> _split_compounds(("aanvraagnummer",)), _split_compounds(("kennzeichen", "nummer")), _split_compounds(("paid",))
    (('aanvraag', 'nummer'), ('kennzeichen', 'nummer'), ('paid',))
    """
    return tuple(part for token in tokens for part in _split_compound(token))


def _split_compound(token: str) -> tuple[str, ...]:
    """Split one word at its ending; short endings only behind the name of a record."""
    for ending in _ENDINGS:
        stem = token.removesuffix(ending)
        is_plain = ending in ("nummer", "番号", "编号", "編號", "번호") or any(stem in names for names in _ENTITIES)
        if stem and stem != token and is_plain:
            return stem, ending
    return (token,)


def _strip_accents(text: str) -> str:
    """Return a text without accents, "Nº" as "No"."""
    unaccented = "".join(mark for mark in unicodedata.normalize("NFKD", text) if not unicodedata.combining(mark))
    # Korean letters, which fell into their parts as well, are put together again.
    return unicodedata.normalize("NFC", unaccented)


def _has_short_values(columns: ParsedColumns, name: str) -> bool:
    """Return whether nearly every row has a short value without spaces that is no date and no fraction."""
    # A row without an id is rejected and counted; for one such row the ids of all others are not given up.
    if len(columns) < _MIN_ROWS or columns.is_present(name).mean() < _NEARLY_ALL:
        return False
    present = columns.select_present(name, limit=len(columns))
    texts = [str(value).strip() for value in present[:5000].tolist()]
    if any(len(text) > _LONGEST or len(text.split()) > 1 or "@" in text or "://" in text for text in texts):
        return False
    # pandas reads a column of whole numbers with a gap as floats, so 7001 is the text "7001.0".
    if all(re.fullmatch(r"[0-9]+(?:\.0)?", text) for text in texts):
        return True
    if isinstance(present[0], float) and not np.equal(present.astype(float), np.round(present.astype(float))).all():
        return False
    return bool(to_time(present[:500], UTC, columns.missing)[1].mean() > 0.5)
