"""Does each lead count once in its cohort, and is a group without history expected to be like the others?"""

import numpy as np

from serving.insights.cohorts import build_ripening, count_cohorts, forecast_groups
from serving.insights.columns.lead_columns import FUNNEL


def test_cohorts_hold_every_lead_once(columns):
    rng = np.random.default_rng(0)
    ripening = build_ripening(columns, rng)

    for stage in FUNNEL:
        cohorts = count_cohorts(columns, ripening[stage], columns.categories["channel"].codes)
        still_open = cohorts.open_by_bin.sum()
        assert cohorts.leads.sum() == len(columns)
        assert still_open == (~columns.has(stage) & (columns.age_days < ripening[stage].ripe_days)).sum()


def test_a_group_without_history_is_expected_to_be_like_the_others(columns):
    rng = np.random.default_rng(0)
    ripening = build_ripening(columns, rng)
    young = (columns.month == columns.current_month).astype(int)

    forecast = forecast_groups(count_cohorts(columns, ripening["booked"], young), ripening["booked"], 2, rng)

    assert forecast.final[1].is_known and forecast.final[1].high - forecast.final[1].low > 10
