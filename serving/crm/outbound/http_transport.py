"""How does one request reach a CRM? At the one configured address, completed within a deadline, or with a fault code.

Lives here: httpx, which is imported nowhere else; the deadline, the size limit of an answer, tokens.
Does not live here: what is sent (``hubspot_writer``, ``dynamics_writer``), retrying (``sender``).

The host comes only from the settings, and the path is built from checked ids. Redirects are not followed, so a token is
sent nowhere else; proxies and ``.netrc`` of the environment are ignored. An answer is neither decompressed nor
logged."""

import asyncio
import json
import logging
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Protocol

import httpx

from serving.crm.outbound.retry_policy import MAX_WAIT
from serving.crm_settings import Secret, require_secure_url
from serving.errors import ServiceError

__all__ = ["Reply", "Requests", "Transport", "TransportFault"]

MAX_ANSWER_BYTES = 4 * 1024 * 1024


class TransportFault(Exception):
    """A request without an answer.

    Its ``code`` is dropped, slow, unreachable, too_large or no_token; it has no other text.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Reply:
    """A CRM's answer."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    def parse_object(self) -> dict[str, Any]:
        """Parse the JSON object in the body; empty if it is none."""
        try:
            value = json.loads(self.body)
        except (ValueError, RecursionError):
            return {}
        return value if isinstance(value, dict) else {}

    def retry_after(self, now: datetime) -> timedelta | None:
        """Return how long the header Retry-After asks to wait, at most six hours; None without it."""
        text = self.headers.get("retry-after", "").strip()
        try:
            if text.isascii() and text.isdigit():
                wait = timedelta(seconds=int(text[:9]))
            else:
                wait = parsedate_to_datetime(text) - now
        except (TypeError, ValueError, OverflowError):
            return None
        return min(max(wait, timedelta()), MAX_WAIT)


class Requests(Protocol):
    """What sends requests to one CRM, one after the other: ``Transport``, or something around it."""

    seconds: float

    def send(self, method: str, path: str, body: Any = None) -> Reply:
        """Send one request and return the answer."""


class Transport:
    """Requests to one CRM, one after the other, from one thread.

    Parameters
    ----------
    address : str
        From the settings; checked again.
    token : Secret
        Read for every request, so a renewed one counts at once.
    seconds : float
        Deadline of a request, from the first byte to the last.
    scheme : str
        What stands before the token in the header Authorization.

    Raises
    ------
    ServiceError
        If no token may be sent to the address.
    """

    def __init__(self, address: str, token: Secret, seconds: float = 20, scheme: str = "Bearer") -> None:
        self._scheme = scheme
        self._address, self._token, self.seconds = require_secure_url("The address of a CRM", address), token, seconds
        for name in ("httpx", "httpcore"):
            # They would log addresses, which hold ids.
            logging.getLogger(name).setLevel(logging.WARNING)
        self._runner = asyncio.Runner()
        self._client: httpx.AsyncClient | None = None

    def send(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Reply:
        """Send one request with a JSON body and return the answer.

        Raises
        ------
        TransportFault
        """
        try:
            return self._runner.run(self._send_in_time(method, path, body, headers or {}))
        except TimeoutError:
            raise TransportFault("slow") from None
        except httpx.ConnectError:
            raise TransportFault("unreachable") from None
        except httpx.TimeoutException:
            raise TransportFault("slow") from None
        except (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL):
            raise TransportFault("dropped") from None
        except ServiceError:
            raise TransportFault("no_token") from None

    def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            self._runner.run(self._client.aclose())
        self._runner.close()

    async def _send_in_time(self, method: str, path: str, body: Any, headers: Mapping[str, str]) -> Reply:
        all_headers = {
            "authorization": f"{self._scheme} {self._token.reveal()}",
            "user-agent": "leadlight",
            "accept": "application/json",
            "accept-encoding": "identity",
        }
        content = None
        if body is not None:
            content = json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
            all_headers["content-type"] = "application/json"
        all_headers |= headers
        client = self._get_client()
        # httpx limits each read, not the whole request: a CRM that drips bytes could hold it forever.
        async with asyncio.timeout(self.seconds):
            request = client.build_request(method, self._address + path, content=content, headers=all_headers)
            answer = await client.send(request, stream=True, follow_redirects=False)
            try:
                return Reply(
                    answer.status_code,
                    {name.lower(): value for name, value in answer.headers.items()},
                    await _read_limited(answer),
                )
            finally:
                await answer.aclose()

    def _get_client(self) -> httpx.AsyncClient:
        """Return the client, created when first needed: reading certificates takes a moment."""
        if self._client is None:
            certificates = ssl.create_default_context()
            self._client = httpx.AsyncClient(
                verify=certificates, trust_env=False, timeout=self.seconds, follow_redirects=False
            )
        return self._client


async def _read_limited(answer: httpx.Response) -> bytes:
    """Read the body as it arrives; TransportFault if it is too large."""
    chunks, size = [], 0
    # Raw: a small compressed answer could grow without limit.
    async for chunk in answer.aiter_raw():
        size += len(chunk)
        if size > MAX_ANSWER_BYTES:
            raise TransportFault("too_large")
        chunks.append(chunk)
    return b"".join(chunks)
