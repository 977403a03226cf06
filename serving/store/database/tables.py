"""Which tables does the store have? Schema as SQLAlchemy metadata; the columns of leads, events, outcomes and spending
come from ``features.schema``.

Lives here: the current schema. A column added to ``features.schema`` appears here by itself, and a test then asks for a
migration. Does not live here: how an older store gets this schema (``migrations``), who may change which row (the
triggers there).
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy import Double as Number

from features.privacy.patient_names import NAME_PARTS
from features.schema import EVENTS, LEADS, OUTCOMES, SPEND
from features.schema import Table as Shape
from serving.store.database.column_types import SQL_KINDS, Utc

__all__ = [
    "audit",
    "desk_due",
    "desk_leads",
    "desk_steps",
    "desk_absences",
    "desk_texts",
    "desk_views",
    "events",
    "field_versions",
    "forgetting",
    "idempotency_keys",
    "idempotency_leads",
    "installation",
    "lead_changes",
    "lead_crms",
    "lead_names",
    "leads",
    "metadata",
    "outbox",
    "outcomes",
    "overrides",
    "people",
    "scores",
    "sessions",
    "spend",
    "tombstones",
]

_NAME_PATTERN = "%(table_name)s_%(column_0_name)s"
metadata = MetaData(
    naming_convention={
        "ix": f"ix_{_NAME_PATTERN}",
        "uq": f"uq_{_NAME_PATTERN}",
        "fk": f"fk_{_NAME_PATTERN}",
        "pk": "pk_%(table_name)s",
    }
)

_REQUIRED_COLUMNS = {"leads": ("created_at",), "outcomes": ("recorded_at",)}
"""Columns that are required in the store, though an export may lack them."""


def _sequence_column() -> Column:
    """Return a number that grows with every row: SQLite wants INTEGER for it."""
    return Column("seq", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=True)


def _numbered_table(name: str, *parts: Column | Index | UniqueConstraint) -> Table:
    """Return a table whose rows are numbered in the order in which they were written; no number is given twice."""
    return Table(name, metadata, _sequence_column(), *parts, sqlite_autoincrement=True)


def _lead_column(**options: object) -> Column:
    """Return the column for the lead that a row is about."""
    return Column("lead_id", Text, ForeignKey("leads.lead_id"), **options)


def _schema_columns(table_schema: Shape) -> list[Column]:
    """Return a canonical table's own columns, all but the lead's id."""
    required = (*table_schema.required_columns, *_REQUIRED_COLUMNS.get(table_schema.name, ()))
    return [
        Column(column.name, SQL_KINDS[column.kind], nullable=column.name not in required)
        for column in table_schema.columns
        if column.name != "lead_id"
    ]


leads = _numbered_table(
    "leads",
    Column("lead_id", Text, nullable=False, unique=True),
    *_schema_columns(LEADS),
    Column("custom", JSON, nullable=False),
    Column("left_empty", JSON, nullable=False, server_default="[]"),
    Column("email_key", Text, index=True),
    Column("phone_key", Text, index=True),
    Column("first_known_at", Utc, nullable=False),
    Column("changed_at", Utc, nullable=False),
    Column("last_activity_at", Utc, nullable=False, index=True),
    Index("ix_leads_person_id", "person_id"),
)

lead_changes = _numbered_table(
    "lead_changes",
    _lead_column(nullable=False, index=True),
    Column("known_at", Utc, nullable=False),
    Column("fields", JSON, nullable=False),
)

field_versions = Table(
    "field_versions",
    metadata,
    _lead_column(primary_key=True),
    Column("field", Text, primary_key=True),
    Column("occurred_at", Utc, nullable=False),
    Column("event_id", Text, nullable=False),
)

lead_names = Table(
    "lead_names",
    metadata,
    _lead_column(primary_key=True),
    *(Column(name, Text) for name in NAME_PARTS),
    Column("search_key", Text, nullable=False),
)
"""What a lead is called: read by the desk alone. ``search_key`` has its words in lower case without accents."""

lead_crms = Table("lead_crms", metadata, _lead_column(primary_key=True), Column("crm", Text, primary_key=True))

events = _numbered_table(
    "events",
    _lead_column(nullable=False),
    *_schema_columns(EVENTS),
    Column("recorded_at", Utc, nullable=False),
    Column("event_id", Text),
    UniqueConstraint("lead_id", "event_id"),
    Index("ix_events_lead_and_time", "lead_id", "occurred_at"),
)

outcomes = _numbered_table(
    "outcomes",
    _lead_column(nullable=False),
    *_schema_columns(OUTCOMES),
    Column("outcome_id", Text),
    UniqueConstraint("lead_id", "outcome_id"),
)

spend = _numbered_table(
    "spend",
    *_schema_columns(SPEND),
    Column("position", Integer, nullable=False),
    Column("recorded_at", Utc, nullable=False),
    Index("ix_spend_day", "day"),
)
"""Money spent, about no person. ``position`` counts the amounts of one day, campaign and channel from 0."""

scores = _numbered_table(
    "scores",
    _lead_column(),
    Column("receipt", Text),
    Column("scored_at", Utc, nullable=False),
    Column("cutoff", Utc),
    Column("bundle_sha256", Text, nullable=False),
    Column("model_version", Text, nullable=False),
    Column("probability", Number, nullable=False),
    Column("grade", Text, nullable=False),
    Column("lane", Text, nullable=False),
    Column("cause", Text, nullable=False),
    Column("shown", JSON(none_as_null=True)),
    Index("ix_scores_lead_and_time", "lead_id", "scored_at"),
)

overrides = _numbered_table(
    "overrides",
    _lead_column(nullable=False, index=True),
    Column("said_at", Utc, nullable=False),
    Column("said_by", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("receipt", Text),
    Column("grade", Text),
    Column("place", Integer),
    Column("reason", Text),
    Column("note", Text),
)

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("caller", Text, primary_key=True),
    Column("key_sha256", Text, primary_key=True),
    Column("body_sha256", Text, nullable=False),
    Column("kept_at", Utc, nullable=False, index=True),
    Column("status", Integer, nullable=False),
    Column("answer", Text),
)

idempotency_leads = Table(
    "idempotency_leads",
    metadata,
    Column("caller", Text, primary_key=True),
    Column("key_sha256", Text, primary_key=True),
    Column("lead_id", Text, primary_key=True, index=True),
)

outbox = _numbered_table(
    "outbox",
    Column("destination", Text, nullable=False),
    Column("lead_id", Text, index=True),
    Column("effect", Text, nullable=False),
    Column("body", JSON(none_as_null=True)),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_at", Utc, nullable=False),
    Column("queued_at", Utc, nullable=False),
    Column("token", Text),
    Column("claimed_until", Utc),
    Column("fault", Text),
    UniqueConstraint("destination", "effect"),
    Index("ix_outbox_due", "destination", "state", "next_at"),
)

audit = Table(
    "audit",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Utc, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("lead_hash", Text, index=True),
    Column("detail", Text, nullable=False),
    Column("previous_hash", Text, nullable=False),
    Column("row_hash", Text, nullable=False),
)

desk_steps = _numbered_table(
    "desk_steps",
    _lead_column(nullable=False, index=True),
    Column("at", Utc, nullable=False),
    Column("person", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("detail", JSON, nullable=False),
    Column("undoes", BigInteger),
    Index("ix_desk_steps_kind", "kind", "seq"),
)

desk_due = Table(
    "desk_due",
    metadata,
    Column("step", BigInteger, primary_key=True, autoincrement=False),
    Column("due_at", Utc, nullable=False, index=True),
)
"""Steps that can still be undone: their effects outside of the desk are still to come."""

desk_leads = Table(
    "desk_leads",
    metadata,
    _lead_column(primary_key=True),
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
)
"""Each lead's state on the desk: the sum of its steps, stored so that ten thousand leads are read at once."""

