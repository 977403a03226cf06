"""What may a person choose about training? One typed object, read once; code holds the defaults and their units."""

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
        What moments teach whose horizon is not over: what silence so far is worth, by how long bookings take
        (``delays``), or nothing.
    moments_hours : tuple of float, ascending, the first 0
        Hours after arrival at which an open lead yields a row to learn from.
    folds : int, 2 to 10
        Blocks of time; each but the first is predicted once by a model trained on those before it.
    seed : int
    learning_rate : float
    leaves : int
        Most leaves of one tree, up to 10,000 rows; more for more (``fit.most_leaves``).
    most_trees : int
    leads_per_leaf : int
        Fewest rows in a leaf.
    feature_fraction : float, more than 0, at most 1
        Share of the signals that each tree may look at; at least eight of them (``fit.column_share``).
    l2 : float, 0 or more
        Ridge penalty of a leaf's value.
    line_penalty : float, more than 0
        Ridge penalty of the linear part, where there are rows in plenty; stronger for few
        (``linear.small_data_factor``).
    resamples : int
        Bootstrap resamples behind each interval.
    threads : int
        Threads that LightGBM trains with.
    people_apart : bool
        Whether leads of a person who also stands among the held-out leads are kept out of training when the model is
        measured. The model that is registered learns from everybody.
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
    feature_fraction: float = 0.4  # many weak looks: best of six settings on later leads of two real exports
    l2: float = 2.0
    line_penalty: float = 5.0
    resamples: int = 300
    threads: int = 2
    people_apart: bool = False

    def __post_init__(self) -> None:
        if self.label not in ("", *LABELS):
            raise SettingsError(
                f"settings: label is {self.label!r}, expected one of {', '.join(LABELS)}, or nothing for the practice's own."
            )
        if self.unripe not in UNRIPE_MODES:
            raise SettingsError(f"settings: unripe is {self.unripe!r}, expected one of {', '.join(UNRIPE_MODES)}.")
        hours = self.moments_hours
        if (
            not hours
            or hours[0] != 0
            or any(type(hour) not in (int, float) for hour in hours)
            or list(hours) != sorted(set(hours))
        ):
            raise SettingsError(
                f"settings: moments_hours is {list(hours)}, expected hours that ascend from 0, such as [0, 1, 24]."
            )
        for name, (low, high) in _BOUNDS.items():
            if not low <= getattr(self, name) <= high:
                raise SettingsError(f"settings: {name} is {getattr(self, name)!r}, expected {low:g} to {high:g}.")

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON; ``from_plain`` takes them back."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in vars(self).items()}

    @classmethod
    def from_dict(cls, plain: dict[str, Any]) -> "Settings":
        """The settings that ``plain`` gave; those that are not known any more are passed over, those that came since
        have their defaults.

        >>> Settings.from_dict(Settings(leaves=8).to_dict()).leaves
        8
        """
        return cls(
            **{
                one.name: tuple(value) if isinstance(value, list) else value
                for one in fields(cls)
                if (value := plain.get(one.name)) is not None
            }
        )


def format_settings_toml(settings: Settings, why: str) -> str:
    """The settings that differ from the defaults, as the TOML file that ``read_settings`` reads, under a comment that
    says where they come from.

    >>> print(format_settings_toml(Settings(leaves=8, people_apart=True), "by hand"))
    # by hand
    leaves = 8
    people_apart = true
    """
    differ = {
        one.name: getattr(settings, one.name) for one in fields(Settings) if getattr(settings, one.name) != one.default
    }
    lines = [
        f"{name} = {json.dumps(list(value) if isinstance(value, tuple) else value)}" for name, value in differ.items()
    ]
    return "\n".join([f"# {why}", *lines])


_WORDS = {str: "text in quotes", int: "a whole number", float: "a number", bool: "true or false", tuple: "a list"}


def read_settings(path: str | Path | None) -> Settings:
    """The defaults, changed by a TOML file where one is named.

    Raises
    ------
    SettingsError
        If the file is missing, is not TOML, or names a setting that is not known.
    """
    if path is None:
        return Settings()
    try:
        given = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except OSError:
        raise SettingsError(
            f"settings: there is no file {str(path)!r}. Name an existing TOML file, or leave --settings out."
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise SettingsError(f"settings: {str(path)!r} is not readable as TOML: {fault}. Mend that line.") from None
    given = {name: tuple(value) if isinstance(value, list) else value for name, value in given.items()}
    known = {f.name: type(f.default) for f in fields(Settings)}
    faults = [f"{name!r} is not known; known are {', '.join(known)}" for name in given if name not in known]
    faults += [
        f"{name} is {value!r}, expected {_WORDS[known[name]]}"
        for name, value in given.items()
        if name in known and type(value) is not known[name]
    ]
    if faults:
        raise SettingsError(f"settings: {str(path)!r}: " + "; ".join(faults) + ".")
    return Settings(**given)
