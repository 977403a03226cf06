"""An invented practice as the insights see it, and its report: made once."""

import pytest

from features.practice.practice import Practice
from serving.insights.insight_report import compute_insights
from tests.support.simulated.practice_columns import to_columns
from tests.support.simulated.simulated_practices import simulate


@pytest.fixture(scope="session")
def world():
    return simulate(3, leads_a_month=300)


@pytest.fixture(scope="session")
def columns(world):
    return to_columns(world)


@pytest.fixture(scope="session")
def report(columns):
    return compute_insights(columns, Practice(name="Prairie Oak"))


@pytest.fixture(scope="session")
def practice_of_report():
    return Practice(name="Prairie Oak")
