"""Is it said how contact was given out, and what that does to the figures?"""

import json
from dataclasses import replace

import numpy as np
import pytest

from features.array_types import HOUR
from features.calendar.timezones import to_utc_times
from training.dataset.labels import build_learning_set
from training.dataset.time_splits import make_splits
from training.dataset.training_data import TrainingData
from training.evaluation.contact_propensity import describe_contact, first_called_at, measure_contact
from training.evaluation.reach_model import first_reached_at
from training.settings import Settings


@pytest.fixture(scope="module")
def figures(trained) -> dict:
    """What the run says about contact."""
    return trained.bundle.figures["contact"]


def test_shares_are_those_of_the_events(figures, demo_tables, demo_practice):
    learning = build_learning_set(demo_tables, demo_practice, "booked")
    created_at, called = to_utc_times(demo_tables.leads["created_at"]), first_called_at(demo_tables)
    lead = learning.moments.of_lead[learning.arrival]
    lead = lead[~(first_reached_at(demo_tables) <= created_at)[lead]]

    assert figures["leads"] == len(lead)
    assert figures["never_called"] == pytest.approx(np.isnat(called[lead]).mean(), abs=1e-6)
    assert figures["called_soon"] == pytest.approx((called[lead] - created_at[lead] <= 24 * HOUR).mean(), abs=1e-6)


def test_contact_was_not_given_out_at_random_and_the_model_of_it_finds_that(figures):
    assert figures["propensity_auc"] > 0.8
    weekdays = figures["hours_to_first_call"]["weekday"]
    assert weekdays["Sat"]["median_hours"] > 5 * weekdays["Wed"]["median_hours"]  # the desk is closed at week-ends


def test_those_called_converted_more_often(figures):
    assert figures["same_score"]["called"]["happened"] > figures["same_score"]["never_called"]["happened"]
    assert (
        figures["same_score"]["called"]["leads"] + figures["same_score"]["never_called"]["leads"]
        == figures["model_on"]["all"]["leads"]
    )


def test_weights_cost_leads(figures):
    weighted = figures["weighted"]

    assert 1 <= weighted["effective_leads"] <= weighted["leads"]
    assert 0 < weighted["said"] < 1 and 0 < weighted["happened"] < 1


def test_the_words_are_few_and_say_what_it_is_not(figures):
    lines = describe_contact(figures)

    assert len(lines) <= 6 and any("Never called" in line and "Association, not cause" in line for line in lines)


def test_figures_are_json(figures):
    assert json.loads(json.dumps(figures, allow_nan=False)) == figures


def test_without_calls_it_does_not_apply(demo_tables, demo_practice):
    silent = replace(
        demo_tables,
        events=demo_tables.events[~demo_tables.events["kind"].isin(["outbound_call", "voicemail"])].reset_index(
            drop=True
        ),
    )
    learning = build_learning_set(silent, demo_practice, "booked")
    nothing = np.zeros(len(learning))

    data = TrainingData(
        nothing[:, None],
        learning,
        make_splits(learning, 4, 30, 1),
        np.zeros(len(learning), np.uint64),
        (),
        Settings(seed=1),
    )

    result = measure_contact(silent, data, nothing, "UTC")

    assert describe_contact(result) == ["Contact. Not applicable: no events say when leads were called."]
