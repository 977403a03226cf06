"""Does each amount stand once, does a correction replace it, and does nothing else change?"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from serving.errors import StoreRefused
from serving.store.database.entities import Spend
from serving.store.database.tables import spend
from serving.store.repositories.spending import SpendCounts

DAY = datetime(2026, 3, 1, 5, tzinfo=UTC)
BRAND, OTHER = Spend(DAY, 120.0, "Brand", "ads"), Spend(DAY, 30.5, None, "radio")


def put(store, *amounts):
    with store.transaction("load") as at:
        return at.spending.put(amounts)


def list_amounts(store):
    with store.database.reading() as connection:
        rows = connection.execute(select(spend).order_by(spend.c.seq))
        return [(row.day, row.campaign, row.channel, row.amount) for row in rows]


def test_the_same_amounts_again_change_nothing_and_write_no_line(store):
    first, lines = put(store, BRAND, OTHER), store.verify_audit().rows

    assert (first, put(store, OTHER, BRAND)) == (SpendCounts(2, 0), SpendCounts())
    assert store.verify_audit().rows == lines == 1
    assert list_amounts(store) == [(DAY, "Brand", "ads", 120.0), (DAY, None, "radio", 30.5)]


def test_a_corrected_amount_replaces_the_earlier_one_of_its_day_campaign_and_channel(store, clock):
    put(store, BRAND, OTHER)
    clock.forward(days=1)

    counts = put(store, Spend(DAY, 99.0, "Brand", "ads"), Spend(DAY + timedelta(days=1), 99.0, "Brand", "ads"))

    assert counts == SpendCounts(1, 1)
    assert [amount for *_, amount in list_amounts(store)] == [99.0, 30.5, 99.0]
    with store.reading() as at:
        line = at.audit.list_rows()[-1]
    assert (line.action, line.detail, line.actor) == ("spend_recorded", {"count": 1, "corrected": 1}, "load")


def test_a_campaign_that_is_not_given_is_another_one_than_any_that_is(store):
    put(store, Spend(DAY, 1.0, None, "ads"), Spend(DAY, 2.0, "ads", None), Spend(DAY, 3.0, "Brand", "ads"))

    assert put(store, Spend(DAY, 5.0, "ads", None)) == SpendCounts(0, 1)
    assert [amount for *_, amount in list_amounts(store)] == [1.0, 5.0, 3.0]


def test_two_amounts_of_a_day_and_campaign_both_stand_until_one_is_gone(store):
    put(store, BRAND, Spend(DAY, 80.0, "Brand", "ads", position=1), OTHER)
    assert [amount for *_, amount in list_amounts(store)] == [120.0, 80.0, 30.5]

    with store.transaction("load") as at:
        counts = at.spending.remove_surplus({(DAY, "Brand", "ads"): 1})
        again = at.spending.remove_surplus({(DAY, "Brand", "ads"): 1})

    assert (counts, again) == (SpendCounts(0, 1), SpendCounts())
    assert list_amounts(store) == [(DAY, "Brand", "ads", 120.0), (DAY, None, "radio", 30.5)]


@pytest.mark.parametrize("amount", [-1.0, float("nan"), float("inf")])
def test_what_is_no_amount_is_refused_and_nothing_is_written(store, amount):
    with pytest.raises(StoreRefused, match="no number of 0 or more"):
        put(store, BRAND, Spend(DAY, amount))

    assert list_amounts(store) == []


def test_the_audit_names_no_campaign(store):
    put(store, Spend(DAY, 1.0, "Thistledown", "Umbelliferous"))

    with store.reading() as at:
        assert "Thistledown" not in str(at.audit.list_rows()) and "Umbelliferous" not in str(at.audit.list_rows())


def test_clicks_that_come_with_a_later_load_are_added_to_the_amount(store):
    put(store, BRAND)

    assert put(store, replace(BRAND, impressions=900.0, clicks=31.0)) == SpendCounts(0, 1)
    assert put(store, replace(BRAND, impressions=900.0, clicks=31.0)) == SpendCounts()
    with store.database.reading() as connection:
        row = connection.execute(select(spend)).one()
    assert (row.amount, row.impressions, row.clicks) == (120.0, 900.0, 31.0)


def test_clicks_below_0_are_refused(store):
    with pytest.raises(StoreRefused, match="clicks of spending is no number of 0 or more"):
        put(store, replace(BRAND, clicks=-1.0))
