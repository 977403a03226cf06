"""Who is away, until when, and who reads which language? Step 0010: absences and languages of the desk's people."""

from alembic import op
from sqlalchemy import Column, ForeignKeyConstraint, PrimaryKeyConstraint, Text

from serving.store.database.column_types import Utc

__all__ = ["upgrade"]

revision, down_revision = "0010", "0009"


def upgrade() -> None:
    """Create the table and the column; nobody is away, and everybody reads English."""
    op.add_column("people", Column("language", Text, nullable=False, server_default="en"))
    op.create_table(
        "desk_absences",
        Column("person", Text, nullable=False),
        Column("starts_at", Utc, nullable=False),
        Column("ends_at", Utc, nullable=False),
        Column("set_by", Text, nullable=False),
        Column("set_at", Utc, nullable=False),
        ForeignKeyConstraint(["person"], ["people.person_id"], name="fk_desk_absences_person"),
        PrimaryKeyConstraint("person", "starts_at", name="pk_desk_absences"),
    )
