"""Where does the service find its model and its data, and what does it allow? Every ``LEADLIGHT_`` variable, typed,
read once.

Lives here: places, limits and the choices of a desk, from arguments or from the environment; the table of variables;
the service's fixed limits. Does not live here: choices about the model (they are in the bundle)."""

import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from serving.crm_settings import CRMS
from serving.crm_settings import VARIABLES as HOOK_VARIABLES
from serving.errors import ServiceError
from serving.random_holdout import MAX_SHARE

__all__ = [
    "LOG_LEVELS",
    "MAX_BATCH_LEADS",
    "MAX_BODY_BYTES",
    "VARIABLES",
    "Settings",
    "Variable",
    "unknown_variables",
    "variables_table",
]

MAX_BODY_BYTES = 2 * 1024 * 1024
"""Largest request body, counted as it arrives and again as it is unpacked, whatever its headers say."""

MAX_BATCH_LEADS = 1_000
"""Most leads in one batch request."""

_MOST_DAYS = 36_500
LOG_LEVELS = ("debug", "info", "warning", "error")


@dataclass(frozen=True)
class Variable:
    """One environment variable: its name, what holds when it is not set, and what it says."""

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
        "A person is signed out who asked for nothing for so many minutes, 1 to 720.",
    ),
    Variable(
        "LEADLIGHT_RATE_LIMIT",
        "50/100",
        "Requests a second for each key, and how many may come at once, as RATE or RATE/BURST.",
    ),
    Variable("LEADLIGHT_REQUESTS_AT_ONCE", "32", "Requests in work at once, 1 to 1000; further ones are answered 429."),
    Variable("LEADLIGHT_LOG_LEVEL", "info", "debug, info, warning or error."),
    Variable(
        "LEADLIGHT_DATABASE_URL",
        "none",
        "The store's database, postgresql://user@host/database or sqlite:///FILE; leadlight.db in LEADLIGHT_HOME when not set.",
    ),
    Variable(
        "LEADLIGHT_RETENTION_DAYS",
        "none",
        "A person with whom nothing happened for so many days is forgotten; everybody is kept when not set.",
    ),
    Variable(
        "LEADLIGHT_SIGNING_KEY",
        "made once",
        "Secret that signs the record of promotions; read by leadlight promote and its like.",
    ),
    Variable("LEADLIGHT_SIGNING_KEY_FILE", "none", "File that holds that secret, in place of the variable."),
)
"""Every variable that is read, here or elsewhere in the project."""


