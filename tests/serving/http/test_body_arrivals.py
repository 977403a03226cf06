"""Do half-sent bodies stop only one another?"""

import asyncio

import pytest

from serving.errors import RequestError
from serving.http.body_arrivals import Arrivals
from serving.http.request_body import read_body


def chunks(*parts: bytes, pause: float = 0.0):
    """A connection that sends parts, each after a pause, and then nothing more."""
    left = list(parts)

    async def receive():
        if not left:
            await asyncio.sleep(60)
        await asyncio.sleep(pause)
        return {"type": "http.request", "body": left.pop(0), "more_body": True}

    return receive


async def read(arrivals: Arrivals, client: str, receive, seconds: float = 1.0) -> str:
    try:
        return (await read_body(receive, seconds, 1000, arrivals, client)).decode()
    except RequestError as error:
        return error.code


def test_the_oldest_body_of_a_client_gives_way_and_another_client_is_left_alone():
    async def crowd():
        arrivals, begun = Arrivals(per_client=2, grace=0.05), asyncio.get_running_loop().time()
        ended = {}

        async def follow(name, client):
            code = await read(arrivals, client, chunks(b"{"))
            ended[name] = code, asyncio.get_running_loop().time() - begun

        tasks = [asyncio.create_task(follow("other", "b"))]
        for name in ("first", "second", "third"):
            tasks.append(asyncio.create_task(follow(name, "a")))
            await asyncio.sleep(0.1)
        await asyncio.gather(*tasks)
        return ended, arrivals

    ended, arrivals = asyncio.run(crowd())

    assert {code for code, _ in ended.values()} == {"too_slow"}
    assert ended["first"][1] < 0.5 and min(ended[name][1] for name in ("second", "third", "other")) > 0.9
    assert arrivals.bytes_held == 0 and not arrivals._all and not arrivals._by_client


def test_a_body_that_comes_whole_is_never_counted():
    async def receive():
        return {"type": "http.request", "body": b"x" * 900, "more_body": False}

    assert asyncio.run(read(Arrivals(0, 0), "a", receive)) == "x" * 900


def test_unfinished_bodies_share_one_memory_and_the_oldest_of_all_gives_way():
    async def crowd():
        arrivals = Arrivals(per_client=10, max_bytes=1000, grace=0.2)
        young = [asyncio.create_task(read(arrivals, f"c{number}", chunks(b"x" * 400))) for number in range(3)]
        await asyncio.sleep(0.3)
        old_must_go = asyncio.create_task(read(arrivals, "late", chunks(b"x" * 400)))
        await asyncio.sleep(0.1)
        held = arrivals.bytes_held
        return [task.done() and task.result() for task in young], held, await old_must_go

    young, held, late = asyncio.run(crowd())

    assert (young, held, late) == (["too_slow", False, "busy"], 800, "too_slow")


@pytest.mark.parametrize("first", ["disconnect", "too large"])
def test_a_body_that_ends_badly_is_forgotten(first):
    async def receive():
        if first == "disconnect":
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": b"x" * 600, "more_body": True}

    arrivals = Arrivals()

    assert asyncio.run(read(arrivals, "a", receive)) in ("disconnected", "too_large")
    assert arrivals.bytes_held == 0
