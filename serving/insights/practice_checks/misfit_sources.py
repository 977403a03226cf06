"""Which source sends people whom the practice cannot help? With a sentence for whoever runs the campaign.

Lives here: misfits by channel, source and campaign, and the sentence.
Does not live here: why people did not book in general (``serving.insights.lost_leads``).

A misfit is lost because of what it is, not because of how it was treated: another service, area, insurance or age than
the practice serves, or spam.
"""

from collections import Counter

import numpy as np

from features.array_types import IntArray
from serving.insights.columns.categories import NOT_GIVEN
from serving.insights.columns.lead_columns import LeadColumns
from serving.insights.figure_tables import Column, FigureTable, take_columns
from serving.insights.practice_checks.group_rates import STANDS_OUT, compare_groups

__all__ = ["MISFIT_REASONS", "find_misfits", "tabulate_misfits"]

MISFIT_REASONS = {
    "service_not_offered": (
        "they ask for services that we do not offer",
        "name in the ad what we offer, and exclude searches for anything else",
    ),
    "out_of_area": ("they live too far from our locations", "narrow the area in which the ad is shown"),
    "out_of_network": ("we do not take their insurance", "say in the ad which insurance plans we take"),
    "not_eligible": ("they are outside of whom we may treat", "say in the ad for whom we are"),
    "spam": (
        "they are no inquiries of people",
        "exclude the placements and lists that they come from, and keep robots out of the form",
    ),
}
"""Reason -> why such people cannot be helped, and what to ask whoever runs the campaign for."""

DIMENSIONS = ("channel", "source", "campaign")
MIN_LEADS = 30


def find_misfits(columns: LeadColumns) -> np.ndarray:
    """Return which leads were lost because of what they are, and did not book. Shape (n,), bool."""
    return np.isin(columns.lost_reason, list(MISFIT_REASONS)) & ~columns.has("booked")


def tabulate_misfits(columns: LeadColumns, rows: IntArray) -> FigureTable:
    """Tabulate the sources whose inquiries cannot be helped more often than those of all others.

    Parameters
    ----------
    rows : int array
        Ripe leads of the months of the report.
    """
    misfit, lines = find_misfits(columns), []
    for dimension in DIMENSIONS:
        group = columns.categories.get(dimension)
        if group is None:
            continue
        for group_rate in compare_groups(group, columns.month, misfit, rows):
            if group_rate.leads < MIN_LEADS or group_rate.name == NOT_GIVEN or group_rate.distance < STANDS_OUT:
                continue
            of_source = rows[misfit[rows] & (group.codes[rows] == group.names.index(group_rate.name))]
            reason = Counter(columns.lost_reason[of_source].tolist()).most_common(1)[0][0]
            name = f"{group_rate.name} ({dimension})"
            sentence = _write_sentence(group_rate.name, reason)
            lines.append(
                (
                    name,
                    group_rate.leads,
                    group_rate.count,
                    group_rate.rate,
                    group_rate.others,
                    sentence,
                    group_rate.distance,
                )
            )
    lines.sort(key=lambda line: -line[-1])
    described = (
        Column("source", "Source", "text", "A channel, source or campaign whose inquiries stand out."),
        Column("leads", "Inquiries", "count", "Ripe inquiries of these months.", counts_people=True),
        Column(
            "misfits",
            "Could not be helped",
            "count",
            "Lost for a service, area, insurance or age that does not fit, or spam.",
            True,
        ),
        Column("share", "Share", "share", "Of its inquiries, in the long run.", rests_on=("leads", "misfits")),
        Column("others", "All others", "share", "The same share of all other inquiries."),
        Column("sentence", "To whoever runs it", "text", "A sentence that is ready to be sent."),
    )
    notes: tuple[str, ...] = (
        f"Only sources that stand out from all others by more than {STANDS_OUT} standard errors: chance alone shows "
        "one in one of twenty practices.",
        'As good as the reasons that people record; check that "out of network" is said only where it is so.',
    )
    if not lines:
        notes = ("No source sends people who cannot be helped more often than all others do.",)
    return FigureTable(
        "misfit_sources",
        "Sources of people whom we cannot help",
        described,
        take_columns([line[:-1] for line in lines]),
        notes,
        managers_only=True,
    )


def _write_sentence(name: str, reason: str) -> str:
    """Write what to send. It tells no number: it is meant to leave the house.

    >>> _write_sentence("Spring radio", "out_of_area")
    'Many inquiries from Spring radio cannot be helped, mostly because they live too far ... the ad is shown.'
    """
    because, wish = MISFIT_REASONS[reason]
    return f"Many inquiries from {name} cannot be helped, mostly because {because}. Please {wish}."
