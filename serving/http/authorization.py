"""May this caller use this route? API routes need a key whose role has the permission; pages check the session
themselves.

Lives here: the permission of each route, reading a key from headers, identifying a client by its IP address.
Does not live here: keys (``api_keys``), limits (``rate_limits``), sessions (``serving.desk.routes.page_sessions``),
what is answered (``serving.application``).
"""

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from serving.crm.hook_rules import FORM_HOOKS, HOOK_PATHS
from serving.errors import KeyFileError, RequestError
from serving.http.api_keys import ROLES, Key, KeyFile
from serving.http.known_sessions import KnownSessions
from serving.http.rate_limits import FailedKeyLimiter, RateLimiter
from serving.insights.report_sections import SECTIONS

__all__ = [
    "ANONYMOUS",
    "FORM_PATHS",
    "PUBLIC_PATHS",
    "PAGE_CLIENT",
    "Caller",
    "Authorizer",
    "identify_client",
    "find_permission",
    "accepts_forms",
    "find_route_template",
]

PUBLIC_PATHS = frozenset({"/livez", "/healthz", "/readyz"})
"""Paths that need no key."""

_PERMISSIONS = {
    "/v1/score": "score",
    "/v1/score/batch": "score",
    "/bento/score": "bento",
    "/schema.json": "describe",
    "/v1/model": "model",
    "/metrics": "metrics",
    "/v1/leads": "leads",
    "/v1/leads/{lead_id}": "queue",
    "/v1/leads/{lead_id}/events": "events",
    "/v1/leads/{lead_id}/outcomes": "outcomes",
    "/v1/leads/{lead_id}/feedback": "feedback",
    "/v1/queue": "queue",
    "/v1/insights": "insights",
    **{f"/v1/insights/{name}": "insights" for name in SECTIONS},
    "/mcp": "mcp",
    "/openapi.json": "describe",
    "/swagger.json": "describe",
    "/postman.json": "describe",
    "/docs.json": "describe",
    "/docs": "describe",
    "/leads/{lead_id}": "pages",
    "/": "pages",
    "/nurture": "pages",
    "/ledger": "pages",
    "/readings": "pages",
    "/team": "pages",
    "/insights": "pages",
    "/insights/win-back": "pages",
    "/insights/figure": "pages",
    "/insights/inquiries": "pages",
    "/how": "pages",
    "/settings": "pages",
    "/find": "pages",
    "/bulk": "pages",
    "/next": "pages",
    "/views": "pages",
    "/live": "pages",
    "/events": "pages",
    "/notices": "pages",
    "/export.csv": "pages",
    "/static/desk.css": "pages",
    "/static/insights.css": "pages",
    "/static/desk.js": "pages",
    "/static/docs.js": "pages",
    "/static/notices.js": "pages",
    "/static/palette.js": "pages",
    "/sign-in": "pages",
    "/sign-out": "pages",
    "/language": "pages",
    "/password": "pages",
}
"""Address -> what a role must be able to do.

What is not here is answered 404, whatever an application behind the gate would say.
"""

_ROUTES_WITH_ID = tuple(
    (re.compile(template.replace("{lead_id}", ".+")), template)
    for template in (
        "/leads/{lead_id}",
        *(f"/v1/leads/{{lead_id}}{end}" for end in ("/events", "/outcomes", "/feedback", "")),
    )
)
"""Routes with an id, the most specific first."""

_DOCS_PATHS = frozenset({"/openapi.json", "/swagger.json", "/postman.json", "/docs.json", "/docs"})
"""Paths for which a session is as good as a key."""


@dataclass(frozen=True)
class Caller:
    """Who sent a request: a key's prefix and role, a signed-in user's name and role, or a fixed word for the rest; and
    the kind of caller, which has its own budgets and places.
    """

    key: str
    role: str
    kind: str = "key"


