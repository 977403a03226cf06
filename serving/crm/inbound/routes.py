"""Which hook answers at which path? One table, and errors in the format that every caller gets.

Lives here: the paths, logging a refusal by its code.
Does not live here: the web framework (``serving.api.hook_routes``), the hooks themselves (``hubspot``, ``salesforce``,
``dynamics``, ``generic``).
"""

import logging
from collections.abc import Callable
from datetime import datetime
from functools import partial

from serving.crm.hook_rules import FORM_HOOKS, HOOK_PATHS
from serving.crm.inbound import dynamics, generic, hubspot, salesforce
from serving.crm.inbound.body_signatures import is_signed
from serving.crm.inbound.delivery_journal import Delivery, DeliveryJournal
from serving.crm.inbound.hook_key_check import read_header_key, verify_key
from serving.crm.inbound.hubspot_signature import sends_key, verify_signature
from serving.crm.inbound.replay_protection import ReplayCache
from serving.crm.inbound.replies import json_reply
from serving.crm.ports import HookReply, HookRequest, LeadGateway
from serving.crm_settings import CrmSettings
from serving.errors import RequestError, ServiceError
from serving.http.middleware import format_failure

__all__ = ["HOOK_PATHS", "HookRouter"]

Hook = Callable[[HookRequest, CrmSettings, LeadGateway, datetime], HookReply]

_RETRY_SECONDS = 30
_SALESFORCE = "/v1/hooks/salesforce"
_KEPT_PATHS = frozenset({"/v1/hooks/hubspot/events", _SALESFORCE})
"""Paths to which up to 100 records come at once, and whose caller reads no score from the answer."""

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
    journal : DeliveryJournal, optional
        Keeps deliveries of many records, which are then acknowledged at once and worked off later; without one they are
        worked off before the answer.
    unkept : LeadGateway, optional
        Where calls with a test key go: it scores and keeps nothing.
    """

    def __init__(
        self,
        settings: CrmSettings,
        gateway: LeadGateway,
        journal: DeliveryJournal | None = None,
        unkept: LeadGateway | None = None,
    ) -> None:
        self._settings, self._gateway, self._journal, self._unkept = settings, gateway, journal, unkept
        # One cache for both of HubSpot's hooks: a signature covers the address too. Others are kept by their name.
        self._replays = replays = ReplayCache()
        self._hooks: dict[str, Hook] = {
            "/v1/hooks/hubspot": partial(hubspot.handle_workflow, replays=replays),
            "/v1/hooks/hubspot/events": partial(hubspot.handle_events, replays=replays),
            "/v1/hooks/salesforce": salesforce.handle_outbound_message,
            "/v1/hooks/dynamics": dynamics.handle_webhook,
            "/v1/hooks/generic": generic.handle_webhook,
        }
        for hook in FORM_HOOKS:
            self._hooks[f"/v1/hooks/{hook}"] = partial(generic.handle_webhook, hook=hook, replays=replays)

    def keeps(self, path: str) -> bool:
        """Whether what comes to a path is kept first and worked off later."""
        return self._journal is not None and path in _KEPT_PATHS

    def _keep(self, path: str, request: HookRequest, now: datetime, request_id: str) -> HookReply:
        """Prove and parse a delivery, keep it, and acknowledge it."""
        secret, delivery = self._settings.secrets.get(_get_crm(path)), Delivery(path, request, now, request_id)
        if path == _SALESFORCE:
            verify_key(request, self._settings, "salesforce")
            salesforce.read_records(request, self._settings)
            self._require_journal().keep(delivery)
            return salesforce.acknowledge(True)
        signature = verify_signature(request, secret, self._settings.public_url, now)

        def keep() -> HookReply:
            count = len(hubspot.read_events(request))
            self._require_journal().keep(delivery)
            return json_reply({"received": count, "kept": True})

        return self._replays.answer_once(signature, now, keep)

    def work_off(self, delivery: Delivery) -> None:
        """Bring a delivery that was kept to the store.

        Raises
        ------
        RequestError
            Retryable if it is to be tried again.
        """
        gateway, received_at = self._gateway.for_crm(_get_crm(delivery.path)), delivery.received_at
        if delivery.path == _SALESFORCE:
            if not salesforce.store_message(delivery.request, self._settings, gateway, received_at):
                raise RequestError(503, "store_unavailable", "A record could not be stored.", retryable=True)
            return
        reply = hubspot.apply_events(delivery.request, self._settings, gateway, received_at)
        log.info("request %s: its delivery is worked off: %s", delivery.request_id, reply.body.decode())

    def _is_test(self, path: str, request: HookRequest) -> bool:
        """Whether a call came with a test key. What the call proves is checked by its hook, as for any other."""
        is_test_key = self._settings.is_test_key
        crm = _get_crm(path)
        if (
            is_test_key is None
            or crm == "hubspot"
            and not sends_key(request)
            or is_signed(request, self._settings, crm)
        ):
            return False
        return is_test_key(read_header_key(request))

    def _require_journal(self) -> DeliveryJournal:
        assert self._journal is not None, "only a router with a journal keeps deliveries"
        return self._journal

    def answer(self, path: str, request: HookRequest, now: datetime, request_id: str) -> HookReply:
        """Answer for the hook at a path. A refusal gets our format and is logged only by its code."""
        try:
            if self.keeps(path):
                return self._keep(path, request, now, request_id)
            gateway = self._gateway.for_crm(_get_crm(path))
            if self._unkept is not None and self._is_test(path, request):
                gateway = self._unkept
            return self._hooks[path](request, self._settings, gateway, now)
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
