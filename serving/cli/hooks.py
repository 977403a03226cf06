"""``leadlight hook add`` and ``list``: connect a CRM, a form, a call tracker or an ad, with one command each.

Lives here: options and output. Does not live here: keys and secrets (``serving.http``), what a hook takes
(``serving.crm.inbound``).
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from features.option_groups import group_options, json_option, print_json
from serving.crm.hook_rules import HOOKS

if TYPE_CHECKING:
    from serving.http.hook_keys import HookState

__all__ = ["hook"]


@dataclass(frozen=True)
class KeyOptions:
    """Options of the key that is made."""

    expires: str | None
    replace: bool


_key_options = group_options(
    "made",
    KeyOptions,
    click.option("--expires", help="How long the key is valid, such as 90d; forever when left out."),
    click.option("--replace", is_flag=True, help="Revoke the earlier keys of this hook."),
)


@click.group("hook")
def hook() -> None:
    """Connect programs that send leads: a key for one hook, and where to paste it. It takes effect at once."""


@hook.command("add")
@click.argument("name", type=click.Choice(HOOKS))
@_key_options
@click.option(
    "--url",
    default="http://127.0.0.1:3000",
    show_default=True,
    help="The address under which others reach this service.",
)
@click.option(
    "--signed", is_flag=True, help="hubspot, typeform, callrail: ask for the secret with which the product signs."
)
@click.option("--secret-file", type=click.Path(path_type=Path), help="Read that secret from a file instead.")
@json_option
def add(name: str, made: KeyOptions, url: str, signed: bool, secret_file: Path | None, as_json: bool) -> None:
    """Create the key of a hook and show, once, what to paste into the product."""

    from serving.http.api_keys import KeyFile, parse_lifetime
    from serving.http.hook_keys import ADDRESS_HOOKS
    from training.bundle import get_models_home

    home, address = get_models_home(), f"{url.rstrip('/')}/v1/hooks/{name}"
    if signed or secret_file is not None:
        _add_secret(home, name, secret_file)
        addresses = [address, f"{address}/events"] if name == "hubspot" else [address]
        if as_json:
            print_json({"addresses": addresses, "signed": True})
            return
        click.echo("\n".join(addresses))
        next_step = (
            "Set LEADLIGHT_PUBLIC_URL to the address that HubSpot calls."
            if name == "hubspot"
            else "Every call is signed now, or has a key of leadlight key add in a header; a hook's key is not enough."
        )
        click.echo(f"The secret is kept. {next_step}", err=True)
        return
    _require_unsigned(home, name)
    lifetime = None if made.expires is None else parse_lifetime(made.expires)
    text, created = KeyFile(home).add("crm", f"hook-{name}", lifetime, made.replace, name)
    if as_json:
        in_address = name in ADDRESS_HOOKS
        print_json(
            {
                "address": f"{address}?code={text}" if in_address else address,
                "header": None if in_address else "X-API-Key",
                "key": text,
                "prefix": created.prefix,
                "expires_at": created.expires_at,
            }
        )
        return
    if name in ADDRESS_HOOKS:
        click.echo(f"{address}?code={text}")
        click.echo("Paste this address into the product; whoever sees it can send leads to this hook.", err=True)
    else:
        click.echo(f"{address}\nX-API-Key: {text}")
        click.echo("Paste the address, and the key as a header of the request.", err=True)
    click.echo(
        f"Created key {created.prefix}, expires {created.expires_at or 'never'}. Save it now; it won't be shown again. "
        f"Rotate it: leadlight hook add {name}, then leadlight key revoke {created.prefix}.",
        err=True,
    )


@hook.command("list")
@json_option
def list_hooks(as_json: bool) -> None:
    """List every hook: the keys that it alone accepts, and whether its product signs. Never a key or a secret."""

    from serving.crm_settings import CrmSettings
    from serving.http.hook_keys import list_hook_states
    from training.bundle import get_models_home

    states = list_hook_states(CrmSettings.from_environment(), get_models_home(), datetime.now(UTC))
    if as_json:
        print_json(
            [
                {"hook": state.hook, "path": f"/v1/hooks/{state.hook}", "keys": state.keys, "signed": state.is_signed}
                for state in states
            ]
        )
        return
    for state in states:
        click.echo(f"/v1/hooks/{state.hook:<13} {_describe_state(state)}")


def _describe_state(state: "HookState") -> str:
    """Describe how a hook is opened, in one line."""
    keys = ", ".join(state.keys) or "no key of its own"
    if state.fault:
        return f"refuses every call: {state.fault}"
    if state.has_useless_keys:
        return f"signed; its key opens nothing, revoke it: {keys}"
    if state.is_signed:
        return f"{keys}; signed at /v1/hooks/hubspot/events" if state.hook == "hubspot" else "signed"
    return keys


def _require_unsigned(home: Path, name: str) -> None:
    """Refuse a key that would open nothing: once a product signs, no key of its hook is taken."""

    from serving.crm_settings import SIGNING_HOOKS
    from serving.errors import ServiceError
    from serving.http.hook_keys import find_stored_secret

    if name in SIGNING_HOOKS and find_stored_secret(home, name) is not None:
        raise ServiceError(
            f"hook add: {name} signs its calls here, so a key of its hook would open nothing. Give it the address "
            f"without a key; for a program of your own: leadlight key add --role crm --name NAME. To go back to keys, "
            f"remove hooks/{name}.secret in LEADLIGHT_HOME."
        )


def _add_secret(home: Path, name: str, file: Path | None) -> None:
    """Ask for the secret with which a product signs, or read it from a file, and keep it."""

    from serving.crm_settings import SIGNING_HOOKS
    from serving.errors import ServiceError
    from serving.http.hook_keys import store_secret

    if name != "hubspot" and name not in SIGNING_HOOKS:
        raise click.UsageError(
            f"--signed is for hubspot, {' and '.join(SIGNING_HOOKS)}; {name} sends a key. Leave the option out."
        )
    if file is None:
        text = click.prompt(f"The secret with which {name} signs", hide_input=True)
    else:
        try:
            text = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            raise ServiceError("--secret-file cannot be read. Name a text file that holds the secret.") from None
    store_secret(home, name, text.strip())
