"""What did it cost, and who booked? Step 0011: spending, and the person of an outcome."""

from alembic import op
from sqlalchemy import BigInteger, Column, Double, Integer, PrimaryKeyConstraint, Text

from serving.store.database.column_types import Utc

__all__ = ["upgrade"]

revision, down_revision = "0011", "0010"


def upgrade() -> None:
    """Create the table and the column; outcomes stored before name nobody."""
    op.add_column("outcomes", Column("staff_id", Text))
    op.create_table(
        "spend",
        Column("seq", BigInteger().with_variant(Integer(), "sqlite"), autoincrement=True, nullable=False),
        Column("day", Utc, nullable=False),
        Column("amount", Double, nullable=False),
        Column("campaign", Text),
        Column("channel", Text),
        Column("position", Integer, nullable=False),
        Column("recorded_at", Utc, nullable=False),
        PrimaryKeyConstraint("seq", name="pk_spend"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_spend_day", "spend", ["day"])
