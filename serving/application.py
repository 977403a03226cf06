"""Which addresses are there, and what does each answer? Routes over HTTP for programs, and the application of all
routes.

Lives here: the Starlette application, and the addresses for programs.
Does not live here: BentoML (``service``), bodies and headers (``gate``), scoring (``scoring``), pages for people
(``desk.routes``)."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC
from typing import Any

import numpy as np
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from serving.accounts.sessions import UserSessions
from serving.crm.inbound.routes import HOOK_PATHS, HookRouter
from serving.crm.inbound.stateless_gateway import StatelessLeadGateway
from serving.crm.ports import HookRequest, LeadGateway
from serving.crm_settings import CrmSettings
from serving.desk.desk_service import Desk
from serving.desk.pages.page_models import render_api_docs
from serving.desk.pages.page_sessions import PageSessions
from serving.desk.pages.routes import PAGES, DeskRoutes
from serving.desk.pages.sign_in import SignInRoutes
from serving.errors import FieldFault, RequestError
from serving.http.json_parsing import read_object
from serving.http.middleware import FORMATTED_HEADER, format_failure
from serving.http.rate_limits import RequestSlots
from serving.http.request_metrics import RequestMetrics
from serving.http.responses import reply_to_errors, encode_json, json_reply, page_reply
from serving.leads.crm_gateway import KeptDoor
from serving.leads.lead_service import Asked, Intake
from serving.runtime.model_metrics import gauges_text
from serving.schemas.openapi import build_openapi
from serving.schemas.postman import build_postman
from serving.schemas.scoring import Answer
from serving.schemas.swagger2 import build_swagger
from serving.scoring.engine import Engine, ReadLead
from serving.scoring.model_loader import Champion
from serving.scoring.shadow_scoring import Shadow
from serving.settings import MAX_BATCH_LEADS

__all__ = ["ADDRESSES", "Application", "read_batch", "score_each"]

ADDRESSES = (
    "/v1/score",
    "/v1/score/batch",
    "/v1/leads",
    "/v1/queue",
    "/v1/model",
    "/livez",
    "/healthz",
    "/readyz",
    "/metrics",
    "/openapi.json",
    "/swagger.json",
    "/postman.json",
    "/docs.json",
    "/docs",
    *PAGES,
    "/sign-in",
    "/sign-out",
    "/password",
    *HOOK_PATHS,
)
"""Addresses that are counted under their own names."""

SCORING_THREADS = 2
_MOST_QUEUED = 1_000
_LONGEST_KEY = 200
_CHUNK_LEADS = 100
"""Leads of a batch scored at once; the event loop is free and other requests get their turn between chunks."""


class Application:
    """Everything that answers over HTTP.

    Parameters
    ----------
    champion : Champion
    desk : Desk or None
        None where there is no store: then its pages say so.
    clock : callable
        Gives now, datetime64[us] in UTC.
    meter : Meter
        What the gate in front counts with.
    shadow : Shadow, optional
        Scores with a challenger what was answered; one that has none when left out.
    work : Work, optional
        What the gate in front counts the requests in work with.
    intake : Intake, optional
        The door of the store; without one, addresses that keep things answer 503.
    hooks : HookSettings, optional
        Secrets and mappings of CRMs; none when left out.
    door : LeadDoor, optional
        Where the hooks bring leads; when left out they are scored and not kept.
    people : DeskPeople, optional
        Who may see the desk; without them nobody can sign in.
    """

    def __init__(
        self,
        champion: Champion,
        desk: Desk | None,
        clock: Callable[[], np.datetime64],
        meter: RequestMetrics,
        shadow: Shadow | None = None,
        work: RequestSlots | None = None,
        intake: Intake | None = None,
        hooks: CrmSettings | None = None,
        door: LeadGateway | None = None,
        people: UserSessions | None = None,
    ) -> None:
        self._intake = intake
        self._work = work or RequestSlots(1)
        self._champion, self._desk, self._clock, self._meter = champion, desk, clock, meter
        self._shadow = shadow or Shadow(champion.settings)
        door = door or (KeptDoor(intake) if intake is not None else StatelessLeadGateway(self._engine, clock))
        self._hooks = HookRouter(hooks or CrmSettings(), door)
        self._page_sessions = PageSessions(people)
        self._pool = ThreadPoolExecutor(SCORING_THREADS, "leadlight-score")
        self.asgi = Starlette(routes=self._routes())

    def _routes(self) -> list[Route]:
        get, post, described = ["GET"], ["POST"], self._page_sessions.accept_key_or_session
        return [
            Route("/v1/score", reply_to_errors(self.score), methods=post),
            Route("/v1/score/batch", reply_to_errors(self.score_batch), methods=post),
            Route("/v1/leads", reply_to_errors(self.put_lead), methods=post),
            Route("/v1/leads/{lead_id:path}/events", reply_to_errors(self.add_events), methods=post),
            Route("/v1/leads/{lead_id:path}/outcomes", reply_to_errors(self.add_outcome), methods=post),
            Route("/v1/leads/{lead_id:path}/feedback", reply_to_errors(self.add_feedback), methods=post),
            Route("/v1/leads/{lead_id:path}", reply_to_errors(self.known_lead), methods=get),
            Route("/v1/queue", reply_to_errors(self.open_leads), methods=get),
            *(Route(path, reply_to_errors(self.hook), methods=post) for path in HOOK_PATHS),
            Route("/v1/model", reply_to_errors(self.model), methods=get),
            Route("/livez", reply_to_errors(self.live), methods=get),
            Route("/healthz", reply_to_errors(self.live), methods=get),
            Route("/readyz", reply_to_errors(self.ready), methods=get),
            Route("/metrics", reply_to_errors(self.metrics), methods=get),
            Route("/openapi.json", described(self.description), methods=get),
            Route("/swagger.json", described(self.swagger), methods=get),
            Route("/postman.json", described(self.postman), methods=get),
            Route("/docs.json", described(self.description), methods=get),
            Route("/docs", described(self.docs), methods=get),
            *DeskRoutes(self._desk, self._in_thread, self._page_sessions).routes(),
            *SignInRoutes(self._page_sessions).routes(),
        ]

    async def score(self, request: Request) -> Response:
        """One lead -> one answer."""
        payload = read_object(await request.body())
        engine, now = self._engine(), self._clock()
        answers = await self._in_thread(lambda: engine.score([payload], now))
        said = answers[0].model_dump()
        return self._then_shadow(json_reply(said), engine, [payload], [said], now)

    async def score_batch(self, request: Request) -> Response:
        """Up to 1,000 leads -> one item each; a bad one does not fail the others."""
        leads = read_batch(read_object(await request.body()))
        engine, now = self._engine(), self._clock()
        items: list[dict[str, Any]] = []
        written: list[bytes] = []
        for first in range(0, len(leads), _CHUNK_LEADS):
            chunk = leads[first : first + _CHUNK_LEADS]
            some, said = await self._in_thread(
                lambda chunk=chunk: _scored_and_written(engine, chunk, now, request.state.request_id)
            )
            items += some
            written.append(said)
        failed = sum(item["error"] is not None for item in items)
        answer = json_reply(
            b'{"results":[%b],"scored":%d,"failed":%d}' % (b",".join(written), len(items) - failed, failed)
        )
        return self._then_shadow(answer, engine, leads, [item["answer"] for item in items], now)

    async def put_lead(self, request: Request) -> Response:
        """Create or update a lead, scored from all that is known of it."""
        return await self._taken(request, lambda intake, payload, asked: intake.put_lead(payload, asked))

    async def add_events(self, request: Request) -> Response:
        """What happened with a lead."""
        lead_id = _lead_of(request)
        return await self._taken(request, lambda intake, payload, asked: intake.add_events(lead_id, payload, asked))

    async def add_outcome(self, request: Request) -> Response:
        """What became of a lead."""
        lead_id = _lead_of(request)
        return await self._taken(request, lambda intake, payload, asked: intake.add_outcome(lead_id, payload, asked))

    async def add_feedback(self, request: Request) -> Response:
        """A person disagrees with a score."""
        lead_id = _lead_of(request)
        return await self._taken(request, lambda intake, payload, asked: intake.add_feedback(lead_id, payload, asked))

    async def known_lead(self, request: Request) -> Response:
        """Everything that is known of a lead."""
        intake, lead_id = self._store(), _lead_of(request)
        return json_reply(await self._in_thread(lambda: intake.lead(lead_id)))

    async def open_leads(self, request: Request) -> Response:
        """The open leads in working order, with their last scores."""
        desk, most = self._at_hand(self._desk), request.query_params.get("limit", "100")
        if not (most.isascii() and most.isdigit() and len(most) < 7 and 1 <= int(most) <= _MOST_QUEUED):
            fields = (FieldFault("limit", "another value", f"a whole number from 1 to {_MOST_QUEUED:,}"),)
            raise RequestError(
                422, "invalid_fields", "The request has fields that cannot be used; mend those named in fields.", fields
            )
        return json_reply(await self._in_thread(lambda: desk.list_queue(int(most))))

    async def _taken(
        self, request: Request, work: Callable[[Intake, dict[str, Any], Asked], tuple[int, dict[str, Any]]]
    ) -> Response:
        """Pass one write on to the store; it is on the disk when this answers."""
        intake, body = self._store(), await request.body()
        payload, key = read_object(body), request.headers.get("idempotency-key", "")
        if len(key) > _LONGEST_KEY:
            raise RequestError(
                422,
                "invalid_key",
                f"The Idempotency-Key has {len(key):,} characters; send one of at most {_LONGEST_KEY}.",
            )
        asked = Asked(
            getattr(request.state, "caller", "none"), key, f"{request.method} {request.url.path}\n".encode() + body
        )
        status, answer = await self._in_thread(lambda: work(intake, payload, asked))
        return json_reply(answer, status)

    def _store(self) -> Intake:
        """The door of the store, where there is one."""
        return self._at_hand(self._intake)

    @staticmethod
    def _at_hand(what: Any) -> Any:
        """What needs a store; RequestError with status 503 where there is none."""
        if what is None:
            raise RequestError(
                503,
                "store_unavailable",
                "The service has no store at hand; whoever runs it finds why in its log.",
                retryable=True,
            )
        return what

    async def hook(self, request: Request) -> Response:
        """What a CRM sends -> what it reads."""
        path, query = request.scope.get("raw_path", request.url.path.encode()), request.scope["query_string"]
        target = (path.partition(b"?")[0] + (b"?" + query if query else b"")).decode("latin-1")
        headers = {name.lower(): value for name, value in request.headers.items()}
        asked = HookRequest(request.method, target, headers, await request.body())
        now = self._clock().astype("datetime64[us]").item().replace(tzinfo=UTC)
        reply = await self._in_thread(
            lambda: self._hooks.answer(request.url.path, asked, now, request.state.request_id)
        )
        return Response(reply.body, reply.status, {**reply.headers, FORMATTED_HEADER.decode(): "1"})

    async def model(self, request: Request) -> Response:
        """The model's card."""
        return json_reply(self._champion.engine.card())

    async def live(self, request: Request) -> Response:
        """The process is alive."""
        return json_reply({"alive": True})

    async def ready(self, request: Request) -> Response:
        """Whether scores can be given, by which model, and what is amiss all the same: a newer model unused, slow
        reasons.
        """
        engine, fault = self._champion.state
        slow = self._champion.fallback_reason
        stopping = self._work.closing and "The service is stopping."
        amiss = [stopping, fault, slow and f"Reasons are computed by LightGBM itself, many times slower: {slow}"]
        said = {
            "ready": engine is not None and not stopping,
            "model_version": None if engine is None else engine.version,
            "model_sha256": None if engine is None else engine.bundle.sha256[:12],
            "desk": "none" if self._desk is None else "ready",
            "warning": " ".join(filter(None, amiss)) or None,
        }
        return json_reply(said, 200 if said["ready"] else 503)

    async def metrics(self, request: Request) -> Response:
        """Counts for Prometheus."""
        return Response(
            self._meter.text(self._work.now) + gauges_text(self._champion, self._shadow),
            media_type="text/plain; version=0.0.4",
        )

    async def description(self, request: Request) -> Response:
        """The OpenAPI document."""
        return json_reply(build_openapi())

    async def swagger(self, request: Request) -> Response:
        """The same for tools that read Swagger 2.0 only."""
        return json_reply(build_swagger())

    async def postman(self, request: Request) -> Response:
        """The same as a collection of examples for Postman."""
        return json_reply(build_postman())

    async def docs(self, request: Request) -> Response:
        """The OpenAPI document as a page."""
        return page_reply(render_api_docs(build_openapi(), getattr(request.state, "user", None)))

    def _engine(self) -> Engine:
        """The engine in use; with the practice's own records where leads are kept, so that whoever asks sees the same
        score.
        """
        return self._champion.engine if self._intake is None else self._intake.engine

    def _then_shadow(
        self,
        response: Response,
        engine: Engine,
        payloads: list[Any],
        answers: list[dict[str, Any] | None],
        now: np.datetime64,
    ) -> Response:
        """The response, after which the challenger is handed what was answered."""

        async def hand_over() -> None:
            for first in range(0, len(payloads), _CHUNK_LEADS):
                self._shadow.offer(
                    engine, payloads[first : first + _CHUNK_LEADS], answers[first : first + _CHUNK_LEADS], now
                )

        response.background = BackgroundTask(hand_over)
        return response

    async def _in_thread(self, work: Callable[[], Any]) -> Any:
        """Run work in the scoring pool."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)


def _lead_of(request: Request) -> str:
    """The lead's id in the address; no database keeps one that holds NUL, so there is no such lead."""
    lead_id = request.path_params["lead_id"]
    if "\0" in lead_id:
        raise RequestError(404, "unknown_lead", "There is no lead with this id.")
    return lead_id


