"""May this caller ask this? A key for every address of programs, and the role that each address needs; pages ask for a
session themselves.

Lives here: which address needs what, reading a key from headers, under which name a client's address is counted.
Does not live here: keys (``keys``), limits (``limits``), sessions (``desk.visitors``), what is answered (``api``).
"""

import ipaddress
import re
from dataclasses import dataclass
from typing import Any

from serving.errors import KeyFileError, RequestError
from serving.http.api_keys import ROLES, Key, KeyFile
from serving.http.rate_limits import FailedKeyLimiter, RateLimiter

__all__ = ["ANONYMOUS", "PUBLIC_PATHS", "PAGE_CLIENT", "Caller", "Authorizer", "identify_client", "find_permission", "accepts_forms", "find_route_template"]

PUBLIC_PATHS = frozenset({"/livez", "/healthz", "/readyz"})
"""Addresses that need no key."""

_NEEDS = {
    "/v1/score": "score",
    "/v1/score/batch": "score",
    "/bento/score": "score",
    "/schema.json": "describe",
    "/v1/model": "model",
    "/metrics": "metrics",
    "/v1/leads": "leads",
    "/v1/leads/{lead_id}": "queue",
    "/v1/leads/{lead_id}/events": "events",
    "/v1/leads/{lead_id}/outcomes": "outcomes",
    "/v1/leads/{lead_id}/feedback": "feedback",
    "/v1/queue": "queue",
    "/openapi.json": "describe",
    "/swagger.json": "describe",
    "/postman.json": "describe",
    "/docs.json": "describe",
    "/docs": "describe",
    "/leads/{lead_id}": "pages",
    "/": "pages",
    "/nurture": "pages",
    "/ledger": "pages",
    "/how": "pages",
    "/settings": "pages",
    "/find": "pages",
    "/next": "pages",
    "/views": "pages",
    "/live": "pages",
    "/export.csv": "pages",
    "/static/desk.css": "pages",
    "/static/desk.js": "pages",
    "/sign-in": "pages",
    "/sign-out": "pages",
    "/password": "pages",
}
"""Address -> what a role must be able to do.

What is not here is answered 404, whatever an application behind the gate would say.
"""

_WITH_ID = tuple(
    (re.compile(template.replace("{lead_id}", ".+")), template)
    for template in (
        "/leads/{lead_id}",
        *(f"/v1/leads/{{lead_id}}{end}" for end in ("/events", "/outcomes", "/feedback", "")),
    )
)
"""Addresses that carry an id, the most particular first."""

_READ_BY_PEOPLE = frozenset({"/openapi.json", "/swagger.json", "/postman.json", "/docs.json", "/docs"})
"""Addresses for which a session does as well as a key."""


@dataclass(frozen=True)
class Caller:
    """Who asks: the prefix of a key and its role; the name and role of a person who signed in; for callers without
    either, a word in place of both.
    """

    key: str
    role: str


WEBHOOK_PATHS = frozenset(
    {"/v1/hooks/hubspot", "/v1/hooks/hubspot/events", "/v1/hooks/salesforce", "/v1/hooks/dynamics", "/v1/hooks/generic"}
)
"""Addresses whose callers prove who they are by a signature or a secret of their own: a CRM cannot send our key."""

_HOOK = Caller("hook", "crm")

ANONYMOUS = Caller("none", "none")
"""A caller without a key at an address that needs none, or one that was refused."""

PAGE_CLIENT = Caller("visitor", "none")
"""A caller whose session has not been looked at yet: the page itself does that, and says who it was."""


