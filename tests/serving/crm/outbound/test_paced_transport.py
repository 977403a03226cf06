"""Do many requests stay within a window, and outlast what passes?"""

from datetime import UTC, datetime, timedelta

import pytest

from serving.crm.outbound.http_transport import Reply, TransportFault
from serving.crm.outbound.paced_transport import WINDOW_REQUESTS, WINDOW_SECONDS, PacedTransport, explain_return


class Scripted:
    """Answers one after the other; the last one again and again."""

    seconds = 1.0

    def __init__(self, *answers):
        self.answers, self.sent = list(answers), 0

    def send(self, method, path, body=None):
        self.sent += 1
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, str):
            raise TransportFault(answer)
        return Reply(answer[0], answer[1], b"{}")


class FakeTime:
    """Seconds that pass only while somebody waits."""

    def __init__(self):
        self.now, self.waited = 0.0, []

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.waited.append(seconds)
        self.now += seconds


def test_one_request_too_many_waits_until_the_window_has_room():
    passing = FakeTime()
    requests = PacedTransport(Scripted((200, {})), passing, passing.sleep)

    for _ in range(WINDOW_REQUESTS):
        requests.send("GET", "/a")
    assert passing.waited == []
    requests.send("GET", "/a")

    assert passing.waited == [WINDOW_SECONDS]


@pytest.mark.parametrize(
    ("first", "waits"),
    [
        ((429, {"retry-after": "3"}), [3.0]),
        ((429, {}), [WINDOW_SECONDS]),
        ((503, {}), [2.0]),
        ("dropped", [2.0]),
    ],
)
def test_what_passes_is_waited_for(first, waits):
    passing = FakeTime()

    reply = PacedTransport(Scripted(first, (200, {})), passing, passing.sleep).send("GET", "/a")

    assert reply.status == 200 and passing.waited == waits


def test_what_does_not_pass_is_returned_or_raised_after_some_tries():
    passing = FakeTime()
    down, refused, tokenless = Scripted((500, {})), Scripted((401, {})), Scripted("no_token")

    assert PacedTransport(down, passing, passing.sleep).send("GET", "/a").status == 500 and down.sent == 6
    assert PacedTransport(refused, passing, passing.sleep).send("GET", "/a").status == 401 and refused.sent == 1
    with pytest.raises(TransportFault, match="no_token"):
        PacedTransport(tokenless, passing, passing.sleep).send("GET", "/a")
    with pytest.raises(TransportFault, match="slow"):
        PacedTransport(Scripted("slow"), passing, passing.sleep).send("GET", "/a")
    assert tokenless.sent == 1 and sum(passing.waited) < timedelta(minutes=10).total_seconds()


def test_a_wait_of_hours_is_told_not_waited_for():
    passing, asking = FakeTime(), Scripted((429, {"retry-after": "601"}))

    reply = PacedTransport(asking, passing, passing.sleep).send("GET", "/a")

    assert reply.status == 429 and asking.sent == 1 and passing.waited == []
    assert "in 11 minutes or later" in explain_return(reply.retry_after(datetime.now(UTC)))
