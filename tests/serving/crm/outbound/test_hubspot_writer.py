"""Does HubSpot get scores as it takes them, and is each of its answers understood?"""

import json

from serving.crm.outbound.hubspot_writer import PROPERTIES, HubSpotChannel


def test_a_batch_of_a_hundred_is_two_calls(hubspot_crm, outbox, sender_of, make_score):
    hubspot_crm.rows = {str(n): {} for n in range(1, 151)}
    for n in range(1, 151):
        outbox.add("hubspot", str(n), make_score(n % 100))

    counts = sender_of(hubspot_crm, HubSpotChannel, seconds=5).send_due()

    assert counts == {"done": 100} and [path for _, path, _, _ in hubspot_crm.requests] == [
        f"/crm/v3/objects/contacts/batch/{what}" for what in ("read", "update")
    ]
    assert (
        set(hubspot_crm.rows["7"]) == set(PROPERTIES)
        and hubspot_crm.rows["7"]["leadlight_score"] == "7"
        and hubspot_crm.written == 100
    )
    assert hubspot_crm.requests[0][2]["authorization"] == "Bearer an invented token"


def test_errors_of_single_contacts_are_theirs_alone(hubspot_crm, outbox, sender_of, make_score):
    hubspot_crm.rows = {"1": {}, "3": {}}
    numbers = {lead: outbox.add("hubspot", lead, make_score()) for lead in ("1", "2", "3", "L-1/../x")}

    counts = sender_of(hubspot_crm, HubSpotChannel).send_due()

    assert counts == {"done": 2, "dead": 2} and outbox.dead == {
        numbers["2"]: "no_such_contact",
        numbers["L-1/../x"]: "not_a_contact_of_hubspot",
    }


def test_an_update_that_names_errors_is_read_contact_by_contact(hubspot_crm, outbox, sender_of, payload_of, make_score):
    hubspot_crm.rows = {"512": {}, "513": {}, "514": {}}
    numbers = {lead: outbox.add("hubspot", lead, make_score()) for lead in hubspot_crm.rows}
    hubspot_crm.behave(None, (207, {}, json.loads(payload_of("hubspot_batch_update_207.json"))))

    counts = sender_of(hubspot_crm, HubSpotChannel).send_due()

    assert counts == {"done": 1, "dead": 1, "retry": 1} and outbox.dead == {numbers["513"]: "object_not_found"}
    assert [(row["lead_id"], row["fault"]) for row in outbox.rows] == [("514", "not_confirmed")]


def test_one_contact_that_spoils_a_batch_is_found(hubspot_crm, outbox, sender_of, make_score):
    hubspot_crm.rows, hubspot_crm.poisoned = {str(n): {} for n in range(1, 65)}, ("37",)
    numbers = {lead: outbox.add("hubspot", lead, make_score()) for lead in hubspot_crm.rows}

    counts = sender_of(hubspot_crm, HubSpotChannel, seconds=5).send_due()

    assert (
        counts == {"done": 63, "dead": 1} and outbox.dead == {numbers["37"]: "http_400"} and hubspot_crm.written == 63
    )


def test_a_batch_of_which_every_contact_is_refused_costs_a_bounded_number_of_calls(
    hubspot_crm, outbox, sender_of, make_score
):
    hubspot_crm.rows = {str(n): {} for n in range(1, 101)}
    hubspot_crm.poisoned = tuple(hubspot_crm.rows)
    for lead in hubspot_crm.rows:
        outbox.add("hubspot", lead, make_score())

    sender_of(hubspot_crm, HubSpotChannel, seconds=5).send_due()

    assert len(hubspot_crm.requests) <= 21 and hubspot_crm.written == 0
