"""Was this request sent by HubSpot, just now, and not before? Signature v3; and the shared keys of CRMs that cannot
sign.

Lives here: the text that is signed, its age, comparing in constant time.
Does not live here: the same signature once more (``replays``), our own keys (the gate), where secrets come from
(``settings``)."""

import base64
import hashlib
import hmac
import re
import urllib.parse
from datetime import datetime

from serving.crm.inbound.replay_protection import MAX_AGE, MAX_CLOCK_SKEW
from serving.crm.ports import HookRequest
from serving.crm_settings import Secret
from serving.errors import RequestError

__all__ = ["verify_signature", "verify_key", "compute_signature_v3"]

_DECODED = {f"%{ord(mark):02X}": mark for mark in ":/?@!$'()*,;"}
_ENCODED = re.compile("|".join(_DECODED), re.IGNORECASE)


def compute_signature_v3(secret: str, method: str, uri: str, body: bytes, timestamp: str) -> str:
    """What HubSpot puts into ``X-HubSpot-Signature-v3``.

    Parameters
    ----------
    uri : str
        Whole, as the public knows it. Twelve encoded marks are decoded first, and nothing else is.
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
    plain = _ENCODED.sub(lambda found: _DECODED[found[0].upper()], uri)
    signed = (
        method.upper().encode()
        + plain.encode("utf-8", "surrogatepass")
        + body
        + timestamp.encode("utf-8", "surrogatepass")
    )
    return base64.b64encode(hmac.new(secret.encode(), signed, hashlib.sha256).digest()).decode()


def verify_signature(request: HookRequest, secret: Secret | None, public_url: str | None, now: datetime) -> str:
    """The signature of a request, once it is right and fresh.

    Raises
    ------
    RequestError
        With status 401 and one answer for whatever was wrong, so that nothing can be learned from trying; 503 where no
        secret or address is set.
    """
    if secret is None or public_url is None:
        raise _not_set_up("LEADLIGHT_HUBSPOT_SECRET and LEADLIGHT_PUBLIC_URL")
    given, timestamp = (
        request.headers.get("x-hubspot-signature-v3", ""),
        request.headers.get("x-hubspot-request-timestamp", ""),
    )
    expected = compute_signature_v3(
        secret.reveal(), request.method, public_url + request.target, request.body, timestamp
    )
    right = hmac.compare_digest(expected.encode(), given.encode("utf-8", "surrogatepass"))
    if not (right and _is_fresh(timestamp, now)):
        said = "The request is not signed as HubSpot signs (v3), or its signature is older than 5 minutes. Nothing was done."
        raise RequestError(401, "not_signed", said)
    return given


def verify_key(request: HookRequest, secret: Secret | None, variable: str) -> None:
    """Check the key that a CRM carries which cannot sign: a bearer token, ``x-api-key``, or ``code`` in the address.

    Raises
    ------
    RequestError
        401 when it is not there or not right; 503 where none is set.
    """
    if secret is None:
        raise _not_set_up(variable)
    codes = [
        urllib.parse.unquote_plus(part[5:])
        for part in request.target.partition("?")[2].split("&")
        if part.startswith("code=")
    ]
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    given = (
        (token.strip() if scheme.lower() == "bearer" else "")
        or request.headers.get("x-api-key", "")
        or "".join(codes[:1])
    )
    if not hmac.compare_digest(secret.reveal().encode(), given.encode("utf-8", "surrogatepass")):
        said = "The request does not carry this hook's key; send it as a bearer token, in x-api-key, or as ?code=. Nothing was done."
        raise RequestError(401, "no_key", said)


def _is_fresh(timestamp: str, now: datetime) -> bool:
    """Whether a text is milliseconds of the last five minutes."""
    if not re.fullmatch(r"[0-9]{12,14}", timestamp):
        return False
    age = now.timestamp() * 1000 - int(timestamp)
    return -MAX_CLOCK_SKEW.total_seconds() * 1000 <= age <= MAX_AGE.total_seconds() * 1000


def _not_set_up(variables: str) -> RequestError:
    said = f"This hook is not set up: set {variables} and start the service again; see serving/README.md, CRMs."
    return RequestError(503, "hook_not_set_up", said)
