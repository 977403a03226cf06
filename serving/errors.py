"""What can go wrong between a request and its answer?

    LeadlightError
    ├── RequestError       a request cannot be answered as it is: status, code, and the fields to mend
    ├── ServiceError       the service cannot start, or cannot use a model: a port in use, a score that is not a number
    └── ReplayError        a score cannot be computed again from its receipt, or is another one now

An error names fields, never values: what a person wrote stays out of answers and logs.
"""

from dataclasses import dataclass

from features.errors import LeadlightError

__all__ = ["FieldFault", "ReplayError", "RequestError", "ServiceError"]


@dataclass(frozen=True)
class FieldFault:
    """One field that cannot be used: where it stands, what was found (its type, not its value), what was expected."""

    field: str
    found: str
    expected: str


class RequestError(LeadlightError):
    """A request that is refused.

    Parameters
    ----------
    status : int
        HTTP status.
    code : str
        One word for programs, such as ``invalid_lead``.
    message : str
        One sentence for people: what was found, what was expected, what to do.
    fields : tuple of FieldFault
    retryable : bool
        Whether the same request may succeed later.
    """

    def __init__(self, status: int, code: str, message: str, fields: tuple[FieldFault, ...] = (), retryable: bool = False) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.fields, self.retryable = status, code, message, fields, retryable


class ServiceError(LeadlightError):
    """The service cannot start, or cannot use a model."""

    exit_code = 1


class ReplayError(LeadlightError):
    """A score cannot be computed again from its receipt, or is another one now."""

    exit_code = 1
