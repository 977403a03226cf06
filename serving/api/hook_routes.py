"""How does a CRM's webhook reach its handler? ``/v1/hooks/...``: Starlette's requests as hook requests, and back.

Lives here: the routes. Does not live here: what each CRM sends (``serving.crm.inbound``)."""

from collections.abc import Callable
from datetime import UTC

import numpy as np
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from serving.api.scoring_threads import ScoringThreads
from serving.crm.inbound.hook_proof import read_hook_request
from serving.crm.inbound.routes import HOOK_PATHS, HookRouter
from serving.http.middleware import FORMATTED_HEADER
from serving.http.responses import reply_to_errors

__all__ = ["HookRoutes"]


class HookRoutes:
    """The routes of the CRMs' webhooks.

    Parameters
    ----------
    hooks : HookRouter
    clock : callable
        Returns the current time, datetime64[us] in UTC.
    threads : ScoringThreads
    """

    def __init__(self, hooks: HookRouter, clock: Callable[[], np.datetime64], threads: ScoringThreads) -> None:
        self._hooks, self._clock, self._threads = hooks, clock, threads

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [Route(path, reply_to_errors(self.receive), methods=["POST"]) for path in HOOK_PATHS]

    async def receive(self, request: Request) -> Response:
        """Hand one request of a CRM to its handler."""
        hook_request = read_hook_request(dict(request.scope), await request.body())
        now = self._clock().astype("datetime64[us]").item().replace(tzinfo=UTC)
        reply = await self._threads.run(
            lambda: self._hooks.answer(request.url.path, hook_request, now, request.state.request_id)
        )
        return Response(reply.body, reply.status, {**reply.headers, FORMATTED_HEADER.decode(): "1"})
