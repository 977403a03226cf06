"""Which pages are there for people? Routes of the desk, beside those for programs.

Lives here: addresses of pages, what a request asks of them. Does not live here: what a page shows (``queue``), HTML (``pages``), who may see it (``visitors``), coming and going
(``sign_in``), programs (``serving.api``).
"""

from collections.abc import Awaitable, Callable
from typing import Any

import numpy as np
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from serving.champion import Champion
from serving.desk.pages import lead_page, notice_page, queue_page, style_sheet
from serving.desk.queue import Filter
from serving.desk.visitors import Visitors
from serving.desk.warming import Desk
from serving.people.desk_people import Visitor
from serving.replies import answered, page_reply

__all__ = ["DeskRoutes"]


class DeskRoutes:
    """The desk's pages.

    Parameters
    ----------
    champion : Champion
    desk : Desk
    work : callable
        Runs what is slow away from the event loop.
    visitors : Visitors
    """

    def __init__(self, champion: Champion, desk: Desk, work: Callable[[Callable[[], Any]], Awaitable[Any]], visitors: Visitors) -> None:
        self._champion, self._desk, self._work, self._visitors = champion, desk, work, visitors

    def routes(self) -> list[Route]:
        """Every address of the desk."""
        get, seen = ["GET"], self._visitors.signed_in
        return [
            Route("/static/desk.css", answered(self.css), methods=get),
            Route("/leads/{lead_id:path}", seen(self.lead), methods=get),
            Route("/", seen(self.queue), methods=get),
        ]

    async def queue(self, request: Request, visitor: Visitor) -> Response:
        """The desk's list."""
        queue = self._desk.queue
        if queue is None:
            return self._no_queue(visitor)
        asked = request.query_params
        wanted = Filter(*(asked.get(name, "")[:200] for name in ("lane", "grade", "channel", "arrived")))
        page = int(asked["page"]) if asked.get("page", "").isascii() and asked.get("page", "").isdigit() and len(asked["page"]) < 7 else 1
        return page_reply(await self._work(lambda: queue_page(queue, wanted, page, visitor)))

    async def lead(self, request: Request, visitor: Visitor) -> Response:
        """One lead of the desk."""
        queue = self._desk.queue
        if queue is None:
            return self._no_queue(visitor)
        row = queue.row_of(request.path_params["lead_id"])
        if row is None:
            return page_reply(notice_page("No open lead has this id", "It may have booked or been closed, or the id is misspelt.", queue.engine, visitor=visitor), 404)
        return page_reply(await self._work(lambda: lead_page(queue, queue.entries(np.array([row]))[0], visitor)))

    async def css(self, request: Request) -> Response:
        """The style sheet."""
        return Response(style_sheet(), media_type="text/css", headers={"cache-control": "max-age=300"})

    def _no_queue(self, visitor: Visitor) -> Response:
        """Why there is nothing to show yet."""
        engine, fault = self._champion.state
        if engine is None:
            return page_reply(notice_page("No model yet", fault or "Train one: leadlight train --data ...", refresh=True, visitor=visitor), 503)
        if self._desk.state == "none":
            text = "The service scores leads for other programs. To see a queue here, start it with a folder of leads: leadlight serve --desk FOLDER."
            return page_reply(notice_page("No leads to show", text, engine, visitor=visitor))
        if self._desk.state == "failed":
            return page_reply(notice_page("The leads cannot be shown", self._desk.fault, engine, visitor=visitor), 503)
        return page_reply(notice_page("Scoring the open leads", "The queue is warming up. This page looks again every three seconds.", engine, refresh=True, visitor=visitor))
