"""Does the latest change of a field stand, whatever the order and however often the deliveries come?"""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serving.crm.change_merging import list_field_changes, parse_instant, select_new_changes
from serving.crm.ports import FieldChange

NOON = datetime(2026, 3, 5, 12, tzinfo=UTC)

changes = st.builds(
    FieldChange,
    st.sampled_from(["7", "8"]),
    st.sampled_from(["zip", "source"]),
    st.integers(0, 99),
    st.integers(0, 5).map(lambda minutes: NOON + timedelta(minutes=minutes)),
    st.sampled_from(["1", "2", "3"]),
)
distinct = st.lists(
    changes, max_size=12, unique_by=lambda change: (change.lead_id, change.field, change.occurred_at, change.event_id)
)


def after(deliveries):
    """What stands once the deliveries have come."""
    values, versions = {}, {}
    for delivery in deliveries:
        for change in select_new_changes(delivery, versions):
            values[change.lead_id, change.field] = change.value
            versions[change.lead_id, change.field] = change.occurred_at, change.event_id
    return values


@settings(deadline=None)
@given(events=distinct, random=st.randoms(use_true_random=False), cuts=st.lists(st.integers(1, 4), max_size=30))
def test_any_order_and_any_repetition_of_deliveries_ends_the_same(events, random, cuts):
    sent = events + random.choices(events, k=len(events)) if events else []
    random.shuffle(sent)
    deliveries = []
    for cut in [*cuts, len(sent)]:
        deliveries.append(sent[:cut])
        sent = sent[cut:]

    assert after(deliveries) == after(
        [[event] for event in sorted(events, key=lambda event: (event.occurred_at, event.event_id))]
    )


def test_an_older_change_does_not_overwrite_a_newer_one():
    newer, older = (
        FieldChange("7", "zip", "b", NOON, "1"),
        FieldChange("7", "zip", "a", NOON - timedelta(seconds=1), "2"),
    )

    assert select_new_changes([older], {("7", "zip"): (newer.occurred_at, "1")}) == []


def test_the_same_change_once_more_is_no_news():
    change = FieldChange("7", "zip", "a", NOON, "1")

    assert (
        select_new_changes([change, change], {}) == [change]
        and select_new_changes([change], {("7", "zip"): (NOON, "1")}) == []
    )


def test_two_events_under_one_number_are_both_heard():
    first, second = FieldChange("7", "zip", "a", NOON, "1"), FieldChange("7", "source", "b", NOON, "1")

    assert {change.field for change in select_new_changes([first, second], {})} == {"zip", "source"}


def test_custom_fields_are_changes_of_their_own():
    assert [
        change.field for change in list_field_changes("7", {"zip": "1", "custom": {"Tier": "gold"}}, NOON, "1")
    ] == [
        "zip",
        "custom:Tier",
    ]


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        "",
        "soon",
        [],
        {},
        -1,
        10**30,
        float("inf"),
        "9" * 400,
        1772712000000 + 10 * 60_000,
        "2099-01-01T00:00:00Z",
    ],
)
def test_what_is_no_instant_or_lies_in_the_future_is_none(value):
    assert parse_instant(value, NOON) is None


@pytest.mark.parametrize(
    "value", [1772711999000, "1772711999000", "2026-03-05T11:59:59Z", "2026-03-05T11:59:59.000+0000"]
)
def test_an_instant_is_read_in_each_way_crms_write_it(value):
    assert parse_instant(value, NOON) == NOON - timedelta(seconds=1)


def test_two_changes_in_one_millisecond_go_by_the_number_of_their_events():
    def change(value, event_id):
        return FieldChange("7", "source", value, NOON, event_id)

    together = select_new_changes([change("new", "100"), change("old", "99")], {})
    later = select_new_changes([change("old", "99")], {("7", "source"): (NOON, "100")})
    named = select_new_changes([change("number", "5")], {("7", "source"): (NOON, "a name")})

    assert [found.value for found in (*together, *named)] == ["new", "number"] and later == []
