"""What can a person choose about training? One typed object, read once; the code has the defaults and their units.

Lives here: the settings, reading and writing them as TOML.
Does not live here: what they do (each step of ``training.pipeline``).
"""

import json
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from features.point_in_time.scoring_moments import HOURS
from features.practice.practice import LABELS
from training.errors import SettingsError

__all__ = ["UNRIPE_MODES", "Settings", "read_settings", "format_settings_toml"]

UNRIPE_MODES = ("delay_model", "leave_out")
_BOUNDS = {
    "folds": (2, 10),
    "learning_rate": (1e-4, 1),
    "leaves": (2, 4096),
    "most_trees": (1, 100_000),
    "leads_per_leaf": (1, 1_000_000),
    "feature_fraction": (0.01, 1),
    "l2": (0, 1e6),
    "line_penalty": (1e-6, 1e6),
    "withheld_share": (0, 2),
}


@dataclass(frozen=True)
class Settings:
    """Choices of one training run.

    Parameters
    ----------
    label : {"", "booked", "attended", "treated"}
        The outcome that counts as a conversion; empty means the one that practice.toml names. A flat export's label
        column takes its place.
    unripe : {"delay_model", "leave_out"}
        What moments teach whose horizon is not over yet: the label that silence so far leads one to expect, by how long
        bookings take (``training.dataset.label_delay``), or nothing.
    moments_hours : tuple of float, ascending, the first 0
        Hours after arrival at which an open lead yields a row to learn from.
    folds : int, 2 to 10
        Blocks of time; each but the first is predicted once by a model trained on those before it.
    seed : int
    learning_rate : float
        Of the signed model; with many leads those of the folds learn faster (``gradient_boosting.enlarge_steps``).
    leaves : int
        Maximum leaves of one tree, up to 10,000 rows; more for more rows (``compute_max_leaves``).
    most_trees : int
    leads_per_leaf : int
        Minimum rows in a leaf.
    feature_fraction : float, more than 0, at most 1
        Share of the signals that each tree may use; at least eight of them (``compute_column_share``).
    l2 : float, 0 or more
        Ridge penalty of a leaf's value.
    line_penalty : float, more than 0
        Ridge penalty that the terms of the linear part share with plenty of rows; stronger for few
        (``compute_penalty_factor``). Each signal has its own where few leads teach (``signal_penalties``).
    resamples : int
        Bootstrap resamples behind each interval.
    threads : int
        Threads that LightGBM trains with.
    people_apart : bool
        Whether leads of a person who also has a held-out lead are kept out of training when the model is evaluated. The
        model that is registered learns from everybody.
    withheld_share : float, 0 to 2
        How much the copies of leads with fields withheld count beside whole leads (``dataset.withheld_fields``), and
        less where these are few; 0, and the folds choose (``model.withheld_share``).
    fast : bool
        Whether to leave out what a first look can do without (``training.fast_run``). Such a model is not promoted
        unless somebody signs for the check that was not run; a retraining never leaves anything out.
    """

    label: str = ""
    unripe: str = "delay_model"
    moments_hours: tuple[float, ...] = HOURS
    folds: int = 5
    seed: int = 7
    learning_rate: float = 0.04
    leaves: int = 16
    most_trees: int = 1500
    leads_per_leaf: int = 40
    # Many weak trees: the best of six values on later leads of two real exports.
    feature_fraction: float = 0.4
    l2: float = 2.0
    line_penalty: float = 5.0
    resamples: int = 300
    threads: int = 2
    people_apart: bool = False
    withheld_share: float = 0.0
    fast: bool = False

    def __post_init__(self) -> None:
        if self.label not in ("", *LABELS):
            raise SettingsError(
                f"settings: label is {self.label!r}, expected one of {', '.join(LABELS)}, or nothing for the "
                "practice's own."
            )
        if self.unripe not in UNRIPE_MODES:
            raise SettingsError(f"settings: unripe is {self.unripe!r}, expected one of {', '.join(UNRIPE_MODES)}.")
        for name in ("people_apart", "fast"):
            if type(getattr(self, name)) is not bool:
                raise SettingsError(f"settings: {name} is {getattr(self, name)!r}, expected True or False.")
        hours = self.moments_hours
        are_numbers = all(type(hour) in (int, float) for hour in hours)
        if not hours or not are_numbers or hours[0] != 0 or list(hours) != sorted(set(hours)):
            raise SettingsError(
                f"settings: moments_hours is {list(hours)}, expected hours that ascend from 0, such as [0, 1, 24]."
            )
        for name, (low, high) in _BOUNDS.items():
            if not low <= getattr(self, name) <= high:
                raise SettingsError(f"settings: {name} is {getattr(self, name)!r}, expected {low:g} to {high:g}.")

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON; ``from_dict`` reads them."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in vars(self).items()}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Settings":
        """Return the settings that ``to_dict`` wrote.

        Settings of an earlier version that no longer exist are ignored, newer ones have their defaults.

        >>> Settings.from_dict(Settings(leaves=8).to_dict()).leaves
        8
        """
        current = {field.name: values.get(field.name) for field in fields(cls)}
        return cls(
            **{
                name: tuple(value) if isinstance(value, list) else value
                for name, value in current.items()
                if value is not None
            }
        )


def format_settings_toml(settings: Settings, comment: str) -> str:
    """Return the settings that differ from the defaults as the TOML file that ``read_settings`` reads.

    >>> print(format_settings_toml(Settings(leaves=8, people_apart=True), "by hand"))
    # by hand
    leaves = 8
    people_apart = true
    """
    lines = [f"# {comment}"]
    for field in fields(Settings):
        value = getattr(settings, field.name)
        if value != field.default:
            lines.append(f"{field.name} = {json.dumps(list(value) if isinstance(value, tuple) else value)}")
    return "\n".join(lines)


_TYPE_NAMES = {str: "text in quotes", int: "a whole number", float: "a number", bool: "true or false", tuple: "a list"}


def read_settings(path: str | Path | None) -> Settings:
    """Read settings from a TOML file that holds those that differ from the defaults; without a file, the defaults.

    Raises
    ------
    SettingsError
        If the file is missing, is not TOML, or names an unknown setting.
    """
    if path is None:
        return Settings()
    try:
        values = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except OSError:
        raise SettingsError(
            f"settings: there is no file {str(path)!r}. Name an existing TOML file, or leave --settings out."
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise SettingsError(f"settings: {str(path)!r} is not readable as TOML: {fault}. Fix that line.") from None
    values = {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
    types = {field.name: type(field.default) for field in fields(Settings)}
    faults = [f"{name!r} is not known; known are {', '.join(types)}" for name in values if name not in types]
    faults += [
        f"{name} is {value!r}, expected {_TYPE_NAMES[types[name]]}"
        for name, value in values.items()
        # `is`, not isinstance: true is an int in Python, and would be one tree.
        if name in types and type(value) is not types[name]
    ]
    if faults:
        raise SettingsError(f"settings: {str(path)!r}: " + "; ".join(faults) + ".")
    return Settings(**values)
