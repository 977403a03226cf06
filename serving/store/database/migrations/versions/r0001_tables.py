"""What did the first store hold? Step 0001: leads with their history, events, outcomes, scores, overrides, keys,
outbox, audit.

Written out in full, so that it stays the same when ``features.schema`` grows.
"""

from alembic import op
from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKeyConstraint,
    Integer,
    PrimaryKeyConstraint,
    Text,
    UniqueConstraint,
)

from serving.store.database.column_types import Utc

__all__ = ["upgrade"]

revision, down_revision = "0001", None

_LEAD_COLUMNS = (
    "person_id",
    "created_at",
    "practice",
    "channel",
    "source",
    "campaign",
    "landing_page",
    "service_requested",
    "message",
    "preferred_clinic",
    "postal_code",
    "latitude",
    "longitude",
    "phone",
    "email",
    "preferred_contact",
    "preferred_time",
    "relation",
    "referrer",
    "referral_reason",
    "payer",
    "age_band",
    "existing_patient",
    "timeframe",
    "do_not_contact",
    "earlier_enquiries",
)
_COLUMN_TYPES = {
    "created_at": Utc,
    "latitude": Double,
    "longitude": Double,
    "existing_patient": Boolean,
    "do_not_contact": Boolean,
    "earlier_enquiries": Double,
}


def upgrade() -> None:
    """Create every table."""
    _create_lead_tables()
    _create_score_tables()
    _create_queue_tables()
    _create_table(
        "forgetting", Column("lead_id", Text, nullable=False), PrimaryKeyConstraint("lead_id", name="pk_forgetting")
    )


def _create_lead_tables() -> None:
    """Create leads, their changes, events and outcomes."""
    columns = [Column(name, _COLUMN_TYPES.get(name, Text)(), nullable=name != "created_at") for name in _LEAD_COLUMNS]
    keys = Column("email_key", Text), Column("phone_key", Text)
    times = [Column(name, Utc, nullable=False) for name in ("first_known_at", "changed_at", "last_activity_at")]
    unique = UniqueConstraint("lead_id", name="uq_leads_lead_id")
    _create_numbered_table(
        "leads", _lead_column(), *columns, Column("custom", JSON, nullable=False), *keys, *times, unique
    )
    _create_numbered_table(
        "lead_changes",
        _lead_column(),
        Column("known_at", Utc, nullable=False),
        Column("fields", JSON, nullable=False),
        _lead_foreign_key("lead_changes"),
    )
    _create_numbered_table(
        "events",
        _lead_column(),
        Column("occurred_at", Utc, nullable=False),
        Column("kind", Text, nullable=False),
        Column("direction", Text),
        Column("duration_s", Double),
        Column("staff_id", Text),
        Column("reached", Boolean),
        Column("campaign", Text),
        Column("recorded_at", Utc, nullable=False),
        Column("event_id", Text),
        _lead_foreign_key("events"),
        UniqueConstraint("lead_id", "event_id", name="uq_events_lead_id"),
    )
    _create_numbered_table(
        "outcomes",
        _lead_column(),
        Column("occurred_at", Utc, nullable=False),
        Column("stage", Text, nullable=False),
        Column("recorded_at", Utc, nullable=False),
        Column("reason", Text),
        Column("value", Double),
        Column("outcome_id", Text),
        _lead_foreign_key("outcomes"),
        UniqueConstraint("lead_id", "outcome_id", name="uq_outcomes_lead_id"),
    )
    for table, name, columns in (
        ("leads", "ix_leads_email_key", ["email_key"]),
        ("leads", "ix_leads_phone_key", ["phone_key"]),
        ("leads", "ix_leads_last_activity_at", ["last_activity_at"]),
        ("lead_changes", "ix_lead_changes_lead_id", ["lead_id"]),
        ("events", "ix_events_lead_and_time", ["lead_id", "occurred_at"]),
    ):
        op.create_index(name, table, columns)


