"""Which date of an export is the time of the inquiry?

Lives here: the choice among all dates, by their values and headers, with its reason and the runner-up.
Does not live here: how the dates are written (``date_columns``).
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice

import numpy as np
import pandas as pd

from features.array_types import FloatArray, TimeArray
from features.mapping.column_headers import COLUMN_HEADERS
from features.parsing.dates.date_headers import drop_path, split_words
from features.profiling.date_columns import DateColumn

__all__ = ["CreatedAtChoice", "choose_created_at"]

_ALIASES = COLUMN_HEADERS["created_at"]
_CREATION_WORDS = frozenset(
    "created createdon createdat create creation submit submitted submission receipt received registration registered "
    "register signup enquiry inquiry enquired entry entered added opened requested request scheduled arrived incoming "
    "erstellt erstelldatum angelegt eingang eingegangen anfrage anmeldung creado creada creacion alta registro ingreso "
    "solicitud cree creee creation inscription demande recu criado criada criacao cadastro entrada creato creata "
    "creazione aangemaakt aanvraag".split()
)
_LATER_WORDS = frozenset(
    "close closed closing modified modification modify updated update changed change last latest recent next birth dob "
    "birthday born converted conversion booked appointment appt visit arrival departure checkin checkout end ended "
    "ends finish due expiry expires expected cancel canceled cancelled cancellation paid payment invoice delivered "
    "delivery left leave until valid decision won lost stage status follow followup contacted activity treatment "
    "surgery discharge event camp course travel trip stay geburtsdatum geburtstag geandert anderung termin abschluss "
    "geboren nacimiento modificado modificacion cierre cita naissance modifie modification rdv nascimento "
    "modificado fechamento consulta nascita modifica derniere dernier letzte letzter letzten letztes ultima ultimo "
    "aktualisiert aktualisierung actualizado actualizada actualizacion atualizado atualizada atualizacao aggiornamento "
    "aggiornato modificato alterado alteracao naissance lastmodifieddate modifieddate closedate touched chased "
    "touche".split()
)
_CREATED_WORDS = frozenset(
    "created createdon createdat creation submitted entered added received registered requested timestamp erstellt "
    "angelegt "
    "eingegangen creado creada cree creee criado criada creato creata aangemaakt".split()
)
"""What was done to a record: "Event Created" is when it was made and not when the event is."""
_LATER_THINGS = frozenset(
    "appointment appt visit event camp course travel trip stay treatment surgery termin cita rdv consulta".split()
)
_WHEN_BOOKED = frozenset(
    "booked booking scheduled scheduling schdlng sched schd reserved gebucht buchung reservado agendado reserve "
    "prenotato prenotazione geboekt boeking prise reserva agendamento bokad bokat booket buchungsdatum "
    "buchungszeit umowienia rezerwacji".split()
)
"""In an appointment list the visit's booking is the inquiry, if every row has it and it lies before the visit."""
_BIRTH_YEARS = np.timedelta64(5 * 365, "D")
"""A date that lies so long before another is a birth date or the like, and says nothing of the order of the two."""
_NEAR_SHARE = 0.95
_MOST_COMPARED = 40
"""Dates that each one is compared with: of hundreds, those tell as much as all."""
_MANY_YEARS = np.timedelta64(40 * 365, "D")


@dataclass(frozen=True)
class CreatedAtChoice:
    """Hold the column with the time of the inquiry and why it was chosen; ``header`` is None if none was."""

    header: str | None
    reason: str = ""


def choose_created_at(dates: dict[str, DateColumn], ids: FloatArray | None = None) -> CreatedAtChoice:
    """Choose the column with the time of the inquiry, by its values and its header.

    A date that every lead has, before all its other dates, with a time of day and rising with the ids, is chosen before
    others; headers that speak of creation count for a column, those that speak of something later against it.
    """
    usable = {name: column for name, column in dates.items() if column.question is None}
    scored = sorted(
        ((*_score_column(name, usable, ids), -position, name) for position, name in enumerate(usable)),
        reverse=True,
    )
    candidates = [entry for entry in scored if entry[0] > 0]
    if not candidates:
        return CreatedAtChoice(None, _explain_no_choice(dates))
    score, reasons, _, name = candidates[0]
    others = [entry for entry in scored[1:] if entry[0] > -2]
    is_tied = bool(others) and others[0][0] >= score and not _header_score(name)
    if is_tied and _are_near(usable[name].times, usable[others[0][3]].times):
        reasons = (*reasons, f"within an hour of {others[0][3]!r}, as a form that was begun and sent")
    elif is_tied:
        names = " and ".join(repr(entry[3]) for entry in (candidates[0], others[0]))
        return CreatedAtChoice(None, f"QUESTION: {names} may both be it; name one as created_at under [leads]")
    runner_up = f"; next: {scored[1][3]!r}" if len(scored) > 1 else ""
    return CreatedAtChoice(name, f"{', '.join(reasons) or 'the only date that every lead has'}{runner_up}")


