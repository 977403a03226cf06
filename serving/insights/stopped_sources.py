"""Which form, number or source has stopped? A silence that chance does not explain.

Lives here: how long a source has been silent, how many leads were expected meanwhile, and whether that is an alarm.
Does not live here: drift of the leads that do come (``training.monitoring``).

All sources together raise less than one false alarm a quarter: what a silence of this length is expected to happen by
chance within a quarter, summed over all sources, is kept below ``FALSE_ALARMS_A_QUARTER``. Arrivals are clumped and
levels move, so the chance is that of a negative binomial, not of a Poisson.
"""

from dataclasses import dataclass

import numpy as np

from features.array_types import IntArray
from serving.insights.columns.categories import NOT_GIVEN
from serving.insights.columns.lead_columns import LeadColumns
from serving.insights.figure_tables import Column, FigureTable, take_columns

__all__ = ["FALSE_ALARMS_A_QUARTER", "Silence", "find_silences", "measure_silence", "tabulate_silences"]

FALSE_ALARMS_A_QUARTER = 0.5
MIN_LEADS = 12
"""A source with fewer leads in its history has no rhythm that could break."""

HISTORY_DAYS, RECENT_DAYS = 182, 56
MAX_SILENT_DAYS = 120
"""A source that has been silent for longer has ended."""

QUARTER_DAYS = 91
_WATCHED = ("channel", "source", "campaign", "form")
_WIDEST_SHAPE, _FLATTEST_SHAPE = 0.7, 40.0


@dataclass(frozen=True)
class Silence:
    """A source's present silence.

    Parameters
    ----------
    dimension, name : str
    days : int
        Full days since its last lead.
    expected : float
        Leads that its rhythm would have brought since.
    chances_a_quarter : float
        How often so long a silence is expected by chance within a quarter.
    is_alarm : bool
    has_ended : bool
        Its spending stopped with it, or it has been silent for so long that it is no news.
    """

    dimension: str
    name: str
    days: int
    expected: float
    chances_a_quarter: float
    is_alarm: bool
    has_ended: bool = False


def measure_silence(days: IntArray, today: int) -> tuple[int, float, float] | None:
    """Measure the silence of one source.

    Parameters
    ----------
    days : int array of shape (n,), sorted
        The days on which its leads arrived, before ``today``.
    today : int
        The current day, of which nothing is expected yet.

    Returns
    -------
    (days silent, leads expected meanwhile, chances of so long a silence within a quarter), or None without a rhythm.
    """
    if not len(days):
        return None
    last = int(days[-1])
    silent = today - last - 1
    recent = days[days > last - HISTORY_DAYS]
    start = max(int(recent[0]), last - HISTORY_DAYS + 1)
    length = last - start + 1
    if silent < 1 or len(recent) < MIN_LEADS or length < 28:
        return None
    lately = recent[recent > last - RECENT_DAYS]
    span = min(RECENT_DAYS, length)
    # The level of the last weeks, held up by that of the half year where it is thin.
    level = (len(lately) + 4 * len(recent) / length * 7) / (span + 4 * 7)
    weekday = (np.bincount(recent % 7, minlength=7) + len(recent) / 7 * 0.5) / (len(recent) * 1.5 / 7)
    gap = np.arange(last + 1, today)
    expected = float(level * weekday[gap % 7].sum())
    shape = _estimate_shape(recent, start, length)
    # Few leads leave the level itself uncertain.
    shape = 1 / (1 / shape + 1 / max(len(lately), 1))
    chance = (1 + expected / shape) ** -shape
    # A silence can begin after each day with a lead.
    begins = QUARTER_DAYS * (1 - np.exp(-level))
    return silent, expected, float(begins * chance)


def _estimate_shape(days: IntArray, start: int, length: int) -> float:
    """Estimate the shape of the levels' gamma distribution from how much the counts of weeks vary."""
    weeks = length // 7
    counts = np.bincount((days[days < start + 7 * weeks] - start) // 7, minlength=weeks).astype(float)
    mean, variance = counts.mean(), counts.var(ddof=1) if weeks > 1 else 0.0
    # Half a week's chance variance is added: the variance of few weeks is easily too small.
    extra = variance + 0.5 * mean * np.sqrt(2 / max(weeks - 1, 1)) - mean
    return float(np.clip(mean**2 / extra, _WIDEST_SHAPE, _FLATTEST_SHAPE)) if extra > 0 else _FLATTEST_SHAPE


def find_silences(columns: LeadColumns) -> list[Silence]:
    """Find every source's present silence, the alarms first."""
    watched = [
        (dimension, name, np.sort(columns.day[columns.categories[dimension].codes == code]))
        for dimension in _WATCHED
        if dimension in columns.categories
        for code, name in enumerate(columns.categories[dimension].names)
        if name != NOT_GIVEN
    ]
    measured = [(dimension, name, measure_silence(days, columns.as_of_day)) for dimension, name, days in watched]
    # Every source with a rhythm could raise a false alarm, also one that is not silent today.
    with_rhythm = sum(len(days[days > columns.as_of_day - HISTORY_DAYS]) >= MIN_LEADS for _, _, days in watched)
    limit = FALSE_ALARMS_A_QUARTER / max(with_rhythm, 1)
    silences = []
    for dimension, name, result in measured:
        if result is not None:
            silent, expected, chances = result
            ended = silent > MAX_SILENT_DAYS or _has_stopped_spending(columns, dimension, name, silent)
            silences.append(Silence(dimension, name, silent, expected, chances, chances < limit and not ended, ended))
    return sorted(silences, key=lambda silence: (not silence.is_alarm, silence.chances_a_quarter, silence.name))


def _has_stopped_spending(columns: LeadColumns, dimension: str, name: str, silent: int) -> bool:
    """Whether money was spent on a source until it went silent, and none since."""
    names = columns.spend.names.get(dimension)
    if names is None:
        return False
    days = columns.spend.day[(names == name) & (columns.spend.amount > 0)]
    # Money is spent until the campaign ends; its last inquiries come some days later.
    return (
        bool(len(days)) and int(days.max()) < columns.as_of_day - silent and int(columns.spend.day.max()) > days.max()
    )


def tabulate_silences(silences: list[Silence], most: int = 15) -> FigureTable:
    """Tabulate the alarms, and the silences that are nearest to one."""
    shown = [silence for silence in silences if silence.is_alarm or silence.expected >= 2][:most]
    columns_shown = (
        Column("source", "Source", "text", "A channel, source, campaign or form that used to bring inquiries."),
        Column("kind", "Kind", "text", "What it is a value of."),
        Column("days", "Silent for days", "count", "Full days since its last inquiry."),
        Column("expected", "Expected meanwhile", "days", "Inquiries its rhythm would have brought since."),
        Column(
            "chances",
            "By chance, per quarter",
            "ratio",
            "How often so long a silence is expected to happen by chance in three months.",
        ),
        Column(
            "alarm",
            "Alarm",
            "text",
            "Whether chance is no explanation: all sources together raise less than one false alarm a quarter.",
        ),
    )
    lines = [
        (
            silence.name,
            silence.dimension,
            silence.days,
            silence.expected,
            silence.chances_a_quarter,
            "ALARM" if silence.is_alarm else "ended" if silence.has_ended else "within chance",
        )
        for silence in shown
    ]
    return FigureTable("silence", "Sources that went silent", columns_shown, take_columns(lines))
