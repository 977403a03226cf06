"""Does a hand-off reach the CRM that brought the lead: once, without contact data, and never when it was undone?"""

import pytest
from sqlalchemy import select

from serving.crm.outbound.field_groups import HAND_OFF
from serving.crm.outbound.frappe_writer import FrappeDialect
from serving.crm.outbound.http_transport import Transport
from serving.crm.outbound.hubspot_writer import HubSpotChannel
from serving.crm.outbound.odoo_writer import OdooDialect
from serving.crm.outbound.record_channel import RecordChannel
from serving.crm.outbound.sender import Sender
from serving.crm_settings import Secret
from serving.desk.crm_notes import CrmNotes
from serving.desk.lead_actions import LeadActions
from serving.leads.crm_gateway import StoreOutbox
from serving.leads.lead_service import LeadService, RequestOrigin
from serving.store.database.tables import outbox
from tests.support.fake_crms import FrappeStandIn, HubSpotStandIn, OdooStandIn

LEADS = {"hubspot": "70451", "odoo": "27", "frappe": "CRM-LEAD-2026-00027"}
PREFIX = {"hubspot": "leadlight_", "odoo": "x_leadlight_", "frappe": "custom_leadlight_"}
PRIVATE = ("Marisol", "Quint", "555", "marisol@example.org", "my knee hurts", "02110")


def make_channel(crm, stand_in):
    """A channel of a CRM's hand-offs to its stand-in, as ``create_hand_off_channels`` makes it."""
    prefix, scheme = ("/api/resource/CRM%20Lead", "token") if crm == "frappe" else ("", "Bearer")
    transport = Transport(stand_in.address + prefix, Secret("an invented token"), 0.6, scheme)
    if crm == "hubspot":
        return HubSpotChannel(transport, fields=HAND_OFF)
    return RecordChannel({"odoo": OdooDialect, "frappe": FrappeDialect}[crm](), transport, fields=HAND_OFF)


@pytest.fixture(params=["hubspot", "odoo", "frappe"])
def crm(request):
    return request.param


@pytest.fixture
def stand_in(crm):
    made = {"hubspot": HubSpotStandIn, "odoo": OdooStandIn, "frappe": FrappeStandIn}[crm]()
    made.name, made.rows = crm, {LEADS[crm]: {}}
    yield made
    made.close()


@pytest.fixture
def actions(store, champion, payload, crm):
    """The desk over a store with one lead that a CRM brought, and one that came from elsewhere."""
    lead_service = LeadService(store, champion, sends_to=["hubspot", "odoo", "frappe"])
    person = {"first_name": "Marisol", "last_name": "Quint", "email": "marisol@example.org", "message": "my knee hurts"}
    lead_service.put_lead(payload | person | {"lead_id": LEADS[crm]}, RequestOrigin("hook", crm=crm))
    lead_service.put_lead(payload, RequestOrigin("api"))
    return LeadActions(store, lead_service, CrmNotes(["hubspot", "odoo", "frappe"]))


def hand_off(actions, lead_id, note=""):
    fields = {"to": "North, Rosa", "answer_by": "2026-03-06T15:30:00+00:00", "note": note}
    return actions.take_step("anna", lead_id, "hand_off", fields)


def later(actions, **length):
    actions._store._clock.forward(**length)


def send(actions, crm, stand_in):
    clock = actions._store._clock
    channel = make_channel(crm, stand_in)
    channel._clock = clock
    return Sender(StoreOutbox(actions._store), channel, 3, None, clock, max).send_due()


def list_deliveries(actions, lead_id):
    with actions._store.reading() as at:
        return actions._crm_notes.list_deliveries(at, lead_id)


def test_a_hand_off_is_in_the_crm_a_minute_later_without_name_contact_or_message(actions, crm, stand_in):
    actions.take_step("anna", LEADS[crm], "facts", {"payer": "Aetna", "relation": "parent"})
    hand_off(actions, LEADS[crm], "Prefers mornings")
    later(actions, seconds=61)

    assert actions.settle() == 1
    assert [delivery.state for delivery in list_deliveries(actions, LEADS[crm])] == ["waiting"]
    assert send(actions, crm, stand_in) == {"done": 1}

    row = stand_in.rows[LEADS[crm]]
    text = row[f"{PREFIX[crm]}hand_off_note"]
    assert (row[f"{PREFIX[crm]}handed_off_to"], stand_in.written) == ("North, Rosa", 1)
    assert row[f"{PREFIX[crm]}hand_off_answer_by"] == "2026-03-06T15:30:00Z"
    for line in ("Insurance: Aetna (confirmed)", "For: Their child (confirmed)", "STILL OPEN", "Prefers mornings"):
        assert line in text
    assert not [part for part in PRIVATE if part in str(row)]
    assert [delivery.state for delivery in list_deliveries(actions, LEADS[crm])] == ["sent"]


def test_what_was_undone_is_never_sent(actions, crm, stand_in):
    number = hand_off(actions, LEADS[crm]).number
    later(actions, seconds=30)
    actions.undo("anna", LEADS[crm], number)
    later(actions, minutes=5)

    assert (actions.settle(), send(actions, crm, stand_in), stand_in.written) == (0, {}, 0)
    assert list_deliveries(actions, LEADS[crm]) == []


