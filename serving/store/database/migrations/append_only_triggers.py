"""How is a table made append-only? Triggers that reject a change, in the SQL of either database.

Lives here: creating them, for the migrations in ``versions``. Does not live here: which tables, and which changes are
let through (those migrations).
"""

from collections.abc import Mapping

from alembic import op

__all__ = ["create_append_only_triggers"]


def create_append_only_triggers(rules: Mapping[tuple[str, str], str]) -> None:
    """Create the triggers.

    Parameters
    ----------
    rules : mapping
        (table, "UPDATE" or "DELETE") -> when it is rejected, in SQL; ``1 = 1`` for always. SQLite says ``IS`` for ``IS
        NOT DISTINCT FROM``.
    """
    if op.get_bind().dialect.name == "sqlite":
        for (table, operation), condition in rules.items():
            op.execute(
                f"CREATE TRIGGER {table}_no_{operation.lower()} BEFORE {operation} ON {table} "
                f"WHEN {condition.replace('IS NOT DISTINCT FROM', 'IS')} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        return
    op.execute(
        "CREATE OR REPLACE FUNCTION leadlight_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME "
        "USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    for (table, operation), condition in rules.items():
        function = "leadlight_refuse" if condition == "1 = 1" else _create_guard(table, operation, condition)
        op.execute(
            f"CREATE TRIGGER {table}_no_{operation.lower()} BEFORE {operation} ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION {function}()"
        )
    # TRUNCATE fires no row triggers on PostgreSQL: without these it would empty an append-only table.
    for table in sorted({table for table, _ in rules}):
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION leadlight_refuse()"
        )


def _create_guard(table: str, operation: str, condition: str) -> str:
    """Create the function of one rule: PostgreSQL's WHEN cannot look into another table."""
    name, row = f"leadlight_guard_{table}_{operation.lower()}", "NEW" if operation == "UPDATE" else "OLD"
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF {condition} THEN "
        f"RAISE EXCEPTION '{table} is append-only' USING ERRCODE = 'integrity_constraint_violation'; "
        f"END IF; RETURN {row}; END $$"
    )
    return name
