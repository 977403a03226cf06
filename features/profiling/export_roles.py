"""Is this other export of a folder a call log or an appointment list, and which of its columns is what?

Lives here: recognizing both by product, by header and by values; the columns by which its rows find their lead; what
each status of an appointment says.
Does not live here: the leads themselves (``export_profile``), joining (``features.joins``).
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np
import pandas as pd

from features.joins.call_kinds import is_answer_word, is_direction_word, is_outbound, name_event
from features.joins.lead_contacts import ContactKeys, LeadContacts, compute_keys
from features.mapping.joined_exports import JoinedExport
from features.mapping.products import ProductMatch, recognize_product
from features.mapping.type_inference import infer_kind
from features.parsing.column_values import to_text
from features.parsing.dates.date_headers import split_words
from features.parsing.parsed_columns import ParsedColumns
from features.profiling.date_columns import pair_times_of_day
from features.profiling.labels.outcome_words import classify_status, read_yes_no
from features.schema import EVENT_KINDS

__all__ = ["classify_appointment", "find_keys", "propose_export"]

_LOGS = ("callrail", "whatconverts")
_MIN_SHARE = 0.8
_SAMPLE = 2_000
_CALL_TIME = (
    "start time",
    "call start",
    "call time",
    "call date",
    "date time",
    "call date time",
    "started at",
    "called at",
    "timestamp",
    "time stamp",
    "date created",
    "created at",
    "received at",
    "date",
    "time",
)
_VISIT_WORDS = frozenset(
    "appt appointment visit cita citas consulta visita termin termine besuch rdv appuntamento agendamento "
    "afspraak".split()
)
_BOOKED_AT = re.compile(
    r"\b(?:book(?:ed|ing)|scheduled|created|made|entered|added|reserva|reservad[ao]|alta|creacion|gebucht|buchung|"
    r"vereinbart|erstellt|angelegt|reserve|reservation|pris|prenotat[oa]|prenotazione|agendad[ao]|marcad[ao]|"
    r"criad[ao]|creat[oa]|geboekt)\b"
)
_LENGTH_WORDS = frozenset("duration duracion dauer gesprachsdauer duree durata duracao duur".split())
_LEAD_WORDS = frozenset("lead contact record crm opportunity prospect enquiry inquiry deal".split())
_PERSON_WORDS = frozenset("patient person mrn client customer chart account".split())
_ANSWER_WORDS = frozenset("answer answered connected missed pickup reached".split())
_NOT_THE_PERSON = frozenset("tracking agent staff destination forwarding target business company office".split())

_ATTENDED = re.compile(
    r"\b(?:checked (?:out|in)|check(?:ed)?out|check(?:ed)?in|complet\w*|arrived|attended|seen|kept|fulfilled|"
    r"showed(?: up)?|show|discharged|billed|in room|roomed|finished|done|visit complete|came|realizad[ao]|asistio|"
    r"acudio|atendid[ao]|completad[ao]|erschienen|wahrgenommen|abgeschlossen|honoree?|venue?|effectuee?|effettuat[oa]|"
    r"eseguit[oa]|completat[oa]|compareceu|verschenen)\b"
)
_BROKEN = re.compile(
    r"\b(?:no ?show\w*|dna|did not (?:attend|arrive|show)|not (?:attended|arrived|seen|completed)|cancel\w*|resched\w*|"
    r"missed|late|bumped|moved|left without|no (?:asistio|acudio|se presento)|anulad[ao]|reprogramad[ao]|"
    r"nicht (?:erschienen|wahrgenommen)|abgesagt|storniert|verschoben|non honoree?|(?:non|pas) venue?|absente?|"
    r"annulee?|reportee?|annullat[oa]|non presentat[oa]|rimandat[oa]|faltou|nao compareceu|"
    r"desmarcad[ao]|remarcad[ao])\b"
)
_NO_BOOKING = re.compile(
    r"\b(?:wait(?:ing)? ?list\w*|wait list|requested|request|proposed|error|deleted|void\w*|duplicate|test|tentative|"
    r"on hold|blocked|not (?:booked|scheduled)|to be scheduled|unscheduled|recall|declined|lista de espera|warteliste|"
    r"liste d attente|lista d attesa|solicitad[ao]|angefragt|gesperrt)\b"
)
_STANDING = re.compile(
    r"\b(?:scheduled|confirmed|booked|planned|upcoming|active|reminded|unconfirmed|open appointment|confirmad[ao]|"
    r"programad[ao]|bestatigt|geplant|confirmee?|planifiee?|prevue?|a venir|confermat[oa]|programmat[oa]|previst[oa])\b"
)


def classify_appointment(status: str) -> str | None:
    """Return "attended", "booked" or "not_booked" for a status of an appointment list; None where one must ask.

    An appointment that was cancelled or missed was booked all the same.

    >>> [classify_appointment(text) for text in ("Checked Out", "No-show", "Cancelled by patient", "Waitlist", "Blue")]
    ['attended', 'booked', 'booked', 'not_booked', None]
    """
    text = " ".join(split_words(status))
    if _NO_BOOKING.search(text):
        return "not_booked"
    if _BROKEN.search(text):
        return "booked"
    if _ATTENDED.search(text):
        return "attended"
    if _STANDING.search(text) or classify_status(status) == "booked":
        return "booked"
    return None


def propose_export(frame: pd.DataFrame, missing: frozenset[str]) -> tuple[JoinedExport, ProductMatch | None] | None:
    """Propose what an export becomes, without its keys; None if it is neither a call log nor an appointment list."""
    product = recognize_product(frame.columns)
    product_columns = {} if product is None else product.find_columns(frame.columns)
    name = None if product is None else product.product.name
    kinds = {header: infer_kind(frame[header], missing, header) for header in frame.columns}
    if name == "appointments":
        return _propose_appointments(frame, kinds, missing, product_columns, product), product
    calls = _propose_calls(frame, kinds, missing, product_columns)
    if name in _LOGS:
        return calls, product
    if product is not None:
        return None
    # Without a product, its own values must say what it is.
    appointments = _propose_appointments(frame, kinds, missing, {}, None)
    has_visit = bool(_VISIT_WORDS & {word for header in frame.columns for word in split_words(header)})
    has_label_words = {"occurred_at", "status"} <= {*appointments.columns} and has_visit
    # "Completed" and "Canceled" are said of calls and of visits alike; only calls have a direction or a length.
    if has_label_words and not {"direction", "duration_s"} & {*calls.columns}:
        return appointments, None
    is_log = "occurred_at" in calls.columns and (
        "direction" in calls.columns or {"answer", "duration_s"} <= {*calls.columns}
    )
    return (calls, None) if is_log and _has_phones(frame, missing) else None


def find_keys(frame: pd.DataFrame, export: JoinedExport, leads: LeadContacts, missing: frozenset[str]) -> JoinedExport:
    """Return the export with the columns by which most of its rows find a lead."""
    texts = {header: to_text(frame[header], missing)[0] for header in frame.columns}
    used_headers = {*export.columns.values()}
    keys: dict[str, str] = {}
    contacts: dict[str, ContactKeys] = {}
    for name, is_kind in (("email", _holds_emails), ("phone", _holds_phones)):
        candidates = {
            header: compute_keys(name, texts[header])
            for header in frame.columns
            if header not in used_headers and is_kind(texts[header]) and _NOT_THE_PERSON.isdisjoint(split_words(header))
        }
        if candidates:
            keys[name] = _find_best_key(name, candidates, _find_outbound(export, texts), leads)
            contacts[name] = candidates[keys[name]]
    for name, header_words in (("lead_id", _LEAD_WORDS), ("person_id", _PERSON_WORDS)):
        header = _find_id_key(name, header_words, texts, leads, contacts)
        if header is not None:
            keys[name] = header
    return _add_called_number(replace(export, keys=keys), texts, leads)


def _find_best_key(name: str, candidates: dict[str, ContactKeys], outbound: np.ndarray, leads: LeadContacts) -> str:
    """Return the column by which most rows find a lead; of a log with both numbers of a call, the caller's."""
    counts = {
        header: (leads.count_known(name, column.keys[~outbound]), leads.count_known(name, column.keys))
        for header, column in candidates.items()
    }
    return max(counts, key=counts.__getitem__)