def _create_score_tables() -> None:
    """Create scores, overrides and the audit."""
    _create_numbered_table(
        "scores",
        Column("lead_id", Text),
        Column("receipt", Text),
        Column("scored_at", Utc, nullable=False),
        Column("cutoff", Utc),
        *(Column(name, Text, nullable=False) for name in ("bundle_sha256", "model_version")),
        Column("probability", Double, nullable=False),
        *(Column(name, Text, nullable=False) for name in ("grade", "lane", "cause")),
        Column("shown", JSON),
        _lead_foreign_key("scores"),
        UniqueConstraint("lead_id", "receipt", name="uq_scores_lead_id"),
    )
    op.create_index("ix_scores_lead_and_time", "scores", ["lead_id", "scored_at"])
    _create_numbered_table(
        "overrides",
        _lead_column(),
        Column("said_at", Utc, nullable=False),
        Column("said_by", Text, nullable=False),
        Column("kind", Text, nullable=False),
        Column("receipt", Text),
        Column("grade", Text),
        Column("place", Integer),
        Column("reason", Text),
        Column("note", Text),
        _lead_foreign_key("overrides"),
    )
    op.create_index("ix_overrides_lead_id", "overrides", ["lead_id"])
    _create_table(
        "audit",
        Column("seq", BigInteger, nullable=False, autoincrement=False),
        Column("at", Utc, nullable=False),
        *(
            Column(name, Text, nullable=name == "lead_hash")
            for name in ("actor", "action", "lead_hash", "detail", "previous_hash", "row_hash")
        ),
        PrimaryKeyConstraint("seq", name="pk_audit"),
    )
    op.create_index("ix_audit_lead_hash", "audit", ["lead_hash"])


def _create_queue_tables() -> None:
    """Create the answers stored for retries, and the messages to send."""
    both = Column("caller", Text, nullable=False), Column("key_sha256", Text, nullable=False)
    _create_table(
        "idempotency_keys",
        *both,
        Column("body_sha256", Text, nullable=False),
        Column("kept_at", Utc, nullable=False),
        Column("status", Integer, nullable=False),
        Column("answer", Text),
        PrimaryKeyConstraint("caller", "key_sha256", name="pk_idempotency_keys"),
    )
    op.create_index("ix_idempotency_keys_kept_at", "idempotency_keys", ["kept_at"])
    both = Column("caller", Text, nullable=False), Column("key_sha256", Text, nullable=False)
    _create_table(
        "idempotency_leads",
        *both,
        _lead_column(),
        PrimaryKeyConstraint("caller", "key_sha256", "lead_id", name="pk_idempotency_leads"),
    )
    op.create_index("ix_idempotency_leads_lead_id", "idempotency_leads", ["lead_id"])
    _create_numbered_table(
        "outbox",
        Column("destination", Text, nullable=False),
        Column("lead_id", Text),
        Column("effect", Text, nullable=False),
        Column("body", JSON),
        Column("state", Text, nullable=False),
        Column("attempts", Integer, nullable=False),
        Column("next_at", Utc, nullable=False),
        Column("queued_at", Utc, nullable=False),
        Column("token", Text),
        Column("claimed_until", Utc),
        Column("fault", Text),
        UniqueConstraint("destination", "effect", name="uq_outbox_destination"),
    )
    op.create_index("ix_outbox_due", "outbox", ["destination", "state", "next_at"])
    op.create_index("ix_outbox_lead_id", "outbox", ["lead_id"])


def _lead_column() -> Column:
    return Column("lead_id", Text, nullable=False)


def _lead_foreign_key(table: str) -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["lead_id"], ["leads.lead_id"], name=f"fk_{table}_lead_id")


def _create_numbered_table(name: str, *columns: object) -> None:
    """Create a table whose rows are numbered in the order of their insertion."""
    number = Column("seq", BigInteger().with_variant(Integer(), "sqlite"), autoincrement=True, nullable=False)
    _create_table(name, number, *columns, PrimaryKeyConstraint("seq", name=f"pk_{name}"), sqlite_autoincrement=True)


def _create_table(name: str, *columns: object, **options: object) -> None:
    op.create_table(name, *columns, **options)
