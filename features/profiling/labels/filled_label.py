"""Is a column that has a date for some leads and nothing for the others the label: filled means booked?

Lives here: finding such a column by its header and its values, how long an empty cell is still open, and whether the
date is the time of the booking or the day of the visit, all with the evidence.
Does not live here: labels of several values (``label_detection``), words of headers (``outcome_words``).
"""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from features.array_types import DAY, FloatArray, TimeArray
from features.mapping.label_values import BLANK, DATED
from features.parsing.parsed_columns import ParsedColumns
from features.profiling.date_columns import DateColumn, profile_dates
from features.profiling.labels.date_meaning import DateMeaning, judge_meaning
from features.profiling.labels.label_guess import LabelGuess, list_values
from features.profiling.labels.outcome_words import classify_status, names_booking_date
from features.profiling.values.column_verdicts import judge_once

__all__ = ["ask_about_filled_dates", "guess_filled_label"]

_FEWEST = 5
_MOST_FILLED = 0.98
_MIN_READ = 0.1
_MAX_OTHER_TEXTS = 12
_MAX_TEXT = 40
_NOT_BEFORE = 0.95
_USUAL_DELAY = 0.95
_FEWEST_DELAYS = 10
_LONG_SHARE = 0.5


@dataclass(frozen=True)
class _Candidate:
    """Hold one column of dates that may be the label.

    Parameters
    ----------
    times : datetime64[us] array of shape (n,)
    other_texts : array of shape (n,)
        The text where a cell holds one and no date, else None.
    delays : float array of shape (k,), days from the lead to each date
    """

    name: str
    times: TimeArray
    other_texts: np.ndarray
    delays: FloatArray
    meaning: DateMeaning


def guess_filled_label(
    columns: ParsedColumns, dates: dict[str, DateColumn], created_at: str | None
) -> tuple[LabelGuess, DateColumn] | None:
    """Guess a label that is nothing but a date, with how its dates are written; None if no column reads like one.

    The header must speak of a booking, a visit or an end, some leads must lack the date, and nearly no date may lie
    before the lead's own.

    Parameters
    ----------
    dates : dict
        Header -> how its dates are written, of the columns with nothing but dates.
    created_at : str, optional
        The header of the time of the inquiry.
    """
    arrivals = None if created_at is None else dates[created_at].times
    written = {name: column for name in columns if (column := _read_dates(columns, name, dates)) is not None}
    candidates = [
        candidate
        for name, column in written.items()
        if name != created_at and (candidate := _judge(columns, name, column.times, arrivals)) is not None
    ]
    if not candidates:
        return None
    # The time of a booking tells more than the day of the visit that was booked.
    best = max(candidates, key=lambda candidate: (candidate.meaning.is_booking, candidate.meaning.is_visit))
    guess = _describe(best, arrivals, [one.name for one in candidates if one is not best])
    return guess, written[best.name]


def ask_about_filled_dates(columns: ParsedColumns, dates: dict[str, DateColumn], created_at: str | None) -> list[str]:
    """Return a question about each other date that only some leads have, where no label was found."""
    questions = []
    for name, column in dates.items():
        filled = int((~np.isnat(column.times)).sum())
        if name == created_at or not _FEWEST <= filled <= _MOST_FILLED * len(columns):
            continue
        if judge_once(columns, name).outcome != "nothing":
            continue
        questions.append(
            f"QUESTION: {name!r} has a date for {filled:,} of {len(columns):,} leads. If that means that the lead "
            f'booked, add under [label]: column = "{name}", booked = ["{DATED}"], not_booked = ["(blank)"], and '
            "open_days = the days after which an empty cell is final; and take it out of [custom]."
        )
    return questions


def _read_dates(columns: ParsedColumns, name: str, dates: dict[str, DateColumn]) -> DateColumn | None:
    """Return how the dates of a column are written whose header may name a booking, beside a few other texts."""
    if not names_booking_date(name):
        return None
    column = dates.get(name)
    if column is None:
        evidence = columns.date_evidence(name)
        if evidence.rows < _FEWEST or evidence.read_share < _MIN_READ:
            return None
        column = profile_dates(columns, {name: "date"})[name]
    return column if column.question is None else None


