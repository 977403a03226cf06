"""Is this an API key for that hook? And the secrets of hooks that ``leadlight hook add`` keeps.

Lives here: which keys a hook accepts, and where; the files of secrets with which products sign.
Does not live here: keys (``api_keys``), secrets from the environment (``serving.crm_settings``), checking a call
(``serving.crm.inbound``).
"""

import dataclasses
from datetime import datetime
from functools import partial
from pathlib import Path

from features.durable_files import replace_file
from features.file_permissions import make_private_folder
from serving.crm.hook_rules import HOOKS
from serving.crm_settings import SIGNING_HOOKS, CrmSettings, Secret
from serving.errors import KeyFileError, ServiceError
from serving.http.api_keys import ROLES, Key, KeyFile

__all__ = [
    "ADDRESS_HOOKS",
    "HookKeys",
    "HookState",
    "find_stored_secret",
    "list_hook_states",
    "read_stored_secrets",
    "store_secret",
]

ADDRESS_HOOKS = frozenset({"salesforce", "dynamics", "typeform", "callrail", "whatconverts", "odoo"})
"""Hooks of products whose settings may take nothing but an address: a key there opens this hook alone."""


_CHANGE_HOOKS = frozenset({"salesforce", "dynamics"})
"""Hooks of changes, which mean nothing unless they are stored."""


@dataclasses.dataclass(frozen=True)
class HookState:
    """How a hook is opened.

    Parameters
    ----------
    hook : str
    keys : tuple of str
        Prefixes of the active keys that open this hook alone.
    is_signed : bool
        Whether the secret with which its product signs is known here.
    fault : str
        Why that secret cannot be used; empty where it can.
    """

    hook: str
    keys: tuple[str, ...]
    is_signed: bool
    fault: str = ""

    @property
    def has_useless_keys(self) -> bool:
        """Whether its own keys open nothing, because its calls are judged by their signatures. HubSpot takes both."""
        return self.is_signed and bool(self.keys) and self.hook in SIGNING_HOOKS


def list_hook_states(settings: CrmSettings, home: Path, now: datetime) -> list[HookState]:
    """Return the state of every hook: its own keys, and whether its product signs.

    Raises
    ------
    KeyFileError
        If the key file cannot be read.
    """
    keys = [key for key in KeyFile(home).read_all() if key.is_active(now)]
    states = []
    for hook in HOOKS:
        in_environment = settings.secrets.get(hook) if hook == "hubspot" else settings.signing_secrets.get(hook)
        can_sign = hook == "hubspot" or hook in SIGNING_HOOKS
        secret = in_environment or (find_stored_secret(home, hook) if can_sign else None)
        fault = ""
        try:
            if secret is not None:
                secret.reveal()
        except ServiceError as refusal:
            fault = str(refusal)
        prefixes = tuple(key.prefix for key in keys if key.hook == hook)
        states.append(HookState(hook, prefixes, secret is not None, fault))
    return states


class HookKeys:
    """The API keys, as hooks accept them. The file is read again when it changes: a key is rotated without a restart.

    Parameters
    ----------
    keys : KeyFile
    """

    def __init__(self, keys: KeyFile) -> None:
        self._keys = keys

    def accepts(self, hook: str, text: str, in_address: bool) -> bool:
        """Whether a key opens a hook: one of this hook, or one whose role may store leads and that came in a header.

        Raises
        ------
        ServiceError
            If the key file cannot be read.

        >>> import tempfile
        >>> keys = KeyFile(Path(tempfile.mkdtemp()))
        >>> text, _ = keys.add("crm", "form", None, hook="typeform")
        >>> [HookKeys(keys).accepts(hook, text, True) for hook in ("typeform", "callrail")]
        [True, False]
        """
        key = self._find(text)
        if key is None:
            return False
        if key.role == "test":
            return not in_address and hook not in _CHANGE_HOOKS
        if "leads" not in ROLES[key.role]:
            return False
        if in_address:
            return key.hook == hook and hook in ADDRESS_HOOKS
        return key.hook in (None, hook)

    def is_test(self, text: str) -> bool:
        """Whether this is a test key: a hook then answers with a score and keeps nothing. ServiceError as above."""
        key = self._find(text)
        return key is not None and key.role == "test"

    def _find(self, text: str) -> Key | None:
        """Return the active key that was sent."""
        try:
            key = self._keys.find(text)
        except KeyFileError as fault:
            raise ServiceError(str(fault)) from None
        return key if key is not None and key.is_active(self._keys.clock()) else None


def store_secret(home: Path, hook: str, text: str) -> Path:
    """Keep the secret of a hook that signs, readable by its owner alone; the service reads it at each call.

    Raises
    ------
    ServiceError
        If it is too short to be a secret.
    """
    Secret(text).reveal()
    path = _find_secret_file(home, hook)
    make_private_folder(path.parent)
    replace_file(path, text.encode())
    return path


def read_stored_secrets(settings: CrmSettings, home: Path) -> CrmSettings:
    """Return the settings with an installation's API keys, and the secret it keeps where no variable names one."""
    secrets = {"hubspot": Secret(file=_find_secret_file(home, "hubspot")), **settings.secrets}
    keys = HookKeys(KeyFile(home))
    return dataclasses.replace(
        settings,
        secrets=secrets,
        accepts_key=keys.accepts,
        is_test_key=keys.is_test,
        find_signing_secret=partial(find_stored_secret, home),
    )


def find_stored_secret(home: Path, hook: str) -> Secret | None:
    """Return the secret that an installation keeps for a hook; None where it keeps none."""
    file = _find_secret_file(home, hook)
    try:
        file.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError:
        # One that is there and cannot be read refuses every call: a key in the address must not do instead.
        pass
    return Secret(file=file)


def _find_secret_file(home: Path, hook: str) -> Path:
    return Path(home) / "hooks" / f"{hook}.secret"
