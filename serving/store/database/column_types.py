"""How is a value stored in a column, so that either database returns it the same to the bit?

Lives here: times in UTC, JSON text, and which texts no database can store.
Does not live here: which columns there are (``tables``).
"""

import json
import math
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime, Dialect, Double, String, Text
from sqlalchemy.types import Boolean, TypeDecorator, TypeEngine

from serving.errors import StoreRefused

__all__ = ["SQL_KINDS", "Utc", "to_json", "require_storable", "to_utc", "format_utc"]

_UTC_LENGTH = len("2026-03-05T14:00:00.000000Z")


class Utc(TypeDecorator):
    """A moment in UTC, to the microsecond: TIMESTAMPTZ on PostgreSQL; on SQLite a text of fixed width whose order is
    that of time.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine:
        """Return the column's type in each database."""
        return dialect.type_descriptor(String(_UTC_LENGTH) if dialect.name == "sqlite" else DateTime(timezone=True))

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """Convert a moment to what is written."""
        if value is None:
            return None
        return format_utc(to_utc(value)) if dialect.name == "sqlite" else to_utc(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Convert what is read to a moment: always aware, always UTC."""
        return None if value is None else to_utc(datetime.fromisoformat(value) if isinstance(value, str) else value)


SQL_KINDS: dict[str, TypeEngine] = {
    "id": Text(),
    "text": Text(),
    "category": Text(),
    "number": Double(),
    "yes_no": Boolean(),
    "time": Utc(),
}
"""Kind of a column in ``features.schema`` -> how it is stored."""


def to_utc(value: Any) -> datetime:
    """Return an aware datetime, or NumPy's datetime64 (always UTC in this code base), as an aware datetime in UTC.

    >>> to_utc(datetime.fromisoformat("2026-03-05T14:00:00-05:00"))
    datetime.datetime(2026, 3, 5, 19, 0, tzinfo=datetime.timezone.utc)
    """
    moment = value if isinstance(value, datetime) else value.astype("datetime64[us]").item()
    if moment is None:
        raise StoreRefused("store: a required time is missing. Send a time, or leave the whole field out.")
    if moment.tzinfo is None:
        if isinstance(value, datetime):
            raise StoreRefused(
                "store: a time has no time zone, expected one in UTC. "
                "Convert it first (features.parsing.dates.timestamps)."
            )
        return moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC)


def format_utc(moment: datetime) -> str:
    """Format a moment in UTC as text of fixed width.

    >>> format_utc(datetime(2026, 3, 5, 14, tzinfo=UTC))
    '2026-03-05T14:00:00.000000Z'
    """
    return moment.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def to_json(value: Any) -> str:
    """Return the one JSON text of a value: no NaN, no spaces, keys in their order."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def require_storable(field: str, value: Any) -> None:
    """Reject what one of the databases cannot store: the character NUL, half of a surrogate pair, a number that is not
    finite.

    Raises
    ------
    StoreRefused
        Naming the field, never the value.
    """
    if isinstance(value, dict):
        for name, inner in value.items():
            require_storable(field, name)
            require_storable(field, inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            require_storable(field, inner)
    elif isinstance(value, str):
        if "\0" in value or any("\ud800" <= character <= "\udfff" for character in value):
            raise StoreRefused(
                f"store: {field} holds NUL or half of a surrogate pair, which no database can store. "
                "Send whole Unicode characters."
            )
    elif isinstance(value, float) and not math.isfinite(value):
        raise StoreRefused(f"store: {field} holds a number that is not finite. Leave it out where it is unknown.")
