"""Is a date beside a lead the time at which it booked, or the day of the visit that was booked?

Lives here: the judgment by header and values, with its evidence and the question where they disagree.
Does not live here: whether the date is the label at all (``filled_label``).
"""

import re
from dataclasses import dataclass

import numpy as np

from features.array_types import TimeArray
from features.parsing.dates.date_headers import split_words

__all__ = ["DateMeaning", "judge_meaning", "measure_quarters"]

_VISIT = re.compile(
    r"\b(?:appointment|appt|appts|visit|consult|consultation|surgery|procedure|treatment|session|slot|service|exam|"
    r"termin|behandlung|besuch|cita|consulta|visita|rdv|rendez vous|afspraak|wizyta|start of care|admission)\b"
)
_BOOKING = re.compile(
    r"\b(?:booked|booking|made|created|scheduled (?:on|at)|set on|converted|conversion|close|closed|closedate|won|"
    r"signed|became|enrolled|enrollment|registered|purchase|purchased|gebucht|buchung|buchungsdatum|vereinbart|"
    r"abschluss|reserva|reservado|reservation|conversion|fermeture|prenotazione|geboekt|agendado|agendamiento)\b"
)
_FEWEST_AHEAD, _AHEAD_SHARE = 3, 0.01
_ON_THE_QUARTER, _OFF_THE_QUARTER = 0.9, 0.6
_FEWEST_CLOCKS = 5
_QUARTER = np.timedelta64(15, "m")


@dataclass(frozen=True)
class DateMeaning:
    """Hold whether a date is the time of the booking or the day of the visit, and why.

    Neither is certain where both are False; ``question`` then says what to decide.
    """

    is_booking: bool = False
    is_visit: bool = False
    reason: str = ""
    question: str = ""


def judge_meaning(header: str, times: TimeArray, arrivals: TimeArray | None) -> DateMeaning:
    """Judge a column of dates by its header, by dates ahead of all leads, and by its minutes.

    Visits are planned: some lie after the newest lead, and they begin on the quarter of an hour. Bookings are recorded:
    none lies ahead, and they come at any minute.

    Parameters
    ----------
    times, arrivals : datetime64[us] arrays of shape (n,)

    >>> arrivals = np.arange("2026-03-01", "2026-03-31", dtype="datetime64[D]").astype("datetime64[us]")
    >>> judge_meaning("Date booked", arrivals + np.timedelta64(61, "m"), arrivals).is_booking
    True
    >>> judge_meaning("Appointment date", arrivals + np.timedelta64(9, "D"), arrivals).is_visit
    True
    """
    dated = times[~np.isnat(times)]
    text = " ".join(split_words(header))
    says_booking = _BOOKING.search(text) is not None
    says_visit = _VISIT.search(text) is not None and not says_booking
    ahead = 0 if arrivals is None else _count_ahead(dated, arrivals)
    is_ahead = ahead >= max(_FEWEST_AHEAD, _AHEAD_SHARE * len(dated))
    quarters = measure_quarters(dated)
    planned, recorded = [], []
    if is_ahead:
        planned.append(f"{ahead:,} of {len(dated):,} dates lie after the newest lead")
    elif arrivals is not None:
        recorded.append("no date lies ahead of the newest lead")
    if quarters is not None and quarters >= _ON_THE_QUARTER:
        planned.append(f"{quarters:.0%} of its times are on the quarter of an hour")
    elif quarters is not None and quarters <= _OFF_THE_QUARTER:
        recorded.append(f"its times are at any minute ({quarters:.0%} on the quarter of an hour)")
    if says_visit and planned:
        return DateMeaning(
            is_visit=True,
            reason=f"it is the day of the visit: {' and '.join(planned)}",
            question=(
                f"{header!r} is the day of the visit and not of the booking ({' and '.join(planned)}), so when the "
                "lead booked is not known. Is there a column with the time of the booking? Name it as known_at."
            ),
        )
    off_the_quarter = quarters is not None and quarters <= _OFF_THE_QUARTER
    if arrivals is not None and not planned and (says_booking or off_the_quarter):
        return DateMeaning(is_booking=True, reason=f"it reads like the time of the booking: {' and '.join(recorded)}")
    evidence = "; ".join((*planned, *recorded)) or "nothing shows it"
    return DateMeaning(
        question=(
            f"is {header!r} the time at which the appointment was made, or the day of the visit itself ({evidence})? "
            "Until you decide, it does not count as the time of the outcome; if it is when they booked, add "
            f'known_at = "{header}" under [label].'
        )
    )


def _count_ahead(dated: TimeArray, arrivals: TimeArray) -> int:
    """Count the dates more than a day after the newest lead."""
    newest = np.nanmax(arrivals).astype("datetime64[D]")
    return int((dated.astype("datetime64[D]") > newest + np.timedelta64(1, "D")).sum())


def measure_quarters(dated: TimeArray) -> float | None:
    """Return the share of the times of day that are on the quarter of an hour; None without enough times of day."""
    clocks = dated[dated != dated.astype("datetime64[D]")]
    if len(clocks) < max(_FEWEST_CLOCKS, len(dated) / 2):
        return None
    since_midnight = clocks - clocks.astype("datetime64[D]")
    return float((since_midnight % _QUARTER == np.timedelta64(0, "m")).mean())
