"""Does each score reach its CRM once, in order, whatever the CRM does? Real sockets on loopback, CRMs that misbehave."""

import json
import socket
import threading
import time
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from serving.hooks.sender import Sender
from serving.hooks.settings import Secret
from serving.hooks.to_dynamics import DynamicsChannel
from serving.hooks.to_hubspot import PROPERTIES, HubSpotChannel
from serving.hooks.transport import Reply, Transport
from serving.hooks.verdicts import Breaker, backoff
from serving.hooks.written_back import written_back

LEAD = "6d81597f-0f9f-4711-8122-000d3aa2331c"
ROW = f"/api/data/v9.2/msdyn_predictivescores(msdyn_entityid='{LEAD}',msdyn_entitytype='lead')"
TOKEN = Secret("an invented token")


def scored(score=31, minute=0, **changes):
    """What waits in an outbox for one score."""
    return written_back({"score": score, "probability": score / 100, "grade": "B", "lane": "normal", "reason_1": "Asked for an appointment",
                         "model_version": "3", "scored_at": f"2026-03-05T12:{minute:02}:00Z"} | changes)  # fmt: skip


@pytest.fixture
def sender_of(outbox):
    """Makes a sender for a stand-in; the wait of a retry is the longest that it can be."""
    made = []

    def make(crm, channel, attempts=16, breaker=None, seconds=0.6):
        transport = Transport(crm.address, TOKEN, seconds)
        made.append(transport)
        clock = lambda: outbox.now  # noqa: E731
        return Sender(outbox, channel(transport, clock), attempts, breaker, clock, max)

    yield make
    for transport in made:
        transport.close()


def until_empty(sender, outbox, most=40, step=timedelta(hours=7)):
    """Send until nothing waits, moving the clock whenever nothing is due."""
    total = Counter()
    for _ in range(most):
        if not outbox.rows:
            break
        counts = sender.once()
        total += counts
        if not counts or counts["retry"]:
            outbox.now += step
    return total


def test_a_batch_of_a_hundred_is_two_calls(hubspot_crm, outbox, sender_of):
    hubspot_crm.rows = {str(n): {} for n in range(1, 151)}
    for n in range(1, 151):
        outbox.add("hubspot", str(n), scored(n % 100))

    counts = sender_of(hubspot_crm, HubSpotChannel, seconds=5).once()

    assert counts == {"done": 100} and [path for _, path, _, _ in hubspot_crm.requests] == [f"/crm/v3/objects/contacts/batch/{what}" for what in ("read", "update")]
    assert set(hubspot_crm.rows["7"]) == set(PROPERTIES) and hubspot_crm.rows["7"]["leadlight_score"] == "7" and hubspot_crm.written == 100
    assert hubspot_crm.requests[0][2]["authorization"] == "Bearer an invented token"


def test_errors_of_single_contacts_are_theirs_alone(hubspot_crm, outbox, sender_of):
    hubspot_crm.rows = {"1": {}, "3": {}}
    numbers = {lead: outbox.add("hubspot", lead, scored()) for lead in ("1", "2", "3", "L-1/../x")}

    counts = sender_of(hubspot_crm, HubSpotChannel).once()

    assert counts == {"done": 2, "dead": 2} and outbox.dead == {numbers["2"]: "no_such_contact", numbers["L-1/../x"]: "not_a_contact_of_hubspot"}


def test_an_update_that_names_errors_is_read_contact_by_contact(hubspot_crm, outbox, sender_of, payload_of):
    hubspot_crm.rows = {"512": {}, "513": {}, "514": {}}
    numbers = {lead: outbox.add("hubspot", lead, scored()) for lead in hubspot_crm.rows}
    hubspot_crm.behave(None, (207, {}, json.loads(payload_of("hubspot_batch_update_207.json"))))

    counts = sender_of(hubspot_crm, HubSpotChannel).once()

    assert counts == {"done": 1, "dead": 1, "retry": 1} and outbox.dead == {numbers["513"]: "object_not_found"}
    assert [(row["lead_id"], row["fault"]) for row in outbox.rows] == [("514", "not_confirmed")]