FORM_PATHS = frozenset(f"/v1/hooks/{hook}" for hook in ("generic", *FORM_HOOKS))
"""Hooks that take forms as well as JSON."""

WEBHOOK_PATHS = frozenset(HOOK_PATHS)
"""Paths whose callers prove who they are by a signature, a secret of the hook or a key of ours that may stand in the
address."""

_HOOK = Caller("hook", "crm", "hook")

ANONYMOUS = Caller("none", "none", "stranger")
"""A caller without a key on a public path, or one that was refused."""

PAGE_CLIENT = Caller("visitor", "none", "stranger")
"""A caller whose session is not checked yet; the page does that and records the user."""

_PERSON = Caller("visitor", "none", "person")
"""The same, with a session that was valid a moment ago."""

HookCheck = Callable[[dict[str, Any], bytes | None], None]
"""Checks a hook's call by its scope, and by its body once that is in; RequestError unless the CRM sent it."""


class Authorizer:
    """Identifies the caller of a request, or refuses it.

    Parameters
    ----------
    keys : KeyFile
    rates : RateLimiter
        Budgets of keys, hooks and people.
    failures : FailedKeyLimiter
    strangers : RateLimiter, optional
        Budgets of addresses: apart, so that no number of strangers pushes a key's budget out of memory. ``rates`` when
        left out.
    sessions : KnownSessions, optional
    check_hook : callable, optional
        See ``HookCheck``; without it a hook's call is checked only where it is answered.
    """

    def __init__(
        self,
        keys: KeyFile,
        rates: RateLimiter,
        failures: FailedKeyLimiter,
        strangers: RateLimiter | None = None,
        sessions: KnownSessions | None = None,
        check_hook: HookCheck | None = None,
    ) -> None:
        self._keys, self._rates, self._failures = keys, rates, failures
        self._strangers, self._check_hook = strangers or rates, check_hook
        self.sessions = sessions or KnownSessions(lambda: 0.0)

    def admit(self, scope: dict[str, Any]) -> Caller:
        """Return the caller of a request, from its headers alone.

        Raises
        ------
        RequestError
            401 without a valid key, 403 if the key's role lacks the permission, 404 for an unknown path, 429 after too
            many requests or too many bad keys, 503 if the key file cannot be read.
        """
        if scope["path"] in PUBLIC_PATHS:
            return ANONYMOUS
        if scope["path"] in WEBHOOK_PATHS:
            self._prove_hook(scope, None)
            return _HOOK
        permission, text = find_permission(scope["path"]), _read_key(scope)
        # Without a key, a page of the documentation may still be opened by a session, like a page of the desk.
        if permission == "pages" or text is None and scope["path"] in _DOCS_PATHS:
            return PAGE_CLIENT if self.sessions.find(scope) is None else _PERSON
        key = self._find_key(scope, text)
        caller = Caller(key.prefix, key.role)
        scope.setdefault("state", {})["allowance"] = self._rates.take(caller.key)
        scope["state"]["keeps_nothing"] = caller.role == "test"
        # Only now: without a valid key nobody learns which paths exist.
        if key.hook is not None:
            message = f"This key is for /v1/hooks/{key.hook} alone; use a key that leadlight key add made."
            raise RequestError(403, "hook_key", message)
        if permission is None:
            raise RequestError(404, "not_found", "There is nothing at this address; see /docs for the addresses.")
        if permission not in ROLES[caller.role]:
            roles = " or ".join(role for role, permissions in ROLES.items() if permission in permissions)
            raise RequestError(
                403, "wrong_role", f"A key with role {caller.role} may not use this address; use one with role {roles}."
            )
        return caller

    def charge(self, scope: dict[str, Any], caller: Caller, body: bytes) -> None:
        """Take one request from the budget of a caller without a key, once its body is in and, of a hook, proven.

        Raises
        ------
        RequestError
            401 if a hook's call is not the CRM's, 429 after too many requests.
        """
        if caller.kind == "hook":
            self._prove_hook(scope, body)
            scope.setdefault("state", {})["allowance"] = self._rates.take(f"hook {scope['path']}")
        elif caller.kind == "person":
            self._rates.take(f"person {self.sessions.find(scope)}")
        elif caller is PAGE_CLIENT:
            self._strangers.take(f"client {identify_client(scope)}")

    def _prove_hook(self, scope: dict[str, Any], body: bytes | None) -> None:
        """Check a hook's call. Those that prove nothing are counted by the client's IP address, and cost nobody else
        anything: a signed call from the same address is taken all the same.
        """
        if self._check_hook is None:
            return
        try:
            self._check_hook(scope, body)
        except RequestError as error:
            if error.status == 401:
                self._failures.add(identify_client(scope))
            raise

    def _find_key(self, scope: dict[str, Any], text: str | None) -> Key:
        """Return the active key that was sent. Failures are counted by the client's IP address."""
        try:
            key = None if text is None else self._keys.find(text)
        except KeyFileError:
            raise RequestError(
                503,
                "keys_unreadable",
                "The service cannot read its key file; ask your admin to run leadlight doctor.",
                retryable=True,
            ) from None
        if key is not None and key.is_active(self._keys.clock()):
            return key
        self._failures.add(identify_client(scope))
        if text is None:
            raise RequestError(
                401, "no_key", "This address needs a key; send it as Authorization: Bearer, or as X-API-Key."
            )
        if key is not None:
            raise RequestError(401, "key_expired", "This API key has expired; ask your admin for a new one.")
        raise RequestError(401, "unknown_key", "Invalid API key; ask your admin for one.")


