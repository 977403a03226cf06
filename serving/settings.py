"""Where are the service's model and data, and what are its limits? The ``LEADLIGHT_`` variables, typed, read once.

Lives here: paths, limits and the desk's settings, from arguments or from the environment; the table of variables; the
service's fixed limits. Does not live here: variables of CRMs (``serving.crm_settings``), settings of the model (they
are in the bundle)."""

import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from serving.crm_settings import CRMS
from serving.crm_settings import VARIABLES as CRM_VARIABLES
from serving.errors import ServiceError
from serving.random_holdout import MAX_SHARE

__all__ = [
    "LOG_LEVELS",
    "MAX_BATCH_LEADS",
    "MAX_BODY_BYTES",
    "VARIABLES",
    "Settings",
    "Variable",
    "list_unknown_variables",
    "render_variables_table",
]

MAX_BODY_BYTES = 2 * 1024 * 1024
"""Largest request body, counted as it arrives and again after decompression, whatever its headers say."""

MAX_BATCH_LEADS = 1_000
"""Largest number of leads in one batch request."""

_MAX_DAYS = 36_500
LOG_LEVELS = ("debug", "info", "warning", "error")


@dataclass(frozen=True)
class Variable:
    """One environment variable: its name, its default, and its meaning."""

    name: str
    default: str
    meaning: str


VARIABLES = (
    Variable("LEADLIGHT_HOME", "mlruns", "Folder of models, pointers, keys and records."),
    Variable("LEADLIGHT_MODEL", "leadlight", "NAME, NAME@ALIAS, NAME/VERSION, or a bundle's folder."),
    Variable("LEADLIGHT_ARRIVAL_SHARE", "0.05", "Share of the desk's leads called in order of arrival, 0 to 0.5."),
    Variable(
        "LEADLIGHT_DESK_IDLE_MINUTES",
        "30",
        "Minutes without a request after which a user is signed out, 1 to 720.",
    ),
    Variable(
        "LEADLIGHT_RATE_LIMIT",
        "50/100",
        "Requests per second of each key, each hook, each person and each stranger's address, and how many may come at "
        "once, as RATE or RATE/BURST.",
    ),
    Variable(
        "LEADLIGHT_REQUESTS_AT_ONCE",
        "32",
        "Requests of programs with a key in progress at once, 1 to 1000; hooks and people have half as many each, "
        "strangers a quarter. Further ones get status 429.",
    ),
    Variable("LEADLIGHT_LOG_LEVEL", "info", "debug, info, warning or error."),
    Variable(
        "LEADLIGHT_DATABASE_URL",
        "none",
        "The store's database, postgresql://user@host/database or sqlite:///FILE; "
        "leadlight.db in LEADLIGHT_HOME when not set.",
    ),
    Variable(
        "LEADLIGHT_RETENTION_DAYS",
        "none",
        "Days without activity after which a person is deleted; nobody is deleted when not set.",
    ),
    Variable(
        "LEADLIGHT_REQUEST_LOG_DAYS",
        "365",
        "Days for which the logs of scores are kept, 1 to 36500; no longer than LEADLIGHT_RETENTION_DAYS.",
    ),
    Variable(
        "LEADLIGHT_SIGNING_KEY",
        "generated once",
        "Secret that signs the promotion log; read by leadlight promote and related commands.",
    ),
    Variable("LEADLIGHT_SIGNING_KEY_FILE", "none", "File that holds that secret, instead of the variable."),
)
"""Every variable that is read, here or elsewhere in the project, but those of CRMs (``crm_settings.VARIABLES``)."""


