"""What is there to do on Monday about forms, staffing, sources, people and the score? Each sentence only where its
interval excludes chance.

Lives here: the sentences of the later sections of the report.
Does not live here: those about bookings, waiting, losses and money, and the order of all (``summary_sentences``).
"""

from collections.abc import Mapping
from itertools import pairwise

from serving.insights.comparisons.field_change_table import NOT_WORTH_IT
from serving.insights.estimates import Estimate
from serving.insights.figure_tables import FigureTable, format_cell
from serving.insights.follow_up.stale_records import SILENT, STALE_KINDS, UNREACHABLE
from serving.insights.follow_up.tries import TRY_NAMES
from serving.insights.practice_checks.score_value import BY_SCORE
from serving.insights.practice_checks.who_waits import ALSO_ALIKE
from serving.insights.sentences.sentence import Sentence
from serving.insights.staff_effects import MIN_LEADS
from serving.insights.staffing.missed_by_half_hour import MISSED_MORE
from serving.insights.staffing.staffing_table import ALL_HALF_HOURS, CATCHES_CALLS

__all__ = [
    "write_credit",
    "write_fields",
    "write_forms",
    "write_misfits",
    "write_people",
    "write_score",
    "write_segments",
    "write_staffing",
    "write_stale_records",
    "write_tries",
    "write_waiting_groups",
    "write_win_back",
]

Tables = Mapping[str, FigureTable]

_LEAST_OF_A_TRY, _LEAST_BOOKINGS = 0.02, 3.0
"""Bookings of 100 tries and bookings in all, of less nobody has to plan anew."""

_LEAST_RECORDS = 2

_LEAST_CREDIT = 20.0
"""Bookings by the rule that gives the most: of less nobody has to be warned."""


def write_fields(tables: Tables) -> list[Sentence]:
    """Say which field costs inquiries and brings nothing: the one whose cost is surest."""
    table = tables.get("field_changes")
    costly = [
        (inquiries.high, str(name), inquiries)
        for name, inquiries in _read(table, "inquiries")
        if table is not None and str(table.get(name, "verdict")).rstrip(".").endswith(NOT_WORTH_IT)
    ]
    if not costly:
        return []
    _, name, inquiries = min(costly)
    return [
        Sentence(
            f"{name}: {-inquiries.value:.0%} fewer inquiries since.",
            "Take the field off the form for some weeks, and compare.",
            format_cell(inquiries, "change"),
            "field_changes",
            cells=((name, "inquiries"), (name, "bookings")),
        )
    ]


def write_forms(tables: Tables) -> list[Sentence]:
    """Say which form has more bookings than another, where that is settled."""
    settled = [
        (abs(difference.value), name, difference)
        for name, difference in _read(tables.get("forms"), "difference")
        if difference.low > 0 or difference.high < 0
    ]
    if not settled:
        return []
    _, name, difference = max(settled)
    which = "the first" if difference.low > 0 else "the second"
    return [
        Sentence(
            f"Forms side by side, {name}: {which} has more bookings.",
            "Send all visitors to it, if chance decided who saw which.",
            f"{format_cell(difference, 'points')} of 100",
            "forms",
            cells=((name, "difference"),),
        )
    ]


def write_staffing(tables: Tables) -> list[Sentence]:
    """Say in which half hour one more person on the phones brings the most."""
    table = tables.get("one_more_person")
    gains = [
        (fewer.value, name, fewer)
        for name, fewer in _read(table, "fewer_missed")
        if table is not None and name != ALL_HALF_HOURS and table.get(name, "verdict") == CATCHES_CALLS
    ]
    if not gains or table is None:
        return _write_missed_half_hour(tables.get("missed_by_half_hour"))
    value, name, _ = max(gains)
    return [
        Sentence(
            f"One more person on the phones from {name} would catch about {value:.0f} missed calls a month.",
            "Move a break or a shift there first.",
            f"{format_cell(table.get(name, 'bookings'), 'ratio')} bookings a month",
            "one_more_person",
            cells=((name, "fewer_missed"), (name, "bookings")),
        )
    ]


