"""What changed, and what to do on Monday? Five sentences, each with its figure and the table that it rests on.

Lives here: the order of the sentences, and those about bookings, waiting, losses and money.
Does not live here: those about forms, staffing, people and sources (``action_sentences``), the figures (the rooms
around this one).
"""

from collections.abc import Mapping, Sequence

import numpy as np

from features.practice.display_formats import LocalFormats
from serving.insights.booking_changes import PART_WORDS, BookingChange
from serving.insights.columns.categories import ALL_LEADS
from serving.insights.columns.lead_columns import format_month
from serving.insights.data_quality import DataDoubt
from serving.insights.estimates import Estimate
from serving.insights.figure_tables import FigureTable, format_cell
from serving.insights.lost_leads import WinBackLead
from serving.insights.outlook.outlook_tables import NEXT_FOUR_WEEKS
from serving.insights.sentences.action_sentences import (
    write_credit,
    write_fields,
    write_forms,
    write_misfits,
    write_people,
    write_score,
    write_segments,
    write_staffing,
    write_stale_records,
    write_tries,
    write_waiting_groups,
    write_win_back,
)
from serving.insights.sentences.sentence import Sentence
from serving.insights.stopped_sources import Silence

__all__ = ["MOST_SENTENCES", "write_sentences"]

MOST_SENTENCES = 5
_MIN_LEADS_SAID = 30
_SAFE_GOAL = 0.9
_LONGER_WAIT = 1.5
"""Times the median of the other hours; of less nobody has to change a shift."""


def write_sentences(
    tables: Mapping[str, FigureTable],
    changes: Mapping[str, BookingChange | None],
    silences: Sequence[Silence],
    win_backs: Sequence[WinBackLead],
    formats: LocalFormats,
    doubts: Sequence[DataDoubt] = (),
) -> list[Sentence]:
    """Write all sentences that the figures allow: alarms first, then what changed and what can be done about it, then
    what is good to know. The report shows five, and folds the others.
    """
    stale = [doubt for doubt in doubts if doubt.code == "stale"]
    since_month, since_year = changes.get("month"), changes.get("year")
    by_month, by_year = _write_change(since_month, "change_month"), _write_change(since_year, "change_year")
    # A month like the one before may be far from the same month a year ago: that is then the news.
    is_old_news = _is_news(since_year) and not _is_news(since_month)
    score_to_do, score_to_know = write_score(tables)
    return [
        *_write_stale(stale),
        *_write_alarms(silences),
        *(by_year if is_old_news else by_month),
        *([] if is_old_news or not _is_news(since_year) else by_year),
        *_write_forecast(tables),
        *_write_goal(tables),
        *write_fields(tables),
        *write_forms(tables),
        *score_to_do,
        *write_staffing(tables),
        *_write_missed_calls(tables),
        *write_tries(tables),
        *_write_waiting(tables),
        *write_misfits(tables),
        *_write_lost(tables, win_backs, formats),
        *write_win_back(tables),
        *write_credit(tables),
        *_write_money(tables),
        *write_stale_records(tables),
        *write_segments(tables),
        *write_people(tables),
        *write_waiting_groups(tables),
        *_write_outlook(tables),
        *score_to_know,
        *(by_month if is_old_news else []),
        # Where nothing comes in at all, every source is silent, whether or not it had a rhythm.
        *([] if stale else _write_no_alarm(silences)),
    ]


def _write_stale(stale: Sequence[DataDoubt]) -> list[Sentence]:
    """Say that no inquiry comes in at all."""
    return [
        Sentence(
            f"{doubt.text.split(':')[0]}.",
            "Send a test inquiry today, and check what brings inquiries here.",
            "of all sources together",
            "silence",
            is_alarm=True,
        )
        for doubt in stale
    ]


def _write_alarms(silences: Sequence[Silence]) -> list[Sentence]:
    """Say which sources stopped: the worst two."""
    return [
        Sentence(
            f"{silence.name} ({silence.dimension}) has been silent for {silence.days} days.",
            "Send a test inquiry through it today, and check the tracking.",
            f"{silence.expected:.0f} inquiries were expected",
            "silence",
            is_alarm=True,
        )
        for silence in silences
        if silence.is_alarm
    ][:2]


