"""Who may change what was written? Step 0002: nobody, in scores, changes of leads and the audit; triggers reject it on
both databases.

The one exception is explicit: while a lead is listed in ``forgetting`` (inside the transaction that forgets it), its
own changes may be deleted and its own scores may lose the lead and what was shown, and nothing else. The audit has no
exception.
"""

from serving.store.database.migrations.append_only_triggers import create_append_only_triggers

__all__ = ["SCORE_RULES", "upgrade"]

revision, down_revision = "0002", "0001"

_FORGETTING = "OLD.lead_id IN (SELECT lead_id FROM forgetting)"
_KEPT_SCORE_COLUMNS = (
    "seq",
    "receipt",
    "scored_at",
    "cutoff",
    "bundle_sha256",
    "model_version",
    "probability",
    "grade",
    "lane",
    "cause",
)

SCORE_RULES = {
    ("scores", "DELETE"): "1 = 1",
    ("scores", "UPDATE"): f"({_FORGETTING} AND NEW.lead_id IS NULL AND NEW.shown IS NULL AND "
    + " AND ".join(f"NEW.{name} IS NOT DISTINCT FROM OLD.{name}" for name in _KEPT_SCORE_COLUMNS)
    + ") IS NOT TRUE",
}
"""(table, operation) -> when it is rejected. SQLite says ``IS`` for ``IS NOT DISTINCT FROM``. IS NOT TRUE: a change of
a score whose lead is gone (NULL) is rejected too."""


_RULES = {
    ("audit", "UPDATE"): "1 = 1",
    ("audit", "DELETE"): "1 = 1",
    ("lead_changes", "UPDATE"): "1 = 1",
    ("lead_changes", "DELETE"): f"({_FORGETTING}) IS NOT TRUE",
    **SCORE_RULES,
}


def upgrade() -> None:
    """Create the triggers."""
    create_append_only_triggers(_RULES)
