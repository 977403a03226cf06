"""How is each CRM reached, and how does it prove who it is? Read once from the environment; secrets also from files.

Lives here: ``Secret``, the CRMs' addresses and limits, the table of their variables.
Does not live here: the service's own paths (``serving.settings``), checking a signature
(``serving.crm.inbound.hubspot_signature``).
"""

import ipaddress
import os
from collections.abc import Callable, Set
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from features.mapping.column_mapping import Mapping, read_mapping
from serving.crm.hook_rules import FORM_HOOKS, HOOKS, HookRules, load_rules, read_rules
from serving.errors import ServiceError

__all__ = ["CRMS", "SIGNING_HOOKS", "CrmSettings", "Secret", "VARIABLES", "require_secure_url"]

CRMS = HOOKS

SIGNING_HOOKS = ("typeform", "callrail")
"""Hooks beside HubSpot's whose product can sign; until their secret is set, a key is enough."""

VARIABLES = {
    "LEADLIGHT_PUBLIC_URL": "the address that HubSpot calls; part of what it signs",
    "LEADLIGHT_HUBSPOT_SECRET": "the app's client secret, with which HubSpot signs",
    "LEADLIGHT_SALESFORCE_KEY": "the key that outbound messages carry as ?code=",
    "LEADLIGHT_SALESFORCE_ORGANIZATION": "the only organization whose messages are accepted (its id)",
    "LEADLIGHT_DYNAMICS_KEY": "the key that Dataverse sends as ?code= (WebhookKey) or in x-api-key (HttpHeader)",
    "LEADLIGHT_GENERIC_KEY": (
        "the key that the generic hook expects in x-api-key, as a bearer token or as ?code=; "
        "also " + ", ".join(hook.upper() for hook in FORM_HOOKS)
    ),
    "LEADLIGHT_TYPEFORM_SECRET": "the secret with which Typeform signs its bodies; CALLRAIL: the company's signing key",
    "LEADLIGHT_HUBSPOT_MAPPING": "a mapping file for the practice's own properties; also of every other hook",
    "LEADLIGHT_HOOKS": "a TOML file with the default channel, names and values of each hook; see above",
    "LEADLIGHT_HUBSPOT_URL": "where scores are written back to; also DYNAMICS, ODOO, FRAPPE",
    "LEADLIGHT_HUBSPOT_TOKEN": "the token for writing back; also DYNAMICS, ODOO, FRAPPE",
    "LEADLIGHT_HAND_OFFS": "CRMs that get the note of a hand-off, such as hubspot, odoo; each needs its URL and token",
    "LEADLIGHT_SEND_ATTEMPTS": "attempts before sending a score is given up; 16 when not set",
}
"""Variable -> its meaning. Variables ending in KEY, SECRET or TOKEN may instead name a file, with _FILE appended."""

_MIN_SECRET_LENGTH = 16
WRITTEN_CRMS = {"hubspot": "HubSpot", "dynamics": "Dynamics 365", "odoo": "Odoo", "frappe": "Frappe"}
"""CRMs that something can be written to -> what each calls itself."""


@dataclass(frozen=True)
class Secret:
    """A text that is never shown. A secret in a file is read every time, so it can be renewed without a restart.

    >>> Secret("a key of sixteen")
    Secret(...)
    """

    text: str | None = field(default=None, repr=False)
    file: Path | None = None

    def __repr__(self) -> str:
        """Show neither the text nor the path."""
        return "Secret(...)"

    def reveal(self) -> str:
        """Return the text, without the line break at its end.

        Raises
        ------
        ServiceError
            If its file cannot be read, or the text is too short to be a secret.
        """
        try:
            text = self.text if self.file is None else self.file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            raise ServiceError(
                "A secret's file cannot be read. Set the path of a text file that this service may read."
            ) from None
        if text is None or len(text) < _MIN_SECRET_LENGTH or not (text.isascii() and text.isprintable()):
            raise ServiceError(
                f"A secret is shorter than {_MIN_SECRET_LENGTH} characters, or not ASCII on one line. Use a longer one."
            )
        return text