@dataclass(frozen=True)
class Settings:
    """The places a service reads from, and what it allows.

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
        A person is signed out who asked for nothing for so long.
    rate, burst : float
        Requests a second that each key may make, and how many at once after a pause.
    requests_at_once : int, 1 to 1000
        Requests in work at once.
    log_level : str
        One of ``LOG_LEVELS``.
    database_url : str
        The store's database: ``postgresql://user@host/database`` or ``sqlite:///FILE``; empty for ``leadlight.db`` in
        ``home``. Never printed.
    retention_days : int or None
        A person with whom nothing happened for so long is forgotten; None keeps everybody.
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

    @classmethod
    def from_environment(cls) -> "Settings":
        """What the LEADLIGHT_ variables say; defaults where they are not set.

        Raises
        ------
        ServiceError
            If a variable holds what it cannot mean, with what was expected.
        """
        rate, burst = _rate(_said("RATE_LIMIT", f"{cls.rate}/{cls.burst}"))
        return cls(
            Path(_said("HOME", "mlruns")),
            _said("MODEL", "leadlight"),
            _share(_said("ARRIVAL_SHARE", str(cls.arrival_share))),
            _whole("DESK_IDLE_MINUTES", cls.desk_idle_minutes, 1, 720),
            rate,
            burst,
            _whole("REQUESTS_AT_ONCE", cls.requests_at_once, 1, 1000),
            _one_of("LOG_LEVEL", LOG_LEVELS, cls.log_level),
            _said("DATABASE_URL", ""),
            _days(_said("RETENTION_DAYS", "")),
        )

    def to_environment(self) -> dict[str, str]:
        """The variables from which ``from_environment`` makes the same settings in another process, wherever that runs."""
        model = str(Path(self.model).absolute()) if Path(self.model).is_dir() else self.model
        places = {"LEADLIGHT_HOME": str(self.home.absolute()), "LEADLIGHT_MODEL": model}
        places |= {"LEADLIGHT_DATABASE_URL": self.database_url} if self.database_url else {}
        places |= {} if self.retention_days is None else {"LEADLIGHT_RETENTION_DAYS": str(self.retention_days)}
        return places | {
            "LEADLIGHT_ARRIVAL_SHARE": str(self.arrival_share),
            "LEADLIGHT_DESK_IDLE_MINUTES": str(self.desk_idle_minutes),
            "LEADLIGHT_RATE_LIMIT": f"{self.rate}/{self.burst}",
            "LEADLIGHT_REQUESTS_AT_ONCE": str(self.requests_at_once),
            "LEADLIGHT_LOG_LEVEL": self.log_level,
        }


def unknown_variables() -> list[str]:
    """LEADLIGHT_ variables that are set and that nothing reads: misspelt ones, most likely.

    Their names, not their values.
    """
    known = {one.name for one in VARIABLES}
    ours = {name.removesuffix("_FILE") for name in HOOK_VARIABLES}
    theirs = tuple(f"LEADLIGHT_{crm.upper()}_" for crm in CRMS)
    set_here = [name for name in os.environ if name.startswith("LEADLIGHT_")]
    return sorted(
        name
        for name in set_here
        if name not in known and name.removesuffix("_FILE") not in ours and not name.startswith(theirs)
    )


def variables_table() -> str:
    """The variables as the table of serving/README.md."""
    rows = [f"| `{one.name}` | {one.default} | {one.meaning} |" for one in VARIABLES]
    return "\n".join(["| variable | when not set | what it says |", "| --- | --- | --- |", *rows])


def _said(name: str, default: str) -> str:
    return os.environ.get(f"LEADLIGHT_{name}", "") or default


def _share(written: str) -> float:
    """A share as it is written."""
    try:
        share = float(written)
    except ValueError:
        share = float("nan")
    if not 0 <= share <= MAX_SHARE:
        raise ServiceError(
            f"LEADLIGHT_ARRIVAL_SHARE is {written[:40]!r}, expected a number from 0 to {MAX_SHARE}, such as 0.05: one call in twenty."
        )
    return share


def _days(text: str) -> int | None:
    """A number of days, at least one; None when nothing is said."""
    if not (said := text.strip()):
        return None
    if not (said.isascii() and said.isdigit() and len(said) <= len(str(_MOST_DAYS)) and 1 <= int(said) <= _MOST_DAYS):
        raise ServiceError(
            f"settings: LEADLIGHT_RETENTION_DAYS is not a number of days from 1 to {_MOST_DAYS}. Correct it, or leave it out to keep everybody."
        )
    return int(said)


def _rate(written: str) -> tuple[float, float]:
    """Requests a second and at once; twice the rate at once where only the rate is written."""
    number = r"([0-9]{1,6}(?:\.[0-9]{1,6})?)"
    found = re.fullmatch(rf"{number}(?:/{number})?", written)
    rate, burst = (float(found[1]), float(found[2] or 2 * float(found[1]))) if found else (0.0, 0.0)
    if not (rate > 0 and burst >= 1):
        raise ServiceError(
            f"LEADLIGHT_RATE_LIMIT is {written[:40]!r}, expected RATE or RATE/BURST above 0, such as 50/100: 50 requests a second, 100 at once."
        )
    return rate, burst


def _whole(name: str, default: int, least: int, most: int) -> int:
    written = _said(name, str(default))
    if not re.fullmatch(r"[0-9]{1,6}", written) or not least <= int(written) <= most:
        raise ServiceError(f"LEADLIGHT_{name} is {written[:40]!r}, expected a whole number from {least} to {most}.")
    return int(written)


def _one_of(name: str, choices: tuple[str, ...], default: str) -> str:
    written = _said(name, default)
    if written not in choices:
        raise ServiceError(f"LEADLIGHT_{name} is {written[:40]!r}, expected one of {', '.join(choices)}.")
    return written
