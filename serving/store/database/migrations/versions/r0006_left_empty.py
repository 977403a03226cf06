"""Was a field asked for and left empty, or never sent?

Step 0006: each lead names the columns that its source sent without a value. Of leads stored before, none are known.
"""

from alembic import op
from sqlalchemy import JSON, Column

__all__ = ["upgrade"]

revision, down_revision = "0006", "0005"


def upgrade() -> None:
    """Add the column."""
    op.add_column("leads", Column("left_empty", JSON, nullable=False, server_default="[]"))
