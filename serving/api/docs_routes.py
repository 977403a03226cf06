"""Where does a developer, or a tool, read how the API is called? OpenAPI, Swagger 2.0, Postman, and a page.

Lives here: the routes; a key or a session opens them. Does not live here: the documents (``serving.schemas``)."""

import re

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from serving.desk.pages.page_models import render_api_docs
from serving.desk.routes.page_sessions import PageSessions
from serving.http.responses import json_reply, page_reply
from serving.schemas.openapi import build_openapi
from serving.schemas.postman import LOCAL_ADDRESS, build_postman
from serving.schemas.swagger2 import build_swagger

__all__ = ["DocsRoutes", "read_base_address"]

_HOST = re.compile(r"([A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(:[0-9]{1,5})?")


class DocsRoutes:
    """The routes of the API's documentation.

    Parameters
    ----------
    sessions : PageSessions
    """

    def __init__(self, sessions: PageSessions) -> None:
        self._sessions = sessions

    def routes(self) -> list[Route]:
        """Return the routes."""
        allow = self._sessions.accept_key_or_session
        return [
            Route("/openapi.json", allow(self.show_openapi), methods=["GET"]),
            Route("/swagger.json", allow(self.show_swagger), methods=["GET"]),
            Route("/postman.json", allow(self.show_postman), methods=["GET"]),
            Route("/docs.json", allow(self.show_openapi), methods=["GET"]),
            Route("/docs", allow(self.show_page), methods=["GET"]),
        ]

    async def show_openapi(self, request: Request) -> Response:
        """Return the OpenAPI document."""
        return json_reply(build_openapi())

    async def show_swagger(self, request: Request) -> Response:
        """Return the same for tools that read only Swagger 2.0."""
        return json_reply(build_swagger())

    async def show_postman(self, request: Request) -> Response:
        """Return the same as a Postman collection of examples."""
        return json_reply(build_postman(read_base_address(request)))

    async def show_page(self, request: Request) -> Response:
        """Return the OpenAPI document as a page."""
        user = getattr(request.state, "user", None)
        return page_reply(render_api_docs(build_openapi(), read_base_address(request), user))


def read_base_address(request: Request) -> str:
    """Return the address under which the caller reaches this service, for examples that can be pasted.

    >>> scope = {"type": "http", "scheme": "http", "path": "/docs", "headers": [(b"host", b"localhost:8123")]}
    >>> read_base_address(Request(scope))
    'http://localhost:8123'
    """
    host = request.headers.get("host", "")
    # The caller pastes it into a shell: a header that is no host and port stays out of it.
    return f"{request.url.scheme}://{host}" if _HOST.fullmatch(host) else LOCAL_ADDRESS
