"""What can go wrong between a request and its answer?

    LeadlightError
    ├── RequestError       a request cannot be answered as it is: status, code, and the fields to mend
    ├── ServiceError       the service cannot start, or cannot use a model: a port in use, a score that is not a number
    ├── KeyFileError       the file of keys cannot be used, or a key cannot be made as asked
    ├── PeopleError        a person cannot be added or changed as asked: a name, a role or a password of another form
    ├── ReplayError        a score cannot be computed again from its receipt, or is another one now
    └── StoreError         the store cannot be used: no database, a newer schema, a broken chain
        ├── StoreUnavailable   full, read-only, busy or away; the same may succeed later
        ├── StoreRefused       what was given cannot be kept as it is
        │   └── UnknownLead    there is no lead with this id
        └── StoreConflict      an idempotency key came back with another body

An error names fields, never values: what a person wrote stays out of answers and logs.
"""

from dataclasses import dataclass

from features.errors import LeadlightError

__all__ = [
    "FieldFault",
    "KeyFileError",
    "UserError",
    "ReplayError",
    "RequestError",
    "ServiceError",
    "StoreConflict",
    "StoreError",
    "StoreRefused",
    "StoreUnavailable",
    "UnknownLead",
]


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
    retry_after : int
        After how many seconds, where the status is 429 or 503.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        fields: tuple[FieldFault, ...] = (),
        retryable: bool = False,
        retry_after: int = 2,
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.fields, self.retryable, self.retry_after = (
            status,
            code,
            message,
            fields,
            retryable,
            retry_after,
        )


class ServiceError(LeadlightError):
    """The service cannot start, or cannot use a model."""

    exit_code = 1


class KeyFileError(LeadlightError):
    """The file of keys cannot be used, or a key cannot be made as asked."""

    exit_code = 2


class UserError(LeadlightError):
    """A person cannot be added or changed as asked."""

    exit_code = 2


class ReplayError(LeadlightError):
    """A score cannot be computed again from its receipt, or is another one now."""

    exit_code = 1


class StoreError(LeadlightError):
    """The store cannot be used as it is."""

    exit_code = 1


class StoreUnavailable(StoreError):
    """The store cannot write or read now; the same may succeed later. A route answers 503.

    Nothing was written, unless the message says that nobody knows.
    """


class StoreRefused(StoreError):
    """What was given cannot be kept as it is. A route answers 422."""


class UnknownLead(StoreRefused):
    """There is no lead with this id. A route answers 404."""


class StoreConflict(StoreError):
    """The idempotency key was used before, with another body. A route answers 422."""
