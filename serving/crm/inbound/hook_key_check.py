"""Does a hook's call bring a key that opens it? The hook's own secret or an API key, in a header or in the address.

Lives here: where a key is looked for, comparing in constant time, what a hook without one answers.
Does not live here: signatures (``hubspot_signature``, ``body_signatures``), our own keys
(``serving.http.authorization``), where secrets come from (``serving.crm_settings``).
"""

import hmac
import urllib.parse

from serving.crm.ports import HookRequest
from serving.crm_settings import CrmSettings, Secret
from serving.errors import RequestError

__all__ = ["make_not_set_up", "opens_in_address", "read_header_key", "verify_key"]


def verify_key(request: HookRequest, settings: CrmSettings, hook: str) -> None:
    """Check the key of a caller that cannot sign: a bearer token, ``x-api-key``, or ``code`` in the query.

    Either the hook's own secret, or an API key (``settings.accepts_key``): in the address only one of this hook alone.

    Raises
    ------
    RequestError
        401 if it is missing or wrong; 503 if none is set.
    """
    # HubSpot's secret signs and is never sent: who sends it as a key has it from somewhere else.
    secret = None if hook == "hubspot" else settings.secrets.get(hook)
    if secret is None and settings.accepts_key is None:
        raise make_not_set_up(hook)
    codes = [
        urllib.parse.unquote_plus(part[5:])
        for part in request.target.partition("?")[2].split("&")
        if part.startswith("code=")
    ]
    in_headers = read_header_key(request)
    key = in_headers or "".join(codes[:1])
    if secret is not None and _is_secret(key, secret):
        return
    if settings.accepts_key is not None and settings.accepts_key(hook, key, not in_headers):
        return
    message = (
        "The request does not have this hook's key; send it as a bearer token, in x-api-key, or as ?code=. "
        f"Nothing was done. A key for it: leadlight hook add {hook}."
    )
    raise RequestError(401, "no_key", message)


def opens_in_address(key: str, settings: CrmSettings, hook: str) -> bool:
    """Whether a key is one that this hook takes in its address: the hook's own, by a variable or made for it alone."""
    secret = settings.secrets.get(hook)
    return (
        secret is not None
        and _is_secret(key, secret)
        or settings.accepts_key is not None
        and settings.accepts_key(hook, key, True)
    )


def read_header_key(request: HookRequest) -> str:
    """Return the key in a call's headers, empty without one.

    >>> read_header_key(HookRequest("POST", "/a", {"authorization": "Bearer k"}, b""))
    'k'
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return (token.strip() if scheme.lower() == "bearer" else "") or request.headers.get("x-api-key", "")


def make_not_set_up(hook: str, variables: str = "") -> RequestError:
    """Return the refusal of a hook that has neither a secret nor a key; ``variables`` names what to set."""
    variables = variables or f"LEADLIGHT_{hook.upper()}_KEY"
    message = f"This hook is not set up: set {variables} and restart the service; see serving/README.md, CRMs."
    return RequestError(503, "hook_not_set_up", message)


def _is_secret(key: str, secret: Secret) -> bool:
    return hmac.compare_digest(secret.reveal().encode(), key.encode("utf-8", "surrogatepass"))
