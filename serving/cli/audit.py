"""``leadlight audit``: who changed a lead, and who saw it?

Lives here: options and output. Does not live here: the lines (``serving.store.database.audit_chain``), proving that
none was changed (``serving.cli.store``).
"""

import json
from typing import TYPE_CHECKING, Any

import click

from features.option_groups import json_option, print_json
from serving.cli.open_store import open_store

if TYPE_CHECKING:
    from serving.store.database.entities import AuditRow


__all__ = ["audit"]

_LISTED = {"leads"}
"""Details that name other leads: left out."""


@click.command("audit")
@click.option("--lead", "lead_id", required=True, metavar="ID", help="The lead with this id; forgotten ones, too.")
@click.option("--reads", is_flag=True, help="Only who saw it: opened it, or found or exported it with others.")
@json_option
def audit(lead_id: str, reads: bool, as_json: bool) -> None:
    """Show every line of the audit about one lead, the oldest first: when, who, what.

    Who is a user's name for signing in, the prefix of an API key (leadlight key list), or a part of the service. What
    was searched for is kept nowhere."""
    with open_store() as store, store.reading() as transaction:
        rows = transaction.audit.list_rows(lead_id)
    shown = [row for row in rows if not reads or row.action in ("read", "searched", "exported")]
    if as_json:
        print_json([_describe_row(row) for row in shown])
        return
    for row in shown:
        click.echo(_format_row(row))
    click.echo(f"{len(shown):,} lines.", err=True)


def _describe_row(row: "AuditRow") -> dict[str, Any]:
    """Describe a line for programs, without the details of other leads."""

    from serving.store.database.column_types import format_utc

    detail = {name: value for name, value in row.detail.items() if name not in _LISTED}
    return {"at": format_utc(row.at), "actor": row.actor, "action": row.action, "detail": detail}


def _format_row(row: "AuditRow") -> str:
    """Format a line: moment, who, what, and details without those of other leads."""
    described = _describe_row(row)
    detail = described["detail"]
    text = "  ".join(
        f"{name}={value if isinstance(value, str) else json.dumps(value)}" for name, value in detail.items()
    )
    return f"{described['at']}  {row.actor:<16}  {row.action:<20}  {text}".rstrip()
