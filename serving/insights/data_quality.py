"""Is the data good enough for these figures? A verdict on the tables, before anything is read from them.

Lives here: what is missing or contradicts itself, and which figures that concerns.
Does not live here: rejected rows (``features.tables``), silent sources (``stopped_sources``).
"""

from dataclasses import dataclass

import numpy as np

from serving.insights.columns.categories import NOT_GIVEN
from serving.insights.columns.lead_columns import LeadColumns

__all__ = ["DataDoubt", "find_bookings_begin", "judge_base_data"]

MAX_NOT_GIVEN = 0.2
MIN_RIPE_BOOKINGS = 30
MAX_DAYS_WITHOUT_LEADS = 7
MAX_SPEND_UNMATCHED = 0.1
BOOKINGS_EXPECTED = 20.0
"""Of inquiries before the first booking on record: where none of so many came, they were not recorded."""


@dataclass(frozen=True)
class DataDoubt:
    """What is wrong with the data.

    Parameters
    ----------
    code : str
    text : str
        What was found, what it means, what to do.
    is_serious : bool
        Whether figures are wrong or missing because of it; otherwise they are only less sure.
    """

    code: str
    text: str
    is_serious: bool


def judge_base_data(columns: LeadColumns, ripe_days: float) -> list[DataDoubt]:
    """Judge the data that the figures rest on, the serious doubts first."""
    doubts = [
        *_judge_bookings(columns, ripe_days),
        *_judge_begin(columns, ripe_days),
        *_judge_freshness(columns),
        *_judge_names(columns),
        *_judge_spend(columns),
    ]
    return sorted(doubts, key=lambda doubt: not doubt.is_serious)


def _judge_bookings(columns: LeadColumns, ripe_days: float) -> list[DataDoubt]:
    """Judge whether there are outcomes enough to expect anything from."""
    doubts = []
    if columns.label_decided is not None:
        doubts.append(
            DataDoubt(
                "labels_alone",
                "The export says who booked and not when: who was reached or qualified, and how long a booking "
                "takes, cannot be told. Add an outcomes table with dates.",
                False,
            )
        )
    ripe = int((columns.has("booked") & columns.is_ripe(ripe_days)).sum())
    if ripe < MIN_RIPE_BOOKINGS:
        doubts.append(
            DataDoubt(
                "few_bookings",
                # Never the number itself: a small one would tell about a few people.
                f"Fewer than {MIN_RIPE_BOOKINGS} bookings of inquiries older than {ripe_days:.0f} days: what open "
                f"inquiries will bring cannot be said before there are {MIN_RIPE_BOOKINGS}.",
                True,
            )
        )
    if not columns.has("treated").any():
        doubts.append(
            DataDoubt(
                "no_treated",
                "No outcome says that anybody was treated, so costs per treated patient are missing. Record attended "
                "and treated as outcomes.",
                False,
            )
        )
    return doubts


def find_bookings_begin(columns: LeadColumns, ripe_days: float) -> int | None:
    """Find the day from which bookings are on record, where inquiries came long before it; None where they are whole.

    An export of appointments by their own date holds, of the months before its first day, only the inquiries that
    waited long: such a month looks as if few had inquired.
    """
    has = columns.has("booked")
    if not has.any():
        return None
    if columns.label_decided is None:
        recorded = columns.age_days[has] - columns.known_days["booked"][has]
    else:
        # When a label was known says nothing of since when there are labels: all may be of the day of the export.
        recorded = columns.age_days[columns.label_decided]
    # A few dates are slips of the pen; one in two hundred does not make a beginning.
    begin_age = float(np.quantile(recorded, 0.995))
    earlier = columns.age_days > begin_age + ripe_days / 2
    expected = float(earlier.sum() * has.mean())
    # In a practice that grew, one in two hundred may be months: then about as much was recorded before as is expected.
    before = float((recorded > begin_age).sum() * (1.0 if columns.label_decided is None else has.mean()))
    if expected < BOOKINGS_EXPECTED or before > expected / 2:
        return None
    return int(np.floor(columns.as_of_day + columns.day_share - begin_age))


def _judge_begin(columns: LeadColumns, ripe_days: float) -> list[DataDoubt]:
    """Judge whether bookings are on record for as long as inquiries are."""
    day = find_bookings_begin(columns, ripe_days)
    if day is None:
        return []
    begin, first = np.datetime64(day, "D"), np.datetime64(int(columns.day.min()), "D")
    return [
        DataDoubt(
            "bookings_begin_late",
            f"Inquiries are on record since {first}, and bookings since {begin} only: of the months before, part of "
            "the inquiries or of the bookings is missing, so they are not compared. Export both from the same day on.",
            True,
        )
    ]


def _judge_freshness(columns: LeadColumns) -> list[DataDoubt]:
    """Judge whether inquiries still come in, as of the moment of the report."""
    days = float(columns.age_days.min())
    if days <= MAX_DAYS_WITHOUT_LEADS:
        return []
    return [
        DataDoubt(
            "stale",
            f"No inquiry has come in for {days:.0f} days: the export, or the way in, may have stopped.",
            True,
        )
    ]


def _judge_names(columns: LeadColumns) -> list[DataDoubt]:
    """Judge how often the source of an inquiry is not given."""
    doubts = []
    for name in ("channel", "source"):
        if name not in columns.categories:
            doubts.append(
                DataDoubt(
                    f"no_{name}", f"The inquiries have no {name}: nothing can be said by {name}.", name == "channel"
                )
            )
            continue
        category = columns.categories[name]
        if NOT_GIVEN not in category.names:
            continue
        share = float((category.codes == category.names.index(NOT_GIVEN)).mean())
        if share > MAX_NOT_GIVEN:
            text = (
                f"{share:.0%} of inquiries have no {name}: figures by {name} leave them out. Ask for it at every entry."
            )
            doubts.append(DataDoubt(f"{name}_not_given", text, share > 0.5))
    return doubts


def _judge_spend(columns: LeadColumns) -> list[DataDoubt]:
    """Judge whether money and inquiries use the same names."""
    total = float(columns.spend.amount.sum())
    doubts = []
    for name, values in columns.spend.names.items():
        if name not in columns.categories or not total:
            continue
        known = {*columns.categories[name].names, None}
        unmatched = np.array([value not in known for value in values.tolist()], bool)
        share = float(columns.spend.amount[unmatched].sum()) / total
        if share > MAX_SPEND_UNMATCHED:
            text = (
                f"{share:.0%} of the money was spent on a {name} that no inquiry has: give both the same names, or its "
                f"cost cannot be told."
            )
            doubts.append(DataDoubt(f"spend_{name}_unmatched", text, True))
    return doubts
