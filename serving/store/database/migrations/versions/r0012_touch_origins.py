"""Where did a touch before the inquiry come from? Step 0012: channel and source of an event."""

from alembic import op
from sqlalchemy import Column, Text

__all__ = ["upgrade"]

revision, down_revision = "0012", "0011"


def upgrade() -> None:
    """Create the columns; events stored before name neither."""
    op.add_column("events", Column("channel", Text))
    op.add_column("events", Column("source", Text))