def _write_missed_half_hour(table: FigureTable | None) -> list[Sentence]:
    """Say in which half hour most calls are missed, where no model says what a person more would bring."""
    missed = [
        (share.value, name, share)
        for name, share in _read(table, "share")
        if table is not None and str(table.get(name, "verdict")) == MISSED_MORE
    ]
    if not missed:
        return []
    _, name, share = max(missed)
    return [
        Sentence(
            f"More calls are missed from {name} than at other times.",
            "Move a break or a shift there first.",
            f"{format_cell(share, 'share')} of first calls missed",
            "missed_by_half_hour",
            cells=((name, "share"),),
        )
    ]


def write_score(tables: Tables) -> tuple[list[Sentence], list[Sentence]]:
    """Say whether calling in order of the score helps: what to do, where it harms, and what is good to know."""
    gain = dict(_read(tables.get("score_value"), "gain")).get(BY_SCORE)
    if gain is None:
        return [], []
    figure, cells = f"{format_cell(gain, 'points')} of 100", ((BY_SCORE, "gain"),)
    if gain.high < 0:
        claim, advice = "Calling in order of the score brings FEWER bookings.", "Look at who is called late."
        return [Sentence(claim, advice, figure, "score_value", cells=cells)], []
    if gain.low > 0:
        claim, advice = "Calling in order of the score brings more bookings.", "Keep working the list from the top."
    else:
        claim = "That calling in order of the score brings more bookings is not proven yet."
        advice = "Keep the share that is called in order of arrival: it settles it."
    return [], [Sentence(claim, advice, figure, "score_value", cells=cells)]


def write_misfits(tables: Tables) -> list[Sentence]:
    """Say which source sends people whom the practice cannot help."""
    table = tables.get("misfit_sources")
    if table is None or not table.rows:
        return []
    name = str(table.rows[0][0])
    others = format_cell(table.get(name, "others"), "share")
    return [
        Sentence(
            f"{name} sends many people whom we cannot help.",
            "A sentence to whoever runs it stands ready to be sent.",
            f"{format_cell(table.get(name, 'share'), 'share')}, all others {others}",
            "misfit_sources",
            cells=((name, "share"), (name, "others")),
        )
    ]


def write_win_back(tables: Tables) -> list[Sentence]:
    """Say of which lost leads those who were contacted again book more often."""
    table = tables.get("win_back_results")
    better = [
        (rate.value, name, rate)
        for name, rate in _read(table, "rate")
        if table is not None and str(table.get(name, "verdict")).startswith("Book more often")
    ]
    if not better:
        return []
    _, name, rate = max(better)
    return [
        Sentence(
            f"Lost for {name}: they book after all more often than those we left alone.",
            "Work the list of leads worth another call.",
            format_cell(rate, "share"),
            "win_back_results",
            cells=((name, "rate"),),
        )
    ]


def write_credit(tables: Tables) -> list[Sentence]:
    """Say what the rules of credit praise without any sign that it brings bookings."""
    for dimension in ("campaign", "source"):
        table = tables.get(f"credit_by_{dimension}")
        praised = [
            (credit, name, more)
            for name, more in _read(table, "more_bookings")
            if table is not None
            and str(table.get(name, "verdict")).startswith("No sign")
            and isinstance(credit := table.get(name, "most"), float)
            and credit >= _LEAST_CREDIT
        ]
        if praised and table is not None:
            credit, name, more = max(praised)
            return [
                Sentence(
                    f"The rules credit {name} with up to {credit:.0f} bookings; there is no sign that it brings more.",
                    "Before paying more for it, leave it out for some weeks and compare.",
                    f"{format_cell(more, 'signed')} bookings",
                    table.name,
                    cells=((name, "most"), (name, "more_bookings")),
                )
            ]
    return []


def write_tries(tables: Tables) -> list[Sentence]:
    """Say after which try inquiries are given up although the next still brings bookings: where that loses most."""
    table = tables.get("tries")
    rates = dict(_read(table, "rate"))
    lost = [
        (given_up * rates[later].value, name, later, given_up)
        for name, later in pairwise(TRY_NAMES)
        if table is not None
        and later in rates
        and rates[later].low >= _LEAST_OF_A_TRY
        and isinstance(given_up := table.get(name, "given_up"), int)
    ]
    if not lost or max(lost)[0] < _LEAST_BOOKINGS:
        return []
    _, name, later, given_up = max(lost)
    return [
        Sentence(
            f"{given_up:,} inquiries were given up after the {name.lower()}; of those tried again, some still booked.",
            "Plan one more try for each open inquiry, at another time of the day.",
            f"{format_cell(rates[later], 'share')} of those tried again book",
            "tries",
            (given_up,),
            cells=((name, "given_up"), (later, "rate")),
        )
    ]


