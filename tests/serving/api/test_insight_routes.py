"""What do programs get of the insights, and which keys may read them?"""

import pytest

from serving.api.insight_routes import INSIGHT_ADDRESSES, describe_report, describe_section
from serving.http.api_keys import ROLES
from serving.http.authorization import find_permission
from tests.support.whole_service import whole_service


@pytest.mark.parametrize("address", INSIGHT_ADDRESSES)
def test_keys_of_managers_alone_may_read_them(address):
    roles = {role for role, permissions in ROLES.items() if find_permission(address) in permissions}

    assert roles == {"manager", "admin"}


def test_a_store_without_outcomes_says_that_there_are_no_figures(bundle_folder, tmp_path):
    with whole_service(tmp_path / "home", bundle_folder) as service:
        lead = {"lead_id": "L-1", "created_at": "2026-03-05T09:00:00Z", "channel": "phone"}
        assert service.client.post("/v1/leads", json=lead).status_code == 201

        answer = service.client.get("/v1/insights/money")

    assert answer.status_code == 200 and answer.json()["available"] is False
    assert "no outcome" in answer.json()["reason"]


def test_a_section_holds_its_tables_and_the_summary_no_lead():
    from features.practice.practice import Practice
    from serving.insights.insight_report import compute_insights
    from tests.support.simulated.practice_columns import to_columns
    from tests.support.simulated.simulated_practices import simulate

    report = compute_insights(to_columns(simulate(3, leads_a_month=200)), Practice())

    assert [table["name"] for table in describe_section(report, "money")["tables"]] == [
        "money_by_channel",
        "money_by_week",
        "clicks_by_channel",
    ]
    assert report.win_backs[0].lead_id not in str(describe_report(report))
