"""``leadlight key add``, ``list`` and ``revoke``: hand out keys, see them, take them back.

Lives here: words on a terminal. Does not live here: the file of keys (``keys``).
"""

from datetime import UTC, datetime

import click

from serving.http.api_keys import ROLES, KeyFile, parse_lifetime
from training.bundle import get_models_home

__all__ = ["key"]


@click.group("key")
def key() -> None:
    """API keys: who may call the service, and for what. Changes count at once, without a restart."""


@key.command("add")
@click.option("--role", required=True, type=click.Choice(list(ROLES)), help="What the key may do.")
@click.option(
    "--name", required=True, help="The program that gets it, such as hubspot. Two keys of a name may be live at once."
)
@click.option("--expires", help="How long it lasts, such as 90d, 36h or 12w; for ever when left out.")
@click.option("--replace", is_flag=True, help="Take back the earlier keys of that name.")
def add(role: str, name: str, expires: str | None, replace: bool) -> None:
    """Make a key and print it, once."""
    text, made = KeyFile(get_models_home()).add(role, name, None if expires is None else parse_lifetime(expires), replace)
    until = f"until {made.expires_at}" if made.expires_at else "until it is taken back"
    click.echo(text)
    click.echo(
        f"Key {made.prefix} for {name}, role {role}, {until}. It is shown this once; send it as Authorization: Bearer, or as X-API-Key.",
        err=True,
    )


@key.command("list")
def list_keys() -> None:
    """Print every key's prefix, name, role and times; never the key itself."""
    keys, now = KeyFile(get_models_home()).all(), datetime.now(UTC)
    if not keys:
        click.echo("No keys. Make one: leadlight key add --role crm --name hubspot")
    for one in keys:
        state = "live" if one.is_active(now) else "expired"
        click.echo(
            f"{one.prefix}  {one.role:<8} {state:<8} {one.name:<24} made {one.created_at}  expires {one.expires_at or 'never'}"
        )


@key.command("revoke")
@click.argument("prefix")
def revoke(prefix: str) -> None:
    """Take back the key with this prefix."""
    gone = KeyFile(get_models_home()).revoke(prefix)
    click.echo(f"Key {gone.prefix} of {gone.name} is taken back; the service refuses it from now on.")
