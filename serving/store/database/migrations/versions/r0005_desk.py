"""What did people do with a lead?

Step 0005: the steps of the desk, append-only; which can still be undone; each lead's state; saved views; the practice's
own texts.
"""

from alembic import op
from sqlalchemy import JSON, BigInteger, Column, ForeignKeyConstraint, Integer, PrimaryKeyConstraint, Text

from serving.store.database.column_types import Utc
from serving.store.database.migrations.append_only_triggers import create_append_only_triggers

__all__ = ["upgrade"]

revision, down_revision = "0005", "0004"

_FORGETTING = "(OLD.lead_id IN (SELECT lead_id FROM forgetting)) IS NOT TRUE"


def upgrade() -> None:
    """Create the tables and the triggers."""
    of_leads = (
        ForeignKeyConstraint(["lead_id"], ["leads.lead_id"], name=f"fk_{table}_lead_id")
        for table in ("desk_steps", "desk_leads")
    )
    op.create_table(
        "desk_steps",
        Column("seq", BigInteger().with_variant(Integer(), "sqlite"), autoincrement=True, nullable=False),
        Column("lead_id", Text, nullable=False),
        Column("at", Utc, nullable=False),
        Column("person", Text, nullable=False),
        Column("kind", Text, nullable=False),
        Column("detail", JSON, nullable=False),
        Column("undoes", BigInteger),
        next(of_leads),
        PrimaryKeyConstraint("seq", name="pk_desk_steps"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_desk_steps_lead_id", "desk_steps", ["lead_id"])
    op.create_index("ix_desk_steps_kind", "desk_steps", ["kind", "seq"])
    op.create_table(
        "desk_due",
        Column("step", BigInteger, autoincrement=False, nullable=False),
        Column("due_at", Utc, nullable=False),
        PrimaryKeyConstraint("step", name="pk_desk_due"),
    )
    op.create_index("ix_desk_due_due_at", "desk_due", ["due_at"])
    op.create_table(
        "desk_leads",
        Column("lead_id", Text, nullable=False),
        Column("track", Text, nullable=False),
        Column("owner", Text),
        Column("held_until", Utc),
        Column("callback_at", Utc),
        Column("follow_up_at", Utc),
        Column("nurtured_at", Utc),
        Column("calls", Integer, nullable=False),
        Column("last_call_at", Utc),
        Column("last_result", Text),
        Column("grade", Text),
        Column("place", Integer),
        Column("closed_because", Text),
        Column("step", BigInteger, nullable=False),
        next(of_leads),
        PrimaryKeyConstraint("lead_id", name="pk_desk_leads"),
    )
    op.create_table(
        "desk_views",
        Column("person", Text, nullable=False),
        Column("name", Text, nullable=False),
        Column("query", Text, nullable=False),
        PrimaryKeyConstraint("person", "name", name="pk_desk_views"),
    )
    op.create_table(
        "desk_texts",
        Column("name", Text, nullable=False),
        Column("text", Text, nullable=False),
        Column("changed_at", Utc, nullable=False),
        Column("changed_by", Text, nullable=False),
        PrimaryKeyConstraint("name", name="pk_desk_texts"),
    )
    create_append_only_triggers({("desk_steps", "UPDATE"): "1 = 1", ("desk_steps", "DELETE"): _FORGETTING})
