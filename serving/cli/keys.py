"""``leadlight key add``, ``list`` and ``revoke``: create, list and revoke API keys.

Lives here: options and output. Does not live here: the key file (``serving.http.api_keys``).
"""

from datetime import UTC, datetime

import click

from features.option_groups import json_option, print_json
from serving.http.api_keys import ROLES

__all__ = ["key"]


@click.group("key")
def key() -> None:
    """Manage API keys: who may call the service, and for what. Changes apply at once, without a restart."""


@key.command("add")
@click.option("--role", required=True, type=click.Choice(list(ROLES)), help="What the key may do.")
@click.option(
    "--name", required=True, help="The program that gets it, such as hubspot. A name may have two active keys."
)
@click.option("--expires", help="How long it is valid, such as 90d, 36h or 12w; forever when left out.")
@click.option("--replace", is_flag=True, help="Revoke the earlier keys of that name.")
@json_option
def add(role: str, name: str, expires: str | None, replace: bool, as_json: bool) -> None:
    """Create a key and print it, once."""

    from serving.http.api_keys import KeyFile, parse_lifetime
    from training.bundle import get_models_home

    lifetime = None if expires is None else parse_lifetime(expires)
    text, created = KeyFile(get_models_home()).add(role, name, lifetime, replace)
    if as_json:
        print_json(
            {"key": text, "prefix": created.prefix, "name": name, "role": role, "expires_at": created.expires_at}
        )
        return
    click.echo(text)
    click.echo(
        f"Created key {created.prefix} for {name} ({role}), expires {created.expires_at or 'never'}. "
        "Save this key now; it won't be shown again. Send it as Authorization: Bearer, or as X-API-Key.",
        err=True,
    )


@key.command("list")
@json_option
def list_keys(as_json: bool) -> None:
    """List every key's prefix, role, state, name and dates; never the key itself."""

    from serving.http.api_keys import KeyFile
    from training.bundle import get_models_home

    keys, now = KeyFile(get_models_home()).read_all(), datetime.now(UTC)
    if as_json:
        # Without the hash: whoever reads it could try texts against it.
        shown = ("prefix", "role", "name", "created_at", "expires_at", "hook")
        print_json([{name: getattr(key, name) for name in shown} | {"active": key.is_active(now)} for key in keys])
        return
    if not keys:
        click.echo("No keys. Create one: leadlight key add --role crm --name hubspot")
    for key in keys:
        state = "active" if key.is_active(now) else "expired"
        click.echo(
            f"{key.prefix}  {key.role:<8} {state:<8} {key.name:<24} "
            f"created {key.created_at}  expires {key.expires_at or 'never'}"
        )


@key.command("revoke")
@click.argument("prefix")
def revoke(prefix: str) -> None:
    """Revoke the key with this prefix."""

    from serving.http.api_keys import KeyFile
    from training.bundle import get_models_home

    revoked = KeyFile(get_models_home()).revoke(prefix)
    click.echo(f"Key {revoked.prefix} of {revoked.name} revoked; the service refuses it from now on.")