def _find_outbound(export: JoinedExport, texts: dict[str, np.ndarray]) -> np.ndarray:
    """Find the outbound rows of a log; none without a column of directions. Mask of shape (n,)."""
    rows = len(next(iter(texts.values()), ()))
    direction = export.columns.get("direction")
    return (
        np.zeros(rows, bool) if direction is None else np.array([is_outbound(text) for text in texts[direction]], bool)
    )


def _find_id_key(
    name: str,
    header_words: frozenset[str],
    texts: dict[str, np.ndarray],
    leads: LeadContacts,
    contacts: dict[str, ContactKeys],
) -> str | None:
    """Return the column with the leads' own ids: its header speaks of it, and the contacts of both agree.

    Two systems that number their records from one have many ids in common by chance.
    """
    for header, column in texts.items():
        if header_words.isdisjoint(split_words(header)):
            continue
        keys = compute_keys(name, column)
        has_lead = leads.is_known(name, keys.keys)
        count = int(keys.given.sum())
        if not count or has_lead.sum() < _MIN_SHARE * count / 4:
            continue
        agree, compared = leads.compare_contacts(
            name, keys.keys, {key: column.keys for key, column in contacts.items()}
        )
        if (compared >= 5 and agree >= compared / 2) or (compared < 5 and has_lead.sum() >= _MIN_SHARE * count):
            return header
    return None


