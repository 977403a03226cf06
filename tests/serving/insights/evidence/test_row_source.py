"""Are the leads of a report those that its tables count?"""

import numpy as np
import pytest

from features.practice.practice import Practice
from serving.insights.columns.categories import ALL_LEADS
from serving.insights.evidence.row_source import RowSource


@pytest.fixture
def source(columns):
    return RowSource(columns, Practice(), 12)


def test_ripe_leads_are_old_enough(source, columns):
    assert columns.age_days[source.ripe].min() >= source.ripe_days > 0
    assert columns.month[source.recent].min() > columns.current_month - 12


def test_names_and_stages_select(source, columns):
    everything = np.arange(len(columns))
    calls = source.of_name(everything, columns.categories["channel"], "call")

    assert 0 < len(source.having(calls, "booked")) < len(calls) < len(source.of_name(everything, None, ALL_LEADS))
    assert len(source.having(calls, "leads")) == len(calls)
    with pytest.raises(KeyError):
        source.of_name(everything, columns.categories["channel"], "pigeon")
