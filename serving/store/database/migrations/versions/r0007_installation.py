"""With which installation's key are the ids in the audit hashed?

Step 0007: a mark of the key, so that a store is not opened with another one.
"""

from alembic import op
from sqlalchemy import Column, PrimaryKeyConstraint, Text

__all__ = ["upgrade"]

revision, down_revision = "0007", "0006"


def upgrade() -> None:
    """Create the table; it gets its row from whoever opens the store first."""
    op.create_table(
        "installation",
        Column("key_fingerprint", Text, nullable=False),
        PrimaryKeyConstraint("key_fingerprint", name="pk_installation"),
    )
