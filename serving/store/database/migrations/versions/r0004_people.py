"""Who may sign in? Step 0004: people, and their sessions.

No password and no token is stored: of a password argon2's hash, of a token its sha256.
"""

from alembic import op
from sqlalchemy import Boolean, Column, ForeignKeyConstraint, PrimaryKeyConstraint, Text

from serving.store.database.column_types import Utc

__all__ = ["upgrade"]

revision, down_revision = "0004", "0003"


def upgrade() -> None:
    """Create both tables."""
    op.create_table(
        "people",
        *(Column(name, Text, nullable=False) for name in ("person_id", "shown_name", "role", "password_hash")),
        Column("created_at", Utc, nullable=False),
        Column("disabled_at", Utc),
        Column("must_change", Boolean, nullable=False),
        PrimaryKeyConstraint("person_id", name="pk_people"),
    )
    op.create_table(
        "sessions",
        *(Column(name, Text, nullable=False) for name in ("token_sha256", "person_id", "csrf")),
        *(Column(name, Utc, nullable=False) for name in ("begun_at", "last_seen_at", "ends_at")),
        PrimaryKeyConstraint("token_sha256", name="pk_sessions"),
        ForeignKeyConstraint(["person_id"], ["people.person_id"], name="fk_sessions_person_id"),
    )
    op.create_index("ix_sessions_person_id", "sessions", ["person_id"])
