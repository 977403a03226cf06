"""Did the CRM send this, before anything else is done for it? What a hook's call proves, from its headers and its body.

Lives here: which proof each hook asks for, a hook's request from an ASGI scope. Does not live here: the proofs
themselves (``hubspot_signature``, ``hook_key_check``), what happens with a call that is proven (``routes``), limits
(``serving.http``).

A hook proves its callers again when it answers. This earlier look keeps strangers from using up the budget and the
places of the CRM.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from serving.crm.inbound.body_signatures import verify_call
from serving.crm.inbound.hook_key_check import verify_key
from serving.crm.inbound.hubspot_signature import check_signature_headers, sends_key, verify_signature
from serving.crm.ports import HookRequest
from serving.crm_settings import CrmSettings
from serving.errors import RequestError, ServiceError

__all__ = ["HookProof", "read_hook_request"]


def read_hook_request(scope: dict[str, Any], body: bytes) -> HookRequest:
    """Return a hook's request. A signature covers path and query as they were sent, still encoded.

    >>> scope = {"method": "POST", "path": "/a b", "raw_path": b"/a%20b", "query_string": b"c=d", "headers": []}
    >>> read_hook_request(scope, b"").target
    '/a%20b?c=d'
    """
    path, query = scope.get("raw_path") or scope["path"].encode(), scope.get("query_string", b"")
    target = (path.partition(b"?")[0] + (b"?" + query if query else b"")).decode("latin-1")
    # Of a header that is sent twice, the first counts, as it does for Starlette.
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in reversed(scope["headers"])}
    return HookRequest(scope["method"], target, headers, body)


class HookProof:
    """Checks that a call comes from the CRM whose hook it is.

    Parameters
    ----------
    settings : CrmSettings
    clock : callable
        Returns the current time, in UTC.
    """

    def __init__(self, settings: CrmSettings, clock: Callable[[], datetime]) -> None:
        self._settings, self._clock = settings, clock

    def check(self, scope: dict[str, Any], body: bytes | None) -> None:
        """Check a call by its headers, and by its body once that is in.

        Raises
        ------
        RequestError
            401 if nothing proves it; 503 if the hook is not set up.
        """
        crm, request = scope["path"].split("/")[3], read_hook_request(scope, body or b"")
        secret = self._settings.secrets.get(crm)
        # An app's change webhooks are always signed; only a workflow's action can be told to send a key.
        may_send_key = crm != "hubspot" or scope["path"] == "/v1/hooks/hubspot" and sends_key(request)
        try:
            if may_send_key and crm == "hubspot":
                verify_key(request, self._settings, crm)
            elif may_send_key:
                verify_call(request, self._settings, crm, body is not None)
            elif body is None:
                check_signature_headers(request, secret, self._settings.public_url, self._clock())
            else:
                verify_signature(request, secret, self._settings.public_url, self._clock())
        except ServiceError:
            message = "A secret of this hook cannot be read; see leadlight doctor."
            raise RequestError(503, "hook_not_set_up", message, retryable=True, retry_after=30) from None