def _judge(columns: ParsedColumns, name: str, times: TimeArray, arrivals: TimeArray | None) -> _Candidate | None:
    """Return a column as a candidate; None where its values speak against it."""
    dated, present = ~np.isnat(times), columns.is_present(name)
    blank = len(columns) - int(present.sum())
    others = columns.category_texts(name).copy()
    others[dated | ~present] = None
    distinct = {text for text in others if text is not None}
    if dated.sum() < _FEWEST or blank + int((~dated & present).sum()) < max(_FEWEST, (1 - _MOST_FILLED) * len(columns)):
        return None
    if len(distinct) > _MAX_OTHER_TEXTS or any(len(text) > _MAX_TEXT for text in distinct):
        return None
    delays = np.empty(0)
    if arrivals is not None:
        both = dated & ~np.isnat(arrivals)
        # Days are compared: a date without a time of day counts from its midnight.
        delays = (times[both].astype("datetime64[D]") - arrivals[both].astype("datetime64[D]")).astype(float)
        if len(delays) < _FEWEST or (delays >= -1).mean() < _NOT_BEFORE:
            return None
    return _Candidate(name, times, others, delays, judge_meaning(name, times, arrivals))


def _describe(best: _Candidate, arrivals: TimeArray | None, rivals: list[str]) -> LabelGuess:
    """Build the guess: what each kind of cell means, for how long an empty one is open, and what must be asked."""
    dated = ~np.isnat(best.times)
    is_other = np.array([text is not None for text in best.other_texts], bool)
    blank = ~dated & ~is_other
    texts = Counter(text for text in best.other_texts if text is not None)
    meanings = {text: classify_status(text) for text in texts}
    placed = {
        meaning: tuple(text for text in texts if meanings[text] == meaning)
        for meaning in ("booked", "not_booked", "open", None)
    }
    open_days, wait_reason, questions = _find_open_days(best, arrivals)
    young = np.zeros(len(dated), bool)
    if arrivals is not None and open_days is not None:
        end = max(np.nanmax(arrivals), np.nanmax(best.times)) if best.meaning.is_booking else np.nanmax(arrivals)
        young = blank & (arrivals + open_days * DAY > end)
    encoded = np.where(dated, 1.0, np.where(blank & ~young, 0.0, np.nan))
    for meaning, label in (("booked", 1.0), ("not_booked", 0.0)):
        encoded[np.isin(best.other_texts.astype(str), placed[meaning]) & is_other] = label
    if best.meaning.question:
        questions.append(best.meaning.question)
    if placed[None]:
        questions.append(
            f"what do {list_values(placed[None])} mean? Add each to booked, not_booked or open; until then rows with "
            "them are rejected."
        )
    if rivals:
        listed = ", ".join(map(repr, rivals[:3]))
        questions.append(f"{listed} could be the label in the same way. Is {best.name!r} the right one?")
    share = float(np.nanmean(encoded))
    reason = (
        f"filled for {int(dated.sum()):,} leads and empty for {int(blank.sum()):,}: a date reads as booked; "
        f"{share:.1%} of the decided leads. {wait_reason}"
    )
    known_at = best.name if best.meaning.is_booking and arrivals is not None else None
    return LabelGuess(
        best.name,
        (DATED, *placed["booked"]),
        (BLANK, *placed["not_booked"]),
        reason,
        known_at=known_at,
        known_at_reason=best.meaning.reason,
        open=placed["open"],
        unknown=placed[None],
        counts=((DATED, int(dated.sum())), *texts.most_common(), (BLANK, int(blank.sum()))),
        questions=tuple(questions),
        open_days=open_days,
        young=int(young.sum()),
        encoded=encoded,
    )


def _find_open_days(best: _Candidate, arrivals: TimeArray | None) -> tuple[int | None, str, list[str]]:
    """Return (days after which an empty cell is final, why, questions), from the delays of leads that are old enough.

    Of the newest leads only quick bookings are known, so the delays are those of the older half of the period.
    """
    if arrivals is None or not len(best.delays):
        question = (
            "no column has the time of the inquiry, so nobody can tell which of the empty cells belong to leads that "
            "are still open; all of them count as not booked. Is there a date of the inquiry?"
        )
        return None, "", [question]
    both = ~np.isnat(best.times) & ~np.isnat(arrivals)
    first, last = np.nanmin(arrivals), np.nanmax(arrivals)
    old = arrivals[both] <= first + (last - first) / 2
    delays = best.delays[old] if old.sum() >= _FEWEST_DELAYS else best.delays
    delays = np.maximum(delays, 0)
    days = max(1, int(np.ceil(np.quantile(delays, _USUAL_DELAY))))
    what = "bookings" if best.meaning.is_booking else "dates"
    reason = (
        f"Of {len(delays):,} {what} of older leads, half came within {np.median(delays):.0f} days and 95 in 100 within "
        f"{days}: an empty cell is open until a lead is {days} days old"
    )
    questions = []
    if days * DAY > _LONG_SHARE * (last - first):
        questions.append(
            f"the {what} come up to {days} days after the lead, and the leads span only "
            f"{int((last - first) / DAY)} days: most empty cells may still be open. Is there an older export?"
        )
    return days, reason, questions