def test_one_contact_that_spoils_a_batch_is_found(hubspot_crm, outbox, sender_of):
    hubspot_crm.rows, hubspot_crm.poisoned = {str(n): {} for n in range(1, 65)}, ("37",)
    numbers = {lead: outbox.add("hubspot", lead, scored()) for lead in hubspot_crm.rows}

    counts = sender_of(hubspot_crm, HubSpotChannel, seconds=5).once()

    assert counts == {"done": 63, "dead": 1} and outbox.dead == {numbers["37"]: "http_400"} and hubspot_crm.written == 63


def test_a_batch_of_which_every_contact_is_refused_costs_a_bounded_number_of_calls(hubspot_crm, outbox, sender_of):
    hubspot_crm.rows = {str(n): {} for n in range(1, 101)}
    hubspot_crm.poisoned = tuple(hubspot_crm.rows)
    for lead in hubspot_crm.rows:
        outbox.add("hubspot", lead, scored())

    sender_of(hubspot_crm, HubSpotChannel, seconds=5).once()

    assert len(hubspot_crm.requests) <= 21 and hubspot_crm.written == 0


def test_a_later_score_is_never_overtaken_by_an_earlier_one(hubspot_crm, outbox, sender_of):
    hubspot_crm.rows = {"1": {}}
    outbox.add("hubspot", "1", scored(10, 1))
    hubspot_crm.behave("drop")
    sender = sender_of(hubspot_crm, HubSpotChannel)
    first = sender.once()
    outbox.add("hubspot", "1", scored(90, 2))

    second = sender.once()

    assert (first, second) == ({"retry": 1}, {"done": 1}) and outbox.superseded == [1] and hubspot_crm.rows["1"]["leadlight_score"] == "90" and hubspot_crm.written == 1


def test_a_score_that_comes_while_an_older_one_is_under_way_waits_for_it(hubspot_crm, outbox, sender_of):
    hubspot_crm.rows = {"1": {}}
    outbox.add("hubspot", "1", scored(10, 1))
    held = outbox.claim("hubspot", 10, 60)
    outbox.add("hubspot", "1", scored(90, 2))
    sender = sender_of(hubspot_crm, HubSpotChannel)

    while_held = sender.once()
    outbox.done(held[0])

    assert while_held == {} and sender.once() == {"done": 1} and hubspot_crm.rows["1"]["leadlight_score"] == "90"


@pytest.mark.parametrize("channel", ["hubspot", "dynamics"])
def test_an_older_score_that_is_sent_late_finds_the_newer_one_there(channel, hubspot_crm, dynamics_crm, outbox, sender_of):
    crm, make = (hubspot_crm, HubSpotChannel) if channel == "hubspot" else (dynamics_crm, DynamicsChannel)
    lead = "1" if channel == "hubspot" else LEAD
    hubspot_crm.rows = {"1": {}}
    outbox.add(channel, lead, scored(10, 1))
    sender = sender_of(crm, make, seconds=2)
    stalled = outbox.claim(channel, 10, 60)
    outbox.now += timedelta(minutes=2)
    outbox.add(channel, lead, scored(90, 2))
    sender.once()
    before = dict(crm.rows)

    verdicts = sender._channel.deliver(stalled, outbox.now)

    assert crm.rows == before and crm.written == 1 and not outbox.done(stalled[0]) and [verdict.code for verdict in verdicts] == ["stands_already" if channel == "hubspot" else "claim_ran_out"]


def test_two_scores_of_the_same_second_are_told_apart(hubspot_crm, outbox, sender_of):
    hubspot_crm.rows = {"1": {}}
    sender = sender_of(hubspot_crm, HubSpotChannel)
    for score in (10, 90, 90):
        outbox.add("hubspot", "1", scored(score))
        sender.once()

    assert hubspot_crm.rows["1"]["leadlight_score"] == "90" and hubspot_crm.written == 2