@dataclass(frozen=True)
class CrmSettings:
    """Settings of the hooks and the sender. A CRM without a secret has no hook; one without an address and a token gets
    no scores.

    Parameters
    ----------
    public_url : str or None
        Scheme and host, and the path prefix if a proxy removes one.
    secrets : mapping
        CRM -> Secret with which it proves who it is.
    organization : str or None
        Id of the organization in Salesforce.
    mappings : mapping
        CRM -> Mapping of the practice's own fields.
    addresses, tokens : mapping
        CRM -> where scores are sent, and the token for it.
    attempts : int, 1 to 100
    hand_offs : tuple of str
        CRMs that get the notes of hand-offs.
    rules : mapping
        Hook -> its rules: default channel, names of fields and of values.
    accepts_key : callable or None
        (hook, key, whether it came in the address) -> whether it is an API key for this hook.
    is_test_key : callable or None
        Key -> whether it is one that scores and keeps nothing.
    signing_secrets : mapping
        Hook of ``SIGNING_HOOKS`` -> Secret with which its product signs.
    find_signing_secret : callable or None
        Hook -> the Secret that an installation keeps for it; None where there is none.
    """

    public_url: str | None = None
    secrets: Dictionary[str, Secret] = field(default_factory=dict)
    organization: str | None = None
    mappings: Dictionary[str, Mapping] = field(default_factory=dict)
    addresses: Dictionary[str, str] = field(default_factory=dict)
    tokens: Dictionary[str, Secret] = field(default_factory=dict)
    attempts: int = 16
    hand_offs: tuple[str, ...] = ()
    rules: Dictionary[str, HookRules] = field(default_factory=load_rules)
    accepts_key: Callable[[str, str, bool], bool] | None = None
    is_test_key: Callable[[str], bool] | None = None
    signing_secrets: Dictionary[str, Secret] = field(default_factory=dict)
    find_signing_secret: Callable[[str], Secret | None] | None = None

    def get_signing_secret(self, hook: str) -> Secret | None:
        """Return the secret with which a hook's product signs: of the environment, else the one that was kept."""
        if hook in self.signing_secrets or self.find_signing_secret is None:
            return self.signing_secrets.get(hook)
        return self.find_signing_secret(hook)

    @classmethod
    def from_environment(cls, environment: Dictionary[str, str] | None = None) -> "CrmSettings":
        """Read the variables in ``VARIABLES``.

        Raises
        ------
        ServiceError, MappingError
            If an address, a number or a mapping file is invalid.
        """
        variables = os.environ if environment is None else environment
        secrets, mappings, addresses, tokens, signing_secrets = {}, {}, {}, {}, {}
        for crm in CRMS:
            prefix = f"LEADLIGHT_{crm.upper()}_"
            secret = _read_secret(prefix + ("SECRET" if crm == "hubspot" else "KEY"), variables)
            if secret is not None:
                secrets[crm] = secret
            signing = _read_secret(prefix + "SECRET", variables) if crm in SIGNING_HOOKS else None
            if signing is not None:
                signing_secrets[crm] = signing
            if path := variables.get(prefix + "MAPPING", ""):
                mappings[crm] = read_mapping(path)
            if address := variables.get(prefix + "URL", "").rstrip("/"):
                addresses[crm] = require_secure_url(prefix + "URL", address)
            token = _read_secret(prefix + "TOKEN", variables)
            if token is not None:
                tokens[crm] = token
        hand_offs = _parse_hand_offs(variables.get("LEADLIGHT_HAND_OFFS", ""), addresses.keys() & tokens.keys())
        public_url = variables.get("LEADLIGHT_PUBLIC_URL", "").rstrip("/")
        return cls(
            require_secure_url("LEADLIGHT_PUBLIC_URL", public_url) if public_url else None,
            secrets,
            variables.get("LEADLIGHT_SALESFORCE_ORGANIZATION", "") or None,
            mappings,
            addresses,
            tokens,
            _parse_attempts(variables.get("LEADLIGHT_SEND_ATTEMPTS", "") or str(cls.attempts)),
            hand_offs,
            read_rules(file) if (file := variables.get("LEADLIGHT_HOOKS", "")) else load_rules(),
            signing_secrets=signing_secrets,
        )

    @property
    def writable(self) -> frozenset[str]:
        """CRMs that something can be sent to: those with an address and a token."""
        return frozenset(self.addresses.keys() & self.tokens.keys())


def require_secure_url(name: str, address: str) -> str:
    """Return the address if a token may be sent to it: https, or http on this machine; no user, no query.

    Raises
    ------
    ServiceError

    >>> require_secure_url("LEADLIGHT_HUBSPOT_URL", "http://127.0.0.1:8080")
    'http://127.0.0.1:8080'
    """
    try:
        parts = urlsplit(address)
        is_plain = (
            bool(parts.hostname)
            and not (parts.username or parts.password or parts.query or parts.fragment)
            and parts.port != 0
        )
    except ValueError:
        is_plain = False
    if not is_plain or not (address.isascii() and address.isprintable() and " " not in address):
        raise ServiceError(
            f"{name} is not a valid address, expected a scheme, a host and optionally a path, but no user and no query."
        )
    # A token over plain http could be read by anybody in between.
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_loopback(parts.hostname)):
        raise ServiceError(f"{name} does not begin with https. http is allowed only for this machine (127.0.0.1).")
    return address


def _is_loopback(host: str | None) -> bool:
    """Whether a host is this machine, as an IP address; a name could be resolved to another one later."""
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


def _read_secret(name: str, variables: Dictionary[str, str]) -> Secret | None:
    """Return the secret in a variable, or in the file that the variable with _FILE names; None if neither is set."""
    text, file = variables.get(name, ""), variables.get(f"{name}_FILE", "")
    if text and file:
        raise ServiceError(f"{name} and {name}_FILE are both set. Keep one of them.")
    if not text and not file:
        return None
    secret = Secret(text) if text else Secret(file=Path(file))
    try:
        secret.reveal()
    except ServiceError as fault:
        raise ServiceError(f"{name}: {fault}") from None
    return secret


def _parse_hand_offs(text: str, writable: Set[str]) -> tuple[str, ...]:
    """Return the CRMs in a list with commas.

    >>> _parse_hand_offs(" HubSpot, odoo", {"hubspot", "odoo"})
    ('hubspot', 'odoo')
    """
    names = tuple(dict.fromkeys(name.strip().lower() for name in text.split(",") if name.strip()))
    for name in names:
        if name not in WRITTEN_CRMS:
            raise ServiceError(
                f"LEADLIGHT_HAND_OFFS names a CRM that gets no hand-offs; expected any of {', '.join(WRITTEN_CRMS)}."
            )
        if name not in writable:
            raise ServiceError(
                f"LEADLIGHT_HAND_OFFS names {name}, which has no address or no token. "
                f"Set LEADLIGHT_{name.upper()}_URL and LEADLIGHT_{name.upper()}_TOKEN."
            )
    return names


def _parse_attempts(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= 100):
        raise ServiceError("LEADLIGHT_SEND_ATTEMPTS is not a whole number from 1 to 100.")
    return int(text)
