"""Is a lead what was last said of it, and does its past stay what was known then?"""

from datetime import UTC, datetime

import numpy as np
import pytest

from serving.errors import StoreRefused, UnknownLead
from serving.store.database.entities import Event, Lead, Outcome


def put(store, *leads):
    """Put leads, one transaction each."""
    changes = []
    for lead in leads:
        with store.transaction() as at:
            changes.append(at.leads.put(lead))
    return changes


def test_a_new_lead_is_kept_as_it_was_said(store, clock):
    arrived = np.datetime64("2026-03-01T10:00:00.123456")
    (change,) = put(
        store,
        Lead(
            "L-1",
            {"created_at": arrived, "channel": "phone", "latitude": 0.1 + 0.2, "existing_patient": 1.0},
            {"Visits": 3, "Vip": True},
        ),
    )

    with store.reading() as at:
        lead = at.leads.get("L-1")

    assert change.created and set(change.changed) == {
        "created_at",
        "channel",
        "latitude",
        "existing_patient",
        "custom:Visits",
        "custom:Vip",
    }
    assert lead.values == {
        "created_at": datetime(2026, 3, 1, 10, 0, 0, 123456, UTC),
        "channel": "phone",
        "latitude": 0.1 + 0.2,
        "existing_patient": True,
    }
    assert lead.custom == {"Visits": 3, "Vip": True} and lead.first_known_at == lead.changed_at == clock.now


def test_a_lead_without_a_time_was_created_when_it_came(store, clock):
    put(store, Lead("L-1"))

    with store.reading() as at:
        assert at.leads.get("L-1").values == {"created_at": clock.now}
        assert at.leads.get("nobody") is None


def test_an_update_changes_what_is_said_and_leaves_the_rest(store, ann, clock):
    clock.forward(hours=1)
    (change,) = put(store, Lead("L-1", {"channel": "phone", "message": "My knee hurts"}, {"Tier": "gold", "Visits": 2}))

    with store.reading() as at:
        lead = at.leads.get("L-1")

    assert not change.created and change.changed == ("channel", "custom:Visits")
    assert (
        lead.values["channel"] == "phone"
        and lead.values["email"] == "Ann.Lee@Example.org"
        and lead.custom == {"Tier": "gold", "Visits": 2}
    )
    assert lead.changed_at == clock.now and lead.first_known_at < clock.now


def test_saying_the_same_again_writes_nothing(store, ann, clock):
    earlier = store.verify_audit()
    clock.forward(hours=1)

    (change,) = put(store, ann)

    assert change.changed == () and store.verify_audit() == earlier


def test_a_value_can_be_taken_back_and_its_past_remains(store, ann, clock):
    changed_from = clock.now
    clock.forward(days=1)
    put(store, Lead("L-1", {"channel": None}, {"Tier": None}))

    with store.reading() as at:
        now, past = at.leads.get("L-1"), at.leads.get_as_of("L-1", changed_from)

    assert "channel" not in now.values and now.custom == {}
    assert past.values["channel"] == "web_form" and past.custom == {"Tier": "gold"}


def test_the_past_does_not_know_the_future(store, ann, clock):
    moments = [clock.now]
    for channel in ("phone", "chat"):
        clock.forward(days=1)
        moments.append(clock.now)
        put(store, Lead("L-1", {"channel": channel, "created_at": clock.now}))

    with store.reading() as at:
        leads_then = [at.leads.get_as_of("L-1", moment) for moment in moments]
        earlier = at.leads.get_as_of("L-1", np.datetime64("2026-03-05T11:59:59"))
        history = at.leads.list_changes("L-1")

    assert [lead.values["channel"] for lead in leads_then] == ["web_form", "phone", "chat"]
    assert [lead.values["created_at"] for lead in leads_then] == moments == [change.known_at for change in history]
    assert earlier is None and leads_then[2] == at_now(store)


def at_now(store):
    """The lead as it is."""
    with store.reading() as at:
        return at.leads.get("L-1")


def test_leads_are_paged_in_the_order_in_which_they_came(store):
    put(store, *(Lead(name) for name in "cabd"))

    with store.reading() as at:
        assert [lead.lead_id for lead in at.leads.list_page(limit=3)] == ["c", "a", "b"]
        assert [lead.lead_id for lead in at.leads.list_page(after_lead="b")] == ["d"] and at.leads.count() == 4