def _score_column(name: str, dates: dict[str, DateColumn], ids: FloatArray | None) -> tuple[float, tuple[str, ...]]:
    """Return how much speaks for a column as the time of the inquiry, and what."""
    times = dates[name].times
    has_time = ~np.isnat(times)
    header = _header_score(name)
    score, reasons = float(header), ["its header says so"] if header > 0 else []
    if not has_time.any():
        return -9.0, ()
    filled = has_time.mean()
    score += 0.5 if filled >= 0.98 else -2.0 * (filled < 0.9)
    others = islice((other for header, other in dates.items() if header != name), _MOST_COMPARED)
    later = [_share_before(times, other.times) for other in others]
    measured = [share for share in later if share is not None]
    if measured:
        if min(measured) >= 0.95:
            score, reasons = score + 1, [*reasons, f"before the other dates in {min(measured):.0%} of the rows"]
            if header < 2 and filled >= 0.98 and not _WHEN_BOOKED.isdisjoint(split_words(name)):
                score, reasons = score + 2 - header, [*reasons, "when each visit was booked"]
        # In half of the rows or more it is later than every other date: that is how an inquiry ends, not how it
        # begins.
        score -= max(measured) <= 0.5
    if dates[name].evidence.has_clock:
        score, reasons = score + 0.25, [*reasons, "with times of day"]
    if _rises(times, ids):
        score, reasons = score + 0.5, [*reasons, "in the order of the file or its ids"]
    now = np.datetime64(datetime.now(UTC).replace(tzinfo=None), "us")
    # Two days of grace for clocks and time zones; appointments lie further ahead.
    score -= 2 * float((times[has_time] > now + np.timedelta64(2, "D")).mean() > 0.01)
    score -= 3 * float(times[has_time].max() - times[has_time].min() > _MANY_YEARS)
    return score, tuple(reasons)


def _header_score(header: str) -> float:
    """Return what a header says about being the time of the inquiry: more than 0 for, less than 0 against it."""
    tokens = split_words(drop_path(header))
    header_text = " ".join(word for word in tokens if word not in ("utc", "gmt", "est", "mez"))
    if header_text in _ALIASES or header_text == "created at":
        return 3.0
    if not _CREATED_WORDS.isdisjoint(tokens) and _LATER_WORDS.intersection(tokens) <= _LATER_THINGS:
        return 2.0
    if not _LATER_WORDS.isdisjoint(tokens):
        return 0.5 if tokens[:1] == ("first",) else -3.0
    return 2.0 if not _CREATION_WORDS.isdisjoint(tokens) else 0.0


def _share_before(times: TimeArray, other: TimeArray) -> float | None:
    """Return the share of rows in which a date is not after another; None if too few rows have both."""
    both = ~np.isnat(times) & ~np.isnat(other)
    if both.any() and np.median((times - other)[both].astype(np.int64)) > _BIRTH_YEARS.astype("m8[us]").astype(
        np.int64
    ):
        return None
    return float((times[both] <= other[both] + np.timedelta64(1, "D")).mean()) if both.sum() >= 10 else None


def _are_near(times: TimeArray, other: TimeArray) -> bool:
    """Return whether two dates lie within an hour of each other in nearly every row, so that either will do."""
    both = ~np.isnat(times) & ~np.isnat(other)
    return bool(both.any() and (abs(times[both] - other[both]) <= np.timedelta64(1, "h")).mean() >= _NEAR_SHARE)


def _rises(times: TimeArray, ids: FloatArray | None) -> bool:
    """Return whether the times rise or fall with the rows of the file, or with the ids."""
    has_time = ~np.isnat(times)
    if has_time.sum() < 10:
        return False
    ranks = pd.Series(times[has_time].astype(np.int64)).rank().to_numpy()
    orders = [np.arange(len(times), dtype=float)] + ([] if ids is None else [np.asarray(ids, float)])
    for order in orders:
        values = pd.Series(order[has_time]).rank().to_numpy()
        if np.ptp(ranks) and not np.isnan(values).any() and abs(np.corrcoef(ranks, values)[0, 1]) >= 0.95:
            return True
    return False


def _explain_no_choice(dates: dict[str, DateColumn]) -> str:
    """Return why no column is the time of the inquiry; empty if the export has no dates."""
    questioned = [name for name, column in dates.items() if column.question]
    if questioned:
        return f"QUESTION: {', '.join(map(repr, questioned))} can be created_at only when its format is decided"
    if dates:
        return f"none of the dates ({', '.join(map(repr, dates))}) seems to be the time of the inquiry"
    return ""
