"""Where does the service find its model and its data? Places, read once.

Lives here: the places, from arguments or from environment variables, and the service's fixed limits.
Does not live here: choices about the model (they are in the bundle).
"""

import os
from dataclasses import dataclass
from pathlib import Path

__all__ = ["MAX_BATCH_LEADS", "MAX_BODY_BYTES", "Settings"]

MAX_BODY_BYTES = 2 * 1024 * 1024
"""Largest request body, counted as it arrives, whatever its headers say."""

MAX_BATCH_LEADS = 1_000
"""Most leads in one batch request."""


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
    """

    home: Path = Path("mlruns")
    model: str = "leadlight"
    desk_data: Path | None = None

    @classmethod
    def from_environment(cls) -> "Settings":
        """The places named by LEADLIGHT_HOME, LEADLIGHT_MODEL and LEADLIGHT_DESK_DATA; defaults where they are not set."""
        desk_data = os.environ.get("LEADLIGHT_DESK_DATA", "")
        return cls(
            Path(os.environ.get("LEADLIGHT_HOME", "") or "mlruns"),
            os.environ.get("LEADLIGHT_MODEL", "") or "leadlight",
            Path(desk_data) if desk_data else None,
        )

    def to_environment(self) -> dict[str, str]:
        """The variables from which ``from_environment`` makes the same settings in another process, wherever that runs."""
        model = str(Path(self.model).absolute()) if Path(self.model).is_dir() else self.model
        desk_data = "" if self.desk_data is None else str(self.desk_data.absolute())
        return {"LEADLIGHT_HOME": str(self.home.absolute()), "LEADLIGHT_MODEL": model, "LEADLIGHT_DESK_DATA": desk_data}
