"""Where does the service find its model and its data, and which share of leads is called as they came? Read once.

Lives here: the places and the choices that a desk makes, from arguments or from environment variables, and the service's fixed limits.
Does not live here: choices about the model (they are in the bundle).
"""

import os
from dataclasses import dataclass, field
from pathlib import Path

from features.arrival_share import MOST_SHARE
from serving.errors import ServiceError

__all__ = ["MAX_BATCH_LEADS", "MAX_BODY_BYTES", "Settings"]

MAX_BODY_BYTES = 2 * 1024 * 1024
"""Largest request body, counted as it arrives, whatever its headers say."""

MAX_BATCH_LEADS = 1_000
"""Most leads in one batch request."""

_MOST_DAYS = 36_500


@dataclass(frozen=True)
class Settings:
    """The places a service reads from, and the share of leads that its desk calls in order of arrival.

    Parameters
    ----------
    home : Path
        The folder ``mlruns``, with bundles and pointers.
    model : str
        A bundle's folder, or a registered ``NAME``, ``NAME@ALIAS`` or ``NAME/VERSION``.
    desk_data : Path or None
        Folder or file of the leads that the desk shows; None for a desk without leads.
    arrival_share : float, 0 to 0.5
        Share of the desk's leads that are called in order of arrival, whatever their score (see ``features.arrival_share``).
    database_url : str
        The store's database: ``postgresql://user@host/database`` or ``sqlite:///FILE``; empty for ``leadlight.db`` in ``home``. Never printed.
    retention_days : int or None
        A person with whom nothing happened for so long is forgotten; None keeps everybody.
    """

    home: Path = Path("mlruns")
    model: str = "leadlight"
    desk_data: Path | None = None
    arrival_share: float = 0.05
    database_url: str = field(default="", repr=False)
    retention_days: int | None = None

    @classmethod
    def from_environment(cls) -> "Settings":
        """What LEADLIGHT_HOME, _MODEL, _DESK_DATA, _ARRIVAL_SHARE, _DATABASE_URL and _RETENTION_DAYS say; defaults where they are not set.

        Raises
        ------
        ServiceError
            If the share is not a number from 0 to 0.5, or the days are no whole number.
        """
        desk_data = os.environ.get("LEADLIGHT_DESK_DATA", "")
        return cls(
            Path(os.environ.get("LEADLIGHT_HOME", "") or "mlruns"),
            os.environ.get("LEADLIGHT_MODEL", "") or "leadlight",
            Path(desk_data) if desk_data else None,
            _share(os.environ.get("LEADLIGHT_ARRIVAL_SHARE", "") or str(cls.arrival_share)),
            os.environ.get("LEADLIGHT_DATABASE_URL", ""),
            _days(os.environ.get("LEADLIGHT_RETENTION_DAYS", "")),
        )

    def to_environment(self) -> dict[str, str]:
        """The variables from which ``from_environment`` makes the same settings in another process, wherever that runs."""
        model = str(Path(self.model).absolute()) if Path(self.model).is_dir() else self.model
        desk_data = "" if self.desk_data is None else str(self.desk_data.absolute())
        places = {"LEADLIGHT_HOME": str(self.home.absolute()), "LEADLIGHT_MODEL": model, "LEADLIGHT_DESK_DATA": desk_data}
        places |= {"LEADLIGHT_ARRIVAL_SHARE": str(self.arrival_share)}
        if self.database_url:
            places["LEADLIGHT_DATABASE_URL"] = self.database_url
        return places if self.retention_days is None else places | {"LEADLIGHT_RETENTION_DAYS": str(self.retention_days)}


def _share(written: str) -> float:
    """A share as it is written."""
    try:
        share = float(written)
    except ValueError:
        share = float("nan")
    if not 0 <= share <= MOST_SHARE:
        raise ServiceError(f"LEADLIGHT_ARRIVAL_SHARE is {written[:40]!r}, expected a number from 0 to {MOST_SHARE}, such as 0.05: one call in twenty.")
    return share


def _days(text: str) -> int | None:
    """A number of days, at least one; None when nothing is said."""
    if not (said := text.strip()):
        return None
    if not (said.isascii() and said.isdigit() and len(said) <= len(str(_MOST_DAYS)) and 1 <= int(said) <= _MOST_DAYS):
        raise ServiceError("settings: LEADLIGHT_RETENTION_DAYS is not a number of days from 1 to 36500. Correct it, or leave it out to keep everybody.")
    return int(said)
