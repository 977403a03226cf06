"""Is data that cannot carry the figures called so?"""

from dataclasses import replace

import numpy as np
import pytest

from serving.insights.columns.categories import NOT_GIVEN, Categories
from serving.insights.data_quality import find_bookings_begin, judge_base_data


def list_codes(columns):
    return [doubt.code for doubt in judge_base_data(columns, 38.0)]


def test_a_practice_in_order_raises_no_doubt_but_the_source_it_does_not_record(columns):
    assert list_codes(columns) == ["no_source"]


def test_leads_without_a_channel_are_counted(columns):
    n = len(columns)
    half = replace(
        columns,
        categories=columns.categories | {"channel": Categories(np.arange(n) % 2, ("call", NOT_GIVEN))},
    )

    doubts = {doubt.code: doubt for doubt in judge_base_data(half, 38.0)}

    assert doubts["channel_not_given"].text.startswith("50% of inquiries have no channel")


def test_an_export_that_stopped_is_serious(columns):
    old = replace(columns, age_days=columns.age_days + 20)

    assert judge_base_data(old, 38.0)[0].code == "stale" and judge_base_data(old, 38.0)[0].is_serious


def test_money_spent_on_names_that_no_lead_has_is_serious(columns):
    names = np.full(len(columns.spend.amount), "tv", object)

    assert "spend_channel_unmatched" in list_codes(
        replace(columns, spend=replace(columns.spend, names={"channel": names}))
    )


def test_few_bookings_and_no_treatments_are_said(columns):
    nothing = np.full(len(columns), np.nan)
    few = replace(columns, known_days=columns.known_days | {"booked": nothing, "treated": nothing})

    assert {"few_bookings", "no_treated"} <= set(list_codes(few))


def test_a_practice_that_grew_has_bookings_from_its_first_day_on(columns):
    """Of 20,000 inquiries in four years, one in two hundred came in the first hundred days."""
    rng = np.random.default_rng(2)
    age = 1_460 - 1_460 * np.sqrt(rng.random(20_000))
    booked = np.where(rng.random(20_000) < 0.3, rng.exponential(3.0, 20_000).clip(0, 30), np.nan)
    day = (columns.as_of_day - age).astype(np.int64)
    grew = replace(columns, age_days=age, day=day, known_days=columns.known_days | {"booked": booked})
    began = replace(grew, known_days={"booked": np.where(age - booked > 1_000, np.nan, booked)})

    assert find_bookings_begin(grew, 38.0) is None
    assert find_bookings_begin(began, 38.0) == pytest.approx(columns.as_of_day - 1_000, abs=10)
