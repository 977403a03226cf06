"""What can be wrong with what we are given? One tree, so that a caller catches as much of it as it means to.

    LeadlightError                 anything a person can mend; the command line prints it without a traceback
    ├── DataError                  a file or a table: missing, empty, unreadable, wrong columns
    │   └── MappingError           a mapping file that does not fit itself or the export
    ├── PracticeError              practice.toml says something that cannot hold
    └── SignalError                a signal breaks its promises (shape, range, name)

``training.errors`` and ``serving.errors`` grow their own branches from ``LeadlightError``.
A message is a small letter: where it happened, what was found, what was expected, what to do. It never carries a
name, a phone number, an address or a message text.
"""

__all__ = ["DataError", "LeadlightError", "MappingError", "PracticeError", "SignalError"]


class LeadlightError(Exception):
    """Anything a person can mend. The command line prints it as it stands and exits with ``exit_code``."""

    exit_code = 1


class DataError(LeadlightError):
    """A file or a table cannot be used as it is."""

    exit_code = 2


class MappingError(DataError):
    """A mapping file does not fit itself, or does not fit the export it is used on."""


class PracticeError(LeadlightError):
    """practice.toml says something that cannot hold."""

    exit_code = 2


class SignalError(LeadlightError):
    """A signal breaks a promise that every signal makes."""
