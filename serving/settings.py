"""Where does the service find its model and its data? Places, read once.

Lives here: the places, from arguments or from environment variables, how long persons are kept, and the service's fixed limits.
Does not live here: choices about the model (they are in the bundle).
"""

import os
from dataclasses import dataclass, field
from pathlib import Path

from serving.errors import ServiceError

__all__ = ["MAX_BATCH_LEADS", "MAX_BODY_BYTES", "Settings"]

MAX_BODY_BYTES = 2 * 1024 * 1024
"""Largest request body, counted as it arrives, whatever its headers say."""

MAX_BATCH_LEADS = 1_000
"""Most leads in one batch request."""

_MOST_DAYS = 36_500


@dataclass(frozen=True)
class Settings:
    """The places a service reads from.

    Parameters
    ----------
    home : Path
        The folder ``mlruns``, with bundles and pointers.
    model : str
        A bundle's folder, or a registered ``NAME``, ``NAME@ALIAS`` or ``NAME/VERSION``.
    desk_data : Path or None
        Folder or file of the leads that the desk shows; None for a desk without leads.
    database_url : str
        The store's database: ``postgresql://user@host/database`` or ``sqlite:///FILE``; empty for ``leadlight.db`` in ``home``. Never printed.
    retention_days : int or None
        A person with whom nothing happened for so long is forgotten; None keeps everybody.
    """

    home: Path = Path("mlruns")
    model: str = "leadlight"
    desk_data: Path | None = None
    database_url: str = field(default="", repr=False)
    retention_days: int | None = None

    @classmethod
    def from_environment(cls) -> "Settings":
        """What LEADLIGHT_HOME, _MODEL, _DESK_DATA, _DATABASE_URL and _RETENTION_DAYS say; defaults where they are not set.

        Raises
        ------
        ServiceError
            If LEADLIGHT_RETENTION_DAYS is no whole number of days.
        """
        desk_data = os.environ.get("LEADLIGHT_DESK_DATA", "")
        return cls(
            Path(os.environ.get("LEADLIGHT_HOME", "") or "mlruns"),
            os.environ.get("LEADLIGHT_MODEL", "") or "leadlight",
            Path(desk_data) if desk_data else None,
            os.environ.get("LEADLIGHT_DATABASE_URL", ""),
            _days(os.environ.get("LEADLIGHT_RETENTION_DAYS", "")),
        )

    def to_environment(self) -> dict[str, str]:
        """The variables from which ``from_environment`` makes the same settings in another process, wherever that runs."""
        model = str(Path(self.model).absolute()) if Path(self.model).is_dir() else self.model
        desk_data = "" if self.desk_data is None else str(self.desk_data.absolute())
        places = {"LEADLIGHT_HOME": str(self.home.absolute()), "LEADLIGHT_MODEL": model, "LEADLIGHT_DESK_DATA": desk_data}
        if self.database_url:
            places["LEADLIGHT_DATABASE_URL"] = self.database_url
        return places if self.retention_days is None else places | {"LEADLIGHT_RETENTION_DAYS": str(self.retention_days)}


def _days(text: str) -> int | None:
    """A number of days, at least one; None when nothing is said."""
    if not (said := text.strip()):
        return None
    if not (said.isascii() and said.isdigit() and len(said) <= len(str(_MOST_DAYS)) and 1 <= int(said) <= _MOST_DAYS):
        raise ServiceError(
            f"settings: LEADLIGHT_RETENTION_DAYS is not a number of days from 1 to {_MOST_DAYS}. Correct it, or leave it out to keep everybody."
        )
    return int(said)
