"""Does a score go on while another program holds the store, and is a write told in three seconds to come again?"""

import asyncio
import threading
import time

import pytest
from starlette.testclient import TestClient

from serving.accounts.sessions import UserSessions
from serving.api.thread_pools import STORE_SECONDS, ThreadPool
from serving.application import Components, create_application
from serving.desk.desk_service import Desk
from serving.errors import RequestError
from serving.http.middleware import RequestMiddleware
from serving.leads.lead_service import LeadService
from serving.schemas.scoring import Failure
from serving.store.store import Store
from tests.serving.conftest import PASSWORD, quick_passwords


@pytest.fixture
def client(settings, champion, now):
    """A service over each database, in which anna has signed in, with one lead."""
    with Store.open(settings) as store:
        with store.transaction() as at:
            at.users.add("anna", "Anna", "desk", quick_passwords().hash(PASSWORD))
        people, service = UserSessions(store, 720, quick_passwords()), LeadService(store, champion)
        parts = Components(champion, lambda: now, Desk(store, service, lambda: now), service, people)
        cookies = {"__Host-leadlight": people.sign_in("anna", PASSWORD, "tests").token}
        client = TestClient(RequestMiddleware(create_application(parts)), cookies=cookies)
        assert client.post("/v1/leads", json={"lead_id": "L-1"}).status_code == 201
        yield client


def timed(ask) -> tuple[object, float]:
    begun = time.monotonic()
    answer = ask()
    return answer, time.monotonic() - begun


def test_while_another_program_holds_the_store_scores_and_pages_go_on_and_writes_are_told_when_to_come_again(
    client, settings
):
    client.post("/v1/score", json={"lead_id": "warm"})
    lead, writes = {"lead_id": "L-2"}, []

    def write():
        writes.append(timed(lambda: client.post("/v1/leads", json=lead)))

    with Store.open(settings) as other, other.transaction():
        writers = [threading.Thread(target=write) for _ in range(6)]
        for writer in writers:
            writer.start()
        time.sleep(0.3)
        score, score_seconds = timed(lambda: client.post("/v1/score", json={"lead_id": "L-3"}))
        page, page_seconds = timed(lambda: client.get("/"))
        for writer in writers:
            writer.join()

    print(
        {"score": round(score_seconds, 2), "page": round(page_seconds, 2), "writes": [round(s, 2) for _, s in writes]}
    )
    assert (score.status_code, page.status_code) == (200, 200) and score_seconds < 1.5 and page_seconds < 2.5
    assert {answer.status_code for answer, _ in writes} == {503}
    assert max(seconds for _, seconds in writes) < STORE_SECONDS + 1.5
    for answer, _ in writes:
        failure = Failure.model_validate(answer.json())
        assert failure.retryable and failure.retry_after == int(answer.headers["retry-after"]) == 2
    assert client.post("/v1/leads", json=lead).status_code == 201


def test_who_waits_too_long_for_a_turn_is_told_so_and_nothing_is_begun():
    done = []

    async def crowd():
        pool = ThreadPool("few", 1, store_seconds=0.2)
        first = asyncio.create_task(pool.run(lambda: time.sleep(0.5)))
        await asyncio.sleep(0.05)
        with pytest.raises(RequestError, match="The store is busy") as refused:
            await pool.run(lambda: done.append(1))
        await first
        return refused.value

    error = asyncio.run(crowd())

    assert (error.status, error.retryable, done) == (503, True, [])
