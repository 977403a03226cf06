"""What must a store know to connect to CRMs? Step 0003: versions of fields, which CRM a lead came from, tombstones; and
people are found by their id.

Whoever was forgotten on request before this step has a line in the audit, and gets a tombstone from it.
"""

from alembic import op
from sqlalchemy import Column, ForeignKeyConstraint, PrimaryKeyConstraint, Text

from serving.store.database.column_types import Utc

__all__ = ["upgrade"]

revision, down_revision = "0003", "0002"

_RETENTION_DETAIL = '%"because":"retention"%'


def upgrade() -> None:
    """Create the tables, and fill them from the audit."""
    op.create_table(
        "field_versions",
        Column("lead_id", Text, nullable=False),
        Column("field", Text, nullable=False),
        Column("occurred_at", Utc, nullable=False),
        Column("event_id", Text, nullable=False),
        ForeignKeyConstraint(["lead_id"], ["leads.lead_id"], name="fk_field_versions_lead_id"),
        PrimaryKeyConstraint("lead_id", "field", name="pk_field_versions"),
    )
    op.create_table(
        "lead_crms",
        Column("lead_id", Text, nullable=False),
        Column("crm", Text, nullable=False),
        ForeignKeyConstraint(["lead_id"], ["leads.lead_id"], name="fk_lead_crms_lead_id"),
        PrimaryKeyConstraint("lead_id", "crm", name="pk_lead_crms"),
    )
    op.create_table(
        "tombstones",
        Column("lead_hash", Text, nullable=False),
        Column("forgotten_at", Utc, nullable=False),
        PrimaryKeyConstraint("lead_hash", name="pk_tombstones"),
    )
    op.create_index("ix_leads_person_id", "leads", ["person_id"])
    op.execute(
        "INSERT INTO tombstones (lead_hash, forgotten_at) SELECT lead_hash, max(at) FROM audit "
        "WHERE action = 'lead_forgotten' AND lead_hash IS NOT NULL "
        f"AND detail NOT LIKE '{_RETENTION_DETAIL}' GROUP BY lead_hash"
    )