def test_a_lead_that_came_from_elsewhere_goes_to_no_crm(actions, crm, stand_in):
    hand_off(actions, "L-1001")
    later(actions, seconds=61)

    assert (actions.settle(), send(actions, crm, stand_in)) == (1, {})


def test_while_a_second_one_can_be_undone_nothing_is_said_of_the_first(actions, crm, stand_in):
    hand_off(actions, LEADS[crm])
    later(actions, seconds=61)
    actions.settle()
    send(actions, crm, stand_in)

    number = hand_off(actions, LEADS[crm]).number
    while_open = [delivery.state for delivery in list_deliveries(actions, LEADS[crm])]
    actions.undo("anna", LEADS[crm], number)

    assert (while_open, [delivery.state for delivery in list_deliveries(actions, LEADS[crm])]) == (
        ["waiting"],
        ["sent"],
    )


def test_a_score_that_is_queued_meanwhile_takes_the_place_of_no_note_and_a_hand_off_makes_no_score(actions, crm):
    hand_off(actions, LEADS[crm])
    later(actions, seconds=61)
    actions.settle()
    with actions._store.reading() as at:
        scores = len(at.scores.list_for(LEADS[crm]))
    actions.take_step("anna", LEADS[crm], "facts", {"payer": "Aetna"})
    with actions._store.reading() as at:
        states = [at.outbox.get_latest_state(name, LEADS[crm]) for name in (crm, f"{crm}:hand_off")]

    assert (scores, states) == (1, [("waiting", ""), ("waiting", "")])


def test_a_second_hand_off_takes_the_place_of_the_first(actions, crm, stand_in):
    for to in ("South, Ana", "North, Rosa"):
        actions.take_step("anna", LEADS[crm], "hand_off", {"to": to, "answer_by": "2026-03-06T15:30:00+00:00"})
        later(actions, seconds=61)
        actions.settle()

    assert send(actions, crm, stand_in) == {"done": 1}
    assert (stand_in.rows[LEADS[crm]][f"{PREFIX[crm]}handed_off_to"], stand_in.written) == ("North, Rosa", 1)


def test_a_note_that_the_crm_refuses_is_said_with_its_code(actions, crm, stand_in):
    hand_off(actions, LEADS[crm])
    later(actions, seconds=61)
    actions.settle()
    stand_in.behave(None, (400, {}, {"message": "no such property"}))

    assert send(actions, crm, stand_in) == {"dead": 1}
    (delivery,) = list_deliveries(actions, LEADS[crm])
    assert (delivery.state, delivery.fault) == ("failed", "http_400")
    with actions._store.database.reading() as connection:
        assert connection.execute(select(outbox.c.body).where(outbox.c.state == "failed")).all() == [(None,)]


def test_nothing_of_a_note_is_kept_once_it_is_sent_or_the_person_is_forgotten(actions, crm, stand_in):
    hand_off(actions, LEADS[crm], "Prefers mornings")
    later(actions, seconds=61)
    actions.settle()
    actions._lead_service.forget(LEADS[crm])

    assert (send(actions, crm, stand_in), stand_in.written) == ({}, 0)
    assert list_deliveries(actions, LEADS[crm]) == []


def test_a_process_that_dies_before_sending_leaves_it_to_the_next_one(actions, crm, stand_in, champion):
    hand_off(actions, LEADS[crm])
    later(actions, seconds=61)
    store = actions._store
    next_one = LeadActions(store, LeadService(store, champion), CrmNotes([crm]))

    assert (next_one.settle(), next_one.settle()) == (1, 0)
    store.claim(HAND_OFF.name_destination(crm), 10, 30.0)  # a worker that dies while it sends
    later(actions, seconds=31)
    assert send(actions, crm, stand_in) == {"done": 1}


def test_a_note_that_cannot_be_written_stays_due_and_holds_back_the_later_steps_of_its_lead_alone(
    actions, crm, monkeypatch
):
    def fail(*_):
        raise KeyError("to")

    monkeypatch.setattr(actions._crm_notes, "queue", fail)
    hand_off(actions, LEADS[crm])
    actions.take_step("anna", LEADS[crm], "call", {"result": "no_answer"})
    actions.take_step("anna", "L-1001", "call", {"result": "no_answer"})
    later(actions, seconds=61)

    for due in (3, 2):
        with actions._store.reading() as at:
            assert len(at.desk.list_due(at.now)) == due
        with pytest.raises(KeyError, match="to"):
            actions.settle()
    with actions._store.reading() as at:
        assert [event.kind for event in at.events.list_for("L-1001")].count("outbound_call") == 1


def test_a_desk_that_sends_nothing_says_nothing(store, champion, payload):
    lead_service = LeadService(store, champion)
    lead_service.put_lead(payload, RequestOrigin("hook", crm="hubspot"))
    actions = LeadActions(store, lead_service)
    hand_off(actions, "L-1001")
    later(actions, seconds=61)

    assert (actions.settle(), list_deliveries(actions, "L-1001")) == (1, [])
    with store.reading() as at:
        assert at.outbox.count_by_state() == {}
