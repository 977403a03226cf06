"""What does the page say about which marketing brought the bookings? The verdict on the touches, then the credit.

Lives here: the tables, and when no credit is given.
Does not live here: journeys (``journeys``), which of them count (``touch_rows``), dividing (``credit_rules``), what
would be missing (``touch_removal``).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from serving.insights.attribution.credit_rules import RULES, divide_by_rules
from serving.insights.attribution.journeys import Journeys, JourneySpans, find_spans
from serving.insights.attribution.touch_removal import Removal, estimate_removal
from serving.insights.attribution.touch_rows import TouchData, find_touch_rows, list_inquiries
from serving.insights.columns.categories import NOT_GIVEN
from serving.insights.columns.lead_columns import LeadColumns
from serving.insights.figure_tables import Cell, Column, FigureTable, take_columns
from serving.insights.stopped_sources import Silence

__all__ = ["DIMENSIONS", "Credit", "compute_credit", "tabulate_credits"]

DIMENSIONS = ("channel", "source", "campaign")

_NO_SIGN_BELOW = 0.25
"""An interval that holds zero and ends below this share of the booked journeys with the touch says: hardly any."""

_COUNTED_RULES = ("first", "last")
"""Rules whose credit is a number of people."""

_LIMITS = (
    "Association, not cause: inquiries cannot show who would not have inquired at all, and a touch that reaches people "
    "who would book anyway looks like one that brings them. The six rules only divide the bookings that came, so they "
    "have no interval; the interval stands on two models of journeys that booked and that did not."
)


@dataclass(frozen=True)
class Credit:
    """The credit by one dimension.

    Parameters
    ----------
    dimension : str
    journeys : Journeys
        Those that are old enough, within the months of the report.
    data : TouchData
    removals : list of Removal
        For each name; empty where no credit is given.
    """

    dimension: str
    journeys: Journeys
    data: TouchData
    removals: list[Removal]


def compute_credit(
    columns: LeadColumns, dimension: str, ripe_days: float, months: int, spans: JourneySpans | None = None
) -> Credit | None:
    """Compute the credit by channel, source or campaign; None where the inquiries have no such column.

    Parameters
    ----------
    ripe_days, months, spans
        As in ``find_touch_rows``.
    """
    rows = find_touch_rows(columns, dimension, ripe_days, months, spans)
    if rows is None:
        return None
    data = rows.count()
    refused = data.refusal is not None or not len(rows.journeys)
    attributes = {name: column for name, column in columns.attributes.items() if name not in ("channel", "source")}
    return Credit(dimension, rows.journeys, data, [] if refused else estimate_removal(rows.journeys, attributes))


def tabulate_credits(
    columns: LeadColumns, ripe_days: float, months: int, silences: Sequence[Silence]
) -> list[FigureTable]:
    """Tabulate the verdict on the touches, then the credit by each dimension that inquiries have.

    Parameters
    ----------
    ripe_days, months
        As in ``compute_credit``.
    silences : sequence of Silence
        Of a source that went silent, later journeys are missing, whatever it brought.
    """
    # Whose journey an inquiry belongs to is the same by every dimension.
    spans = find_spans(list_inquiries(columns))
    computed = [compute_credit(columns, dimension, ripe_days, months, spans) for dimension in DIMENSIONS]
    credits = [credit for credit in computed if credit is not None]
    silent = {(silence.dimension, silence.name) for silence in silences if silence.is_alarm}
    return [_tabulate_touch_data(credits, silent), *map(_tabulate_credit, credits)] if credits else []


def _tabulate_touch_data(credits: list[Credit], silent: set[tuple[str, str]]) -> FigureTable:
    """Tabulate whether the touches can carry any credit."""
    described = (
        Column("dimension", "By", "text", "What the credit is divided by."),
        Column("verdict", "Verdict", "text", "Whether credit can be given."),
        Column("leads", "Inquiries", "count", "Inquiries in these months.", True),
        *(
            Column(name, heading, "count", definition, True, part_of=whole)
            for name, heading, definition, whole in (
                ("unnamed", "Not given", "Of these, without a name of where they came from.", "leads"),
                ("journeys", "Journeys", "People whose inquiries are old enough for bookings to be known.", "leads"),
                ("several", "Several touches", "Journeys with touches of different names.", "journeys"),
                ("touched", "With a last touch", "Inquiries with a touch in the 30 minutes before.", "leads"),
                ("contradicting", "Contradicting", "Of these, where no such touch names the same.", "touched"),
            )
        ),
    )
    rows: list[tuple[Cell, ...]] = []
    for credit in credits:
        data, verdict = credit.data, credit.data.refusal
        if verdict is None:
            concerns = []
            if data.contradicts:
                concerns.append("many inquiries and their last touch name different things")
            stopped = sorted(name for dimension, name in silent if dimension == credit.dimension)
            if stopped:
                concerns.append(f"went silent: {', '.join(stopped)}")
            verdict = f"With care: {'; '.join(concerns)}." if concerns else "Credit can be given."
        counts = (data.leads, data.unnamed, data.journeys, data.several, data.touched, data.contradicting)
        rows.append((credit.dimension.capitalize(), verdict, *counts))
    return FigureTable(
        "touch_data",
        "Can the data tell what brought people?",
        described,
        take_columns(rows),
        # Where the funnel hides those without a name beside another few, this table must not tell them.
        hidden_with=tuple((credit.dimension, NOT_GIVEN, "inquiries") for credit in credits),
    )


def _tabulate_credit(credit: Credit) -> FigureTable:
    """Tabulate the credit by one dimension: the range of the rules, and what would be missing with its interval."""
    rests = ("journeys_booked",)
    # What is divided among few touches can be turned back into who had them first and last.
    credit_rests = ("journeys_booked", *_COUNTED_RULES)
    described = (
        Column(credit.dimension, credit.dimension.capitalize(), "text", "Where a touch came from."),
        Column("journeys", "Journeys", "count", "People with such a touch before they inquired.", True),
        Column("journeys_booked", "Booked", "count", "Of these, how many booked.", True),
        *(
            Column(
                name,
                f"{name.capitalize()} credit",
                "count",
                f"What the rule that gives it {name} gives it, in bookings.",
                rests_on=credit_rests,
            )
            for name in ("least", "most")
        ),
        Column(
            "more_bookings",
            "Bookings that go with it",
            "signed",
            "Bookings that would be missing without these touches, by two models that bracket it: association.",
            rests_on=rests,
        ),
        Column("verdict", "What that says", "text", "The interval in words."),
        *(
            Column(name, heading, "count", does, True, part_of="journeys_booked")
            if name in _COUNTED_RULES
            else Column(name, heading, "count", does, rests_on=credit_rests)
            for name, (heading, does) in RULES.items()
        ),
    )
    name, title = f"credit_by_{credit.dimension}", f"Who gets credit, by {credit.dimension}"
    if credit.data.refusal is not None or not credit.removals:
        reason = credit.data.refusal or "No journey is old enough yet."
        return FigureTable(name, title, described, (), (reason,))
    journeys = credit.journeys
    touched = journeys.build_incidence()
    had = np.asarray(touched.sum(axis=0)).ravel()
    booked = touched.T @ journeys.booked.astype(float)
    rules = divide_by_rules(journeys)
    divided = np.stack([rules[rule] for rule in RULES])
    credits = [
        [round(credit) if rule in _COUNTED_RULES else credit for credit in rules[rule].tolist()] for rule in RULES
    ]
    rows = [
        (
            text,
            int(had[i]),
            int(booked[i]),
            divided[:, i].min(),
            divided[:, i].max(),
            credit.removals[i].bookings,
            _describe_removal(credit.removals[i], float(booked[i])),
            *(credit[i] for credit in credits),
        )
        for i, text in enumerate(journeys.names)
    ]
    rows.sort(key=lambda row: -row[1])
    people = "People who share a phone, an e-mail or an id are one journey, over up to 90 days."
    # By every rule and dimension the credits add up to the same bookings: one hidden row could be subtracted back.
    return FigureTable(name, title, described, take_columns(rows), (people, _LIMITS), rows_in_total=len(rows))


def _describe_removal(removal: Removal, booked: float) -> str:
    """Describe what an interval says."""
    bookings = removal.bookings
    if not bookings.is_known:
        return "The data cannot tell, for the reason beside it."
    if bookings.low > 0:
        return "Goes with more bookings."
    if bookings.high < 0:
        return "Goes with fewer bookings."
    if bookings.high < _NO_SIGN_BELOW * booked:
        return "No sign that it goes with more bookings, whatever credit the rules give it."
    return "The data cannot tell: from nothing to much. More months, or weeks without it, narrow the interval."
