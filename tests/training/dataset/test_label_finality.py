"""Are the newest leads of a flat export used where their labels are final, and left out where they are not?"""

import numpy as np
import pytest

from features.mapping.column_mapping import Mapping
from training.dataset.label_finality import decide_finality

LEADS, HORIZON = 3_000, 30
UNTIL = np.datetime64("2026-06-01", "us")
RANDOM = np.random.default_rng(8)
AGES = np.sort(RANDOM.random(LEADS) * 150)[::-1]
CREATED = UNTIL - (AGES * 86_400e6).astype("timedelta64[us]")
BOOKED = RANDOM.random(LEADS) < 0.3


def decide(label, rows=slice(None), **label_settings):
    """Decide about these labels."""
    settings = {"column": "y", "booked": ["1"], "not_booked": ["0"]} | label_settings
    mapping = Mapping.from_dict({"version": 1, "label": settings})
    return decide_finality(mapping, label[rows].astype(float), CREATED[rows], UNTIL, HORIZON)


def test_labels_are_final_where_the_newest_leads_book_as_often():
    found = decide(BOOKED)

    assert found.is_final
    assert "whatever their age" in found.reason


@pytest.mark.parametrize("days", [2, 5, 15])
def test_labels_are_not_final_where_bookings_take_their_time(days):
    delay = RANDOM.exponential(days, LEADS)

    found = decide(BOOKED & (delay < AGES))

    assert not found.is_final
    assert "are not final: " in found.reason


def test_labels_are_not_final_where_the_newest_leads_nearly_always_book():
    assert not decide(BOOKED | (AGES < 15)).is_final


def test_an_open_state_makes_no_young_label_final():
    found = decide(BOOKED, open=["New"])

    assert not found.is_final
    assert "leads can be open" in found.reason


def test_blanks_that_mean_not_booked_are_not_final():
    assert not decide(BOOKED, not_booked=[""]).is_final


def test_too_few_young_leads_are_taken_as_not_final():
    found = decide(BOOKED, slice(None, None, 40))

    assert not found.is_final
    assert "too few" in found.reason


@pytest.mark.parametrize("final", [True, False])
def test_the_mapping_decides_first(final):
    found = decide(BOOKED & (AGES > 20), final=final)

    assert found.is_final is final
    assert "as the mapping says" in found.reason


def test_nothing_is_said_without_young_leads():
    assert decide(BOOKED, AGES > 40).reason == ""
