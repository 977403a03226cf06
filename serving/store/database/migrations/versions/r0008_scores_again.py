"""May a lead have the same score again after another one? Step 0008: yes.

A receipt is a hash of a score's content. Where the content has no moment (a model without dates) or the clock stands, a
lead whose fields change and change back gets its first receipt again; it was refused as a repetition, and the score in
between stayed the newest.
"""

from alembic import op
from sqlalchemy import inspect

from serving.store.database.migrations.append_only_triggers import create_append_only_triggers
from serving.store.database.migrations.versions.r0002_append_only import SCORE_RULES

__all__ = ["upgrade"]

revision, down_revision = "0008", "0007"

_NAME = "uq_scores_lead_id"


def upgrade() -> None:
    """Take the constraint off; SQLite writes the table anew for that, and with it go its triggers."""
    if not any(constraint["name"] == _NAME for constraint in inspect(op.get_bind()).get_unique_constraints("scores")):
        return
    if op.get_bind().dialect.name != "sqlite":
        op.drop_constraint(_NAME, "scores", type_="unique")
        return
    with op.batch_alter_table("scores", recreate="always", table_kwargs={"sqlite_autoincrement": True}) as scores:
        scores.drop_constraint(_NAME, type_="unique")
    create_append_only_triggers(SCORE_RULES)