@pytest.mark.parametrize(
    ("lead", "match"),
    [
        (Lead(""), "lead_id is empty"),
        (Lead("L-1", {"shoe_size": 9}), "1 of the columns sent are unknown"),
        (Lead("L-1", {"message": "a\0b"}), "message holds NUL"),
        (Lead("L-1", {"message": "\ud800"}), "message holds NUL or half"),
        (Lead("L-1", {"latitude": float("inf")}), "latitude holds a number that is not finite"),
        (Lead("L-1", {"created_at": datetime(2026, 1, 1)}), "has no time zone"),  # noqa: DTZ001
        (Lead("L-1", {"created_at": np.datetime64("NaT")}), "a required time is missing"),
        (Lead("L-1", {}, {"Visits": float("nan")}), "a custom column holds a number that is not finite"),
        (Lead("L-1", {}, {"Visits": [1]}), "holds a list or an object"),
    ],
)
def test_what_no_database_keeps_is_refused_in_words(store, lead, match):
    with pytest.raises(StoreRefused, match=match):
        put(store, lead)

    with store.reading() as at:
        assert at.leads.count() == 0


def test_created_at_cannot_be_taken_back(store, ann):
    with pytest.raises(StoreRefused, match="created_at cannot be revoked"):
        put(store, Lead("L-1", {"created_at": None}))


def test_events_are_added_once_however_often_they_are_sent(store, ann, clock):
    sent = [
        Event(np.datetime64("2026-03-05T11:00:00"), "chat", event_id="e1"),
        Event(clock.now, "inbound_call", "inbound", 60.5, "staff-1", True),
    ]
    with store.transaction() as at:
        added = [at.events.add("L-1", sent), at.events.add("L-1", sent[:1]), at.events.add("L-1", [sent[0], sent[0]])]

    with store.reading() as at:
        stored = at.events.list_for("L-1")

    assert added == [2, 0, 0]
    assert stored == [Event(datetime(2026, 3, 5, 11, tzinfo=UTC), "chat", event_id="e1"), sent[1]]


def test_an_outcome_says_when_we_knew_it(store, ann, clock):
    happened = clock.now
    clock.forward(days=2)
    with store.transaction() as at:
        assert at.outcomes.add("L-1", Outcome(happened, "booked", outcome_id="o1")) and not at.outcomes.add(
            "L-1", Outcome(happened, "booked", outcome_id="o1")
        )
        at.outcomes.add("L-1", Outcome(happened, "reached", recorded_at=happened))

    with store.reading() as at:
        stored = [(outcome.stage, outcome.occurred_at, outcome.recorded_at) for outcome in at.outcomes.list_for("L-1")]

    assert stored == [("reached", happened, happened), ("booked", happened, clock.now)]


@pytest.mark.parametrize(
    ("write", "match"),
    [
        (lambda at: at.events.add("L-1", [Event(at.now, "telegram")]), "kind is not one of its allowed values"),
        (lambda at: at.outcomes.add("L-1", Outcome(at.now, "married")), "stage is not one of its allowed values"),
        (
            lambda at: at.outcomes.add("L-1", Outcome(at.now, "lost", reason="moon")),
            "reason is not one of its allowed values",
        ),
    ],
)
def test_a_word_that_is_none_of_ours_is_refused(store, ann, write, match):
    with pytest.raises(StoreRefused, match=match), store.transaction() as at:
        write(at)


@pytest.mark.parametrize(
    "write",
    [
        lambda at: at.events.add("x", [Event(at.now, "chat")]),
        lambda at: at.outcomes.add("x", Outcome(at.now, "booked")),
    ],
)
def test_what_belongs_to_no_lead_is_refused(store, write):
    with pytest.raises(UnknownLead, match="there is no lead with this id"), store.transaction() as at:
        write(at)


def test_a_transaction_is_kept_whole_or_not_at_all(store, ann):
    earlier = store.verify_audit()

    with pytest.raises(UnknownLead, match="no lead"), store.transaction() as at:
        at.leads.put(Lead("L-2"))
        at.events.add("L-1", [Event(at.now, "chat")])
        at.outcomes.add("nobody", Outcome(at.now, "booked"))

    with store.reading() as at:
        assert at.leads.count() == 1 and at.events.list_for("L-1") == []
    assert store.verify_audit() == earlier