def test_dynamics_gets_one_row_by_its_key_and_then_changes_it(dynamics_crm, outbox, sender_of):
    sender = sender_of(dynamics_crm, DynamicsChannel)
    for score, before in ((31, None), (40, 31), (40, 31)):
        outbox.add("dynamics", LEAD, written_back({"score": score, "grade": "A"}, before))
        sender.once()

    assert dynamics_crm.rows[ROW][1] == {"msdyn_score": 40, "msdyn_scoretrend": 0, "msdyn_grade": 0} and dynamics_crm.written == 2
    conditions = [(method, headers.get("if-none-match"), headers.get("if-match")) for method, _, headers, _ in dynamics_crm.requests]
    assert conditions == [("GET", None, None), ("PATCH", "*", None), ("GET", None, None), ("PATCH", None, 'W/"101"'), ("GET", None, None)]


def test_a_row_that_changes_between_reading_and_writing_is_read_again(dynamics_crm, outbox, sender_of):
    dynamics_crm.rows[ROW] = (100, {"msdyn_score": 5, "msdyn_scoretrend": 1, "msdyn_grade": 3})
    outbox.add("dynamics", LEAD, scored(40))
    dynamics_crm.behave(None, lambda: dynamics_crm.rows.__setitem__(ROW, (200, {"msdyn_score": 6, "msdyn_scoretrend": 1, "msdyn_grade": 3})))

    counts = until_empty(sender_of(dynamics_crm, DynamicsChannel), outbox)

    assert counts == {"retry": 1, "done": 1} and dynamics_crm.rows[ROW][1]["msdyn_score"] == 40 and outbox.finished == [1]


@pytest.mark.parametrize("lead", ["1", "x') or 1 eq 1", LEAD.upper(), LEAD + "?$x", "../../" + LEAD])
def test_an_id_that_is_none_of_dynamics_goes_into_no_address(dynamics_crm, outbox, sender_of, lead):
    outbox.add("dynamics", lead, scored())

    assert sender_of(dynamics_crm, DynamicsChannel).once() == {"dead": 1} and dynamics_crm.requests == []


MISBEHAVIOUR = [
    "slow", "drop", "drop_answer", "garbage", "huge", (500, {}, {}), (502, {}, None), (429, {"retry-after": "7"}, {}), (503, {}, {}), (401, {}, {}),
    (307, {"location": "http://127.0.0.1:1/"}, {}), (404, {}, "x"),
]  # fmt: skip


WITHOUT_A_BODY = ("drop_answer", "garbage", "huge")
"""Nothing, where the answer is 204."""


@pytest.mark.parametrize("how", MISBEHAVIOUR, ids=str)
@pytest.mark.parametrize("place", [0, 1])
@pytest.mark.parametrize("channel", ["hubspot", "dynamics"])
def test_whatever_the_crm_does_the_score_has_one_effect(channel, place, how, hubspot_crm, dynamics_crm, outbox, sender_of):
    crm, make, lead = (hubspot_crm, HubSpotChannel, "1") if channel == "hubspot" else (dynamics_crm, DynamicsChannel, LEAD)
    hubspot_crm.rows, dynamics_crm.rows = {"1": {}}, {ROW: (100, {"msdyn_score": 5, "msdyn_scoretrend": 1, "msdyn_grade": 3})}
    outbox.add(channel, lead, scored())
    crm.behave(*[None] * place, how)

    counts = until_empty(sender_of(crm, make), outbox)

    assert counts["done"] == 1 and outbox.finished == [1] and outbox.dead == {} and crm.written == 1
    assert counts["retry"] == (0 if channel == "dynamics" and place == 1 and how in WITHOUT_A_BODY else 1)


@pytest.mark.parametrize("channel", ["hubspot", "dynamics"])
def test_an_answer_that_comes_twice_is_heard_once(channel, hubspot_crm, dynamics_crm, outbox, sender_of):
    crm, make, leads = (hubspot_crm, HubSpotChannel, ["1", "2"]) if channel == "hubspot" else (dynamics_crm, DynamicsChannel, [LEAD, LEAD.replace("6", "7")])
    hubspot_crm.rows = {"1": {}, "2": {}}
    crm.behave("twice", "twice", "twice")
    for lead in leads:
        outbox.add(channel, lead, scored())

    until_empty(sender_of(crm, make), outbox)

    assert sorted(outbox.finished) == [1, 2] and crm.written == 2


