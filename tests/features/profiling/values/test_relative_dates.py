"""Are days that are told from today on known in several languages, and wishes for a day are none?"""

import pytest

from features.profiling.values.relative_dates import is_over, tells_from_today


@pytest.mark.parametrize(
    "text",
    ["3 days ago", "an hour ago", "vor einem Monat", "il y a 3 jours", "há 2 dias", "3 giorni fa", "3天前", "2 주 전"],
)
def test_a_day_that_is_over_is_known(text):
    assert is_over(text) and tells_from_today(text)


@pytest.mark.parametrize("text", ["today", "Heute", "hoy", "今日"])
def test_today_is_not_over(text):
    assert tells_from_today(text) and not is_over(text)


@pytest.mark.parametrize("text", ["in 3 days", "next week", "as soon as possible", "dans 3 jours", "Hoytville", ""])
def test_a_wish_is_neither(text):
    assert not tells_from_today(text)
