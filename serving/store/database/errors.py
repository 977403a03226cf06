"""What does a database's own error mean for us? SQLAlchemy's exceptions -> short messages without a value.

Lives here: which faults are temporary, and what to do about the others.
Does not live here: the tree of errors (``serving.errors``).
"""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from serving.errors import StoreError, StoreRefused, StoreUnavailable

__all__ = ["translate_error", "translate_commit_error", "translate_errors"]

_NOTHING = "Nothing of this was written."
_FULL = f"the disk is full. {_NOTHING} Free some space, then send it again."
_READ_ONLY = f"the database is read-only. {_NOTHING} Let the service write to it, then send it again."
_BUSY = f"another writer did not finish in time. {_NOTHING} Send it again."
_AWAY = f"the database does not answer. {_NOTHING} Check that it runs and admits this user, then send it again."
_NO_REPLY = (
    "the database failed during the commit, so it is unknown whether this was written. "
    "Send it again with the same idempotency key."
)
_DAMAGED = "the file is damaged or is not a store. Restore a backup (leadlight restore FILE)."

_DISK = f"the disk failed to write or read. {_NOTHING} Fix the disk, then send it again."

_SQLITE_CAUSES = {5: _BUSY, 6: _BUSY, 8: _READ_ONLY, 10: _DISK, 13: _FULL, 14: _AWAY}
"""SQLite's primary result code -> its cause; each of these is temporary."""
_DAMAGED_CODES = (11, 26)

_POSTGRESQL_CAUSES = {
    "53100": _FULL,
    "25006": _READ_ONLY,
    "55P03": _BUSY,
    "40P01": _BUSY,
    "40001": _BUSY,
    "57014": _BUSY,
}
_AWAY_CLASSES = ("08", "57", "53", "28", "3D")


@contextmanager
def translate_errors() -> Iterator[None]:
    """Raise a database's error as one of ours."""
    try:
        yield
    except SQLAlchemyError as fault:
        raise translate_error(fault) from None


def translate_error(fault: SQLAlchemyError) -> StoreError:
    """Return the error of ours for a database's error.

    The driver's own text may hold a value, so only its kind and code are reported.
    """
    original: BaseException = (fault.orig if isinstance(fault, DBAPIError) else None) or fault
    if isinstance(fault, IntegrityError):
        rule = "It breaks a rule of the schema or of an append-only table."
        return StoreRefused(f"store: the database rejected a row ({_describe_kind(original)}). {_NOTHING} {rule}")
    if isinstance(fault, NoConnectionFree):
        return StoreUnavailable(f"store: {_BUSY}")
    code = getattr(original, "sqlite_errorcode", None)
    # The low byte of an extended result code is the primary one: SQLITE_IOERR_WRITE (778) & 0xFF is SQLITE_IOERR (10).
    if code is not None:
        return _make_store_error(_SQLITE_CAUSES.get(code & 0xFF), code & 0xFF in _DAMAGED_CODES, original)
    state = getattr(original, "sqlstate", None) or ""
    lost = isinstance(fault, DBAPIError) and fault.connection_invalidated
    away = lost or state[:2] in _AWAY_CLASSES or type(original).__name__ == "OperationalError"
    return _make_store_error(_POSTGRESQL_CAUSES.get(state, _AWAY if away else None), False, original)


def translate_commit_error(fault: SQLAlchemyError) -> StoreError:
    """Return the error for a failed commit: only then is it unknown whether the transaction was written."""
    error = translate_error(fault)
    return StoreUnavailable(f"store: {_NO_REPLY}") if any(cause in str(error) for cause in (_AWAY, _DISK)) else error


def _make_store_error(cause: str | None, damaged: bool, original: BaseException) -> StoreError:
    """Return the error for a cause."""
    if cause is not None:
        return StoreUnavailable(f"store: {cause}")
    message = _DAMAGED if damaged else f"the database reported an error ({_describe_kind(original)}). {_NOTHING}"
    return StoreError(f"store: {message}")


def _describe_kind(original: BaseException) -> str:
    """Return the driver's class of error and its code."""
    code = getattr(original, "sqlstate", None) or getattr(original, "sqlite_errorname", None)
    return type(original).__name__ + (f", {code}" if code else "")
