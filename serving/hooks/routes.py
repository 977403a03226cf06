"""Which hook answers at which address? One table, and refusals in the shape that every caller gets.

Lives here: the addresses, who may send XML, logging a refusal by its code.
Does not live here: the framework (``serving.api``), the hooks themselves.
"""

import logging
from collections.abc import Callable
from datetime import datetime

from serving.errors import RequestError, ServiceError
from serving.gate import failure
from serving.hooks import dynamics, generic, hubspot, salesforce
from serving.hooks.door import HookReply, HookRequest, LeadDoor
from serving.hooks.replies import json_reply
from serving.hooks.settings import HookSettings

__all__ = ["HOOKS", "answer"]

Hook = Callable[[HookRequest, HookSettings, LeadDoor, datetime], HookReply]

HOOKS: dict[str, Hook] = {
    "/v1/hooks/hubspot": hubspot.workflow,
    "/v1/hooks/hubspot/events": hubspot.events,
    "/v1/hooks/salesforce": salesforce.outbound_message,
    "/v1/hooks/dynamics": dynamics.webhook,
    "/v1/hooks/generic": generic.webhook,
}

log = logging.getLogger("leadlight.hooks")


def _crm_of(path: str) -> str:
    """The CRM that an address is for: ``/v1/hooks/hubspot/events`` is HubSpot's."""
    return path.split("/")[3]


def answer(path: str, request: HookRequest, settings: HookSettings, door: LeadDoor, now: datetime, request_id: str) -> HookReply:
    """What the hook at a path answers; a refusal in our shape, and in the log by its code alone."""
    try:
        return HOOKS[path](request, settings, door.of_crm(_crm_of(path)), now)
    except RequestError as fault:
        refused = fault
    except ServiceError:
        refused = RequestError(503, "hook_not_set_up", "A secret of this hook cannot be read; see leadlight doctor.", retryable=True)
    log.warning("request %s: hook %s refused it: %s", request_id, path, refused.code)
    reply = json_reply(failure(refused, request_id), refused.status)
    return reply if refused.status not in (429, 503) else HookReply(reply.status, {**reply.headers, "retry-after": "30"}, reply.body)
