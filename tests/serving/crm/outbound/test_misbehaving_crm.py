"""What becomes of a score when the CRM is slow, drops the connection, answers twice, or asks to be left alone?

Real sockets on loopback.
"""

import socket
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest

from serving.crm.outbound.dynamics_writer import DynamicsChannel
from serving.crm.outbound.http_transport import Reply
from serving.crm.outbound.hubspot_writer import HubSpotChannel
from serving.crm.outbound.retry_policy import CircuitBreaker, compute_backoff
from serving.crm.outbound.sender import Sender

LEAD = "6d81597f-0f9f-4711-8122-000d3aa2331c"
ROW = f"/api/data/v9.2/msdyn_predictivescores(msdyn_entityid='{LEAD}',msdyn_entitytype='lead')"
MISBEHAVIOUR = [
    "slow",
    "drop",
    "drop_answer",
    "garbage",
    "huge",
    (500, {}, {}),
    (502, {}, None),
    (429, {"retry-after": "7"}, {}),
    (503, {}, {}),
    (401, {}, {}),
    (307, {"location": "http://127.0.0.1:1/"}, {}),
    (404, {}, "x"),
]


WITHOUT_A_BODY = ("drop_answer", "garbage", "huge")
"""Nothing, where the answer is 204."""


@pytest.mark.parametrize("how", MISBEHAVIOUR, ids=str)
@pytest.mark.parametrize("stage", [0, 1])
@pytest.mark.parametrize("channel", ["hubspot", "dynamics"])
def test_whatever_the_crm_does_the_score_has_one_effect(
    channel, stage, how, hubspot_crm, dynamics_crm, outbox, sender_of, make_score, until_empty
):
    crm, make, lead = (
        (hubspot_crm, HubSpotChannel, "1") if channel == "hubspot" else (dynamics_crm, DynamicsChannel, LEAD)
    )
    hubspot_crm.rows, dynamics_crm.rows = (
        {"1": {}},
        {ROW: (100, {"msdyn_score": 5, "msdyn_scoretrend": 1, "msdyn_grade": 3})},
    )
    outbox.add(channel, lead, make_score())
    crm.behave(*[None] * stage, how)

    counts = until_empty(sender_of(crm, make), outbox)

    assert counts["done"] == 1 and outbox.finished == [1] and outbox.dead == {} and crm.written == 1
    assert counts["retry"] == (0 if channel == "dynamics" and stage == 1 and how in WITHOUT_A_BODY else 1)


@pytest.mark.parametrize("channel", ["hubspot", "dynamics"])
def test_an_answer_that_comes_twice_is_heard_once(
    channel, hubspot_crm, dynamics_crm, outbox, sender_of, make_score, until_empty
):
    crm, make, leads = (
        (hubspot_crm, HubSpotChannel, ["1", "2"])
        if channel == "hubspot"
        else (dynamics_crm, DynamicsChannel, [LEAD, LEAD.replace("6", "7")])
    )
    hubspot_crm.rows = {"1": {}, "2": {}}
    crm.behave("twice", "twice", "twice")
    for lead in leads:
        outbox.add(channel, lead, make_score())

    until_empty(sender_of(crm, make), outbox)

    assert sorted(outbox.finished) == [1, 2] and crm.written == 2


def test_retry_after_is_honoured_by_everything_for_that_crm(hubspot_crm, outbox, sender_of, make_score):
    hubspot_crm.rows = {"1": {}, "2": {}}
    hubspot_crm.behave((429, {"retry-after": "120"}, {}))
    sender = sender_of(hubspot_crm, HubSpotChannel)
    outbox.add("hubspot", "1", make_score())
    sender.send_due()
    outbox.add("hubspot", "2", make_score())
    waits = []
    for seconds in (0, 60, 59, 2):
        outbox.now += timedelta(seconds=seconds)
        waits.append(sum(sender.send_due().values()))

    assert waits == [0, 0, 0, 1] and outbox.rows[0]["next"] >= outbox.now


def test_retry_after_may_be_a_date_and_is_never_followed_for_ever(hubspot_crm, outbox):
    for text, seconds in (
        ("Thu, 05 Mar 2026 12:02:00 GMT", 120),
        ("Thu, 05 Mar 2026 11:00:00 GMT", 0),
        ("7", 7),
        ("9" * 40, 21600),
        ("Thu, 05 Mar 2099 12:02:00 GMT", 21600),
    ):
        assert Reply(429, {"retry-after": text}, b"").retry_after(outbox.now).total_seconds() == seconds
    for text in ("", "soon", "-5", "1.5", "\u0661"):
        assert Reply(429, {"retry-after": text}, b"").retry_after(outbox.now) is None


def test_after_the_last_attempt_a_dead_letter_says_why(hubspot_crm, outbox, sender_of, caplog, make_score, until_empty):
    hubspot_crm.rows = {"1": {}}
    hubspot_crm.behave(*[(500, {}, {})] * 9)
    outbox.add("hubspot", "1", make_score())

    counts = until_empty(sender_of(hubspot_crm, HubSpotChannel, attempts=3), outbox)

    assert (
        counts == {"retry": 2, "dead": 1}
        and outbox.dead == {1: "gave_up_http_500"}
        and "gave_up_http_500" in caplog.text
    )


