"""Does a row find the newest lead of its contact, and never a future one?"""

import numpy as np
import pandas as pd
import pytest

from features.joins.lead_contacts import LeadContacts, compute_keys


def leads(**columns):
    """Return three leads: A and C of one person, B of another."""
    return pd.DataFrame(
        {
            "lead_id": ["A", "B", "C"],
            "created_at": pd.to_datetime(["2026-01-01 10:00", "2026-01-05 10:00", "2026-03-01 10:00"], utc=True),
            "phone": ["(617) 555-0123", "508-555-0188", "+1 617 555 0123"],
            "email": ["ann@mail.org", "ben@mail.org", "Ann@Mail.org"],
        }
        | columns
    )


def find(name, text, time):
    """Return the id of the lead that one row finds, None for no lead."""
    contacts = LeadContacts(leads())
    keys = compute_keys(name, np.array([text], object)).keys
    row = contacts.find_newest(name, keys, np.array([time], "datetime64[us]")).lead_rows[0]
    return None if row < 0 else contacts.lead_ids[row]


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        ("2026-01-01T09:59", None),
        ("2026-01-01T10:00", "A"),
        ("2026-02-28T00:00", "A"),
        ("2026-03-01T10:00", "C"),
        ("2027-01-01T00:00", "C"),
    ],
)
def test_a_row_goes_to_the_newest_lead_that_was_created_before_it(time, expected):
    assert find("phone", "617.555.0123", time) == expected
    assert find("email", "ANN@mail.org", time) == expected


@pytest.mark.parametrize("text", ["Restricted", "ANONYMOUS", "000-000-0000", "+17378742833", "no caller id", "Unknown"])
def test_a_withheld_number_and_a_placeholder_are_nobody(text):
    given = compute_keys("phone", np.array([text], object))

    assert given.keys[0] == 0 and given.given[0]


def test_a_contact_that_many_leads_share_joins_nothing():
    shared = pd.DataFrame(
        {
            "lead_id": [f"L{i}" for i in range(12)],
            "created_at": pd.date_range("2026-01-01", periods=12, tz="UTC"),
            "phone": ["617-555-0100"] * 12,
        }
    )
    keys = compute_keys("phone", np.array(["617-555-0100"] * 4, object)).keys
    days = np.array(["2026-01-09T12", "2026-01-10T12", "2026-02-01", "2026-06-01"], "datetime64[us]")

    contacts = LeadContacts(shared)
    match = contacts.find_newest("phone", keys, days)

    # A row is joined by the leads of the 30 days before it alone: what comes later says nothing of whose it was.
    assert match.lead_rows.tolist() == [8, -1, -1, 11]
    assert match.shared.tolist() == [False, True, True, False]
    # What the columns of an export are is not read from such a number at all.
    assert contacts.count_known("phone", keys) == 0


def test_a_number_of_another_country_is_compared_by_its_digits():
    keys = compute_keys("phone", np.array(["098765 43210", "09876543210", "9876543211"], object)).keys

    assert keys[0] == keys[1] != 0 and keys[2] != keys[0]


def test_an_id_finds_its_lead_whenever_it_was_created():
    contacts = LeadContacts(leads())

    match = contacts.find_by_id(compute_keys("lead_id", np.array(["C", "Z", None], object)).keys)

    assert match.lead_rows.tolist() == [2, -1, -1]
