"""Which hook answers at which address? One table, and refusals in the shape that every caller gets.

Lives here: the addresses, who may send XML, logging a refusal by its code.
Does not live here: the framework (``serving.application``), the hooks themselves.
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
"""The address of every hook."""

log = logging.getLogger("leadlight.hooks")


def _crm_of(path: str) -> str:
    """The CRM that an address is for: ``/v1/hooks/hubspot/events`` is HubSpot's."""
    return path.split("/")[3]


class HookRouter:
    """The hooks of one service, with what it answered to HubSpot in the last minutes.

    Parameters
    ----------
    settings : HookSettings
        Secrets and mappings of CRMs.
    door : LeadDoor
        Where the hooks bring leads.
    """

    def __init__(self, settings: CrmSettings, door: LeadGateway) -> None:
        self._settings, self._door = settings, door
        replays = ReplayCache()  # one for both of HubSpot's hooks: a signature covers the address too
        self._hooks: dict[str, Hook] = {
            "/v1/hooks/hubspot": partial(hubspot.handle_workflow, replays=replays),
            "/v1/hooks/hubspot/events": partial(hubspot.handle_events, replays=replays),
            "/v1/hooks/salesforce": salesforce.handle_outbound_message,
            "/v1/hooks/dynamics": dynamics.handle_webhook,
            "/v1/hooks/generic": generic.handle_webhook,
        }

    def answer(self, path: str, request: HookRequest, now: datetime, request_id: str) -> HookReply:
        """Answer for the hook at a path; a refusal has our shape, and stands in the log by its code alone."""
        try:
            return self._hooks[path](request, self._settings, self._door.for_crm(_crm_of(path)), now)
        except RequestError as fault:
            refused = fault
        except ServiceError:
            refused = RequestError(
                503, "hook_not_set_up", "A secret of this hook cannot be read; see leadlight doctor.", retryable=True
            )
        log.warning("request %s: hook %s refused it: %s", request_id, path, refused.code)
        reply = json_reply(format_failure(refused, request_id), refused.status)
        return (
            reply
            if refused.status not in (429, 503)
            else HookReply(reply.status, {**reply.headers, "retry-after": "30"}, reply.body)
        )
