"""Did HubSpot really send this request, and just now? Its signature v3, or a key where a workflow sends one instead.

Lives here: the text that is signed, its age, comparing in constant time.
Does not live here: repeated signatures (``replay_protection``), keys (``hook_key_check``), signatures of a body alone
(``body_signatures``), where secrets come from (``serving.crm_settings``).
"""

import base64
import hashlib
import hmac
import re
from datetime import datetime

from serving.crm.inbound.hook_key_check import make_not_set_up, verify_key
from serving.crm.inbound.replay_protection import MAX_AGE, MAX_CLOCK_SKEW
from serving.crm.ports import HookRequest
from serving.crm_settings import CrmSettings, Secret
from serving.errors import RequestError

__all__ = ["check_signature_headers", "compute_signature_v3", "sends_key", "verify_signature", "verify_workflow"]

_SIGNATURE = re.compile(r"[A-Za-z0-9+/]{43}=")  # 32 bytes in base64
_DECODED = {f"%{ord(mark):02X}": mark for mark in ":/?@!$'()*,;"}
_ENCODED = re.compile("|".join(_DECODED), re.IGNORECASE)


def compute_signature_v3(secret: str, method: str, uri: str, body: bytes, timestamp: str) -> str:
    """Compute what HubSpot puts into ``X-HubSpot-Signature-v3``.

    Parameters
    ----------
    uri : str
        Complete and public. Only the characters of ``_DECODED`` are decoded first.
    timestamp : str
        As in ``X-HubSpot-Request-Timestamp``: milliseconds since 1970.

    Notes
    -----
    Base64 of HMAC-SHA256 over method, URI, body and timestamp, one after the other.

    >>> one, other = (
    ...     compute_signature_v3("a secret", "POST", f"https://127.0.0.1/a?b=c{mark}d", b"{}", "1")
    ...     for mark in ("%40", "@")
    ... )
    >>> one == other
    True
    """
    # HubSpot signs the address as it displays it, with these characters decoded.
    decoded_uri = _ENCODED.sub(lambda match: _DECODED[match[0].upper()], uri)
    signed = (
        method.upper().encode()
        + decoded_uri.encode("utf-8", "surrogatepass")
        + body
        + timestamp.encode("utf-8", "surrogatepass")
    )
    return base64.b64encode(hmac.new(secret.encode(), signed, hashlib.sha256).digest()).decode()


def check_signature_headers(
    request: HookRequest, secret: Secret | None, public_url: str | None, now: datetime
) -> tuple[Secret, str]:
    """Check what is known before the body is in: a signature of the right form, and a fresh timestamp.

    Raises
    ------
    RequestError
        As ``verify_signature``.
    """
    if secret is None or public_url is None:
        raise make_not_set_up("hubspot", "LEADLIGHT_HUBSPOT_SECRET and LEADLIGHT_PUBLIC_URL")
    has_form = _SIGNATURE.fullmatch(request.headers.get("x-hubspot-signature-v3", "")) is not None
    if not (has_form and _is_fresh(request.headers.get("x-hubspot-request-timestamp", ""), now)):
        raise _not_signed()
    return secret, public_url


def verify_signature(request: HookRequest, secret: Secret | None, public_url: str | None, now: datetime) -> str:
    """Return the signature of a request if it is valid and fresh.

    Raises
    ------
    RequestError
        With status 401 and the same message whatever was wrong, so that nothing is learned from trying; 503 if no
        secret or address is set.
    """
    secret, public_url = check_signature_headers(request, secret, public_url, now)
    signature = request.headers["x-hubspot-signature-v3"]
    timestamp = request.headers["x-hubspot-request-timestamp"]
    expected = compute_signature_v3(
        secret.reveal(), request.method, public_url + request.target, request.body, timestamp
    )
    if not hmac.compare_digest(expected.encode(), signature.encode()):
        raise _not_signed()
    return signature


def verify_workflow(request: HookRequest, settings: CrmSettings, now: datetime) -> str | None:
    """Check a workflow's call of HubSpot: return its signature, None for one that sends a key in a header instead.

    Raises
    ------
    RequestError
        As ``verify_signature`` and ``verify_key``.
    """
    if sends_key(request):
        verify_key(request, settings, "hubspot")
        return None
    return verify_signature(request, settings.secrets.get("hubspot"), settings.public_url, now)


def sends_key(request: HookRequest) -> bool:
    """Whether a workflow's call has a key in a header. One that is signed is judged by its signature alone.

    >>> sends_key(HookRequest("POST", "/a", {"x-api-key": "k"}, b"")), sends_key(HookRequest("POST", "/a", {}, b""))
    (True, False)
    """
    is_signed = "x-hubspot-signature-v3" in request.headers
    return not is_signed and ("x-api-key" in request.headers or "authorization" in request.headers)


def _is_fresh(timestamp: str, now: datetime) -> bool:
    """Whether a timestamp in milliseconds is within five minutes of now, in either direction."""
    if not re.fullmatch(r"[0-9]{12,14}", timestamp):
        return False
    age = now.timestamp() * 1000 - int(timestamp)
    return -MAX_CLOCK_SKEW.total_seconds() * 1000 <= age <= MAX_AGE.total_seconds() * 1000


def _not_signed() -> RequestError:
    message = (
        "The request has no valid HubSpot signature (v3), or its timestamp is more than 5 minutes from this service's "
        "clock. Nothing was done."
    )
    return RequestError(401, "not_signed", message)