def find_route_template(path: str) -> str | None:
    """Return the template of the route at a path, without a lead's id; None for an unknown path.

    >>> find_route_template("/leads/L-1001"), find_route_template("/v1/score"), find_route_template("/leads/")
    ('/leads/{lead_id}', '/v1/score', None)
    """
    for pattern, template in _ROUTES_WITH_ID:
        if pattern.fullmatch(path):
            return template
    is_declared = path in PUBLIC_PATHS or path in WEBHOOK_PATHS or path in _PERMISSIONS and "{" not in path
    return path if is_declared else None


def find_permission(path: str) -> str | None:
    """Return the permission that a path needs; None for an unknown path.

    >>> find_permission("/v1/score"), find_permission("/leads/L-1001"), find_permission("/v1/nothing")
    ('score', 'pages', None)
    """
    return _PERMISSIONS.get(find_route_template(path) or "")


def accepts_forms(path: str) -> bool:
    """Whether a path is one of the desk's pages: a browser sends it forms and nothing else."""
    return find_permission(path) == "pages"


def _read_key(scope: dict[str, Any]) -> str | None:
    """Return the key in the headers, None without one. RequestError with status 401 for two that differ."""
    keys = set()
    for name, value in scope["headers"]:
        text = value.decode("latin-1").strip()
        if name == b"x-api-key":
            keys.add(text)
        elif name == b"authorization":
            scheme, _, credentials = text.partition(" ")
            keys.add(credentials.strip() if scheme.lower() == "bearer" else "")
    if len(keys) > 1:
        raise RequestError(401, "two_keys", "The request carries two different keys; send one.")
    return keys.pop() if keys else None


def identify_client(scope: dict[str, Any]) -> str:
    """Return the name that a client is counted under: its IPv4 address or, as one client owns it, its IPv6 /64 network.

    >>> (
    ...     identify_client({"client": ("192.0.2.7", 5)}),
    ...     identify_client({"client": ("2001:db8::1:2", 5)}),
    ...     identify_client({"client": None}),
    ... )
    ('192.0.2.7', '2001:db8::/64', 'unknown')
    """
    host = (scope.get("client") or ("unknown",))[0]
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    return host if address.version == 4 else str(ipaddress.ip_network(f"{address}/64", strict=False))
