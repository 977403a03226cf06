"""Does the table say which field is not worth what it costs, and what is still missing?"""

from dataclasses import replace

import numpy as np
import pytest

from features.practice.display_formats import LocalFormats
from serving.insights.comparisons.field_change_table import (
    estimate_bookings_change,
    name_change,
    split_bookings,
    tabulate_field_changes,
)
from serving.insights.comparisons.field_changes import find_field_changes
from tests.support.simulated.insight_coverage import to_form_columns
from tests.support.simulated.simulated_forms import simulate_forms


def tabulate(columns, seed, **truth):
    formed = to_form_columns(columns, simulate_forms(seed, a_week=[70, 70, 70], **truth))
    return tabulate_field_changes(formed, 30.0, lambda name: "Insurance", LocalFormats())


def test_a_worthless_field_is_said_to_be_one(columns):
    verdicts = [tabulate(columns, seed, inquiries=-0.35, bookings=0.0, effect=0.0).rows[0][-1] for seed in range(10)]

    assert sum("no sign that the field is worth them" in verdict for verdict in verdicts) >= 7


def test_a_field_that_brings_bookings_is_not_called_worthless(columns):
    verdicts = [tabulate(columns, seed, inquiries=-0.3, bookings=0.5, effect=0.0).rows[0][-1] for seed in range(10)]

    assert sum("with more bookings" in verdict for verdict in verdicts) >= 6


def test_bookings_wait_until_their_weeks_are_ripe(columns):
    formed = to_form_columns(columns, simulate_forms(3))
    (change,) = find_field_changes(formed)

    late = estimate_bookings_change(formed, change, 250.0)

    assert "of the 6 weeks that it takes after the change are 250 days past" in late.reason
    assert estimate_bookings_change(formed, change, 30.0).is_known


def test_a_form_that_fell_silent_does_not_let_unripe_weeks_count(columns):
    formed = to_form_columns(columns, simulate_forms(3))
    (change,) = find_field_changes(formed)
    old = change.own[formed.age_days[change.own] > 24]

    before, after = split_bookings(formed, replace(change, own=old), 30.0)

    assert formed.age_days[np.append(before, after)].min() >= 30 and len(after)
    silent = estimate_bookings_change(formed, replace(change, own=old), 30.0)
    assert silent == estimate_bookings_change(formed, change, 30.0)


def test_bookings_are_counted_beside_their_change(columns):
    formed = to_form_columns(columns, simulate_forms(3))
    (change,) = find_field_changes(formed)
    table = tabulate_field_changes(formed, 30.0, str.title, LocalFormats())
    name = table.rows[0][0]

    before, after = split_bookings(formed, change, 30.0)

    assert (table.get(name, "booked_before"), table.get(name, "booked_after")) == (len(before), len(after))
    assert len(after) < change.split(change.own[formed.has("booked")[change.own]])[1].size


def test_the_parts_of_a_row_are_those_of_the_change(columns):
    formed = to_form_columns(columns, simulate_forms(3))
    (change,) = find_field_changes(formed)
    row = tabulate_field_changes(formed, 30.0, str.title, LocalFormats()).rows[0]
    name = name_change(change, str.title, LocalFormats())

    assert row[0] == name and name.startswith("/a asks for Payer_Id since ")
    assert row[1] == row[2] + row[3] == len(change.own)


@pytest.mark.parametrize("missing", ["form", "field"])
def test_without_a_change_the_table_says_what_would_help(columns, missing):
    formed = to_form_columns(columns, simulate_forms(3))
    (formed.categories if missing == "form" else formed.attributes).clear()

    table = tabulate_field_changes(formed, 30.0, str, LocalFormats())

    assert table.rows == () and "Change one form and leave the others" in table.notes[0]
