"""What can be wrong with what we are given? One tree of errors, so that a caller catches as much of it as it means to.

    LeadlightError                 anything a person can fix; the command line prints it without a traceback
    ├── DataError                  a file or a table: missing, empty, unreadable, wrong columns
    │   └── MappingError           a mapping file with a fault, or one that does not match the export
    ├── PracticeError              practice.toml has a setting that cannot be right
    ├── SignalError                a signal breaks its promises (shape, range, name)
    └── WorkersError               processes or a cluster that died again and again, or were not there

``training.errors`` and ``serving.errors`` add their own branches under ``LeadlightError``.
A message says where it happened, what was found, what was expected, and what to do, in that order. It never contains a
name, a phone number, an address or a message text.
"""

from dataclasses import dataclass

__all__ = ["DataError", "Fault", "LeadlightError", "MappingError", "PracticeError", "SignalError", "WorkersError"]


@dataclass(frozen=True)
class Fault:
    """One field of the input that cannot be used.

    Parameters
    ----------
    field : str
        Where it is, such as ``events[0].kind``.
    found : str
        What kind of value is there, never the value.
    expected : str
    """

    field: str
    found: str
    expected: str


class LeadlightError(Exception):
    """Anything a person can fix. The command line prints it and exits with ``exit_code``."""

    exit_code = 1


class DataError(LeadlightError):
    """A file or a table cannot be used as it is."""

    exit_code = 2


class MappingError(DataError):
    """A mapping file has a fault, or does not match the export it is used on."""


class PracticeError(LeadlightError):
    """practice.toml has a setting that cannot be right."""

    exit_code = 2


class SignalError(LeadlightError):
    """A signal breaks a promise that every signal makes."""


class WorkersError(LeadlightError):
    """Local processes or a cluster did not finish their tasks."""
