"""How likely is this lead to book? ``/v1/score`` and ``/v1/score/batch``: scores of leads that are not stored.

Lives here: one lead or a batch of up to 1,000, each with its own answer or error; handing them to the challenger.
Does not live here: computing a score (``serving.scoring.engine``), leads that are stored (``lead_routes``)."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from serving.api.thread_pools import ThreadPool
from serving.errors import Fault, RequestError
from serving.http.json_parsing import read_object
from serving.http.middleware import format_failure
from serving.http.responses import encode_answers, json_reply, reply_to_errors
from serving.leads.request_reading import check_lead_not_ahead
from serving.scoring.engine import Engine
from serving.scoring.read_lead import ReadLead
from serving.scoring.shadow_scoring import Shadow
from serving.settings import MAX_BATCH_LEADS

__all__ = ["ScoringRoutes", "read_batch", "score_each"]

_CHUNK_LEADS = 100
"""Leads of a batch scored at once: between chunks other requests get their turn."""


class ScoringRoutes:
    """The routes that score leads without storing them.

    Parameters
    ----------
    engine : callable
        Returns the engine in use.
    shadow : Shadow
        Scores the same leads with a challenger, after they are answered.
    clock : callable
        Returns the current time, datetime64[us] in UTC.
    threads : ThreadPool
    """

    def __init__(
        self,
        engine: Callable[[], Engine],
        shadow: Shadow,
        clock: Callable[[], np.datetime64],
        threads: ThreadPool,
    ) -> None:
        self._engine, self._shadow, self._clock, self._threads = engine, shadow, clock, threads

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/v1/score", reply_to_errors(self.score), methods=["POST"]),
            Route("/v1/score/batch", reply_to_errors(self.score_batch), methods=["POST"]),
        ]

    async def score(self, request: Request) -> Response:
        """Score one lead."""
        payload = read_object(await request.body())
        engine, now = self._find_engine(request), self._clock()
        (answer,) = await self._threads.run(lambda: engine.answer_leads([_read_lead(engine, payload, now)], now))
        reply = json_reply(answer)
        return reply if _keeps_nothing(request) else self._offer_to_shadow(reply, engine, [payload], [answer], now)

    async def score_batch(self, request: Request) -> Response:
        """Score up to 1,000 leads; a bad one does not fail the others."""
        leads = read_batch(read_object(await request.body()))
        engine, now = self._find_engine(request), self._clock()
        items: list[dict[str, Any]] = []
        encoded_chunks: list[bytes] = []
        for start in range(0, len(leads), _CHUNK_LEADS):
            chunk = leads[start : start + _CHUNK_LEADS]
            # partial, not a lambda: the loop's next chunk must not replace this one.
            score_chunk = partial(_score_and_encode, engine, chunk, now, request.state.request_id)
            chunk_items, encoded = await self._threads.run(score_chunk)
            items += chunk_items
            encoded_chunks.append(encoded)
        failed = sum(item["error"] is not None for item in items)
        answer = json_reply(
            b'{"results":[%b],"scored":%d,"failed":%d}' % (b",".join(encoded_chunks), len(items) - failed, failed)
        )
        if _keeps_nothing(request):
            return answer
        return self._offer_to_shadow(answer, engine, leads, [item["answer"] for item in items], now)

    def _find_engine(self, request: Request) -> Engine:
        """Return the engine in use; for a test key one that writes nothing down, so that its scores have no receipt."""
        engine = self._engine()
        return engine.without_log if _keeps_nothing(request) else engine

    def _offer_to_shadow(
        self,
        response: Response,
        engine: Engine,
        payloads: list[Any],
        answers: list[dict[str, Any] | None],
        now: np.datetime64,
    ) -> Response:
        """Return the response, which hands its leads to the challenger once it is sent."""

        async def hand_over() -> None:
            for start in range(0, len(payloads), _CHUNK_LEADS):
                chunk = slice(start, start + _CHUNK_LEADS)
                self._shadow.offer(engine, payloads[chunk], answers[chunk], now)

        response.background = BackgroundTask(hand_over)
        return response


def _keeps_nothing(request: Request) -> bool:
    """Whether a request came with a test key."""
    return getattr(request.state, "keeps_nothing", False)


def read_batch(body: dict[str, Any]) -> list[Any]:
    """Return the leads of a batch request.

    Raises
    ------
    RequestError
        If ``leads`` is not a list of 1 to 1,000.
    """
    leads = body.get("leads")
    if isinstance(leads, list) and 1 <= len(leads) <= MAX_BATCH_LEADS:
        return leads
    if isinstance(leads, list):
        kind = f"a list of {len(leads):,}"
    else:
        kind = "nothing" if leads is None else "something that is not a list"
    fault = Fault("leads", kind, f"a list of 1 to {MAX_BATCH_LEADS:,} leads")
    message = f'The batch has {kind} under "leads"; send {{"leads": [...]}} with 1 to {MAX_BATCH_LEADS:,} leads.'
    raise RequestError(422, "invalid_batch", message, (fault,))


def score_each(engine: Engine, payloads: list[Any], now: np.datetime64, request_id: str) -> list[dict[str, Any]]:
    """Score each payload; return one item for each: its answer, or its error."""
    leads = [_try_to_read(engine, payload, now) for payload in payloads]
    answers = iter(engine.answer_leads([lead for lead in leads if isinstance(lead, ReadLead)], now))
    return [
        _create_item(next(answers)) if isinstance(lead, ReadLead) else _create_error_item(lead, request_id)
        for lead in leads
    ]


def _score_and_encode(
    engine: Engine, payloads: list[Any], now: np.datetime64, request_id: str
) -> tuple[list[dict[str, Any]], bytes]:
    """Return the items of some leads, and their JSON without the list's brackets."""
    items = score_each(engine, payloads, now, request_id)
    # Encoding a batch of 1,000 at once would block every other request for 30 ms.
    return items, encode_answers(items)[1:-1]


def _read_lead(engine: Engine, payload: Any, now: np.datetime64) -> ReadLead:
    """Read a lead; one with moments in the future is refused, as when it is stored."""
    lead = engine.read(payload)
    check_lead_not_ahead(lead.converted, now)
    return lead


def _try_to_read(engine: Engine, payload: Any, now: np.datetime64) -> ReadLead | RequestError:
    try:
        return _read_lead(engine, payload, now)
    except RequestError as error:
        return error


def _create_item(answer: dict[str, Any]) -> dict[str, Any]:
    return {"status": 200, "answer": answer, "error": None}


def _create_error_item(error: RequestError, request_id: str) -> dict[str, Any]:
    return {"status": error.status, "answer": None, "error": format_failure(error, request_id)}
