"""Is a source that stopped noticed, and is none accused that only rests?"""

from dataclasses import replace

import numpy as np

from serving.insights.stopped_sources import FALSE_ALARMS_A_QUARTER, find_silences, measure_silence, tabulate_silences


def draw_days(rng, level, length=400, month_sd=0.2, clump=4.0):
    """Days of arrival of one source: weekends are quiet, months differ, days are clumped."""
    day = np.arange(length)
    rate = level * np.where(day % 7 < 5, 1.2, 0.5) * np.exp(rng.normal(0, month_sd, length // 30 + 1))[day // 30]
    return np.repeat(day, rng.poisson(rate * rng.gamma(clump, 1 / clump, length)))


def test_a_form_that_stopped_is_an_alarm(columns):
    chat = columns.categories["channel"].names.index("chat")
    is_chat = columns.categories["channel"].codes == chat
    stopped = columns.as_of_day - 12
    kept = ~(is_chat & (columns.day >= stopped))
    day = np.where(kept, columns.day, stopped - 1)

    silences = find_silences(replace(columns, day=day, spend=replace(columns.spend, names={})))

    assert [(silence.name, silence.days) for silence in silences if silence.is_alarm] == [("chat", 12)]
    assert tabulate_silences(silences).get("chat", "alarm") == "ALARM"


def test_nothing_is_an_alarm_in_a_practice_where_nothing_stopped(columns):
    assert not any(silence.is_alarm for silence in find_silences(columns))


def test_a_source_with_a_handful_of_leads_has_no_rhythm():
    assert measure_silence(np.arange(0, 100, 10), 200) is None
    assert measure_silence(np.empty(0, int), 200) is None


def test_a_campaign_that_ended_with_its_money_is_no_alarm(columns):
    chat = columns.categories["channel"].names.index("chat")
    stopped = columns.as_of_day - 12
    day = np.where((columns.categories["channel"].codes == chat) & (columns.day >= stopped), stopped - 1, columns.day)
    days = np.where(columns.spend.names["channel"] == "chat", stopped - 3, columns.as_of_day)

    silences = find_silences(replace(columns, day=day, spend=replace(columns.spend, day=days)))

    ended = [silence for silence in silences if silence.name == "chat"]
    assert ended[0].has_ended and not ended[0].is_alarm


def test_all_sources_together_raise_less_than_one_false_alarm_a_quarter():
    rng = np.random.default_rng(11)
    alarms, quarters, sources = 0, 0.0, 12
    for _ in range(60):
        levels = np.exp(rng.uniform(np.log(0.1), np.log(8), sources))
        for level in levels:
            days = draw_days(rng, level)
            distinct = np.unique(days)
            # A gap is looked at on its last day, when it is longest: an alarm then is one false alarm.
            for last, following in zip(distinct[:-1], distinct[1:], strict=True):
                if last < 182 or following - last < 3:
                    continue
                measured = measure_silence(days[days <= last], int(following))
                alarms += measured is not None and measured[2] < FALSE_ALARMS_A_QUARTER / sources
        quarters += (400 - 182) / 91

    assert alarms / quarters < 1.0
