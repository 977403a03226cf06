"""Does each score reach its CRM once, and in order? Real sockets on loopback."""

import threading
from datetime import timedelta

import pytest

from serving.crm.outbound.dynamics_writer import DynamicsChannel
from serving.crm.outbound.hubspot_writer import HubSpotChannel
from serving.crm.outbound.score_payload import build_score_payload

LEAD = "6d81597f-0f9f-4711-8122-000d3aa2331c"
ROW = f"/api/data/v9.2/msdyn_predictivescores(msdyn_entityid='{LEAD}',msdyn_entitytype='lead')"


def test_a_later_score_is_never_overtaken_by_an_earlier_one(hubspot_crm, outbox, sender_of, make_score):
    hubspot_crm.rows = {"1": {}}
    outbox.add("hubspot", "1", make_score(10, 1))
    hubspot_crm.behave("drop")
    sender = sender_of(hubspot_crm, HubSpotChannel)
    first = sender.send_due()
    outbox.add("hubspot", "1", make_score(90, 2))

    second = sender.send_due()

    assert (
        (first, second) == ({"retry": 1}, {"done": 1})
        and outbox.superseded == [1]
        and hubspot_crm.rows["1"]["leadlight_score"] == "90"
        and hubspot_crm.written == 1
    )


def test_a_score_that_comes_while_an_older_one_is_under_way_waits_for_it(hubspot_crm, outbox, sender_of, make_score):
    hubspot_crm.rows = {"1": {}}
    outbox.add("hubspot", "1", make_score(10, 1))
    claims = outbox.claim("hubspot", 10, 60)
    outbox.add("hubspot", "1", make_score(90, 2))
    sender = sender_of(hubspot_crm, HubSpotChannel)

    while_held = sender.send_due()
    outbox.mark_done(claims[0])

    assert while_held == {} and sender.send_due() == {"done": 1} and hubspot_crm.rows["1"]["leadlight_score"] == "90"


@pytest.mark.parametrize("channel", ["hubspot", "dynamics"])
def test_an_older_score_that_is_sent_late_finds_the_newer_one_there(
    channel, hubspot_crm, dynamics_crm, outbox, sender_of, make_score
):
    crm, make = (hubspot_crm, HubSpotChannel) if channel == "hubspot" else (dynamics_crm, DynamicsChannel)
    lead = "1" if channel == "hubspot" else LEAD
    hubspot_crm.rows = {"1": {}}
    outbox.add(channel, lead, make_score(10, 1))
    sender = sender_of(crm, make, seconds=2)
    stalled = outbox.claim(channel, 10, 60)
    outbox.now += timedelta(minutes=2)
    outbox.add(channel, lead, make_score(90, 2))
    sender.send_due()
    rows_before = dict(crm.rows)

    verdicts = sender._channel.deliver(stalled, outbox.now)

    assert (
        crm.rows == rows_before
        and crm.written == 1
        and not outbox.mark_done(stalled[0])
        and [verdict.code for verdict in verdicts] == ["stands_already" if channel == "hubspot" else "claim_ran_out"]
    )


def test_two_scores_of_the_same_second_are_told_apart(hubspot_crm, outbox, sender_of, make_score):
    hubspot_crm.rows = {"1": {}}
    sender = sender_of(hubspot_crm, HubSpotChannel)
    for score in (10, 90, 90):
        outbox.add("hubspot", "1", make_score(score))
        sender.send_due()

    assert hubspot_crm.rows["1"]["leadlight_score"] == "90" and hubspot_crm.written == 2


def test_dynamics_gets_one_row_by_its_key_and_then_changes_it(dynamics_crm, outbox, sender_of):
    sender = sender_of(dynamics_crm, DynamicsChannel)
    for score, previous_score in ((31, None), (40, 31), (40, 31)):
        outbox.add("dynamics", LEAD, build_score_payload({"score": score, "grade": "A"}, previous_score))
        sender.send_due()

    assert (
        dynamics_crm.rows[ROW][1] == {"msdyn_score": 40, "msdyn_scoretrend": 0, "msdyn_grade": 0}
        and dynamics_crm.written == 2
    )
    conditions = [
        (method, headers.get("if-none-match"), headers.get("if-match"))
        for method, _, headers, _ in dynamics_crm.requests
    ]
    assert conditions == [
        ("GET", None, None),
        ("PATCH", "*", None),
        ("GET", None, None),
        ("PATCH", None, 'W/"101"'),
        ("GET", None, None),
    ]


def test_two_senders_over_one_outbox_send_each_score_once(hubspot_crm, outbox, sender_of, make_score):
    hubspot_crm.rows = {str(n): {} for n in range(1, 41)}
    for round_ in range(3):
        for lead in hubspot_crm.rows:
            outbox.add("hubspot", lead, make_score(round_ * 10, round_))
    senders = [sender_of(hubspot_crm, HubSpotChannel, seconds=5) for _ in range(2)]
    for sender in senders:
        sender._channel.batch_size = 7
    threads = [
        threading.Thread(target=lambda sender=sender: [sender.send_due() for _ in range(12)]) for sender in senders
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert (
        len(outbox.finished) == 40
        and hubspot_crm.written == 40
        and {row["leadlight_score"] for row in hubspot_crm.rows.values()} == {"20"}
    )