def test_retry_after_is_honoured_by_everything_for_that_crm(hubspot_crm, outbox, sender_of):
    hubspot_crm.rows = {"1": {}, "2": {}}
    hubspot_crm.behave((429, {"retry-after": "120"}, {}))
    sender = sender_of(hubspot_crm, HubSpotChannel)
    outbox.add("hubspot", "1", scored())
    sender.once()
    outbox.add("hubspot", "2", scored())
    waits = []
    for seconds in (0, 60, 59, 2):
        outbox.now += timedelta(seconds=seconds)
        waits.append(sum(sender.once().values()))

    assert waits == [0, 0, 0, 1] and outbox.rows[0]["next"] >= outbox.now


def test_retry_after_may_be_a_date_and_is_never_followed_for_ever(hubspot_crm, outbox):
    for said, seconds in (("Thu, 05 Mar 2026 12:02:00 GMT", 120), ("Thu, 05 Mar 2026 11:00:00 GMT", 0), ("7", 7), ("9" * 40, 21600), ("Thu, 05 Mar 2099 12:02:00 GMT", 21600)):
        assert Reply(429, {"retry-after": said}, b"").wait(outbox.now).total_seconds() == seconds
    for said in ("", "soon", "-5", "1.5", "\u0661"):
        assert Reply(429, {"retry-after": said}, b"").wait(outbox.now) is None


def test_after_the_last_attempt_a_dead_letter_says_why(hubspot_crm, outbox, sender_of, caplog):
    hubspot_crm.rows = {"1": {}}
    hubspot_crm.behave(*[(500, {}, {})] * 9)
    outbox.add("hubspot", "1", scored())

    counts = until_empty(sender_of(hubspot_crm, HubSpotChannel, attempts=3), outbox)

    assert counts == {"retry": 2, "dead": 1} and outbox.dead == {1: "gave_up_http_500"} and "gave_up_http_500" in caplog.text


def test_the_breaker_opens_asks_with_one_score_and_closes_again(hubspot_crm, outbox, sender_of):
    hubspot_crm.rows = {str(n): {} for n in range(1, 11)}
    hubspot_crm.behave("drop", "drop", "drop", "drop")
    sender = sender_of(hubspot_crm, HubSpotChannel, breaker=Breaker(3, timedelta(seconds=10)))
    for lead in hubspot_crm.rows:
        outbox.add("hubspot", lead, scored())
    sizes = []
    for _ in range(3):
        sizes.append(sum(sender.once().values()))
        outbox.now += timedelta(seconds=9)
    while_open = len(hubspot_crm.requests), sum(sender.once().values())
    outbox.now += timedelta(hours=1)
    asks, still_open = sum(sender.once().values()), sender.breaker.open
    outbox.now += timedelta(hours=1)
    again, then = sender.once(), sender.once()

    assert sizes == [10, 10, 10] and while_open == (3, 0) and (asks, still_open) == (1, True) and again == {"done": 1} and then == {"done": 9} and not sender.breaker.open


def test_a_crm_that_is_not_there_costs_no_score(outbox, sender_of, hubspot_crm):
    hubspot_crm.close()
    outbox.add("hubspot", "1", scored())
    sender = sender_of(hubspot_crm, HubSpotChannel)

    assert sender.once() == {"retry": 1} and outbox.rows[0]["fault"] == "unreachable"


def test_a_redirect_gets_no_token(hubspot_crm, dynamics_crm, outbox, sender_of):
    hubspot_crm.behave((308, {"location": dynamics_crm.address + "/steal"}, {}))
    outbox.add("hubspot", "1", scored())

    assert sender_of(hubspot_crm, HubSpotChannel).once() == {"retry": 1} and outbox.rows[0]["fault"] == "http_308" and dynamics_crm.requests == []


def test_proxies_of_the_environment_are_not_asked(hubspot_crm, dynamics_crm, outbox, sender_of, monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, dynamics_crm.address)
    hubspot_crm.rows = {"1": {}}
    outbox.add("hubspot", "1", scored())

    assert sender_of(hubspot_crm, HubSpotChannel).once() == {"done": 1} and dynamics_crm.requests == []