def write_stale_records(tables: Tables) -> list[Sentence]:
    """Say how many open inquiries cannot be reached by what is on record, or were not."""
    table = tables.get("stale_records")
    if table is None or not table.rows:
        return []
    counts = {str(row[0]): row[1] for row in table.rows}
    count = counts.get(UNREACHABLE) or counts.get(SILENT)
    name = UNREACHABLE if counts.get(UNREACHABLE) else SILENT
    if not isinstance(count, int) or count < _LEAST_RECORDS:
        return []
    claim = f"{count:,} open inquiries cannot be reached: no phone number and no email."
    if name == SILENT:
        claim = f"{count:,} open inquiries were tried three times, and nobody was reached."
    return [
        Sentence(
            claim,
            STALE_KINDS[name],
            f"{format_cell(table.get(name, 'share'), 'share')} of open inquiries",
            "stale_records",
            (count,),
            cells=((name, "leads"), (name, "share")),
        )
    ]


def write_segments(tables: Tables) -> list[Sentence]:
    """Say which group of inquiries books more often than the others, or less: the one that differs most in points."""
    table = tables.get("segments")
    apart = [
        (abs(rate.value - others), name, rate, others)
        for name, rate in _read(table, "rate")
        if table is not None and isinstance(others := table.get(name, "others"), float)
    ]
    if not apart:
        return []
    _, name, rate, others = max(apart)
    more = rate.value > others
    return [
        Sentence(
            f"{name}: {'more' if more else 'fewer'} of them book than of the others.",
            "Ask what brings them, and whether more of their kind can be reached."
            if more
            else "Listen to some of their calls, for what they ask and are not given.",
            f"{format_cell(rate.value, 'share')}, all others {format_cell(others, 'share')}",
            "segments",
            cells=((name, "rate"), (name, "others")),
        )
    ]


def write_people(tables: Tables) -> list[Sentence]:
    """Say that somebody books more than like inquiries bring; never who, and never of anybody that it is less."""
    effects = _read(tables.get("people"), "effect")
    better = [effect for _, effect in effects if effect.low > 0]
    if not better:
        return []
    count = "One person books" if len(better) == 1 else f"{len(better)} people book"
    return [
        Sentence(
            f"{count} more than like inquiries bring on average.",
            "Ask what they do differently, and let the others listen to a call.",
            f"of {len(effects)} with {MIN_LEADS} inquiries or more",
            "people",
        )
    ]


def write_waiting_groups(tables: Tables) -> list[Sentence]:
    """Say who waits longer for us than all others: the group that is furthest behind."""
    behind = [
        (share.value, table.name, name, share, str(table.get(name, "verdict")))
        for table in tables.values()
        if table.name.startswith("waits_by_") and table.name != "waits_by_opening"
        for name, share in _read(table, "share")
        if str(table.get(name, "verdict")).startswith("Waits longer")
    ]
    if not behind:
        return []
    # Who waits longer than those who came alike comes first: no roster explains it.
    _, table_name, name, share, verdict = min(behind, key=lambda group: (ALSO_ALIKE not in group[-1], group[0]))
    return [
        Sentence(
            f"{name}: waits longer for us than all others.",
            "Also than those who came alike: follow five of their inquiries from the first minute on."
            if ALSO_ALIKE in verdict
            else "Look at the channels and hours in which they come, and at who answers them.",
            f"{format_cell(share, 'share')} answered within the hour",
            table_name,
            cells=((name, "share"),),
        )
    ]


def _read(table: FigureTable | None, column: str) -> list[tuple[str, Estimate]]:
    """Return the known estimates of a column with the names of their rows."""
    if table is None:
        return []
    cells = [(str(row[0]), table.get(str(row[0]), column)) for row in table.rows]
    return [(name, cell) for name, cell in cells if isinstance(cell, Estimate) and cell.is_known]
