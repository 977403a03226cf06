"""Which columns of an export match ours?

Lives here: guesses from headers and values about our columns. Prompts that mean "missing" are in ``values.prompts``.
Does not live here: the order of a file without dates (``order_guess``), the label (``label_detection``), the kind of a
single column (``mapping.type_inference``), columns known only after the outcome (``leakage_detection``), the proposal
itself (``export_profile``).
"""

import re
from collections.abc import Collection
from functools import cache

import numpy as np

from features.mapping.column_headers import COLUMN_HEADERS
from features.mapping.payload_columns import PayloadColumns
from features.mapping.products import Product, ProductMatch, load_products
from features.mapping.type_inference import find_barred_word, split_header
from features.parsing.dates.date_headers import drop_path
from features.parsing.json_messages import holds_wrapped_message
from features.parsing.parsed_columns import ParsedColumns
from features.privacy.header_words import find_claim, names_lead_contact, names_other_contact
from features.privacy.name_lists import remove_accents
from features.profiling.ambiguous_headers import contradicts_header, names_own_message
from features.profiling.id_detection import find_id_column, identifies_person, names_a_record
from features.profiling.late_headers import find_late_header
from features.profiling.values.column_verdicts import judge_once
from features.profiling.values.repeated_leads import find_repeated_leads
from features.profiling.values.source_answers import asks_for_source, names_channels, names_persons
from features.profiling.values.timeframe_answers import are_timeframes
from features.profiling.values.written_messages import are_written_by_persons
from features.schema import LEADS, Column

__all__ = [
    "find_prompted_messages",
    "names_message",
    "match_columns",
    "match_product_columns",
]

_COMPATIBLE_KINDS = {
    "id": ("number", "category", "crowded_category", "short_text"),
    "time": ("date",),
    "number": ("number",),
    "yes_no": ("yes_no",),
    "category": ("category", "crowded_category", "list", "short_text", "yes_no"),
    "text": ("category", "crowded_category", "list", "short_text"),
}
_DIGITS_ALLOWED = ("postal_code", "phone")
_ASKED_SERVICE = re.compile(
    r"(?:what|which|how) (?:can|may) we help (?:you )?with(?: today)?|what are you (?:interested in|looking for)|"
    r"(?:what|which) (?:type of |kind of )?(?:service|treatment|procedure|specialty|visit|appointment|care)s? "
    r"(?:are you|do you|would you|can we|may we)\b.*"
)
"""Questions whose answer, chosen from a list, is a service; an answer in the person's own words is a message."""
_ASKED_TIMEFRAME = re.compile(
    r"(?:how soon|when|how quickly) (?:would|do|are|can|could|will|should) (?:you|we)\b.*"
    r"\b(?:seen?|come|start\w*|begin|schedul\w*|appointments?|visit|treatment|surgery|procedure|looking|hoping|need)\b.*"
)
"""Questions whose answer, chosen from a list, is how soon the person wants to come in."""
_ASKED = re.compile(
    r"(?:please )?(?:(?=.*\b(?:tell us|your|you|(?:can|may) (?:we|i) help)\b)"
    r"(?:tell|describe|explain|share|what|how can|how may|in your (?:own )?words|anything)\b|"
    r"(?:cuentenos|cuentanos|describa|en que (?:le |te )?podemos|que le|como podemos|beschreiben sie|worum|wie konnen|"
    r"was konnen|decrivez|comment pouvons|que pouvons|descreva|conte nos|descriva|come possiamo|omschrijf)\b)"
)
"""Questions that are addressed to the person: "Why lost?" and "What happened" are asked of staff."""
_ASKED_OF_STAFF = re.compile(
    r"\b(?:lost|losing|book\w*|cancel\w*|call\w*|they|them|he|she|we (?:did|tell|told|say)|did we|notes?|refer\w*|"
    r"contact\w*|reach\w*|outcome\w*|declin\w*)\b"
)
_ASKED_OTHERWISE = re.compile(
    r"\b(?:hear|heard|find us|found us|insurance|insured|name|address|allerg\w*|medication\w*|medicine\w*|doctor|"
    r"physician|provider|pharmacy|employer|date|birth|relation\w*|next step|outcome|result)\b"
)
_ANSWERED = re.compile(
    r"\b(?:response|reply|answer|antwort|respuesta|reponse|risposta|happened|improve|feedback|review|complain\w*|staff|"
    r"internal|interne?|last|latest|most recent|letzte[rsmn]?|ultim[ao]s?|derniere?s?|laatste|survey|nps|satisfaction|"
    r"umfrage|encuesta|enquete|testimonials?|exit interview|post|after|no ?show|absage|storn\w*|annul\w*|anul\w*|"
    r"disdetta|reschedul\w*)\b"
)
"""What a person answers, or writes after the visit or the end: a survey, why they did not come."""
_BARRED_CLAIMS = frozenset(("barred", "birth date", "document", "salutation", "staff"))
_NUMBERED_ANSWER = re.compile(r"(?:response|answer) (\d{1,2})")
_NEARLY_ALL = 0.98
_WRAPPED_SAMPLE, _WRAPPED_SHARE = 200, 0.5
_OWN_CONTACT_SHARE = 0.5
_TEXT_KINDS = ("short_text", "crowded_category", "list", "category")
_WRITTEN_SAMPLE = 500


