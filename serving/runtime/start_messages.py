"""What does a person who starts the service have to know? Missing keys and users, unknown variables, its addresses.

Lives here: refusing to be reachable by others without a key, warnings, the addresses once the service is ready.
Does not live here: starting it (``serving.service``), what its settings mean (``serving.settings``).
"""

import ipaddress
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from serving.errors import ServiceError, StoreError
from serving.http.api_keys import KeyFile
from serving.settings import Settings, list_unknown_variables
from serving.store.store import Store

__all__ = ["announce_when_ready", "require_key"]

_START_SECONDS = 120


def require_key(settings: Settings, host: str) -> None:
    """Refuse to be reachable from other machines without an API key; warn of missing keys and unknown variables."""
    if unknown := list_unknown_variables():
        print(
            f"Unknown variable: {', '.join(unknown)}. It is ignored; see the table of variables in serving/README.md.",
            file=sys.stderr,
            flush=True,
        )
    keys = KeyFile(settings.home).list_active()
    if not _is_loopback(host) and not keys:
        raise ServiceError(
            f"serve: on {host} other machines can reach the service, and there is no active API key. "
            "Create one first: leadlight key add --role crm --name NAME."
        )
    if not keys:
        print(
            "There is no active API key, so no program can get scores. "
            "Create one: leadlight key add --role crm --name NAME",
            flush=True,
        )
    _warn_without_users(settings, "" if _is_loopback(host) else f", though other machines can reach it on {host}")


def _warn_without_users(settings: Settings, where: str) -> None:
    """Warn that nobody can sign in, if so."""
    try:
        with Store.open(settings) as store, store.reading() as at:
            has_users = any(person.disabled_at is None for person in at.users.list_all())
    except StoreError as fault:
        print(f"Nobody can sign in to the desk: {fault}", file=sys.stderr, flush=True)
        return
    if not has_users:
        print(
            f"Nobody can sign in to the desk yet{where}. Add a user: leadlight user add NAME --role desk",
            flush=True,
        )


def _is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def announce_when_ready(address: str, home: Path) -> None:
    """Wait until the service answers, then print its addresses."""
    mlflow = f".venv/bin/mlflow ui --backend-store-uri sqlite:///{home}/mlflow.db --host 127.0.0.1 --port 5000"
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{address}/readyz", timeout=2):
                print(
                    f"\nDesk:    {address}/\nAPI:     {address}/docs\nMLflow:  {mlflow}\nPress Ctrl-C to stop.\n",
                    flush=True,
                )
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    print(
        f"The service did not become ready within {_START_SECONDS} seconds; see the messages above.",
        file=sys.stderr,
        flush=True,
    )