def read_batch(body: dict[str, Any]) -> list[Any]:
    """The leads of a batch request.

    Raises
    ------
    RequestError
        If ``leads`` is not a list of 1 to 1,000.
    """
    leads = body.get("leads")
    if not isinstance(leads, list) or not 1 <= len(leads) <= MAX_BATCH_LEADS:
        found = (
            f"a list of {len(leads):,}"
            if isinstance(leads, list)
            else "nothing"
            if leads is None
            else "something that is not a list"
        )
        fields = (FieldFault("leads", found, f"a list of 1 to {MAX_BATCH_LEADS:,} leads"),)
        raise RequestError(
            422,
            "invalid_batch",
            f'The batch has {found} under "leads"; send {{"leads": [...]}} with 1 to {MAX_BATCH_LEADS:,} leads.',
            fields,
        )
    return leads


def score_each(engine: Engine, payloads: list[Any], now: np.datetime64, request_id: str) -> list[dict[str, Any]]:
    """One item for each payload: its answer, or why it has none."""
    read = [_read(engine, payload) for payload in payloads]
    answers = iter(engine.score_read([lead for lead in read if isinstance(lead, ReadLead)], now))
    return [
        _item(next(answers), None, request_id) if isinstance(lead, ReadLead) else _item(None, lead, request_id)
        for lead in read
    ]


def _scored_and_written(
    engine: Engine, payloads: list[Any], now: np.datetime64, request_id: str
) -> tuple[list[dict[str, Any]], bytes]:
    """The items of some leads, and the same as JSON without the list's brackets: a whole batch written at once would
    hold up everybody for 30 ms.
    """
    items = score_each(engine, payloads, now, request_id)
    return items, encode_json(items)[1:-1]


def _read(engine: Engine, payload: Any) -> ReadLead | RequestError:
    try:
        return engine.read(payload)
    except RequestError as fault:
        return fault


def _item(answer: Answer | None, fault: RequestError | None, request_id: str) -> dict[str, Any]:
    """One item of a batch's answer."""
    if answer is not None:
        return {"status": 200, "answer": answer.model_dump(), "error": None}
    return {"status": fault.status, "answer": None, "error": format_failure(fault, request_id)}
