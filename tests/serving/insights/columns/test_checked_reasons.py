"""Does the record of a lost lead contradict the reason where it should, and say nothing where it does not know?"""

import numpy as np

from features.calendar.timezones import to_utc_times
from serving.insights.columns.checked_reasons import check_reasons


def check(tables, practice, reason):
    leads = tables.leads
    reasons = np.array([reason] * len(leads), object)
    return check_reasons(tables, practice, leads, to_utc_times(leads["created_at"]), reasons)


def test_a_plan_that_is_taken_contradicts_out_of_network(demo_tables, demo_practice):
    doubted = check(demo_tables, demo_practice, "out_of_network")
    payer = demo_tables.leads["payer"]

    # Every service of the invented practice takes it.
    assert all("Aetna" in service.payers for service in demo_practice.services if service.payers)
    assert (doubted[(payer == "Aetna").to_numpy()] == 1).all()
    assert np.isnan(doubted[payer.isna().to_numpy()]).all() and (doubted == 0).any()


def test_a_service_on_the_list_contradicts_that_it_is_not_offered(demo_tables, demo_practice):
    doubted = check(demo_tables, demo_practice, "service_not_offered")
    named = demo_tables.leads["service_requested"].isin([service.name for service in demo_practice.services])

    assert named.any() and (doubted[named.to_numpy()] == 1).all()


def test_whoever_lives_in_an_area_contradicts_out_of_area(demo_tables, demo_practice):
    doubted = check(demo_tables, demo_practice, "out_of_area")
    unknown = demo_tables.leads["postal_code"].isna().to_numpy()

    assert (doubted == 1).any() and (doubted == 0).any()
    assert unknown.any() and np.isnan(doubted[unknown]).any()


def test_no_other_reason_is_checked(demo_tables, demo_practice):
    assert np.isnan(check(demo_tables, demo_practice, "price")).all()
    assert np.isnan(check(demo_tables, demo_practice, None)).all()
