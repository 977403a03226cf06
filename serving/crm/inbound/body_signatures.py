"""Did Typeform or CallRail really send this body? An HMAC of the body alone, under a secret of the form or the company.

Lives here: the header, the algorithm and the encoding of each product; which calls need no signature.
Does not live here: HubSpot's signature of the whole request (``hubspot_signature``), repeated ones
(``replay_protection``), where secrets come from (``serving.crm_settings``).

Typeform's own page ("Secure your webhooks") has its header and algorithm. CallRail's developers' documentation
("Validating Payloads") names the header Signature, base64 of HMAC-SHA1 of the raw body under the company's signing key;
the example it publishes (a body, a key and the signature) comes out the same here. Nobody had an account of either.
Typeform signs no time, CallRail's body holds one (timestamp) that is not looked at: who recorded a call could send it
again later, which changes nothing about its lead, and TLS keeps it from being recorded.
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass

from serving.crm.inbound.hook_key_check import opens_in_address, read_header_key, verify_key
from serving.crm.ports import HookRequest
from serving.crm_settings import CrmSettings, Secret
from serving.errors import RequestError

__all__ = ["compute_body_signature", "is_signed", "verify_call"]


@dataclass(frozen=True)
class _Scheme:
    """How a product signs.

    Parameters
    ----------
    headers : tuple of str
        Where the signature stands, lowercase; the first one that is there counts.
    digest : str
        Of hashlib.
    prefix : str
        Before the base64.
    """

    headers: tuple[str, ...]
    digest: str
    prefix: str = ""

    def read(self, request: HookRequest) -> str | None:
        """Return the signature of a call, None where it has none."""
        return next((request.headers[name] for name in self.headers if name in request.headers), None)

    def compute(self, secret: str, body: bytes) -> str:
        """Compute the signature of a body."""
        digest = hmac.new(secret.encode(), body, self.digest).digest()
        return self.prefix + base64.b64encode(digest).decode()

    @property
    def length(self) -> int:
        """Characters of a signature."""
        return len(self.prefix) + 4 * -(-hashlib.new(self.digest).digest_size // 3)


_SCHEMES = {
    "typeform": _Scheme(("typeform-signature",), "sha256", "sha256="),
    "callrail": _Scheme(("signature",), "sha1"),
}


def compute_body_signature(hook: str, secret: str, body: bytes) -> str:
    """Compute what a product puts into its header.

    >>> compute_body_signature("typeform", "a secret", b"{}")[:14], len(compute_body_signature("callrail", "s", b""))
    ('sha256=xCTG9ZD', 28)
    """
    return _SCHEMES[hook].compute(secret, body)


def is_signed(request: HookRequest, settings: CrmSettings, hook: str) -> bool:
    """Whether a call is judged by its signature: it has one, and this hook has the secret for it."""
    return (
        hook in _SCHEMES and settings.get_signing_secret(hook) is not None and _SCHEMES[hook].read(request) is not None
    )


def verify_call(request: HookRequest, settings: CrmSettings, hook: str, has_body: bool = True) -> str | None:
    """Check a call of a hook that takes whole inquiries: return its signature, None for one that sends a key.

    Once the hook has the product's secret, a call with a signature is judged by that alone, and any other one needs a
    key in a header that opens nothing in the address: an address with a key in it can be read by too many, and who
    read it could as well send that key in a header.

    Parameters
    ----------
    has_body : bool
        Without it only the form of a signature is looked at.

    Raises
    ------
    RequestError
        401 with the same message whatever was wrong; 503 if nothing is set.
    """
    secret = settings.get_signing_secret(hook) if hook in _SCHEMES else None
    if secret is None:
        verify_key(request, settings, hook)
        return None
    signature = _SCHEMES[hook].read(request)
    if signature is None and (key := read_header_key(request)) and not opens_in_address(key, settings, hook):
        verify_key(request, settings, hook)
        return None
    if signature is None or not _is_valid(signature, request, secret, hook, has_body):
        message = (
            "The call has no valid signature of its body under this hook's secret, and no key in a header that "
            "leadlight key add made. Nothing was done. Compare the secret there and here: "
            f"leadlight hook add {hook} --signed."
        )
        raise RequestError(401, "not_signed", message)
    return signature


def _is_valid(signature: str, request: HookRequest, secret: Secret, hook: str, has_body: bool) -> bool:
    scheme = _SCHEMES[hook]
    if not (signature.isascii() and len(signature) == scheme.length):
        return False
    return not has_body or hmac.compare_digest(scheme.compute(secret.reveal(), request.body), signature)
