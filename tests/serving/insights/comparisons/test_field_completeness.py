"""Does a field that goes with bookings come out, and none where giving it means nothing?"""

import numpy as np

from serving.insights.columns.categories import NOT_GIVEN, Categories
from serving.insights.comparisons.field_completeness import (
    estimate_difference,
    find_given,
    select_asked,
    tabulate_completeness,
)
from tests.support.simulated.insight_coverage import to_form_columns
from tests.support.simulated.simulated_forms import simulate_forms


def build(columns, seed, **truth):
    forms = simulate_forms(seed, a_week=[60, 60, 60], **truth)
    return to_form_columns(columns, forms), forms


def tabulate(columns, seed, **truth):
    formed, _ = build(columns, seed, **truth)
    rows = np.flatnonzero(formed.age_days >= 30)
    return tabulate_completeness(formed, rows, str.title, np.random.default_rng(seed))


def test_a_field_that_goes_with_bookings_is_named(columns):
    verdicts = [tabulate(columns, seed, effect=1.2, inquiries=0, bookings=0).rows[0][-1] for seed in range(6)]

    assert verdicts.count("Those who give it book more often.") >= 5


def test_a_field_that_means_nothing_is_not_named(columns):
    verdicts = [tabulate(columns, seed, effect=0.0, inquiries=0, bookings=0).rows[0][-1] for seed in range(12)]

    assert sum(verdict.startswith("Those who") for verdict in verdicts) <= 1
    # One in ten intervals excludes zero by chance, and is called no more than that.
    assert verdicts.count("No difference beyond chance.") >= 8


def test_the_words_do_not_contradict_the_interval(columns):
    for seed in range(12):
        for row in tabulate(columns, seed, effect=0.35, inquiries=0, bookings=0).rows:
            estimate, verdict = row[-2:]
            assert (verdict == "No difference beyond chance.") == (estimate.low <= 0 <= estimate.high)


def test_months_in_which_a_form_did_not_ask_are_left_out(columns):
    formed, forms = build(columns, 3)
    rows = select_asked(formed, np.arange(len(formed)), forms.gave)

    assert (forms.form[rows] != 1).all() and (forms.day[rows][forms.form[rows] == 0] >= forms.change_day).all()
    assert (forms.form[rows] == 0).any() and (forms.form[rows] == 2).any()


def test_few_with_a_field_give_the_reason(columns):
    formed, forms = build(columns, 3)
    rows = np.flatnonzero(forms.gave)[:20]

    estimate, distance = estimate_difference(formed, rows, "payer_id", forms.gave, np.random.default_rng(0))

    assert not estimate.is_known and distance == 0.0 and estimate.reason.endswith("50 more are needed")


def test_which_fields_were_given_is_read_from_what_is_known(columns):
    formed, forms = build(columns, 3)
    formed.attributes["payer"] = Categories(np.where(forms.keen, 1, 0), ("Aetna", NOT_GIVEN))
    given = find_given(formed)

    np.testing.assert_array_equal(given["payer"], ~forms.keen)
    np.testing.assert_array_equal(given["payer_id"], forms.gave)


def test_inquiries_without_a_form_say_so(columns):
    formed, _ = build(columns, 3)
    formed.categories.clear()

    table = tabulate_completeness(formed, np.arange(len(formed)), str, np.random.default_rng(0))

    assert table.rows == () and "Send landing_page with every inquiry" in table.notes[0]
