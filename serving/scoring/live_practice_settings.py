"""What may a practice change without training again? What the desk alone uses, in a practice.toml of the home.

Lives here: which settings those are, taking them from the file, naming the others that differ.
Does not live here: reading the file (``features.practice_file``), when it is read (``model_loader``).

A bundle holds the practice that its model learned with. Hours, clinics, services and phrases are part of what signals
compute, so they stay as they were until the next training; who is on the team, what things are called and which order
the desk follows are not.
"""

from dataclasses import replace
from pathlib import Path

from features.practice.practice import Practice
from features.practice_file.practice_toml import read_practice

__all__ = ["DESK_SETTINGS", "find_practice_file", "list_untrained", "overlay_practice"]

DESK_SETTINGS = (
    "name",
    "locale",
    "response_target_minutes",
    "monthly_booking_goal",
    "emergency_sentence",
    "words",
    "texts",
    "crm_record_url",
    "qualified",
    "team",
    "desk",
)
"""Settings that no signal reads."""


def find_practice_file(home: Path) -> Path | None:
    """Return the home's practice.toml, None where there is none."""
    path = home / "practice.toml"
    return path if path.is_file() else None


def overlay_practice(sealed: Practice, home: Path) -> Practice:
    """Return the practice of a bundle with the desk's settings of the home's practice.toml, where there is one.

    Raises
    ------
    PracticeError
        If the file has faults: every one, with its line.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = Path(folder, "practice.toml").write_text('[practice]\\nname = "Hill Clinic"\\nhorizon_days = 90\\n')
    ...     overlaid = overlay_practice(Practice(), Path(folder))
    >>> overlaid.name, overlaid.horizon_days
    ('Hill Clinic', 30)
    """
    path = find_practice_file(home)
    if path is None:
        return sealed
    own = read_practice(path)
    return replace(sealed, **{name: getattr(own, name) for name in DESK_SETTINGS})


def list_untrained(sealed: Practice, home: Path) -> tuple[str, ...]:
    """List the settings of the home's practice.toml that differ and count only after the next training; PracticeError
    as for ``overlay_practice``.
    """
    path = find_practice_file(home)
    if path is None:
        return ()
    own, trained = read_practice(path).to_dict(), sealed.to_dict()
    names = dict.fromkeys((*own, *trained))
    return tuple(name for name in names if name not in DESK_SETTINGS and own.get(name) != trained.get(name))
