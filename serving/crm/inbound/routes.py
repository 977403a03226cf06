"""Which hook answers at which path? One table, and errors in the format that every caller gets.

Lives here: the paths, logging a refusal by its code.
Does not live here: the web framework (``serving.api.hook_routes``), the hooks themselves (``hubspot``, ``salesforce``,
``dynamics``, ``generic``).
"""

import logging
from collections.abc import Callable
from datetime import datetime
from functools import partial

from serving.crm.inbound import dynamics, generic, hubspot, salesforce
from serving.crm.inbound.replay_protection import ReplayCache
from serving.crm.inbound.replies import json_reply
from serving.crm.ports import HookReply, HookRequest, LeadGateway
from serving.crm_settings import CrmSettings
from serving.errors import RequestError, ServiceError
from serving.http.middleware import format_failure

__all__ = ["HOOK_PATHS", "HookRouter"]

Hook = Callable[[HookRequest, CrmSettings, LeadGateway, datetime], HookReply]

HOOK_PATHS = (
    "/v1/hooks/hubspot",
    "/v1/hooks/hubspot/events",
    "/v1/hooks/salesforce",
    "/v1/hooks/dynamics",
    "/v1/hooks/generic",
)
"""The path of every hook."""

_RETRY_SECONDS = 30

log = logging.getLogger("leadlight.hooks")


def _get_crm(path: str) -> str:
    """Return the CRM of a path: ``hubspot`` for ``/v1/hooks/hubspot/events``."""
    return path.split("/")[3]


class HookRouter:
    """Finds the hook of a path and lets it answer; remembers its answers to HubSpot for some minutes.

    Parameters
    ----------
    settings : CrmSettings
        Secrets and mappings of CRMs.
    gateway : LeadGateway
        Where the hooks bring leads.
    """

    def __init__(self, settings: CrmSettings, gateway: LeadGateway) -> None:
        self._settings, self._gateway = settings, gateway
        # One cache for both of HubSpot's hooks: a signature covers the address too.
        replays = ReplayCache()
        self._hooks: dict[str, Hook] = {
            "/v1/hooks/hubspot": partial(hubspot.handle_workflow, replays=replays),
            "/v1/hooks/hubspot/events": partial(hubspot.handle_events, replays=replays),
            "/v1/hooks/salesforce": salesforce.handle_outbound_message,
            "/v1/hooks/dynamics": dynamics.handle_webhook,
            "/v1/hooks/generic": generic.handle_webhook,
        }

    def answer(self, path: str, request: HookRequest, now: datetime, request_id: str) -> HookReply:
        """Answer for the hook at a path. A refusal gets our format and is logged only by its code."""
        try:
            return self._hooks[path](request, self._settings, self._gateway.for_crm(_get_crm(path)), now)
        except RequestError as fault:
            error = fault
        except ServiceError:
            error = RequestError(
                503, "hook_not_set_up", "A secret of this hook cannot be read; see leadlight doctor.", retryable=True
            )
        log.warning("request %s: hook %s refused it: %s", request_id, path, error.code)
        error.retry_after = _RETRY_SECONDS
        reply = json_reply(format_failure(error, request_id), error.status)
        if error.status not in (429, 503):
            return reply
        return HookReply(reply.status, {**reply.headers, "retry-after": str(_RETRY_SECONDS)}, reply.body)
