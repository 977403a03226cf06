"""What does a program tell us of stored leads, and what does it read? ``/v1/leads`` and ``/v1/queue``.

Lives here: the routes, ids in paths, idempotency keys. Does not live here: storing and scoring
(``serving.leads.lead_service``), the order of the queue (``serving.desk``)."""

from collections.abc import Callable
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from serving.api.scoring_threads import ScoringThreads
from serving.desk.desk_service import Desk
from serving.errors import Fault, RequestError
from serving.http.json_parsing import read_object
from serving.http.responses import json_reply, reply_to_errors
from serving.leads.lead_service import LeadService, RequestOrigin

__all__ = ["LeadRoutes"]

_MAX_QUEUE_LEADS = 1_000
_MAX_KEY_LENGTH = 200

T = TypeVar("T")
Write = Callable[[LeadService, dict[str, Any], RequestOrigin], tuple[int, dict[str, Any]]]


class LeadRoutes:
    """The routes for leads that are stored; without a store each answers 503.

    Parameters
    ----------
    lead_service : Intake or None
    desk : Desk or None
    threads : ScoringThreads
    """

    def __init__(self, lead_service: LeadService | None, desk: Desk | None, threads: ScoringThreads) -> None:
        self._lead_service, self._desk, self._threads = lead_service, desk, threads

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/v1/leads", reply_to_errors(self.put_lead), methods=["POST"]),
            Route("/v1/leads/{lead_id:path}/events", reply_to_errors(self.add_events), methods=["POST"]),
            Route("/v1/leads/{lead_id:path}/outcomes", reply_to_errors(self.add_outcome), methods=["POST"]),
            Route("/v1/leads/{lead_id:path}/feedback", reply_to_errors(self.add_feedback), methods=["POST"]),
            Route("/v1/leads/{lead_id:path}", reply_to_errors(self.read_lead), methods=["GET"]),
            Route("/v1/queue", reply_to_errors(self.list_queue), methods=["GET"]),
        ]

    async def put_lead(self, request: Request) -> Response:
        """Create or update a lead, and score it from everything known of it."""
        return await self._write(request, lambda service, payload, caller: service.put_lead(payload, caller))

    async def add_events(self, request: Request) -> Response:
        """Add events of a lead."""
        lead_id = _get_lead_id(request)
        return await self._write(request, lambda service, payload, caller: service.add_events(lead_id, payload, caller))

    async def add_outcome(self, request: Request) -> Response:
        """Add an outcome of a lead."""
        lead_id = _get_lead_id(request)
        return await self._write(
            request, lambda service, payload, caller: service.add_outcome(lead_id, payload, caller)
        )

    async def add_feedback(self, request: Request) -> Response:
        """Add a person's feedback on a score."""
        lead_id = _get_lead_id(request)
        return await self._write(
            request, lambda service, payload, caller: service.add_feedback(lead_id, payload, caller)
        )

    async def read_lead(self, request: Request) -> Response:
        """Return everything known of a lead."""
        service, lead_id, reader = _require_store(self._lead_service), _get_lead_id(request), _get_caller(request)
        return json_reply(await self._threads.run(lambda: service.lead(lead_id, reader)))

    async def list_queue(self, request: Request) -> Response:
        """List the open leads in working order, with their last scores."""
        desk, text = _require_store(self._desk), request.query_params.get("limit", "100")
        # Seven digits would be out of range anyway, and int() is slow on very long ones.
        is_number = text.isascii() and text.isdigit() and len(text) < 7
        if not is_number or not 1 <= int(text) <= _MAX_QUEUE_LEADS:
            fault = Fault("limit", "another value", f"a whole number from 1 to {_MAX_QUEUE_LEADS:,}")
            message = "The request has invalid fields; fix the fields listed."
            raise RequestError(422, "invalid_fields", message, (fault,))
        reader = _get_caller(request)
        return json_reply(await self._threads.run(lambda: desk.list_queue(int(text), reader)))

    async def _write(self, request: Request, write: Write) -> Response:
        """Pass one write to the store; it is on disk when this answers."""
        service, body = _require_store(self._lead_service), await request.body()
        payload, key = read_object(body), request.headers.get("idempotency-key", "")
        if len(key) > _MAX_KEY_LENGTH:
            message = f"The Idempotency-Key has {len(key):,} characters; send one of at most {_MAX_KEY_LENGTH}."
            raise RequestError(422, "invalid_key", message)
        # The idempotency key belongs to this method, path and body: with another of them it is a conflict.
        content = f"{request.method} {request.url.path}\n".encode() + body
        caller = RequestOrigin(_get_caller(request), key, content)
        status, answer = await self._threads.run(lambda: write(service, payload, caller))
        return json_reply(answer, status)


def _require_store(service: T | None) -> T:
    """Return a service that needs the store; RequestError with status 503 if there is none."""
    if service is None:
        message = "Database unavailable; ask your admin to check the service's log."
        raise RequestError(503, "store_unavailable", message, retryable=True)
    return service


def _get_caller(request: Request) -> str:
    """Return who asks, as the audit names a program: by the prefix of its key."""
    return getattr(request.state, "caller", "none")


def _get_lead_id(request: Request) -> str:
    """Return the lead's id in the path. No database stores an id with NUL, so there is no such lead."""
    lead_id = request.path_params["lead_id"]
    if "\0" in lead_id:
        raise RequestError(404, "unknown_lead", "There is no lead with this id.")
    return lead_id
