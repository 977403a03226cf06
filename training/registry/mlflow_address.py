"""Where are runs and models kept? At the addresses that MLflow's own variables name, or in the home's database.

Lives here: choosing the addresses, and finding out before a training whether they answer.
Does not live here: what is logged (``mlflow_tracking``).
"""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlparse, urlsplit

from training.errors import TrainingError

__all__ = ["Addresses", "get_local_path", "is_database", "is_local", "keep_variables", "require_answer"]

TRACKING, REGISTRY = "MLFLOW_TRACKING_URI", "MLFLOW_REGISTRY_URI"
_PORTS = {"http": 80, "https": 443, "postgresql": 5432, "mysql": 3306, "mssql": 1433}
_CONNECT_SECONDS = 5


@dataclass(frozen=True)
class Addresses:
    """Where runs are tracked and where models are registered.

    Parameters
    ----------
    tracking, registry : str
    is_own : bool
        Whether both are the home's own database, whose artifacts are files of the home.
    """

    tracking: str
    registry: str
    is_own: bool

    @classmethod
    def choose(cls, home_address: str) -> "Addresses":
        """Return what the variables name; ``home_address`` where they name nothing.

        The registry's is that of the runs where only these have one.

        >>> with keep_variables():
        ...     _ = os.environ.pop(TRACKING, None), os.environ.pop(REGISTRY, None)
        ...     Addresses.choose("sqlite:///mlruns/mlflow.db").is_own
        True
        """
        tracking = os.environ.get(TRACKING, "").strip() or home_address
        registry = os.environ.get(REGISTRY, "").strip() or tracking
        return cls(tracking, registry, tracking == registry == home_address)


@contextmanager
def keep_variables() -> Iterator[None]:
    """Restore both variables after the block: MLflow writes an address that it is given into its variable."""
    saved = {name: os.environ.get(name) for name in (TRACKING, REGISTRY)}
    try:
        yield
    finally:
        for name, value in saved.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def require_answer(addresses: Addresses, home: Path) -> None:
    """Refuse addresses at which nobody listens, within seconds: MLflow itself would try again for minutes.

    Raises
    ------
    TrainingError
        With the address, without user and password.
    """
    for variable, address in ((TRACKING, addresses.tracking), (REGISTRY, addresses.registry)):
        parts = urlsplit(address)
        scheme = parts.scheme.partition("+")[0]
        if parts.hostname is None or scheme not in _PORTS:
            continue
        address = f"{scheme}://{parts.hostname}:{parts.port or _PORTS[scheme]}"
        try:
            socket.create_connection((parts.hostname, parts.port or _PORTS[scheme]), _CONNECT_SECONDS).close()
        except OSError as fault:
            raise TrainingError(
                f"mlflow: nobody answers at {address}, which {variable} names ({type(fault).__name__}). Expected a "
                f"tracking server or a database; start it or correct the variable, or unset it to keep runs in {home}."
            ) from None


def is_database(address: str) -> bool:
    """Return whether an address is a database that MLflow opens itself, and not a server.

    >>> [
    ...     is_database(address)
    ...     for address in ("sqlite:///mlflow.db", "postgresql+psycopg://db/runs", "http://127.0.0.1:5000")
    ... ]
    [True, True, False]
    """
    return urlsplit(address).scheme.partition("+")[0] in ("sqlite", "postgresql", "mysql", "mssql")


def is_local(uri: str) -> bool:
    """Return whether artifacts are files of this machine.

    >>> [is_local(uri) for uri in ("file:///srv/mlruns", "/srv/mlruns", "mlflow-artifacts:/1", "s3://models")]
    [True, True, False, False]
    """
    return uri.startswith("file:") or not urlparse(uri).scheme


def get_local_path(uri: str) -> Path:
    """Return a file URI as a path."""
    return Path(unquote(urlparse(uri).path)) if uri.startswith("file:") else Path(uri)