def test_a_crm_that_sends_one_byte_at_a_time_is_left_in_time(outbox, sender_of, hubspot_crm):
    with socket.create_server(("127.0.0.1", 0)) as server:
        stop = threading.Event()

        def drip():
            connection, _ = server.accept()
            with connection:
                connection.recv(65536)
                for letter in b"HTTP/1.1 200 OK\r\nx: " + b"y" * 500:
                    if stop.wait(0.05):
                        return
                    connection.send(bytes([letter]))

        threading.Thread(target=drip, daemon=True).start()
        hubspot_crm.address = f"http://127.0.0.1:{server.getsockname()[1]}"
        outbox.add("hubspot", "1", scored())
        begun = time.monotonic()
        counts = sender_of(hubspot_crm, HubSpotChannel, seconds=0.5).once()
        took = time.monotonic() - begun
        stop.set()

    assert counts == {"retry": 1} and outbox.rows[0]["fault"] == "slow" and took < 5


def test_nothing_of_a_token_an_id_or_an_answer_is_logged(hubspot_crm, dynamics_crm, outbox, sender_of, caplog):
    caplog.set_level(0)
    hubspot_crm.behave((400, {}, {"message": "PLANTED"}), "drop", "garbage")
    for crm, make, lead in ((hubspot_crm, HubSpotChannel, "70451"), (dynamics_crm, DynamicsChannel, LEAD)):
        outbox.add(make.destination, lead, scored(reason_1="PLANTED"))
        until_empty(sender_of(crm, make, attempts=2), outbox)

    assert "dead letter" in caplog.text or outbox.finished
    assert not [word for word in ("invented token", "PLANTED", "70451", LEAD, "Bearer") if word in caplog.text.replace("asyncio", "")]


def test_the_loop_ends_when_told_and_survives_an_outbox_that_fails(hubspot_crm, outbox, sender_of):
    hubspot_crm.rows = {"1": {}}
    outbox.add("hubspot", "1", scored())
    sender, stop, calls = sender_of(hubspot_crm, HubSpotChannel), threading.Event(), []
    claim = outbox.claim

    def failing(*asked):
        calls.append(1)
        if len(calls) == 1:
            raise OSError("the disk is full")
        return claim(*asked)

    outbox.claim = failing
    thread = threading.Thread(target=sender.run, args=(stop, 0.01))
    thread.start()
    until = time.monotonic() + 20
    while not outbox.finished and time.monotonic() < until:
        time.sleep(0.02)
    stop.set()
    thread.join(20)

    assert outbox.finished == [1] and not thread.is_alive()


def test_two_senders_over_one_outbox_send_each_score_once(hubspot_crm, outbox, sender_of):
    hubspot_crm.rows = {str(n): {} for n in range(1, 41)}
    for round_ in range(3):
        for lead in hubspot_crm.rows:
            outbox.add("hubspot", lead, scored(round_ * 10, round_))
    senders = [sender_of(hubspot_crm, HubSpotChannel, seconds=5) for _ in range(2)]
    for sender in senders:
        sender._channel.most = 7
    threads = [threading.Thread(target=lambda sender=sender: [sender.once() for _ in range(12)]) for sender in senders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert len(outbox.finished) == 40 and hubspot_crm.written == 40 and {row["leadlight_score"] for row in hubspot_crm.rows.values()} == {"20"}


def test_the_wait_grows_is_jittered_and_bounded():
    highest = [backoff(attempt, max).total_seconds() for attempt in (1, 2, 3, 14, 200)]
    lowest = [backoff(attempt, min).total_seconds() for attempt in (1, 14)]

    assert highest == [2, 4, 8, 16384, 21600] and lowest == [0, 0] and backoff(1, min, timedelta(seconds=9)).total_seconds() == 9


def test_the_clock_of_a_sender_is_that_of_the_world():
    assert abs(Sender(None, None)._clock() - datetime.now(UTC)) < timedelta(seconds=5)