def _write_no_alarm(silences: Sequence[Silence]) -> list[Sentence]:
    """Say that no source stopped."""
    if not silences or any(silence.is_alarm for silence in silences):
        return []
    return [Sentence("No source has gone silent.", "Nothing to check.", "within chance", "silence")]


def _is_news(change: BookingChange | None) -> bool:
    """Return whether bookings changed by more than chance."""
    return change is not None and not change.in_the_end.low <= 0 <= change.in_the_end.high


def _write_change(change: BookingChange | None, evidence: str) -> list[Sentence]:
    """Say whether bookings changed since the earlier month, and what most of it is."""
    if change is None:
        return []
    month, before = format_month(change.month), format_month(change.before)
    total = change.in_the_end
    figure = f"{format_cell(total, 'signed')} bookings"
    people = (round(change.bookings.value), round(change.bookings_before.value))
    cells = (("In the end", "bookings"),)
    if total.low <= 0 <= total.high:
        return [
            Sentence(
                f"{month} brought about as many bookings as {before}.",
                "The difference is within chance: no reason to change anything because of it.",
                figure,
                evidence,
                people,
                cells=cells,
            )
        ]
    share = abs(total.value) / max(change.bookings_before.value, 1)
    claim = f"{month} brought {share:.0%} {'more' if total.value > 0 else 'fewer'} bookings than {before}."
    sure = {
        name: part
        for name, part in change.parts.items()
        if name != "ripeness" and part.low * part.high > 0 and part.value * total.value > 0
    }
    if not sure:
        why = "The data cannot tell which part did it: the interval of each holds zero."
        return [Sentence(claim, why, figure, evidence, people, cells=cells)]
    name = max(sure, key=lambda part: abs(sure[part].value))
    because = PART_WORDS[name][0].lower()
    return [
        Sentence(claim, f"Most of what can be told: {because}. {_ADVICE[name]}", figure, evidence, people, cells=cells)
    ]


_ADVICE = {
    "volume": "Look at which channel brought more or fewer.",
    "mix": "Look at which channels and services the inquiries came from.",
    "response": "Look at who was on the phones at the slow hours.",
    "conversion": "Ask the team what differed in the calls, and look at the reasons for losses.",
}


def _write_forecast(tables: Mapping[str, FigureTable]) -> list[Sentence]:
    """Say what the current month's inquiries will bring."""
    table = tables.get("funnel_by_month")
    if table is None or not table.rows:
        return []
    # Of a month that has just begun there is nothing to say yet.
    month = next((str(row[0]) for row in table.rows if isinstance(row[1], int) and row[1] >= _MIN_LEADS_SAID), "")
    if not month:
        return []
    final, booked = table.get(month, "booked_final"), table.get(month, "booked")
    is_open = isinstance(final, Estimate) and final.is_known and final.low < final.high
    if not isinstance(final, Estimate) or not is_open or not isinstance(booked, int):
        return []
    return [
        Sentence(
            f"The inquiries that came in {month} will bring about {final.value:,.0f} bookings.",
            f"{booked:,} are booked; the others are still open, so work the call list to its end."
            if booked
            else "No booking of theirs is known yet: work the call list to its end.",
            f"{format_cell(final, 'count')}",
            "funnel_by_month",
            (booked, round(final.value)),
            cells=((month, "booked"), (month, "booked_final")),
        )
    ]


def _write_goal(tables: Mapping[str, FigureTable]) -> list[Sentence]:
    """Say whether the goal of the month holds, where there is one and it is in doubt or out of reach."""
    table = tables.get("outlook_goal")
    if table is None or not table.rows:
        return []
    month, so_far, goal, final, chance = table.rows[0]
    if not isinstance(final, Estimate) or not isinstance(chance, float) or not final.is_known or chance > _SAFE_GOAL:
        return []
    how = "is out of reach" if chance < 1 - _SAFE_GOAL else f"has a chance of {chance:.0%}"
    return [
        Sentence(
            f"The goal of {goal:,} bookings in {month} {how}.",
            "Work the call list to its end first, then the win-back list.",
            f"{format_cell(final, 'count')}",
            "outlook_goal",
            (int(str(so_far)),) if isinstance(so_far, int) else (),
            cells=((str(month), "so_far"), (str(month), "in_the_end")),
        )
    ]


