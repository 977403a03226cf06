"""Of what does the report consist, and over which months can it be asked? Named once, for the page, the files, the API
and its description.

Lives here: sections, their titles and tables, the numbers of months that are offered.
Does not live here: the figures (``insight_report``), addresses (``serving.api.insight_routes``,
``serving.desk.routes.insight_routes``).
"""

from dataclasses import dataclass

from serving.errors import RequestError

__all__ = ["DEFAULT_MONTHS", "MONTH_CHOICES", "SECTIONS", "Section", "parse_months"]

MONTH_CHOICES = (3, 6, 12, 24)
"""Months that the desk and the API offer, the current one included."""

DEFAULT_MONTHS = 12


@dataclass(frozen=True)
class Section:
    """A section of the report.

    Parameters
    ----------
    title : str
        On the page.
    summary : str
        For programs.
    tables : tuple of str
        Its tables, in order. Those of columns that a practice does not have are absent.
    """

    title: str
    summary: str
    tables: tuple[str, ...]


SECTIONS = {
    "change": Section(
        "Why bookings changed", "Why bookings changed, in parts that add up", ("change_month", "change_year")
    ),
    "outlook": Section(
        "What is coming",
        "Bookings of the coming weeks, and what became of earlier outlooks",
        ("outlook", "outlook_goal", "outlook_past", "said_by_month"),
    ),
    "funnel": Section(
        "From inquiry to treatment",
        "How far inquiries get; months that are not over as expected",
        (
            "funnel_by_month",
            "funnel_by_channel",
            "funnel_by_source",
            "funnel_by_campaign",
            "funnel_by_clinic",
            "funnel_by_service",
            "funnel_by_patient",
            "qualification",
            "qualifying_rule",
        ),
    ),
    "response": Section(
        "How long people wait for us",
        "How long people wait, how those who waited book, missed calls",
        (
            "response_bands",
            "response_by_channel",
            "response_by_weekday",
            "response_by_hour",
            "missed_calls",
            "missed_by_half_hour",
            "one_more_person",
            "waits_by_payer",
            "waits_by_age",
            "waits_by_language",
            "waits_by_distance",
            "waits_by_opening",
            "tries",
            "further_tries_by_channel",
            "further_tries_by_service",
        ),
    ),
    "money": Section(
        "What it costs",
        "Cost per inquiry, booking and treated patient; what ads were clicked",
        ("money_by_channel", "money_by_campaign", "money_by_week", "clicks_by_channel", "clicks_by_campaign"),
    ),
    "credit": Section(
        "What brought the people who booked",
        "Which touches get credit for bookings, and what would be missing without them",
        ("touch_data", "credit_by_channel", "credit_by_source", "credit_by_campaign"),
    ),
    "compare": Section(
        "Forms, and who books more often",
        "Forms side by side, and groups of inquiries that book more or less often",
        ("forms", "field_changes", "form_fields", "segments"),
    ),
    "lost": Section(
        "Why people do not book",
        "Why people do not book",
        (
            "lost_reasons",
            "lost_by_channel",
            "lost_by_service",
            "lost_by_clinic",
            "careless_reasons",
            "misfit_sources",
            "win_back_results",
            "stale_records",
        ),
    ),
    "people": Section(
        "People", "People against what their inquiries were expected to bring", ("people", "lost_by_person")
    ),
    "score": Section("What the score is worth", "What calling in order of the score was worth", ("score_value",)),
    "silence": Section("Sources that went silent", "Sources that went silent", ("silence",)),
}
"""Name in addresses -> section, in the order of the page."""


def parse_months(text: str | None) -> int:
    """Parse how many months a request asks for; the usual ones when it names none.

    Raises
    ------
    RequestError
        422 for a number that is not offered.

    >>> parse_months(None), parse_months("6")
    (12, 6)
    """
    if text is None:
        return DEFAULT_MONTHS
    if text not in map(str, MONTH_CHOICES):
        choices = ", ".join(map(str, MONTH_CHOICES))
        raise RequestError(422, "invalid_months", f"months is not a number that is offered: {choices}.")
    return int(text)
