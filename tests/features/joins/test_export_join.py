"""Is an export refused where its rows would count for the wrong leads, and is the reason the right one?"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from features.errors import DataError, MappingError
from features.joins.export_join import require_export_joined
from features.joins.folder_tables import join_export
from features.joins.lead_contacts import LeadContacts
from features.mapping.column_mapping import Mapping
from features.mapping.joined_exports import JoinedExport
from features.practice.practice import Practice
from features.readers.raw_files import RawFrame

CALLS = JoinedExport("events", {"phone": "Number"}, {"occurred_at": "When"})
VISITS = JoinedExport(
    "outcomes",
    {"email": "Mail", "phone": "Number"},
    {"occurred_at": "Visit", "recorded_at": "Booked", "status": "Status"},
    booked=("Kept", "Broken"),
)


def leads():
    """Return thirty leads, one a day from 1 June 2026."""
    return LeadContacts(
        pd.DataFrame(
            {
                "lead_id": [f"L{i}" for i in range(30)],
                "created_at": pd.date_range("2026-06-01 14:00", periods=30, tz="UTC"),
                "phone": [f"617-555-01{i:02d}" for i in range(30)],
                "email": [f"p{i}@post.org" for i in range(30)],
            }
        )
    )


def join(export, **columns):
    """Join an export with these columns to the leads."""
    frame = pd.DataFrame(columns, dtype=object)
    raw = RawFrame(frame, ",", "utf-8", (), np.arange(1, len(frame) + 1))
    return join_export("x.csv", raw, export, leads(), Mapping.identity(), Practice())


@pytest.mark.parametrize(
    ("number", "when", "reason"),
    [
        ("617-555-0102", "2026-05-20 10:00", "It begins before the leads do"),
        ("617-555-0129", "2026-06-05 10:00", "compare the clocks"),
        ("508-555-0144", "2026-06-20 10:00", "contacts that no lead has"),
        ("Restricted", "2026-06-20 10:00", "withheld number"),
        ("", "2026-06-20 10:00", "have no contact"),
    ],
)
def test_under_95_in_100_the_likeliest_reason_is_said(number, when, reason):
    joined = join(CALLS, Number=[number] * 30 + ["617-555-0101"], When=[when] * 30 + ["2026-06-25 10:00"])

    with pytest.raises(DataError, match=reason):
        require_export_joined(joined.join, CALLS, scoring=False)
    require_export_joined(joined.join, CALLS, scoring=True)
    require_export_joined(joined.join, replace(CALLS, allow_unmatched=True), scoring=False)


def test_the_email_decides_where_it_and_the_phone_belong_to_different_leads():
    joined = join(
        VISITS,
        Mail=["P3@post.org"],
        Number=["6175550105"],
        Visit=["2026-07-20"],
        Booked=["2026-07-01"],
        Status=["Kept"],
    )

    assert joined.frame["lead_id"].tolist() == ["L3"]
    assert joined.join.contradicting == 1


def test_a_booking_on_the_day_of_the_inquiry_does_not_precede_it():
    joined = join(
        VISITS, Mail=["p3@post.org"], Number=[""], Visit=["2026-07-20"], Booked=["2026-06-04"], Status=["Broken"]
    )

    assert joined.frame["occurred_at"].iloc[0] == pd.Timestamp("2026-06-04 14:00:01", tz="UTC")
    assert joined.frame["recorded_at"].iloc[0] >= pd.Timestamp("2026-06-05 03:59", tz="UTC")


def test_a_status_that_is_not_placed_is_refused_since_its_leads_would_count_as_not_booked():
    joined = join(
        VISITS, Mail=["p3@post.org"], Number=[""], Visit=["2026-07-20"], Booked=["2026-06-04"], Status=["Code 7"]
    )

    assert joined.join.undecided == {"Code 7": 1} and joined.frame["lead_id"].tolist() == [None]
    with pytest.raises(MappingError, match="does 'Code 7' .1 rows. mean"):
        require_export_joined(joined.join, VISITS, scoring=False)


def test_dates_that_contradict_each_other_are_refused_until_the_mapping_decides():
    dates = {"Number": ["617-555-0102"] * 20, "When": ["25/06/2026 10:00", "06/25/2026 10:00"] * 10}

    with pytest.raises(MappingError, match="day and month are mixed"):
        join(CALLS, **dates)

    decided = join(replace(CALLS, date_order="day_first"), **dates)
    assert decided.frame["occurred_at"].notna().sum() == 10