def match_columns(columns: ParsedColumns, kinds: dict[str, str]) -> dict[str, str]:
    """Return our column -> header, where the header is a usual name for the column and the values agree.

    Each header is used once.
    """
    normalized = {name: " ".join(map(remove_accents, split_header(drop_path(name)))) for name in columns}
    headers: dict[str, str] = {}
    # The time of the inquiry is chosen among all dates, see ``date_columns``.
    for column in (column for column in LEADS.columns if column.kind != "time"):
        names = (
            column.name.replace("_", " "),
            *COLUMN_HEADERS.get(column.name, ()),
            *_list_product_headers()[column.name],
        )
        # The usual names are in order of preference; among equals, the first column of the file wins.
        candidates = sorted(
            (names.index(text), position, header)
            for position, (header, text) in enumerate(normalized.items())
            if text in names
        )
        matches = [
            name
            for _, _, name in candidates
            if name not in headers.values() and _matches_column(column, columns, name, kinds[name])
        ]
        if matches:
            headers[column.name] = matches[0]
    headers = _find_source(columns, kinds, headers)
    headers |= _find_contacts(columns, kinds, headers)
    if "service_requested" not in headers:
        services = _find_asked_services(normalized, columns, kinds, headers.values())
        headers |= {"service_requested": services[0]} if len(services) == 1 else {}
    if "timeframe" not in headers:
        soon = _find_asked_timeframes(normalized, columns, kinds, headers.values())
        headers |= {"timeframe": soon[0]} if len(soon) == 1 else {}
    if "message" not in headers:
        wrapped = _find_wrapped_messages(columns, kinds, headers.values())
        headers |= {"message": wrapped[0]} if len(wrapped) == 1 else {}
    if "message" not in headers:
        prompted = find_prompted_messages(columns, kinds, headers.values())
        headers |= {"message": prompted[0]} if prompted else {}
    if "lead_id" not in headers:
        used = frozenset(header for column, header in headers.items() if column != "person_id")
        id_column, repeated = find_id_column(columns, kinds, used), find_repeated_leads(columns)
        if id_column and repeated is not None and not names_a_record(id_column):
            # "Log id" numbers the rows; the leads are those of "Enquiry No".
            id_column = None
        if id_column:
            headers = {column: header for column, header in headers.items() if header != id_column}
            headers["lead_id"] = id_column
        elif repeated is not None:
            # Its rows are steps of one lead: then no row of its own may pass for a lead.
            headers = {column: header for column, header in headers.items() if header != repeated.header}
            headers["lead_id"] = repeated.header
    return headers


def _find_source(columns: ParsedColumns, kinds: dict[str, str], headers: dict[str, str]) -> dict[str, str]:
    """Return the headers with a column that says where people heard of the practice, where no usual name tells it.

    "Referred by" over "Google" and "Friend" is one, and over names of doctors none.
    """
    if "source" in headers:
        return headers
    referrer = headers.get("referrer")
    if referrer is not None and names_channels(columns.select_present(referrer, _WRITTEN_SAMPLE)):
        return {column: name for column, name in headers.items() if column != "referrer"} | {"source": referrer}
    origins = [
        name
        for name in columns
        if name not in headers.values()
        and asks_for_source(name)
        and _matches_column(LEADS.column("source"), columns, name, kinds[name])
        and judge_once(columns, name).outcome == "nothing"
    ]
    return headers | {"source": origins[0]} if len(origins) == 1 else headers


def _find_contacts(columns: ParsedColumns, kinds: dict[str, str], headers: dict[str, str]) -> dict[str, str]:
    """Return our phone and email -> header, where the values prove a contact and the header names nobody else's.

    Most leads have a contact of their own: a number of the practice stands in many rows. Of several, one whose header
    names a contact wins, then the one that is filled most often, then the first of the file.
    """
    matches = {}
    for column, kind in (("phone", "phone numbers"), ("email", "e-mail addresses")):
        if column in headers:
            continue
        candidates = []
        for position, name in enumerate(columns):
            if name in headers.values() or names_other_contact(name):
                continue
            filled = int(columns.is_present(name).sum())
            is_own = filled > 0 and columns.count_distinct(name) > _OWN_CONTACT_SHARE * filled
            if is_own and _matches_column(LEADS.column(column), columns, name, kinds[name]):
                if judge_once(columns, name).kind == kind:
                    candidates.append((not names_lead_contact(name), -filled, position, name))
        # Without a header that names a contact, two columns of them may be of two persons.
        is_named = any(not is_unnamed for is_unnamed, *_ in candidates)
        if candidates and (is_named or len(candidates) == 1):
            matches[column] = min(candidates)[3]
    return matches


