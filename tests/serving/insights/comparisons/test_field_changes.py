"""Is the week found in which a form changed, and does what became of it stand in the interval?"""

from dataclasses import replace

import numpy as np

from serving.insights.comparisons.field_changes import estimate_change, find_field_changes
from tests.support.simulated.insight_coverage import to_form_columns
from tests.support.simulated.simulated_forms import simulate_forms


def find(columns, forms):
    return find_field_changes(to_form_columns(columns, forms))


def measure(columns, **truth):
    changes = [find(columns, simulate_forms(seed, **truth))[0] for seed in range(20)]
    return [
        estimate_change(change.count(change.own), change.count(change.others), change.is_after) for change in changes
    ]


def test_the_week_of_the_change_and_its_form_are_found(columns):
    for seed in range(10):
        forms = simulate_forms(seed)
        (change,) = find(columns, forms)

        assert (change.form, change.field, change.begins) == ("/a", "payer_id", True)
        assert change.first_day == forms.change_day


def test_a_form_that_ceases_to_ask_is_found_too(columns):
    forms = simulate_forms(4)
    turned = replace(forms, day=forms.days - 1 - forms.day)
    (change,) = find(
        columns, replace(turned, **{name: getattr(turned, name)[::-1] for name in ("day", "form", "gave")})
    )

    assert not change.begins and change.first_day == forms.days - forms.change_day


def test_no_change_is_invented_where_nobody_changed_a_form(columns):
    for seed in range(10):
        forms = simulate_forms(seed)
        stays = forms.form != 0
        kept = {name: getattr(forms, name)[stays] for name in ("day", "form", "gave", "booked", "keen")}

        assert find(columns, replace(forms, **kept)) == []


def test_a_field_that_costs_a_third_shows_and_one_that_costs_nothing_does_not(columns):
    costly, free = measure(columns, inquiries=-0.33), measure(columns, inquiries=0.0)

    assert sum(estimate.high < 0 for estimate in costly) >= 14
    assert sum(estimate.low <= 0 <= estimate.high for estimate in free) >= 15


def test_a_week_in_which_all_forms_have_more_changes_nothing():
    is_after = np.arange(20) >= 10
    own, others = np.where(is_after, 70.0, 100.0), np.full(20, 300.0)
    season = np.where(np.arange(20) % 5 == 0, 2.0, 1.0)

    plain, busy = estimate_change(own, others, is_after), estimate_change(own * season, others * season, is_after)

    np.testing.assert_allclose([plain.value, busy.value], -0.3)


def test_without_other_forms_the_reason_is_said():
    is_after = np.arange(20) >= 10

    alone = estimate_change(np.full(20, 50.0), np.zeros(20), is_after)
    gone = estimate_change(np.where(is_after, 0.0, 50.0), np.full(20, 50.0), is_after)

    assert "so the season cannot be taken out" in alone.reason and "none after it" in gone.reason