def _write_outlook(tables: Mapping[str, FigureTable]) -> list[Sentence]:
    """Say what the next four weeks will bring."""
    table = tables.get("outlook")
    if table is None or not table.rows:
        return []
    bookings = table.get(NEXT_FOUR_WEEKS, "bookings")
    if not isinstance(bookings, Estimate) or not bookings.is_known:
        return []
    return [
        Sentence(
            f"The next 4 weeks will bring about {bookings.value:,.0f} bookings.",
            "Plan people and rooms for the whole range, not for the middle.",
            format_cell(bookings, "count"),
            "outlook",
            cells=((NEXT_FOUR_WEEKS, "bookings"),),
        )
    ]


def _write_missed_calls(tables: Mapping[str, FigureTable]) -> list[Sentence]:
    """Say what became of missed calls."""
    table = tables.get("missed_calls")
    if table is None or not table.rows:
        return []
    total, lost = table.get("All missed calls", "leads"), table.get("Lost from sight", "leads")
    share = table.get("Lost from sight", "share")
    if not isinstance(total, int) or not isinstance(lost, int) or not lost:
        return []
    return [
        Sentence(
            f"{lost:,} of {total:,} callers we missed were never heard of again.",
            "Call every missed call back, the oldest first, before the end of the day.",
            format_cell(share, "share"),
            "missed_calls",
            (total, lost, total - lost),
            cells=(("All missed calls", "leads"), ("Lost from sight", "leads"), ("Lost from sight", "share")),
        )
    ]


def _write_waiting(tables: Mapping[str, FigureTable]) -> list[Sentence]:
    """Say when people wait longest, among the hours that matter: those in which the practice is open, where it is."""
    table = tables.get("response_by_hour")
    if table is None or len(table.rows) < 3:
        return []
    total = table.get(ALL_LEADS, "leads")
    rows = [row for row in table.rows[1:] if row[-1] == "open"] or table.rows[1:]
    if not isinstance(total, int):
        return []
    least = max(0.03 * total, _MIN_LEADS_SAID)
    hours = [
        (median, count, str(name))
        for name, count, _, median, *_ in rows
        if isinstance(median, float) and isinstance(count, int) and count >= least
    ]
    if len(hours) < 2:
        return []
    median, count, name = max(hours)
    # Beside the hours it is compared with: at night everybody waits, which says nothing of an hour of the day.
    typical = float(np.median([other for other, _, other_name in hours if other_name != name]))
    if median < _LONGER_WAIT * typical:
        return []
    return [
        Sentence(
            f"Inquiries that come from {name} wait longest for us.",
            "Put somebody on new inquiries in the hour after.",
            f"median {format_cell(median, 'minutes')}, other hours {format_cell(typical, 'minutes')}",
            "response_by_hour",
            (count,),
            cells=tuple((hour, "median") for _, _, hour in hours),
        )
    ]


def _write_lost(
    tables: Mapping[str, FigureTable], win_backs: Sequence[WinBackLead], formats: LocalFormats
) -> list[Sentence]:
    """Say why people did not book, and that some are worth a call."""
    table = tables.get("lost_reasons")
    if table is None or len(table.rows) < 2:
        return []
    reason, count, share, value = table.rows[1][:4]
    if not isinstance(count, int):
        return []
    worth = f", {format_cell(value, 'money', formats)} before the loss" if value is not None else ""
    advice = (
        f"{len(win_backs)} of the latest are worth another call: the list is on the desk."
        if win_backs
        else "See by channel."
    )
    return [
        Sentence(
            f"“{reason}” is the reason most often recorded when people do not book.",
            advice,
            f"{count:,} inquiries, {format_cell(share, 'share')}{worth}",
            "lost_reasons",
            (count, len(win_backs)),
            cells=tuple((str(reason), column) for column in ("lost", "share", "value")),
        )
    ]


def _write_money(tables: Mapping[str, FigureTable]) -> list[Sentence]:
    """Say whether costs can be told apart."""
    table = tables.get("money_by_channel") or tables.get("money_by_campaign")
    if table is None or len(table.notes) < 2 or not table.rows:
        return []
    cost = table.rows[0][5]
    return [
        Sentence(
            table.notes[-1],
            "Read the intervals before moving money.",
            format_cell(cost, "money"),
            table.name,
            cells=((ALL_LEADS, "per_treated"),),
        )
    ]