@dataclass(frozen=True)
class Settings:
    """The service's paths and limits.

    Parameters
    ----------
    home : Path
        The folder ``mlruns``, with bundles and pointers.
    model : str
        A bundle's folder, or a registered ``NAME``, ``NAME@ALIAS`` or ``NAME/VERSION``.
    arrival_share : float, 0 to 0.5
        Share of the desk's leads that are called in order of arrival, whatever their score (see
        ``serving.random_holdout``).
    desk_idle_minutes : int, 1 to 720
        Minutes without a request after which a user is signed out.
    rate, burst : float
        Requests per second of each key, and how many at once after an idle time.
    requests_at_once : int, 1 to 1000
        Requests in progress at once.
    log_level : str
        One of ``LOG_LEVELS``.
    database_url : str
        The store's database: ``postgresql://user@host/database`` or ``sqlite:///FILE``; empty for ``leadlight.db`` in
        ``home``. Never printed.
    retention_days : int or None
        Days without activity after which a person is deleted; None deletes nobody.
    request_log_days : int, 1 to 36500
        Days for which the logs of scores are kept.
    """

    home: Path = Path("mlruns")
    model: str = "leadlight"
    arrival_share: float = 0.05
    desk_idle_minutes: int = 30
    rate: float = 50.0
    burst: float = 100.0
    requests_at_once: int = 32
    log_level: str = "info"
    database_url: str = field(default="", repr=False)
    retention_days: int | None = None
    request_log_days: int = 365

    @classmethod
    def from_environment(cls) -> "Settings":
        """Read the LEADLIGHT_ variables; defaults where they are not set.

        Raises
        ------
        ServiceError
            If a variable is invalid, with what was expected.
        """
        rate, burst = _parse_rate(_read("RATE_LIMIT", f"{cls.rate}/{cls.burst}"))
        return cls(
            Path(_read("HOME", "mlruns")),
            _read("MODEL", "leadlight"),
            _parse_share(_read("ARRIVAL_SHARE", str(cls.arrival_share))),
            _read_integer("DESK_IDLE_MINUTES", cls.desk_idle_minutes, 1, 720),
            rate,
            burst,
            _read_integer("REQUESTS_AT_ONCE", cls.requests_at_once, 1, 1000),
            _read_choice("LOG_LEVEL", LOG_LEVELS, cls.log_level),
            _read("DATABASE_URL", ""),
            _parse_days(_read("RETENTION_DAYS", "")),
            _read_integer("REQUEST_LOG_DAYS", cls.request_log_days, 1, _MAX_DAYS),
        )

    def to_environment(self) -> dict[str, str]:
        """Return variables from which ``from_environment`` reads the same settings in another process."""
        # Absolute paths: the other process may run in another folder.
        model = str(Path(self.model).absolute()) if Path(self.model).is_dir() else self.model
        variables = {"LEADLIGHT_HOME": str(self.home.absolute()), "LEADLIGHT_MODEL": model}
        variables |= {"LEADLIGHT_DATABASE_URL": self.database_url} if self.database_url else {}
        variables |= {} if self.retention_days is None else {"LEADLIGHT_RETENTION_DAYS": str(self.retention_days)}
        return variables | {
            "LEADLIGHT_ARRIVAL_SHARE": str(self.arrival_share),
            "LEADLIGHT_DESK_IDLE_MINUTES": str(self.desk_idle_minutes),
            "LEADLIGHT_RATE_LIMIT": f"{self.rate}/{self.burst}",
            "LEADLIGHT_REQUESTS_AT_ONCE": str(self.requests_at_once),
            "LEADLIGHT_LOG_LEVEL": self.log_level,
            "LEADLIGHT_REQUEST_LOG_DAYS": str(self.request_log_days),
        }

    @property
    def log_days(self) -> int:
        """Days for which the logs of scores are kept: no longer than a person is."""
        return min(self.request_log_days, self.retention_days or self.request_log_days)


def list_unknown_variables() -> list[str]:
    """List LEADLIGHT_ variables that are set but that nothing reads: most likely misspelled. Names, not values."""
    declared = {variable.name for variable in VARIABLES}
    crm_names = {name.removesuffix("_FILE") for name in CRM_VARIABLES}
    crm_prefixes = tuple(f"LEADLIGHT_{crm.upper()}_" for crm in CRMS)
    return sorted(
        name
        for name in os.environ
        if name.startswith("LEADLIGHT_")
        and name not in declared
        and name.removesuffix("_FILE") not in crm_names
        and not name.startswith(crm_prefixes)
    )


def render_variables_table() -> str:
    """Render the variables as the table of serving/README.md."""
    rows = [f"| `{variable.name}` | {variable.default} | {variable.meaning} |" for variable in VARIABLES]
    return "\n".join(["| variable | when not set | what it says |", "| --- | --- | --- |", *rows])


def _read(name: str, default: str) -> str:
    return os.environ.get(f"LEADLIGHT_{name}", "") or default


def _parse_share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = float("nan")
    if not 0 <= share <= MAX_SHARE:
        raise ServiceError(
            f"LEADLIGHT_ARRIVAL_SHARE is {text[:40]!r}, expected a number from 0 to {MAX_SHARE}, "
            "such as 0.05: one call in twenty."
        )
    return share


def _parse_days(text: str) -> int | None:
    """Parse a number of days, at least one; None for an empty text."""
    days = text.strip()
    if not days:
        return None
    is_number = days.isascii() and days.isdigit() and len(days) <= len(str(_MAX_DAYS))
    if not is_number or not 1 <= int(days) <= _MAX_DAYS:
        raise ServiceError(
            f"settings: LEADLIGHT_RETENTION_DAYS is not a number of days from 1 to {_MAX_DAYS}. "
            "Correct it, or remove it to delete nobody."
        )
    return int(days)


def _parse_rate(text: str) -> tuple[float, float]:
    """Parse RATE or RATE/BURST; without a burst it is twice the rate."""
    number = r"([0-9]{1,6}(?:\.[0-9]{1,6})?)"
    match = re.fullmatch(rf"{number}(?:/{number})?", text)
    rate, burst = (float(match[1]), float(match[2] or 2 * float(match[1]))) if match else (0.0, 0.0)
    if not (rate > 0 and burst >= 1):
        raise ServiceError(
            f"LEADLIGHT_RATE_LIMIT is {text[:40]!r}, expected RATE or RATE/BURST above 0, such as 50/100: "
            "50 requests per second, 100 at once."
        )
    return rate, burst


def _read_integer(name: str, default: int, minimum: int, maximum: int) -> int:
    text = _read(name, str(default))
    if not re.fullmatch(r"[0-9]{1,6}", text) or not minimum <= int(text) <= maximum:
        raise ServiceError(f"LEADLIGHT_{name} is {text[:40]!r}, expected a whole number from {minimum} to {maximum}.")
    return int(text)


def _read_choice(name: str, choices: tuple[str, ...], default: str) -> str:
    text = _read(name, default)
    if text not in choices:
        raise ServiceError(f"LEADLIGHT_{name} is {text[:40]!r}, expected one of {', '.join(choices)}.")
    return text
