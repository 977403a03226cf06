"""Does an open page hear what is new, and do streams take nothing from anybody else?"""

import ast
import asyncio
import json
import re
import time
from pathlib import Path

import pytest

from serving.desk import routes
from serving.desk.notices import Notices
from serving.desk.routes.notice_stream import StreamSlots, reply_with_notices
from serving.errors import RequestError


async def read(response) -> list[str]:
    return [part async for part in response.body_iterator]


def listen(look, seconds=1.2, slots=None, is_closing=lambda: False) -> list[str]:
    return asyncio.run(read(reply_with_notices("anna", look, slots or StreamSlots(), is_closing, seconds)))


async def nothing_new():
    return Notices(1)


def test_what_is_new_is_sent_once_and_the_stream_ends_by_itself():
    parts = listen(nothing_new)

    assert parts[0].startswith("retry:") and len(parts) == 2
    assert json.loads(parts[1].removeprefix("data: ")) == Notices(1).to_dict()


def test_a_change_is_sent():
    answers = iter([Notices(1), Notices(2, ("L7",))])

    async def look():
        return next(answers, Notices(2, ("L7",)))

    events = [json.loads(part[6:]) for part in listen(look, 3.0) if part.startswith("data: ")]

    assert [event["token"] for event in events] == [1, 2] and events[1]["urgent"] == ["L7"]


def test_it_ends_with_the_session_and_with_the_service():
    async def signed_out():
        return None

    begun = time.monotonic()

    assert len(listen(signed_out, 60)) == 1 and len(listen(nothing_new, 60, is_closing=lambda: True)) == 1
    assert time.monotonic() - begun < 5


def test_streams_are_bounded_for_each_person_and_in_all_and_give_their_place_back():
    slots = StreamSlots(per_person=1, total=2)
    with slots.hold("anna"):
        with pytest.raises(RequestError) as caught:
            listen(nothing_new, slots=slots)
        with slots.hold("ben"):
            assert not slots.has_place("cara")
        assert slots.has_place("cara")

    assert caught.value.status == 429 and slots.has_place("anna")
    listen(nothing_new, slots=slots)
    assert slots.has_place("anna")


def test_streams_that_begin_in_the_same_moment_are_bounded_as_well():
    slots = StreamSlots(per_person=2)

    async def begin():
        replies = [reply_with_notices("anna", nothing_new, slots, lambda: False, 1.2) for _ in range(5)]
        return await asyncio.gather(*map(read, replies))

    answers = asyncio.run(begin())

    assert sorted(parts[0].partition(":")[0] for parts in answers) == ["event"] * 3 + ["retry"] * 2
    assert slots.has_place("anna")


def test_names_in_the_scripts_and_routes_are_nouns_of_the_field():
    desk = Path(routes.__file__).parents[1]
    scripts = [path.read_text(encoding="utf-8") for path in sorted((desk / "static").glob("*.js"))]
    bound = {name for script in scripts for name in re.findall(r"\b(?:const|let|function)\s+(\w+)", script)}
    for path in sorted((desk / "routes").glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        bound |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}

    assert "draftPrefix" in bound and "snapshot" in bound
    assert bound & {"said", "kept", "told", "found", "made", "place", "known", "here", "most"} == set()
