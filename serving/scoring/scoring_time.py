"""As of when is each lead of a file scored? What ``--at`` means: the newest time in the data, the arrival, or a time.

Lives here: choosing, saying and parsing that time. Does not live here: scoring (``file_scores``), as of when leads are
learned (``features.point_in_time.scoring_moments``).
"""

import re
from dataclasses import dataclass

import numpy as np

from features.errors import DataError
from features.tables.tables import Tables
from training.bundle import Bundle, LevelPath

__all__ = ["MomentsOfScoring", "choose_time", "describe_time", "find_cutoffs", "parse_time"]

_TIME = re.compile(r"[0-9]{4}(-[0-9]{2}){2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,6})?)?)?Z?")


@dataclass(frozen=True)
class MomentsOfScoring:
    """As of when leads are scored, and at which level.

    Parameters
    ----------
    at : str
        latest, arrival, or a time in UTC.
    as_of : datetime64[us] or None
        The newest time in all data.
    path : LevelPath or None
        The level as followed by the outcomes beside the leads; None as trained.
    """

    at: str
    as_of: np.datetime64 | None
    path: LevelPath | None = None


def choose_time(at: str, bundle: Bundle) -> str:
    """Return the time of scoring that ``--at`` means, where auto is a time that the model knows.

    Raises
    ------
    DataError
        If it is none, before anything is read or written by it.
    """
    if at == "auto":
        return "arrival" if bundle.arrival_only else "latest"
    if at not in ("arrival", "latest"):
        parse_time(at)
    return at


def describe_time(at: str, as_of: np.datetime64 | None, bundle: Bundle) -> str:
    """Say as of when the leads are scored, and warn where the model never learned such a time."""
    if not bundle.dated:
        return "Scored without a time: the model learned from data without dates."
    if at == "arrival":
        return "Scored as of the arrival of each lead (--at arrival)."
    latest = "none" if as_of is None else f"{np.datetime_as_string(as_of, 'm')} UTC"
    time = f"the latest time in the data, {latest} (--at latest)" if at == "latest" else f"{at} UTC (--at)"
    if not bundle.arrival_only:
        return f"Scored as of {time}."
    return (
        f"WARNING: scored as of {time}, but this model learned from leads at their arrival only, so these scores are "
        "not reliable. Use --at arrival."
    )


def find_cutoffs(tables: Tables, as_of: np.datetime64 | None, at: str) -> np.ndarray:
    """Return the time of scoring of each lead that ``--at`` means, shape (m,); NaT in data without dates.

    ``as_of``: the newest time in all data.
    """
    count, no_time = len(tables.leads), np.datetime64("NaT", "us")
    if at == "arrival":
        return tables.created_at
    moment = (as_of or no_time) if at == "latest" else parse_time(at)
    return np.full(count, moment, "datetime64[us]")


def parse_time(at: str) -> np.datetime64:
    """Parse the time that ``--at`` names, UTC.

    Raises
    ------
    DataError
        If it is no day and no minute of a day. numpy would take "now", which is another time for each chunk, no text
        at all, and a zone.

    >>> parse_time("2026-03-14"), parse_time("2026-03-14T15:05Z")
    (np.datetime64('2026-03-14T00:00:00.000000'), np.datetime64('2026-03-14T15:05:00.000000'))
    """
    try:
        if _TIME.fullmatch(at):
            return np.datetime64(at.removesuffix("Z"), "us")
    except ValueError:
        # Such as the 31st of February.
        pass
    raise DataError(
        f"time: --at is {at!r}, expected auto, latest, arrival, or a time in UTC such as 2026-03-14T15:05:00Z."
    )
