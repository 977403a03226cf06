"""How does one request reach a CRM? To the one address that was set, whole within its time, or a fault with a code.

Lives here: httpx, which is imported nowhere else; the deadline, the size of an answer, tokens.
Does not live here: what is sent (``to_hubspot``, ``to_dynamics``), trying again (``sender``).

The host comes from the settings alone and the path is made of checked ids. Redirects are answers like any other, so a
token goes nowhere else; proxies and ``.netrc`` of the environment are not asked. An answer is neither decompressed nor
logged."""

import asyncio
import json
import logging
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from serving.crm_settings import Secret, require_secure_url
from serving.errors import ServiceError

__all__ = ["Reply", "Transport", "TransportFault"]

MAX_ANSWER_BYTES = 4 * 1024 * 1024
_LONGEST_WAIT = timedelta(hours=6)


class TransportFault(Exception):
    """A request without an answer.

    ``code``: dropped, slow, unreachable, too_large or no_token; nothing else is said.
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

    def object(self) -> dict[str, Any]:
        """The JSON object in it; empty when it is none."""
        try:
            found = json.loads(self.body)
        except (ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}

    def wait(self, now: datetime) -> timedelta | None:
        """How long Retry-After asks to wait, six hours at most; None when it does not say."""
        said = self.headers.get("retry-after", "").strip()
        try:
            asked = (
                timedelta(seconds=int(said[:9]))
                if said.isascii() and said.isdigit()
                else parsedate_to_datetime(said) - now
            )
        except (TypeError, ValueError, OverflowError):
            return None
        return min(max(asked, timedelta()), _LONGEST_WAIT)


class Transport:
    """Requests to one CRM, one after the other, from one thread.

    Parameters
    ----------
    address : str
        From the settings; checked once more.
    token : Secret
        Read for every request, so that a renewed one counts at once.
    seconds : float
        For a whole request, from the first byte to the last.

    Raises
    ------
    ServiceError
        If the address is none to which a token may be sent.
    """

    def __init__(self, address: str, token: Secret, seconds: float = 20) -> None:
        self._address, self._token, self.seconds = require_secure_url("The address of a CRM", address), token, seconds
        for name in ("httpx", "httpcore"):
            logging.getLogger(name).setLevel(logging.WARNING)  # they would log addresses, which hold ids
        self._runner = asyncio.Runner()
        self._client: httpx.AsyncClient | None = None

    def send(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Reply:
        """The answer to one request with a JSON body.

        Raises
        ------
        TransportFault
        """
        try:
            return self._runner.run(self._within_time(method, path, body, headers or {}))
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

    async def _within_time(self, method: str, path: str, body: Any, headers: Mapping[str, str]) -> Reply:
        own = {"authorization": f"Bearer {self._token.reveal()}", "user-agent": "leadlight"}
        own |= {"accept": "application/json", "accept-encoding": "identity"}
        content = None if body is None else json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
        typed = {} if content is None else {"content-type": "application/json"}
        async with asyncio.timeout(self.seconds):
            request = self._opened().build_request(
                method, self._address + path, content=content, headers={**own, **typed, **headers}
            )
            answer = await self._opened().send(request, stream=True, follow_redirects=False)
            try:
                return Reply(
                    answer.status_code,
                    {name.lower(): value for name, value in answer.headers.items()},
                    await _bounded(answer),
                )
            finally:
                await answer.aclose()

    def _opened(self) -> httpx.AsyncClient:
        """The client, made when first needed: its certificates take a moment to read."""
        if self._client is None:
            certificates = ssl.create_default_context()
            self._client = httpx.AsyncClient(
                verify=certificates, trust_env=False, timeout=self.seconds, follow_redirects=False
            )
        return self._client


async def _bounded(answer: httpx.Response) -> bytes:
    """The body as it came, if it is not too large."""
    chunks, size = [], 0
    async for chunk in answer.aiter_raw():
        size += len(chunk)
        if size > MAX_ANSWER_BYTES:
            raise TransportFault("too_large")
        chunks.append(chunk)
    return b"".join(chunks)
