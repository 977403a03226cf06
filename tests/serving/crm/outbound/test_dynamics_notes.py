"""Does Dynamics 365 get a hand-off as one note of the lead, whatever it answers?"""

import pytest

from serving.crm.outbound.dynamics_notes import DynamicsNotes

LEAD = "6d81597f-0f9f-4711-8122-000d3aa2331c"
BODY = {
    "handed_off_to": "Plano, Rosa",
    "hand_off_answer_by": "2026-03-06T15:30:00Z",
    "hand_off_note": "STILL OPEN\n- Appointment time",
    "handed_off_at": "2026-03-05T12:00:00Z",
}


def test_a_hand_off_is_one_note_of_the_lead(dynamics_crm, outbox, sender_of):
    for _ in range(2):  # the second time as if the first answer had been lost
        outbox.add("dynamics:hand_off", LEAD, BODY)
        assert sender_of(dynamics_crm, DynamicsNotes).send_due() == {"done": 1}

    ((path, (_, row)),) = dynamics_crm.rows.items()
    assert path.startswith("/api/data/v9.2/annotations(") and dynamics_crm.written == 1
    assert row == {
        "subject": "Hand-off to Plano, Rosa",
        "notetext": "STILL OPEN\n- Appointment time",
        "objectid_lead@odata.bind": f"/leads({LEAD})",
    }


def test_a_later_hand_off_is_a_note_of_its_own(dynamics_crm, outbox, sender_of):
    for minute in ("00", "30"):
        outbox.add("dynamics:hand_off", LEAD, BODY | {"handed_off_at": f"2026-03-05T12:{minute}:00Z"})
        sender_of(dynamics_crm, DynamicsNotes).send_due()

    assert len(dynamics_crm.rows) == 2


@pytest.mark.parametrize(
    "how", ["slow", "drop", "drop_answer", "huge", (500, {}, {}), (429, {}, {}), (404, {}, {})], ids=str
)
def test_whatever_dynamics_does_there_is_one_note(dynamics_crm, outbox, sender_of, until_empty, how):
    outbox.add("dynamics:hand_off", LEAD, BODY)
    dynamics_crm.behave(how)

    assert until_empty(sender_of(dynamics_crm, DynamicsNotes), outbox)["done"] == 1
    assert outbox.dead == {} and dynamics_crm.written == 1


def test_a_lead_that_is_gone_is_given_up(dynamics_crm, outbox, sender_of):
    outbox.add("dynamics:hand_off", LEAD, BODY)
    dynamics_crm.behave((404, {}, {"error": {"code": "0x80040217"}}))

    assert sender_of(dynamics_crm, DynamicsNotes).send_due() == {"dead": 1}


@pytest.mark.parametrize("lead", ["1", LEAD.upper(), LEAD + ")?$x", "../../" + LEAD])
def test_an_id_that_is_none_of_dynamics_goes_into_no_address(dynamics_crm, outbox, sender_of, lead):
    outbox.add("dynamics:hand_off", lead, BODY)

    assert sender_of(dynamics_crm, DynamicsNotes).send_due() == {"dead": 1} and dynamics_crm.requests == []
