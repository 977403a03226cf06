"""What can go wrong between a request and its answer?

    LeadlightError
    ├── RequestError       a request is refused: status, code, and the fields to fix
    ├── ServiceError       the service cannot start, or cannot use a model: a port in use, a score that is not a number
    ├── KeyFileError       the key file cannot be read, or a key cannot be created
    ├── UserError          a user cannot be added or changed: an invalid name, role or password
    ├── ReplayError        a score cannot be computed again from its receipt, or differs now
    └── StoreError         the store cannot be used: no database, a newer schema, a broken chain
        ├── StoreUnavailable   full, read-only, busy or unreachable; the same may succeed later
        ├── StoreRefused       the values cannot be stored as they are
        │   └── UnknownLead    there is no lead with this id
        ├── StoreConflict      an idempotency key was reused with another body
        └── IdConflict         an id of the sender's was reused with other content

An error names fields, never values: what a person wrote stays out of answers and logs.
"""

from features.errors import Fault, LeadlightError

__all__ = [
    "Fault",
    "IdConflict",
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


class RequestError(LeadlightError):
    """A request that is refused.

    Parameters
    ----------
    status : int
        HTTP status.
    code : str
        Machine-readable, such as ``invalid_lead``.
    message : str
        For people: what was found, what was expected, what to do.
    fields : tuple of Fault
    retryable : bool
        Whether the same request may succeed later.
    retry_after : int
        Seconds to wait, where the status is 429 or 503.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        fields: tuple[Fault, ...] = (),
        retryable: bool = False,
        retry_after: int = 2,
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.fields = status, code, message, fields
        self.retryable, self.retry_after = retryable, retry_after


class ServiceError(LeadlightError):
    """The service cannot start, or cannot use a model."""

    exit_code = 1


class KeyFileError(LeadlightError):
    """The key file cannot be read, or a key cannot be created."""

    exit_code = 2


class UserError(LeadlightError):
    """A user cannot be added or changed."""

    exit_code = 2


class ReplayError(LeadlightError):
    """A score cannot be computed again from its receipt, or differs now."""

    exit_code = 1


class StoreError(LeadlightError):
    """The store cannot be used."""

    exit_code = 1


class StoreUnavailable(StoreError):
    """The store cannot write or read now; the same may succeed later. A route answers 503.

    Nothing was written, unless the message says that this is unknown.
    """


class StoreRefused(StoreError):
    """The values cannot be stored as they are. A route answers 422."""


class UnknownLead(StoreRefused):
    """There is no lead with this id. A route answers 404."""


class StoreConflict(StoreError):
    """The idempotency key was used before, with another body. A route answers 422."""


class IdConflict(StoreError):
    """The sender's id of an event or outcome stands for other content. A route answers 409; nothing was written.

    Parameters
    ----------
    message : str
        Both versions, by stage, reason or kind: words of ours, never a value of the sender's.
    fields : tuple of Fault
        What differs.
    """

    def __init__(self, message: str, fields: tuple[Fault, ...]) -> None:
        super().__init__(message)
        self.fields = fields