def test_the_breaker_opens_asks_with_one_score_and_closes_again(hubspot_crm, outbox, sender_of, make_score):
    hubspot_crm.rows = {str(n): {} for n in range(1, 11)}
    hubspot_crm.behave("drop", "drop", "drop", "drop")
    sender = sender_of(hubspot_crm, HubSpotChannel, breaker=CircuitBreaker(3, timedelta(seconds=10)))
    for lead in hubspot_crm.rows:
        outbox.add("hubspot", lead, make_score())
    sizes = []
    for _ in range(3):
        sizes.append(sum(sender.send_due().values()))
        outbox.now += timedelta(seconds=9)
    while_open = len(hubspot_crm.requests), sum(sender.send_due().values())
    outbox.now += timedelta(hours=1)
    asks, still_open = sum(sender.send_due().values()), sender.breaker.is_open
    outbox.now += timedelta(hours=1)
    again, last = sender.send_due(), sender.send_due()

    assert (
        sizes == [10, 10, 10]
        and while_open == (3, 0)
        and (asks, still_open) == (1, True)
        and again == {"done": 1}
        and last == {"done": 9}
        and not sender.breaker.is_open
    )


def test_a_crm_that_is_not_there_costs_no_score(outbox, sender_of, hubspot_crm, make_score):
    hubspot_crm.close()
    outbox.add("hubspot", "1", make_score())
    sender = sender_of(hubspot_crm, HubSpotChannel)

    assert sender.send_due() == {"retry": 1} and outbox.rows[0]["fault"] == "unreachable"


def test_a_redirect_gets_no_token(hubspot_crm, dynamics_crm, outbox, sender_of, make_score):
    hubspot_crm.behave((308, {"location": dynamics_crm.address + "/steal"}, {}))
    outbox.add("hubspot", "1", make_score())

    assert (
        sender_of(hubspot_crm, HubSpotChannel).send_due() == {"retry": 1}
        and outbox.rows[0]["fault"] == "http_308"
        and dynamics_crm.requests == []
    )


def test_proxies_of_the_environment_are_not_asked(
    hubspot_crm, dynamics_crm, outbox, sender_of, monkeypatch, make_score
):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, dynamics_crm.address)
    hubspot_crm.rows = {"1": {}}
    outbox.add("hubspot", "1", make_score())

    assert sender_of(hubspot_crm, HubSpotChannel).send_due() == {"done": 1} and dynamics_crm.requests == []


def test_a_crm_that_sends_one_byte_at_a_time_is_left_in_time(outbox, sender_of, hubspot_crm, make_score):
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
        outbox.add("hubspot", "1", make_score())
        begun = time.monotonic()
        counts = sender_of(hubspot_crm, HubSpotChannel, seconds=0.5).send_due()
        took = time.monotonic() - begun
        stop.set()

    assert counts == {"retry": 1} and outbox.rows[0]["fault"] == "slow" and took < 5


def test_nothing_of_a_token_an_id_or_an_answer_is_logged(
    hubspot_crm, dynamics_crm, outbox, sender_of, caplog, make_score, until_empty
):
    caplog.set_level(0)
    hubspot_crm.behave((400, {}, {"message": "PLANTED"}), "drop", "garbage")
    for crm, make, lead in ((hubspot_crm, HubSpotChannel, "70451"), (dynamics_crm, DynamicsChannel, LEAD)):
        outbox.add(make(None).destination, lead, make_score(reason_1="PLANTED"))
        until_empty(sender_of(crm, make, attempts=2), outbox)

    assert "dead letter" in caplog.text or outbox.finished
    assert not [
        secret_text
        for secret_text in ("invented token", "PLANTED", "70451", LEAD, "Bearer")
        if secret_text in caplog.text.replace("asyncio", "")
    ]


def test_the_loop_ends_when_told_and_survives_an_outbox_that_fails(hubspot_crm, outbox, sender_of, make_score):
    hubspot_crm.rows = {"1": {}}
    outbox.add("hubspot", "1", make_score())
    sender, stop, calls = sender_of(hubspot_crm, HubSpotChannel), threading.Event(), []
    claim = outbox.claim

    def failing(*arguments):
        calls.append(1)
        if len(calls) == 1:
            raise OSError("the disk is full")
        return claim(*arguments)

    outbox.claim = failing
    thread = threading.Thread(target=sender.run, args=(stop, 0.01))
    thread.start()
    until = time.monotonic() + 20
    while not outbox.finished and time.monotonic() < until:
        time.sleep(0.02)
    stop.set()
    thread.join(20)

    assert outbox.finished == [1] and not thread.is_alive()


def test_the_wait_grows_is_jittered_and_bounded():
    highest = [compute_backoff(attempt, max).total_seconds() for attempt in (1, 2, 3, 14, 200)]
    lowest = [compute_backoff(attempt, min).total_seconds() for attempt in (1, 14)]

    assert (
        highest == [2, 4, 8, 16384, 21600]
        and lowest == [0, 0]
        and compute_backoff(1, min, timedelta(seconds=9)).total_seconds() == 9
    )


def test_the_clock_of_a_sender_is_that_of_the_world():
    assert abs(Sender(None, None)._clock() - datetime.now(UTC)) < timedelta(seconds=5)
