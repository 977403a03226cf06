"""How often were ads shown and clicked for the money? Step 0013: impressions and clicks of spending."""

from alembic import op
from sqlalchemy import Column, Double

__all__ = ["upgrade"]

revision, down_revision = "0013", "0012"


def upgrade() -> None:
    """Create the columns; amounts stored before have neither."""
    op.add_column("spend", Column("impressions", Double))
    op.add_column("spend", Column("clicks", Double))