def _find_asked_services(
    normalized: dict[str, str], columns: ParsedColumns, kinds: dict[str, str], used: Collection[str]
) -> list[str]:
    """Return the columns of choices below a form's question about the service, such as "What can we help with?"."""
    service = LEADS.column("service_requested")
    return [
        name
        for name, text in normalized.items()
        if name not in used
        and kinds[name] in ("category", "crowded_category", "list")
        and _ASKED_SERVICE.fullmatch(text)
        and _matches_column(service, columns, name, kinds[name])
    ]


def _find_asked_timeframes(
    normalized: dict[str, str], columns: ParsedColumns, kinds: dict[str, str], used: Collection[str]
) -> list[str]:
    """Return the columns of choices below a form's question such as "How soon are you looking to be seen?"."""
    timeframe = LEADS.column("timeframe")
    return [
        name
        for name, text in normalized.items()
        if name not in used
        and kinds[name] == "category"
        and _ASKED_TIMEFRAME.fullmatch(text)
        and _matches_column(timeframe, columns, name, kinds[name])
    ]


def _find_wrapped_messages(columns: ParsedColumns, kinds: dict[str, str], used: Collection[str]) -> list[str]:
    """Return the columns whose cells are JSON with the text of a message inside."""
    wrapped_names = []
    for name in (name for name in kinds if name not in used):
        present = columns.select_present(name, limit=_WRAPPED_SAMPLE)
        if len(present) and str(present[0])[:1] in ("{", "["):
            wrapped = sum(isinstance(text, str) and holds_wrapped_message(text.strip()) for text in present)
            wrapped_names += [name] if wrapped >= _WRAPPED_SHARE * len(present) else []
    return wrapped_names


def find_prompted_messages(columns: ParsedColumns, kinds: dict[str, str], used: Collection[str]) -> list[str]:
    """Return the columns of free text below a form's question to the person, such as "Tell us what hurts", and then
    those of sentences that read as what people wrote about themselves, whatever the header.

    Answers to questions about something else, such as where the person heard of the practice, are no message, and
    nothing that staff answer about the lead is one: "Why did they not book?". Headers in ``used`` have another role.
    """
    free = [name for name, kind in kinds.items() if kind in _TEXT_KINDS and name not in used]
    services = [
        name
        for name in free
        if kinds[name] == "short_text"
        and (_asks_the_person(name) or _answers_question(name, columns))
        and judge_once(columns, name).outcome == "nothing"
    ]
    return services + [name for name in free if name not in services and _is_written_by_persons(name, columns)]


def names_message(header: str, columns: ParsedColumns, product: Product | None) -> bool:
    """Return whether a header itself says that the person wrote what stands below it, in any export or a product's."""
    if PayloadColumns({}, {}).find_column(header) == "message" or _asks_the_person(header):
        return True
    return _answers_question(header, columns) or (product is not None and header in product.leads.get("message", ()))


def _is_written_by_persons(header: str, columns: ParsedColumns) -> bool:
    """Return whether a column holds what people wrote about themselves, under a header that does not ask otherwise."""
    folded = " ".join(map(remove_accents, split_header(header)))
    is_of_staff = _ASKED_OF_STAFF.search(folded.replace("notes", "").replace("note", "")) or _ANSWERED.search(folded)
    if is_of_staff or _ASKED_OTHERWISE.search(folded) or _is_barred(header):
        return False
    texts = [str(value) for value in columns.select_present(header, _WRITTEN_SAMPLE)]
    return are_written_by_persons(texts)


def _is_barred(header: str) -> bool:
    """Return whether nothing below a header may be read as a message, however it is written: "Religion", "SSN".

    >>> _is_barred("Gender notes"), _is_barred("Patient comments")
    (True, False)
    """
    return find_barred_word(header) is not None or find_claim(header) in _BARRED_CLAIMS


