"""Where do the dot and the interval of a figure stand on its scale? Charts as numbers, which a template draws.

Lives here: which column of a table is drawn, the scale, positions from 0 to 100.
Does not live here: HTML and SVG (``serving.desk.templates``), numbers as text (``figure_tables``).
"""

import math
from dataclasses import dataclass

from features.practice.display_formats import LocalFormats
from serving.insights.estimates import Estimate
from serving.insights.figure_tables import Cell, FigureTable, format_cell, format_number
from serving.insights.staffing.missed_by_half_hour import MIN_CALLS

__all__ = ["ChartLine", "IntervalChart", "draw_chart"]

_DRAWN = (
    ("change_", "bookings"),
    ("funnel_by_month", "booked_final"),
    ("outlook_past", "said"),
    ("said_by_month", "said"),
    ("outlook", "bookings"),
    ("credit_by_", "more_bookings"),
    ("funnel_by_", "booked_rate"),
    ("response_bands", "rate_alike"),
    ("money_by_week", "per_booking"),
    ("money_by_", "per_treated"),
    ("forms", "difference"),
    ("field_changes", "inquiries"),
    ("form_fields", "difference"),
    ("segments", "rate"),
    ("qualifying_rule", "difference"),
    ("score_value", "gain"),
    ("people", "effect"),
    ("one_more_person", "fewer_missed"),
    ("missed_by_half_hour", "share"),
    ("waits_by_", "alike"),
    ("tries", "rate"),
    ("further_tries_by_", "rate"),
)
"""Beginning of a table's name -> the column that its chart shows."""

_AROUND_ZERO = ("signed", "points", "change")
_MOST_LINES = 14
_LOG_FROM = 8.0
"""Money that spans more than this factor is drawn on a logarithmic scale."""


@dataclass(frozen=True)
class ChartLine:
    """One line of a chart; positions from 0 to 100, None where nothing can be drawn.

    Parameters
    ----------
    name, text : str
    value, low, high : float or None
    """

    name: str
    text: str
    value: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class IntervalChart:
    """A chart.

    Parameters
    ----------
    heading : str
        What is drawn.
    lines : tuple of ChartLine
    zero : float or None
        Where nothing changes, on a scale around zero.
    ticks : tuple of (position, text)
        The ends of the scale.
    note : str
        What a reader must know of the scale; empty where it is plain.
    """

    heading: str
    lines: tuple[ChartLine, ...]
    zero: float | None
    ticks: tuple[tuple[float, str], ...]
    note: str = ""


def draw_chart(table: FigureTable, formats: LocalFormats | None = None) -> IntervalChart | None:
    """Draw the chart of a table; None where it has none, or nothing in it is known.

    >>> from serving.insights.figure_tables import Column
    >>> columns = (Column("part", "Part", "text", "d"), Column("bookings", "Bookings", "signed", "d"))
    >>> chart = draw_chart(FigureTable("change_month", "Why", columns, (("Mix", Estimate(5.0, 0.0, 10.0)),)))
    >>> chart.zero, chart.lines[0].value, chart.lines[0].text
    (4.0, 50.0, '+5 (0 to +10)')
    """
    wanted = next((column for start, column in _DRAWN if table.name.startswith(start)), None)
    position = next((i for i, column in enumerate(table.columns) if column.name == wanted), None)
    if position is None:
        return None
    column = table.columns[position]
    rows = _select_rows(table)
    if table.name in ("funnel_by_month", "money_by_week"):
        rows = rows[::-1]
    shown = [cell for row in rows if isinstance(cell := row[position], Estimate) and cell.is_known]
    if not shown:
        return None
    scale = _Scale.around(shown, column.unit)
    lines = []
    for row in rows:
        cell = row[position]
        text = format_cell(cell, column.unit, formats)
        if isinstance(cell, Estimate) and cell.is_known:
            value, low, high = (round(scale.place(number), 2) for number in cell)
            lines.append(ChartLine(str(row[0]), text, value, low, high))
        elif table.name.startswith("change_") and isinstance(cell, int | float):
            # The sum of the parts is no estimate, and is drawn as a dot without an interval.
            lines.append(ChartLine(str(row[0]), text, round(scale.place(float(cell)), 2)))
        elif cell is not None:
            # A row whose figure the data cannot tell says so; one that has none is not drawn.
            lines.append(ChartLine(str(row[0]), text))
    zero = round(scale.place(0.0), 2) if column.unit in _AROUND_ZERO else None
    ticks = tuple((round(scale.place(end), 2), format_number(end, column.unit, formats)) for end in scale.ends)
    note = "On this scale, equal steps multiply the cost." if scale.is_log else ""
    return IntervalChart(column.heading, tuple(lines), zero, ticks, note)


def _select_rows(table: FigureTable) -> tuple[tuple[Cell, ...], ...]:
    """Return the rows that are drawn: the first ones, but of half hours, which are those of one day."""
    if table.name == "one_more_person":
        # Beside their sum none of them could be seen.
        return table.rows[1:]
    if table.name == "missed_by_half_hour":
        return tuple(row for row in table.rows[1:] if isinstance(row[1], int) and row[1] >= MIN_CALLS)
    return table.rows[:_MOST_LINES]


@dataclass(frozen=True)
class _Scale:
    """From numbers to positions."""

    ends: tuple[float, float]
    is_log: bool

    @classmethod
    def around(cls, shown: list[Estimate], unit: str) -> "_Scale":
        """Return the scale that holds these estimates."""
        low, high = min(cell.low for cell in shown), max(cell.high for cell in shown)
        is_log = unit == "money" and low > 0 and high / low > _LOG_FROM
        if not is_log:
            low, high = min(low, 0.0), max(high, 0.0)
        return cls((low, high if high > low else low + 1.0), is_log)

    def place(self, number: float) -> float:
        """Return the position of a number, from 4 to 96."""
        low, high = self.ends
        if self.is_log:
            number, low, high = math.log(max(number, 1e-9)), math.log(low), math.log(high)
        return 4 + 92 * min(max((number - low) / (high - low), 0.0), 1.0)