class Authorizer:
    """Says who a caller is, or refuses.

    Parameters
    ----------
    keys : KeyFile
    rates : Rates
    failures : Failures
    """

    def __init__(self, keys: KeyFile, rates: RateLimiter, failures: FailedKeyLimiter) -> None:
        self._keys, self._rates, self._failures = keys, rates, failures

    def admit(self, scope: dict[str, Any]) -> Caller:
        """The caller of a request, from its headers alone.

        Raises
        ------
        RequestError
            401 without a key that is taken, 403 when its role may not do this, 404 for an address that is not there,
            429 when it asks too often or fails too often, 503 when the file of keys cannot be used.
        """
        if scope["path"] in PUBLIC_PATHS:
            return ANONYMOUS
        if scope["path"] in WEBHOOK_PATHS:
            self._rates.take(_HOOK.key)
            return _HOOK
        need, given = find_permission(scope["path"]), _given(scope)
        if need == "pages" or given is None and scope["path"] in _READ_BY_PEOPLE:
            self._rates.take(f"client {identify_client(scope)}")
            return PAGE_CLIENT
        key = self._key(scope, given)
        caller = Caller(key.prefix, key.role)
        self._rates.take(caller.key)
        if need is None:
            raise RequestError(404, "not_found", "There is nothing at this address; see /docs for those that exist.")
        if need not in ROLES[caller.role]:
            roles = " or ".join(role for role, may in ROLES.items() if need in may)
            raise RequestError(
                403, "wrong_role", f"A key of role {caller.role} may not use this address; use one of role {roles}."
            )
        return caller

    def _key(self, scope: dict[str, Any], given: str | None) -> Key:
        """The live key that was given. Failures are counted by the client's address."""
        try:
            key = None if given is None else self._keys.find(given)
        except KeyFileError:
            raise RequestError(
                503,
                "keys_unreadable",
                "The service cannot read its keys; whoever runs it finds why with leadlight doctor.",
                retryable=True,
            ) from None
        if key is not None and key.is_active(self._keys.clock()):
            return key
        self._failures.add(identify_client(scope))
        if given is None:
            raise RequestError(
                401, "no_key", "This address needs a key; send it as Authorization: Bearer, or as X-API-Key."
            )
        if key is not None:
            raise RequestError(401, "key_expired", "This key has expired; ask whoever runs the service for another.")
        raise RequestError(401, "unknown_key", "This key is not taken here; ask whoever runs the service for one.")


def find_route_template(path: str) -> str | None:
    """The address as it is declared, without anybody's id; None for one that is not there.

    >>> find_route_template("/leads/L-1001"), find_route_template("/v1/score"), find_route_template("/leads/")
    ('/leads/{lead_id}', '/v1/score', None)
    """
    for pattern, template in _WITH_ID:
        if pattern.fullmatch(path):
            return template
    return path if path in PUBLIC_PATHS or path in WEBHOOK_PATHS or path in _NEEDS and "{" not in path else None


def find_permission(path: str) -> str | None:
    """What a role must be able to do to use an address; None for one that is not there.

    >>> find_permission("/v1/score"), find_permission("/leads/L-1001"), find_permission("/v1/nothing")
    ('score', 'pages', None)
    """
    return _NEEDS.get(find_route_template(path) or "")


def accepts_forms(path: str) -> bool:
    """Whether an address is one of the desk's pages: a browser sends it forms, and nothing else."""
    return find_permission(path) == "pages"


def _given(scope: dict[str, Any]) -> str | None:
    """The key in the headers; None when there is none. RequestError with status 401 when two are given that differ."""
    found = set()
    for name, value in scope["headers"]:
        text = value.decode("latin-1").strip()
        if name == b"x-api-key":
            found.add(text)
        elif name == b"authorization":
            kind, _, rest = text.partition(" ")
            found.add(rest.strip() if kind.lower() == "bearer" else "")
    if len(found) > 1:
        raise RequestError(401, "two_keys", "The request carries two different keys; send one.")
    return found.pop() if found else None


def identify_client(scope: dict[str, Any]) -> str:
    """Under which name a client's address is counted: of IPv6 the network of 64 bits, which one client has whole.

    >>> (
    ...     identify_client({"client": ("192.0.2.7", 5)}),
    ...     identify_client({"client": ("2001:db8::1:2", 5)}),
    ...     identify_client({"client": None}),
    ... )
    ('192.0.2.7', '2001:db8::/64', 'unknown')
    """
    said = (scope.get("client") or ("unknown",))[0]
    try:
        address = ipaddress.ip_address(said)
    except ValueError:
        return said
    return said if address.version == 4 else str(ipaddress.ip_network(f"{address}/64", strict=False))
