"""Does a name that a program or a CRM sends reach the desk's table, and nothing else?"""

import itertools
import json
from datetime import UTC, datetime, timedelta

import pytest

from serving.crm.ports import FieldChange
from serving.leads.crm_gateway import StoreLeadGateway
from serving.leads.lead_service import LeadService, RequestOrigin
from serving.settings import Settings
from serving.store.store import Store

NOON = datetime(2026, 3, 5, 12, tzinfo=UTC)
CALLER = RequestOrigin("ab12cd34", key="k1", body=b"x")
LEAD = {"lead_id": "L-1", "created_at": "2026-03-05T09:00:00Z", "channel": "phone"}


@pytest.fixture
def store(tmp_path):
    with Store.open(Settings(tmp_path), lambda: NOON) as opened:
        yield opened


@pytest.fixture
def service(store, champion):
    return LeadService(store, champion)


def names_in(store, lead_id="L-1"):
    with store.reading() as at:
        return at.names.get_parts(lead_id)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ({"first_name": "Ann", "last_name": "Lee"}, {"first_name": "Ann", "last_name": "Lee"}),
        ({"First Name": "Ann", "Nachname": "Lee"}, {"first_name": "Ann", "last_name": "Lee"}),
        ({"name": "Ann Lee"}, {"full_name": "Ann Lee"}),
        ({"custom": {"Patient Name": "Ann Lee", "Tier": "gold"}}, {"full_name": "Ann Lee"}),
        ({"first_name": "", "full_name": "Ann Lee"}, {"full_name": "Ann Lee"}),
        ({"first_name": 7, "last_name": True, "guardian_name": "Dora"}, {}),
    ],
)
def test_a_name_is_kept_apart_under_any_header_that_says_so(service, store, sent, kept):
    status, answer = service.put_lead(LEAD | sent, CALLER)
    with store.reading() as at:
        lead, changes = at.leads.get("L-1"), at.leads.list_changes("L-1")

    assert status == 201 and names_in(store) == kept
    assert set(kept) <= set(answer["changed"])
    for held in (lead.values, lead.custom, lead.left_empty, [change.fields for change in changes], answer):
        assert "Ann" not in json.dumps(held, default=str) and "Lee" not in json.dumps(held, default=str)
    assert not any("name" in name.casefold() for name in lead.list_left_empty())


def test_a_name_changes_no_score_and_makes_none(service, store):
    scored = service.put_lead(LEAD, RequestOrigin("a"))[1]
    named = service.put_lead(LEAD | {"first_name": "Ann"}, RequestOrigin("a"))[1]
    with store.reading() as at:
        scores = at.scores.list_for("L-1")

    assert named["changed"] == ["first_name"] and named["receipt"] == scored["receipt"] and len(scores) == 1


def test_a_name_that_the_sender_empties_is_gone(service, store):
    service.put_lead(LEAD | {"first_name": "Ann", "last_name": "Lee"}, RequestOrigin("a"))
    service.put_lead(LEAD | {"first_name": None}, RequestOrigin("a"))

    assert names_in(store) == {"last_name": "Lee"}


def test_the_latest_change_of_a_name_counts_whatever_the_order_of_deliveries(champion, tmp_path):
    changes = [
        FieldChange("7", field, value, NOON - timedelta(minutes=minutes), str(minutes))
        for field, value, minutes in (("first_name", "Anne", 3), ("first_name", "Ann", 1), ("last_name", "Lee", 2))
    ]
    found = []
    for number, order in enumerate(itertools.permutations(changes)):
        with Store.open(Settings(tmp_path / str(number)), lambda: NOON) as store:
            gateway = StoreLeadGateway(LeadService(store, champion), "hubspot")
            for change in order:
                gateway.apply_changes("7", [change])
            found.append(names_in(store, "7"))

    assert found == [{"first_name": "Ann", "last_name": "Lee"}] * 6


def test_who_asks_for_one_lead_is_told_its_name(service):
    service.put_lead(LEAD | {"name": "Ann Lee"}, RequestOrigin("a"))

    assert service.lead("L-1", "ab12")["full_name"] == "Ann Lee"