desk_views = Table(
    "desk_views",
    metadata,
    Column("person", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("query", Text, nullable=False),
)

people = Table(
    "people",
    metadata,
    Column("person_id", Text, primary_key=True),
    Column("shown_name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("disabled_at", Utc),
    Column("must_change", Boolean, nullable=False),
    Column("language", Text, nullable=False, server_default="en"),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_sha256", Text, primary_key=True),
    Column("person_id", Text, ForeignKey("people.person_id"), nullable=False, index=True),
    Column("csrf", Text, nullable=False),
    Column("begun_at", Utc, nullable=False),
    Column("last_seen_at", Utc, nullable=False),
    Column("ends_at", Utc, nullable=False),
)

desk_texts = Table(
    "desk_texts",
    metadata,
    Column("name", Text, primary_key=True),
    Column("text", Text, nullable=False),
    Column("changed_at", Utc, nullable=False),
    Column("changed_by", Text, nullable=False),
)
"""The practice's own texts, such as how a call begins."""

desk_absences = Table(
    "desk_absences",
    metadata,
    Column("person", Text, ForeignKey("people.person_id"), primary_key=True),
    Column("starts_at", Utc, primary_key=True),
    Column("ends_at", Utc, nullable=False),
    Column("set_by", Text, nullable=False),
    Column("set_at", Utc, nullable=False),
)
"""When people of the desk are away: their leads go to others in the meantime."""

forgetting = Table("forgetting", metadata, Column("lead_id", Text, primary_key=True))
"""Leads whose rows may be deleted from append-only tables: filled only inside the transaction that forgets a lead."""

tombstones = Table(
    "tombstones", metadata, Column("lead_hash", Text, primary_key=True), Column("forgotten_at", Utc, nullable=False)
)

installation = Table("installation", metadata, Column("key_fingerprint", Text, primary_key=True))
"""One row: a mark of the key with which ids are hashed here and in the audit (``features.logs.installation_key``)."""