def _asks_the_person(header: str) -> bool:
    """Return whether a header asks the person what they need, or names what they wrote, in one of several languages.

    >>> [_asks_the_person(text) for text in ("Tell us what hurts", "Why lost?", "Tell us who referred you")]
    [True, False, False]
    >>> [_asks_the_person(text) for text in ("Ihre Nachricht", "first_message", "Descripción", "Agent message")]
    [True, True, True, False]
    """
    folded = " ".join(map(remove_accents, split_header(header)))
    if names_own_message(header):
        return True
    is_of_staff = _ASKED_OF_STAFF.search(folded) or find_late_header(header) is not None
    return bool(_ASKED.match(folded)) and not _ASKED_OTHERWISE.search(folded) and not is_of_staff


def _answers_question(header: str, columns: ParsedColumns) -> bool:
    """Return whether a column such as "Response 1" has the answers to the one question of a column "Question 1".

    So booking pages export their forms; "Response" alone may be that of staff.
    """
    match = _NUMBERED_ANSWER.fullmatch(" ".join(split_header(header)))
    if match is None:
        return False
    numbered = (name for name in columns if " ".join(split_header(name)) == f"question {match[1]}")
    questions = {str(text) for name in numbered for text in columns.select_present(name, 100)}
    folded = [" ".join(map(remove_accents, split_header(text))) for text in questions]
    return len(folded) == 1 and not (_ASKED_OTHERWISE.search(folded[0]) or _ASKED_OF_STAFF.search(folded[0]))


@cache
def _list_product_headers() -> dict[str, tuple[str, ...]]:
    """Return our column -> what any known product calls it, folded as headers are.

    Only headers that mean the same in every export: "Notes" is what the person wrote in one and what staff wrote in
    another.
    """
    names: dict[str, list[str]] = {column.name: [] for column in LEADS.columns}
    for product in load_products():
        for column, headers in product.leads.items():
            folded = [" ".join(split_header(header)) for header in headers]
            if column == "message":
                folded = [header for header in folded if "help" in header or "message" in header]
            if column in ("email", "phone", "postal_code", "message"):
                names[column] += folded
    return {column: tuple(dict.fromkeys(headers)) for column, headers in names.items()}


def match_product_columns(
    headers: dict[str, str],
    product: ProductMatch,
    columns: ParsedColumns,
    kinds: dict[str, str],
) -> dict[str, str]:
    """Return our column -> header with the product's own columns first, where their values agree.

    The time of the inquiry is not among them; it is chosen among all dates.
    """
    own = {
        column: header
        for column, header in product.find_columns(columns).items()
        if LEADS.column(column).kind != "time"
        and columns.is_present(header).any()
        and _matches_column(LEADS.column(column), columns, header, kinds[header])
    }
    others = {column: header for column, header in headers.items() if column not in own and header not in own.values()}
    return others | own


def _matches_column(column: Column, columns: ParsedColumns, name: str, kind: str) -> bool:
    """Return whether the values are valid for one of our columns."""
    if kind not in _COMPATIBLE_KINDS[column.kind] and not (kind == "number" and column.name in _DIGITS_ALLOWED):
        return False
    if column.name in ("payer", "source") and kind == "yes_no":
        # "Insurance: yes" names no payer and would count as unknown, "no" likewise: as a column of its own it teaches.
        return False
    if column.name in ("payer", "source") and names_persons(columns.select_present(name, _WRITTEN_SAMPLE)):
        # The person who pays, or the doctor who referred: no name is a level of a model's category.
        return False
    if column.name == "referrer" and "source" in split_header(name):
        return names_persons(columns.select_present(name, _WRITTEN_SAMPLE))
    if column.name == "timeframe" and _needs_timeframes(name):
        return are_timeframes(columns.select_present(name, _WRITTEN_SAMPLE))
    if column.name == "lead_id":
        is_filled = bool(columns.is_present(name).sum() >= _NEARLY_ALL * len(columns))
        return is_filled and columns.is_unique(name) and not identifies_person(columns, name)
    if column.kind == "number":
        numbers = columns.numbers(name)[0]
        return not ((numbers < column.low) | (numbers > column.high)).any()
    if column.name == "message" and columns.is_unique(name) and not _have_spaces(columns.select_present(name, 100)):
        return False
    if contradicts_header(column.name, name, columns.select_present(name, 2_000)):
        return False
    if column.allowed:
        allowed = {text.casefold() for text in column.allowed}
        present = columns.select_present(name, limit=20_000)
        return {str(value).casefold().replace(" ", "_") for value in present} <= allowed
    return True


def _needs_timeframes(header: str) -> bool:
    """Return whether a header may ask for other times as well: "When do you usually visit a dentist?", "Timeline"."""
    words = split_header(header)
    return words[:1] in (("when",), ("how",)) or "timeline" in words


def _have_spaces(values: np.ndarray) -> bool:
    """Return whether any of these texts has more than one word; codes of an inquiry have not."""
    return any(len(str(value).split()) > 1 for value in values)
