"""What is a lead called? Step 0009: names, in a table of their own, which no training and no export of ours reads."""

from alembic import op
from sqlalchemy import Column, ForeignKeyConstraint, PrimaryKeyConstraint, Text

__all__ = ["upgrade"]

revision, down_revision = "0009", "0008"


def upgrade() -> None:
    """Create the table. Leads stored before have no name until their source sends one."""
    op.create_table(
        "lead_names",
        Column("lead_id", Text, nullable=False),
        *(Column(name, Text) for name in ("first_name", "last_name", "full_name")),
        Column("search_key", Text, nullable=False),
        ForeignKeyConstraint(["lead_id"], ["leads.lead_id"], name="fk_lead_names_lead_id"),
        PrimaryKeyConstraint("lead_id", name="pk_lead_names"),
    )