def _add_called_number(export: JoinedExport, texts: dict[str, np.ndarray], leads: LeadContacts) -> JoinedExport:
    """Return the export with the column of the number called, where outbound calls have the person in another one."""
    outbound, phone = _find_outbound(export, texts), export.keys.get("phone")
    if phone is None or not outbound.any():
        return export
    counts = {
        header: leads.count_known("phone", compute_keys("phone", column[outbound]).keys)
        for header, column in texts.items()
        if header == phone or _holds_phones(column)
    }
    best = max(counts, key=counts.__getitem__)
    if best == phone or counts[best] <= counts[phone]:
        return export
    return replace(export, columns=export.columns | {"phone_called": best})


def _propose_calls(
    frame: pd.DataFrame, kinds: dict[str, str], missing: frozenset[str], product_columns: dict[str, str]
) -> JoinedExport:
    """Propose the columns of a call log."""
    dates = [header for header, kind in kinds.items() if kind == "date"]
    occurred_at = (
        product_columns.get("created_at")
        if product_columns.get("created_at") in dates
        else _find_by_name(dates, _CALL_TIME)
    )
    columns = {"occurred_at": occurred_at} if occurred_at else {}
    clock = pair_times_of_day(ParsedColumns(frame, missing), kinds).get(occurred_at or "")
    if clock:
        columns["time_of_day"] = clock
    readable = {"direction": is_direction_word, "answer": is_answer_word, "kind": _is_event_kind}
    for role, is_word in readable.items():
        candidates = [name for name in frame if name not in columns.values()]
        if role == "answer":
            candidates = [name for name in candidates if _may_say_answer(name, frame[name])]
        header = _find_by_values(frame, candidates, is_word, missing)
        if header is not None:
            columns[role] = header
    duration = next(
        (name for name in frame if _LENGTH_WORDS & {*split_words(name)} or "talk time" in name.casefold()), None
    )
    if duration is not None and duration not in columns.values():
        columns["duration_s"] = duration
    if product_columns.get("campaign"):
        columns["campaign"] = product_columns["campaign"]
    return JoinedExport("events", columns=columns)


def _may_say_answer(header: str, values: pd.Series) -> bool:
    """Return whether a column may say that a call was answered: yes and no say it only under a header of calls."""
    if not _ANSWER_WORDS.isdisjoint(split_words(header)):
        return True
    return not all(read_yes_no(str(value)) is not None for value in values.head(_SAMPLE).dropna().unique())


