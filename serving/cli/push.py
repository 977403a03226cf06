"""``leadlight push``: score the contacts that a CRM already has, and write the scores back.

Lives here: options and output. Does not live here: the run (``serving.crm.outbound.backfill``), the CRM's address and
token (``serving.crm_settings``).
"""

from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING

import click

from features.option_groups import json_option, model_option, print_json

if TYPE_CHECKING:
    from serving.crm.outbound.backfill import Progress

__all__ = ["push"]


@click.command("push")
@click.option("--crm", required=True, type=click.Choice(["hubspot"]), help="The CRM whose contacts are scored.")
@model_option
@click.option("--send", is_flag=True, help="Write the scores. Without it they are only counted, and nothing changes.")
@click.option("--restart", is_flag=True, help="Begin with the first contact, not where the last run stopped.")
@click.option("--pages", type=click.IntRange(1), help="Stop after so many pages of 100 contacts.")
@json_option
def push(crm: str, model: str, send: bool, restart: bool, pages: int | None, as_json: bool) -> None:
    """Score a CRM's existing contacts in pages of 100, within its limits.

    A run that was stopped goes on where it was. Nothing of a contact is stored here."""
    from serving.crm.outbound.backfill import Backfill
    from serving.crm.outbound.http_transport import Transport
    from serving.crm.outbound.paced_transport import PacedTransport
    from serving.crm_settings import CrmSettings
    from serving.errors import ServiceError
    from serving.scoring.engine import Engine
    from training.bundle import find_bundle, get_models_home

    home, settings = get_models_home(), CrmSettings.from_environment()
    if crm not in settings.addresses or crm not in settings.tokens:
        raise ServiceError(
            "push: no address or token of HubSpot. Set LEADLIGHT_HUBSPOT_URL, such as the address of its API, and "
            "LEADLIGHT_HUBSPOT_TOKEN, the token of a private app."
        )
    # Of this account alone: a place among another account's contacts would skip some here.
    account = sha256("\n".join((settings.addresses[crm], settings.tokens[crm].reveal())).encode()).hexdigest()[:12]
    place = home / "push" / f"{crm}-{account}.json"
    # A dry run begins at the first contact anyway, and changes nothing.
    if restart and send:
        place.unlink(missing_ok=True)
    transport = Transport(settings.addresses[crm], settings.tokens[crm])
    try:
        engine, mapping = Engine.of(*find_bundle(model, home)), settings.mappings.get(crm)
        progress = Backfill(PacedTransport(transport), engine, mapping, place).run(
            send, partial(_report, send=send), pages
        )
    finally:
        transport.close()
    if as_json:
        tallies = {"grades": dict(progress.grades), "refusals": dict(progress.refusals)}
        names = ("read", "scored", "unreadable", "written", "unchanged", "refused")
        counts = {name: progress.counts[name] for name in names}
        print_json({**counts, **tallies, "sent": send, "more": progress.after is not None})
        return
    grades = ", ".join(f"{grade} {progress.grades[grade]:,}" for grade in sorted(progress.grades))
    click.echo(f"{_describe(progress, send)} Grades: {grades or 'none'}.")
    if progress.refusals:
        reasons = ", ".join(f"{code} {count:,}" for code, count in sorted(progress.refusals.items()))
        click.echo(f"Refused by HubSpot for good, and left as they were: {reasons}.")
    if not send:
        click.echo("Nothing was written. Write the scores with --send.")
    elif progress.after is not None:
        click.echo("There are more contacts: run the command again, it goes on here.")


def _report(progress: "Progress", send: bool) -> None:
    click.echo(_describe(progress, send), err=True)


def _describe(progress: "Progress", send: bool) -> str:
    """Describe how far a run is, in numbers alone."""
    counts = progress.counts
    text = f"{counts['read']:,} contacts read, {counts['scored']:,} scored, {counts['unreadable']:,} not readable"
    if not send:
        return f"{text}."
    return f"{text}; {counts['written']:,} written, {counts['unchanged']:,} as before, {counts['refused']:,} refused."
