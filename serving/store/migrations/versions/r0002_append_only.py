"""Who may change what was written? Step 0002: nobody, in scores, changes of leads and the audit; triggers refuse it on both databases.

The one exception has a name on it: while a lead stands in ``forgetting`` (inside the transaction that forgets it), its own changes may be deleted and
its own scores may lose the lead and what was shown, and nothing else of them. The audit knows no exception.
"""

from alembic import op

__all__ = ["upgrade"]

revision, down_revision = "0002", "0001"

_FORGETTING = "OLD.lead_id IN (SELECT lead_id FROM forgetting)"
_KEPT_OF_A_SCORE = ("seq", "receipt", "scored_at", "cutoff", "bundle_sha256", "model_version", "probability", "grade", "lane", "cause")

_REFUSED = {
    ("audit", "UPDATE"): "1 = 1",
    ("audit", "DELETE"): "1 = 1",
    ("scores", "DELETE"): "1 = 1",
    ("lead_changes", "UPDATE"): "1 = 1",
    ("lead_changes", "DELETE"): f"({_FORGETTING}) IS NOT TRUE",
    ("scores", "UPDATE"): f"({_FORGETTING} AND NEW.lead_id IS NULL AND NEW.shown IS NULL AND "
                          + " AND ".join(f"NEW.{name} IS NOT DISTINCT FROM OLD.{name}" for name in _KEPT_OF_A_SCORE) + ") IS NOT TRUE",
}  # fmt: skip
"""Table and what is tried -> when it is refused. SQLite says ``IS`` for ``IS NOT DISTINCT FROM``. IS NOT TRUE: a score whose lead is gone is
refused too."""


def upgrade() -> None:
    """Make the triggers."""
    if op.get_bind().dialect.name == "sqlite":
        for (table, tried), when in _REFUSED.items():
            op.execute(
                f"CREATE TRIGGER {table}_no_{tried.lower()} BEFORE {tried} ON {table} WHEN {when.replace('IS NOT DISTINCT FROM', 'IS')} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION leadlight_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    for (table, tried), when in _REFUSED.items():
        function = "leadlight_refuse" if when == "1 = 1" else _guard(table, tried, when)
        op.execute(f"CREATE TRIGGER {table}_no_{tried.lower()} BEFORE {tried} ON {table} FOR EACH ROW EXECUTE FUNCTION {function}()")
    for table in sorted({table for table, _ in _REFUSED}):
        op.execute(f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION leadlight_refuse()")


def _guard(table: str, tried: str, when: str) -> str:
    """PostgreSQL's WHEN cannot look into another table, so a function of its own does."""
    name, row = f"leadlight_guard_{table}_{tried.lower()}", "NEW" if tried == "UPDATE" else "OLD"
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF {when} THEN "
        f"RAISE EXCEPTION '{table} is append-only' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN {row}; END $$"
    )
    return name