def _propose_appointments(
    frame: pd.DataFrame,
    kinds: dict[str, str],
    missing: frozenset[str],
    product_columns: dict[str, str],
    product: ProductMatch | None,
) -> JoinedExport:
    """Propose the columns of an appointment list, and what its statuses say."""
    dates = [header for header, kind in kinds.items() if kind == "date"]
    later = () if product is None else tuple(name.casefold() for name in product.product.later)
    booked_at = product_columns.get("created_at") if product_columns.get("created_at") in dates else None
    booked_at = booked_at or next((name for name in dates if _BOOKED_AT.search(" ".join(split_words(name)))), None)
    others = [name for name in dates if name != booked_at and name.casefold() not in later]
    visits = [name for name in others if _VISIT_WORDS & {*split_words(name)}]
    visit_at = next(iter(visits or others), None)
    columns = {
        role: header for role, header in (("occurred_at", visit_at), ("recorded_at", booked_at)) if header is not None
    }
    clock = pair_times_of_day(ParsedColumns(frame, missing), kinds).get(visit_at or "")
    if clock:
        columns["time_of_day"] = clock
    labels = () if product is None else product.product.label
    named = [name for name in frame if name.casefold() in {label.casefold() for label in labels}]
    status = next(iter(named), None) or _find_by_values(
        frame,
        [name for name in frame if name not in columns.values()],
        lambda text: classify_appointment(text) is not None,
        missing,
    )
    if status is None:
        return JoinedExport("outcomes", columns=columns)
    counts = Counter(text for text in to_text(frame[status], missing)[0] if text is not None)
    meanings = {text: classify_appointment(text) for text in counts}
    booked, attended, not_booked = (
        tuple(text for text in counts if meanings[text] == meaning) for meaning in ("booked", "attended", "not_booked")
    )
    return JoinedExport("outcomes", {}, columns | {"status": status}, booked, attended, not_booked)


def _find_by_name(headers: Iterable[str], names: tuple[str, ...]) -> str | None:
    """Return the header with the best of several names; the first header if none has one."""
    ranked = [(names.index(text), header) for header in headers if (text := " ".join(split_words(header))) in names]
    return min(ranked)[1] if ranked else next(iter(headers), None)


def _find_by_values(
    frame: pd.DataFrame, headers: list[str], is_word: Callable[[str], bool], missing: frozenset[str]
) -> str | None:
    """Return the column of which the most values are such words, if nearly all are."""
    shares = {}
    for header in headers:
        present = [text for text in to_text(frame[header].head(_SAMPLE), missing)[0] if text is not None]
        # A sentence that happens to have such a word is no answer of a telephone system.
        if present and all(len(text.split()) <= 5 for text in present) and len(set(present)) <= 30:
            shares[header] = sum(map(is_word, present)) / len(present)
    best = max(shares, key=shares.__getitem__, default=None)
    return best if best is not None and shares[best] >= _MIN_SHARE else None


def _is_event_kind(text: str) -> bool:
    """Return whether a text names a kind of contact that we know."""
    return name_event(text, None, None)[0] in EVENT_KINDS


def _has_phones(frame: pd.DataFrame, missing: frozenset[str]) -> bool:
    """Return whether some column holds phone numbers."""
    return any(_holds_phones(to_text(frame[header], missing)[0]) for header in frame.columns)


def _holds_phones(texts: np.ndarray) -> bool:
    """Return whether half of the values are phone numbers, and none but digits."""
    present = [text for text in texts[:_SAMPLE] if text is not None]
    digits = [text for text in present if 7 <= sum(character.isdigit() for character in text) <= 15]
    return (
        bool(present)
        and 2 * len(digits) >= len(present)
        and bool((compute_keys("phone", np.array(digits, object)).keys != 0).mean() > 0.5 and not _are_clocks(digits))
    )


def _are_clocks(texts: list[str]) -> bool:
    """Return whether texts are dates or times, whose digits look like numbers to call."""
    return sum(bool(re.search(r"\d[:/]\d|\d{4}-\d{2}-\d{2}", text)) for text in texts) > len(texts) / 2


def _holds_emails(texts: np.ndarray) -> bool:
    """Return whether half of the values are e-mail addresses."""
    present = [text for text in texts[:_SAMPLE] if text is not None]
    return bool(present) and 2 * sum("@" in text for text in present) >= len(present)
