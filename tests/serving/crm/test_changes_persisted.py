"""Do single changes of fields end the same in the store, whatever their order, and does nothing that comes late bring
anybody back?
"""

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from serving.crm.ports import FieldChange
from serving.errors import RequestError
from serving.leads.crm_gateway import StoreLeadGateway
from serving.leads.lead_service import LeadService, RequestOrigin
from serving.settings import Settings
from serving.store.maintenance.backup import backup, restore
from serving.store.store import Store
from tests.serving.store.conftest import (  # noqa: F401
    clock,
    migrated_url,
    postgresql_settings,
    server,
    settings,
    sqlite_settings,
    store,
)

NAMES = itertools.count()
NOON = datetime(2026, 3, 5, 12, tzinfo=UTC)
VALUES = {
    "source": ("ads", "search", None),
    "existing_patient": ("yes", "no", "perhaps"),
    "postal_code": ("02110", "75201"),
    "custom:Tier": ("gold", 7, None),
}

changes = st.sampled_from(sorted(VALUES)).flatmap(
    lambda field: st.builds(
        FieldChange,
        st.just("7"),
        st.just(field),
        st.sampled_from(VALUES[field]),
        st.integers(0, 4).map(lambda minutes: NOON + timedelta(minutes=minutes)),
        st.sampled_from(["1", "2"]),
    )
)
distinct = st.lists(
    changes, min_size=1, max_size=8, unique_by=lambda change: (change.field, change.occurred_at, change.event_id)
)


@pytest.fixture
def intake(champion, store):  # noqa: F811
    """The gateway of a store of each kind."""
    return LeadService(store, champion)


@pytest.fixture
def gateway(intake):
    """What HubSpot brings."""
    return StoreLeadGateway(intake, "hubspot")


def change(field, value, minutes=0.0, event_id="1", lead="7"):
    return FieldChange(lead, field, value, NOON + timedelta(minutes=minutes), event_id)


def read_fields(store, lead="7"):  # noqa: F811
    """What the store says of a lead; when it arrived is when it was first heard of, where nobody said."""
    with store.reading() as at:
        lead_row = at.leads.get(lead)
        return (
            None
            if lead_row is None
            else ({name: value for name, value in lead_row.values.items() if name != "created_at"}, lead_row.custom)
        )


def deliver(gateway, store, deliveries, lead):  # noqa: F811
    """What stands once the deliveries have come to a lead of this name."""
    for delivery in deliveries:
        try:
            gateway.apply_changes(
                lead,
                [
                    FieldChange(lead, change.field, change.value, change.occurred_at, change.event_id)
                    for change in delivery
                ],
            )
        except RequestError as fault:
            assert fault.status == 422
    return read_fields(store, lead)


@examples(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sent=distinct, chance=st.randoms(use_true_random=False))
def test_any_order_repetition_and_grouping_of_deliveries_ends_the_same(gateway, store, sent, chance):  # noqa: F811
    shuffled = sent + chance.choices(sent, k=3)
    chance.shuffle(shuffled)
    cut = chance.randint(0, len(shuffled))
    name = str(next(NAMES))

    apart = deliver(
        gateway,
        store,
        [[change] for change in sorted(sent, key=lambda change: (change.occurred_at, change.event_id))],
        name,
    )
    mixed = deliver(gateway, store, [part for part in (shuffled[:cut], shuffled[cut:]) if part], name + "'")

    assert mixed == apart


def test_an_older_change_is_no_news_and_makes_no_score(gateway, store):  # noqa: F811
    first = gateway.apply_changes("7", [change("source", "search", 5)])

    assert first["lead_id"] == "7" and gateway.apply_changes("7", [change("source", "ads", 1)]) is None
    with store.reading() as at:
        assert (
            at.leads.get("7").values["source"] == "search"
            and len(at.scores.list_for("7")) == 1
            and at.crm_sources.list_for("7") == ["hubspot"]
        )


def test_what_a_program_says_counts_as_said_now(gateway, intake, store, clock):  # noqa: F811
    clock.forward(minutes=9)
    intake.put_lead({"lead_id": "7", "source": "search"}, RequestOrigin("key"))

    assert gateway.apply_changes("7", [change("source", "ads", 5)]) is None
    assert read_fields(store)[0]["source"] == "search"


def test_a_copy_that_a_crm_took_earlier_holds_off_no_change_made_since(gateway, store):  # noqa: F811
    gateway.apply_changes("7", [change("source", "search", 5)])

    gateway.upsert_lead({"lead_id": "7", "source": "ads", "postal_code": "02110"}, NOON)
    gateway.apply_changes("7", [change("postal_code", "75201", 1)])

    assert read_fields(store)[0] == {"source": "search", "postal_code": "75201"}


def test_one_change_that_cannot_be_read_does_not_take_the_others_with_it(gateway, store):  # noqa: F811
    gateway.apply_changes("7", [change("existing_patient", "perhaps"), change("source", "ads")])

    assert read_fields(store)[0] == {"source": "ads"}
    with pytest.raises(RequestError, match="cannot be read"):
        gateway.apply_changes("7", [change("existing_patient", "perhaps")])


@pytest.mark.parametrize("was_known", [True, False])
def test_what_happened_before_a_person_was_forgotten_brings_nobody_back(gateway, intake, store, clock, was_known):  # noqa: F811
    clock.now = NOON
    if was_known:
        gateway.apply_changes(
            "7", [change("source", "ads", -9), change("created_at", (NOON - timedelta(minutes=9)).isoformat(), -9)]
        )
    gateway.forget_lead("7")
    clock.forward(minutes=30)

    assert (
        gateway.apply_changes(
            "7", [change("source", "search", -1), change("created_at", (NOON - timedelta(minutes=9)).isoformat(), -1)]
        )
        is None
    )
    assert gateway.apply_changes("7", [change("source", "search", 9)]) is None
    for payload in ({"lead_id": "7"}, {"lead_id": "7", "created_at": "2026-03-05T11:59:00Z"}):
        with pytest.raises(RequestError, match="asked to be forgotten"):
            intake.put_lead(payload, RequestOrigin("key"))
    assert read_fields(store) is None

    assert (
        gateway.apply_changes(
            "7", [change("created_at", (NOON + timedelta(minutes=9)).isoformat(), 9), change("source", "ads", -1)]
        )
        is not None
    )
    assert gateway.apply_changes("7", [change("source", "search", -1)]) is None
    assert read_fields(store) == ({}, {})


def test_nor_does_it_after_a_restore(champion, tmp_path):
    settings = Settings(home=tmp_path / "home")  # noqa: F811
    with Store.open(settings) as first:
        backup(first, tmp_path / "copy.db")
        StoreLeadGateway(LeadService(first, champion)).forget_lead("7")
    restore(settings, tmp_path / "copy.db")

    with Store.open(settings) as again:
        assert StoreLeadGateway(LeadService(again, champion)).apply_changes("7", [change("source", "ads")]) is None
