"""The level since training, read from leads and outcomes: what was known when, and nothing of later."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from features.calendar.timezones import to_utc_times
from features.point_in_time.outcomes import add_practice_records
from training.bundle import LeadsSinceTraining
from training.model.calibration import Calibrator
from training.model.level_update import LevelFilter


@pytest.fixture(scope="module")
def middle(demo_tables) -> np.datetime64:
    """When half of the leads had arrived: here, the end of the model's data."""
    return np.sort(to_utc_times(demo_tables.leads["created_at"]))[len(demo_tables.leads) // 2]


@pytest.fixture(scope="module")
def too_low(trained, middle):
    """A bundle whose scores are 1 in log-odds too low, trained until the middle of the data."""
    bundle, calibrator = trained.bundle, trained.bundle.calibrator
    level = replace(bundle.level, variance=0.2, variance_per_lead=1e-4)
    lower = Calibrator(calibrator.slope, calibrator.intercept - 1.0)
    return replace(bundle, level=level, calibrator=lower, figures=bundle.figures | {"data_until": str(middle)})


def collect(bundle, *chunks) -> LeadsSinceTraining:
    """Collect the leads of these tables."""
    leads = LeadsSinceTraining(bundle)
    for tables in chunks:
        leads.add(tables, add_practice_records(bundle.context, tables, bundle.label))
    return leads


def take_outcomes(tables, rows):
    """Return the tables with some of the outcomes."""
    return replace(tables, outcomes=tables.outcomes[rows])


def test_a_level_that_is_too_low_is_followed(too_low, trained, demo_tables):
    times = np.array([demo_tables.as_of])

    low, right = (
        collect(bundle, demo_tables).follow(times).levels[0]
        for bundle in (too_low, replace(too_low, calibrator=trained.bundle.calibrator))
    )

    assert low.offset - right.offset == pytest.approx(1.0, abs=0.15)
    assert low.leads == right.leads > 500


def test_what_became_known_later_does_not_change_the_level_of_a_time(too_low, demo_tables, middle):
    time = middle + (demo_tables.as_of - middle) // 2
    recorded = to_utc_times(demo_tables.outcomes["recorded_at"].fillna(demo_tables.outcomes["occurred_at"]))
    earlier = take_outcomes(demo_tables, recorded <= time)

    levels = [collect(too_low, tables).follow(np.array([time])).levels[0] for tables in (demo_tables, earlier)]

    # A lead's score at arrival may know later outcomes of others by rates alone, and those are counted as of arrival.
    assert levels[0] == levels[1]


def test_silence_after_the_end_of_the_outcomes_says_nothing(too_low, demo_tables, middle):
    time = middle + (demo_tables.as_of - middle) // 2
    recorded = to_utc_times(demo_tables.outcomes["recorded_at"].fillna(demo_tables.outcomes["occurred_at"]))
    leads = collect(too_low, take_outcomes(demo_tables, recorded <= time))

    then, later = leads.follow(np.array([time, demo_tables.as_of])).levels

    assert then == later


def test_each_arrival_gets_the_level_of_its_time(too_low, demo_tables, middle):
    path = collect(too_low, demo_tables).follow_arrivals(demo_tables.as_of)

    assert path.at(np.array([middle]))[0] == 0.0
    assert path.at(np.array([demo_tables.as_of]))[0] == path.levels[-1].offset > 0.4


@pytest.mark.parametrize("changes", [{"level": None}, {"dated": False}])
def test_a_model_that_cannot_be_followed_stays_as_trained(too_low, demo_tables, changes):
    leads = collect(replace(too_low, **changes), demo_tables)

    assert not leads.can_follow and leads.follow(np.array([demo_tables.as_of])).levels[0].offset == 0.0


def test_leads_without_outcomes_beside_them_change_nothing(too_low, demo_tables):
    leads = collect(too_low, replace(demo_tables, outcomes=pd.DataFrame({"lead_id": [], "stage": []})))

    assert leads.follow(np.array([demo_tables.as_of])).levels[0].leads == 0


def test_bookings_that_are_all_in_their_first_state_do_not_raise_the_level(too_low, demo_tables):
    label = pd.Series(np.ones(len(demo_tables.leads)))
    mapping = replace(too_low.mapping, label_initial=("Active",), label_open_days=10)
    all_active = replace(demo_tables, label=label, outcomes=demo_tables.outcomes.iloc[:0], mapping=mapping)
    times = np.array([demo_tables.as_of])

    plain, initial = (
        collect(bundle, all_active).follow(times) for bundle in (too_low, replace(too_low, mapping=mapping))
    )

    assert plain.levels[0].offset > 1.0 and initial.levels[0].offset == 0.0


def test_scores_move_by_the_level_and_reasons_do_not(trained):
    bundle, rows = trained.bundle, trained.evaluation.matrix[:50]
    plain, moved = bundle.score_rows(rows), bundle.score_rows(rows, level=np.full(50, 0.4))

    np.testing.assert_allclose(moved.log_odds, plain.log_odds + 0.4)
    np.testing.assert_array_equal(moved.parts, plain.parts)
    assert (np.argsort(moved.probability) == np.argsort(plain.probability)).all()
    assert bundle.level == LevelFilter(**vars(bundle.level)) and len(bundle.level.delay_days) == 20
