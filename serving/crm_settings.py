"""How is each CRM reached, and how does it prove who it is? Read once from the environment; secrets from files where
they may change.

Lives here: ``Secret``, addresses and limits of the hooks, one table of the variables.
Does not live here: the service's own places (``serving.settings``), checking a signature (``signature``).
"""

import ipaddress
import os
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from features.mapping.column_mapping import Mapping, read_mapping
from serving.errors import ServiceError

__all__ = ["CRMS", "CrmSettings", "Secret", "VARIABLES", "require_secure_url"]

CRMS = ("hubspot", "salesforce", "dynamics", "generic")

VARIABLES = {
    "LEADLIGHT_PUBLIC_URL": "the address under which HubSpot knows this service; part of what it signs",
    "LEADLIGHT_HUBSPOT_SECRET": "the app's client secret, by which HubSpot signs",
    "LEADLIGHT_SALESFORCE_KEY": "what outbound messages carry as ?code=",
    "LEADLIGHT_SALESFORCE_ORGANIZATION": "the only organization whose messages are taken; its id of 15 or 18 signs",
    "LEADLIGHT_DYNAMICS_KEY": "what Dataverse sends as ?code= (WebhookKey) or in the header x-api-key (HttpHeader)",
    "LEADLIGHT_GENERIC_KEY": "what the generic hook expects in the header x-api-key, as a bearer token or as ?code=",
    "LEADLIGHT_HUBSPOT_MAPPING": "a mapping file for properties of the practice's own; also SALESFORCE, DYNAMICS, GENERIC",
    "LEADLIGHT_HUBSPOT_URL": "where scores are written back to; also DYNAMICS",
    "LEADLIGHT_HUBSPOT_TOKEN": "the token for writing back; also DYNAMICS",
    "LEADLIGHT_SEND_ATTEMPTS": "attempts before a score becomes a dead letter; 16 when not set",
}
"""Variable -> what it says. Each that ends in KEY, SECRET or TOKEN may be given as a file instead, by the same name
with _FILE at its end."""

_LEAST_SECRET = 16


@dataclass(frozen=True)
class Secret:
    """A text that is never shown. One that lies in a file is read anew each time, so that it can be renewed without a
    restart.

    >>> Secret("a key of sixteen")
    Secret(...)
    """

    text: str | None = field(default=None, repr=False)
    file: Path | None = None

    def __repr__(self) -> str:
        """Neither the text nor the place."""
        return "Secret(...)"

    def reveal(self) -> str:
        """The text, without the line break at its end.

        Raises
        ------
        ServiceError
            If its file cannot be read, is empty or too short to be a secret.
        """
        try:
            found = self.text if self.file is None else self.file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            raise ServiceError(
                "A secret's file cannot be read. Give the path of a text file that this service may read."
            ) from None
        if found is None or len(found) < _LEAST_SECRET or not (found.isascii() and found.isprintable()):
            raise ServiceError(
                f"A secret is shorter than {_LEAST_SECRET} signs, or holds more than ASCII on one line. Give a longer one."
            )
        return found


@dataclass(frozen=True)
class CrmSettings:
    """What the hooks and the sender go by. A CRM without a secret has no hook; one without an address and a token gets
    no scores.

    Parameters
    ----------
    public_url : str or None
        Scheme and host, and the path before ours if a proxy takes one away.
    secrets : mapping
        CRM -> Secret by which it proves who it is.
    organization : str or None
        Of Salesforce.
    mappings : mapping
        CRM -> Mapping of fields that are the practice's own.
    addresses, tokens : mapping
        CRM -> where scores go, and the token for it.
    attempts : int, 1 to 100
    """

    public_url: str | None = None
    secrets: AnyMapping[str, Secret] = field(default_factory=dict)
    organization: str | None = None
    mappings: AnyMapping[str, Mapping] = field(default_factory=dict)
    addresses: AnyMapping[str, str] = field(default_factory=dict)
    tokens: AnyMapping[str, Secret] = field(default_factory=dict)
    attempts: int = 16

    @classmethod
    def from_environment(cls, environment: AnyMapping[str, str] | None = None) -> "CrmSettings":
        """What the variables in ``VARIABLES`` say.

        Raises
        ------
        ServiceError, MappingError
            If an address is not one, a number is not one, or a mapping file cannot be used.
        """
        given = os.environ if environment is None else environment
        of_each = [f"LEADLIGHT_{crm.upper()}_{what}" for crm in CRMS for what in ("MAPPING", "URL")]
        said = {name: given.get(name, "") for name in (*VARIABLES, *of_each)}
        public = said["LEADLIGHT_PUBLIC_URL"].rstrip("/")
        addresses = {crm: said[f"LEADLIGHT_{crm.upper()}_URL"].rstrip("/") for crm in CRMS}
        proofs = {crm: "SECRET" if crm == "hubspot" else "KEY" for crm in CRMS}
        return cls(
            require_secure_url("LEADLIGHT_PUBLIC_URL", public) if public else None,
            {
                crm: found
                for crm, what in proofs.items()
                if (found := _secret(f"LEADLIGHT_{crm.upper()}_{what}", given))
            },
            said["LEADLIGHT_SALESFORCE_ORGANIZATION"] or None,
            {crm: read_mapping(path) for crm in CRMS if (path := said[f"LEADLIGHT_{crm.upper()}_MAPPING"])},
            {crm: require_secure_url(f"LEADLIGHT_{crm.upper()}_URL", one) for crm, one in addresses.items() if one},
            {crm: found for crm in CRMS if (found := _secret(f"LEADLIGHT_{crm.upper()}_TOKEN", given))},
            _attempts(said["LEADLIGHT_SEND_ATTEMPTS"] or str(cls.attempts)),
        )


def require_secure_url(name: str, address: str) -> str:
    """The address, once it is one that a token may be sent to: https, or http on this machine itself; no user, no
    query.

    Raises
    ------
    ServiceError

    >>> require_secure_url("LEADLIGHT_HUBSPOT_URL", "http://127.0.0.1:8080")
    'http://127.0.0.1:8080'
    """
    try:
        parts = urlsplit(address)
        plain = (
            bool(parts.hostname)
            and not (parts.username or parts.password or parts.query or parts.fragment)
            and parts.port != 0
        )
    except ValueError:
        plain = False
    if not plain or not (address.isascii() and address.isprintable() and " " not in address):
        raise ServiceError(
            f"{name} is not an address, expected a scheme, a host and perhaps a path, and neither user nor query."
        )
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_loopback(parts.hostname)):
        raise ServiceError(
            f"{name} does not begin with https. Over http, only this machine itself (127.0.0.1) may be named."
        )
    return address


def _is_loopback(host: str) -> bool:
    """Whether a host is this machine, said as a number; a name could come to mean another one."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _secret(name: str, given: AnyMapping[str, str]) -> Secret | None:
    """The secret under a name, or in the file under the name with _FILE; None when neither is set."""
    text, file = given.get(name, ""), given.get(f"{name}_FILE", "")
    if text and file:
        raise ServiceError(f"{name} and {name}_FILE are both set. Keep one of them.")
    found = Secret(text) if text else Secret(file=Path(file)) if file else None
    if found is not None:
        try:
            found.reveal()
        except ServiceError as fault:
            raise ServiceError(f"{name}: {fault}") from None
    return found


def _attempts(written: str) -> int:
    """How often a score is tried."""
    if not (written.isascii() and written.isdigit() and 1 <= int(written[:9]) <= 100):
        raise ServiceError("LEADLIGHT_SEND_ATTEMPTS is not a whole number from 1 to 100.")
    return int(written)
