"""How does an assistant reach its tools? ``/mcp``, the Model Context Protocol over Streamable HTTP.

Lives here: the route, which web pages may call it, threads. Does not live here: the protocol and the tools
(``serving.mcp``), keys (``serving.http.authorization``)."""

import ipaddress
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from serving.api.insight_routes import describe_report, describe_section
from serving.api.thread_pools import ThreadPools
from serving.errors import RequestError
from serving.http.middleware import FORMATTED_HEADER
from serving.http.responses import json_reply, reply_to_errors
from serving.insights.insight_report import InsightReport
from serving.mcp.protocol import McpServer
from serving.mcp.tools import ToolBox

__all__ = ["McpRoutes", "describe_insights", "is_trusted_origin"]


class McpRoutes:
    """The route of the Model Context Protocol. It keeps nothing between two requests.

    Parameters
    ----------
    tools : ToolBox
    pools : ThreadPools
    public_url : str or None
        The service's own address, whose pages may call it.
    """

    def __init__(self, tools: ToolBox, pools: ThreadPools, public_url: str | None = None) -> None:
        self._tools, self._pools, self._public_url = tools, pools, public_url
        self._server = McpServer(self._call, _find_version())

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [Route("/mcp", reply_to_errors(self.answer), methods=["POST"])]

    async def answer(self, request: Request) -> Response:
        """Answer what one POST says. No other method is taken: nothing is sent unasked, and there is no session."""
        if not is_trusted_origin(request.headers.get("origin"), self._public_url):
            raise RequestError(
                403, "foreign_origin", "A page of another site may not call this; call it from a program."
            )
        if not _accepts_json(request.headers.get("accept", "*/*")):
            raise RequestError(
                406, "not_acceptable", "Answers are JSON; send Accept: application/json, text/event-stream."
            )
        reader = getattr(request.state, "caller", "none")
        reply = await self._server.answer(await request.body(), request.headers, reader)
        if reply.body is None:
            return Response(None, reply.status, {"cache-control": "no-store", FORMATTED_HEADER.decode(): "1"})
        return json_reply(reply.body, reply.status)

    async def _call(self, name: str, arguments: Mapping[str, Any], reader: str) -> dict[str, Any]:
        """Call a tool in a thread: figures wait for a process of their own, everything else for the store."""
        pool = self._pools.insights if name == "insights" else self._pools.pages
        return await pool.run(lambda: self._tools.call(name, arguments, reader))


def describe_insights(report: InsightReport, section: str | None) -> dict[str, Any]:
    """Return what ``/v1/insights`` answers of a report: the summary, or a section's tables."""
    return describe_report(report) if section is None else describe_section(report, section)


def is_trusted_origin(origin: str | None, public_url: str | None) -> bool:
    """Whether a request may come from there: no web page at all, one of this machine, or one of this service.

    The name in Host is no proof: a page that resolves its own name to this machine would send that name.

    >>> is_trusted_origin(None, None), is_trusted_origin("http://localhost:6274", None)
    (True, True)
    >>> is_trusted_origin("null", None)
    False
    """
    if origin is None or public_url is not None and origin == "/".join(public_url.split("/")[:3]):
        return True
    try:
        parts = urlsplit(origin)
        host = parts.hostname or ""
        return parts.scheme in ("http", "https") and (host == "localhost" or ipaddress.ip_address(host).is_loopback)
    except ValueError:
        return False


def _accepts_json(accept: str) -> bool:
    kinds = {kind.partition(";")[0].strip().lower() for kind in accept.split(",")}
    return not kinds.isdisjoint({"application/json", "application/*", "*/*"})


def _find_version() -> str:
    try:
        return version("leadlight")
    except PackageNotFoundError:
        return "0"
