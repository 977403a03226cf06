"""Does the record of a lost lead contradict the reason where it should, and say nothing where it does not know?"""

from dataclasses import replace

import numpy as np

from features.calendar.timezones import to_utc_times
from serving.insights.columns.checked_reasons import check_reasons


def check(tables, practice, reason):
    leads = tables.leads
    reasons = np.array([reason] * len(leads), object)
    return check_reasons(tables, practice, leads, to_utc_times(leads["created_at"]), reasons)


def test_a_plan_that_is_taken_contradicts_out_of_network(demo_tables, demo_practice):
    doubted = check(demo_tables, demo_practice, "out_of_network")
    payer, names = demo_tables.leads["payer"], [service.name for service in demo_practice.services]
    named = demo_tables.leads["service_requested"].isin(names).to_numpy()

    # Every service of the invented practice takes it.
    assert all("Aetna" in service.payers for service in demo_practice.services if service.payers)
    assert (doubted[(payer == "Aetna").to_numpy() & named] == 1).all()
    assert np.isnan(doubted[payer.isna().to_numpy()]).all() and (doubted == 0).any()


def test_where_services_take_other_plans_an_unknown_service_tells_nothing(demo_tables, demo_practice):
    unnamed = demo_tables.leads["service_requested"].isna().to_numpy()
    services = tuple(replace(service, payers=("Aetna",)) for service in demo_practice.services)
    alike = replace(demo_practice, services=services)

    assert np.isnan(check(demo_tables, demo_practice, "out_of_network")[unnamed]).all()
    assert (check(demo_tables, alike, "out_of_network")[unnamed] == 1).any()


def test_what_the_invented_staff_recorded_for_a_true_cause_is_not_doubted(demo_tables, demo_practice):
    lost = demo_tables.outcomes[demo_tables.outcomes["stage"] == "lost"].drop_duplicates("lead_id")
    recorded = demo_tables.leads["lead_id"].map(dict(zip(lost["lead_id"], lost["reason"], strict=True)))
    created_at = to_utc_times(demo_tables.leads["created_at"])
    doubted = check_reasons(demo_tables, demo_practice, demo_tables.leads, created_at, recorded.to_numpy(object))

    # The invented practice records these reasons only where they are true; its messages tell of an MRI that was done.
    for reason in ("out_of_network", "service_not_offered"):
        of_reason = doubted[(recorded == reason).to_numpy()]
        assert (of_reason == 0).any() and not (of_reason == 1).any()


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
