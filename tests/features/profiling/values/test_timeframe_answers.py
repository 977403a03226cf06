"""Is only what says how soon a timeframe?"""

import numpy as np
import pytest

from features.profiling.values.timeframe_answers import are_timeframes


@pytest.mark.parametrize(
    "texts",
    [
        ["ASAP", "1-3 months", "3-6 months", "Just looking"],
        ["Within 30 days", "0 to 30 days", "6+ months", "Not sure"],
        ["This week", "Next month", "Flexible"],
        ["Today", "As soon as possible", "In a couple of weeks"],
    ],
)
def test_what_says_how_soon_is_a_timeframe(texts):
    assert are_timeframes(np.array(texts))


@pytest.mark.parametrize(
    "texts",
    [
        ["Morning", "Evening"],
        ["Every 6 months", "Once a year"],
        ["2 years ago", "6 months ago", "Never"],
        ["Stage 1", "Stage 2"],
        ["January", "March"],
        [],
    ],
)
def test_times_of_day_habits_and_stages_are_none(texts):
    assert not are_timeframes(np.array(texts, str))
