"""``leadlight load``, ``verify-audit``, ``backup``, ``restore`` and ``forget``: parse, call the store, print.

Lives here: words on a terminal. Does not live here: the work (``load``, ``audit``, ``backup``, ``retention``).
"""

from pathlib import Path

import click

from serving.errors import StoreError
from serving.settings import Settings
from serving.store.maintenance import backup as copies
from serving.store.store import Store, Transaction

__all__ = ["backup", "forget", "load", "restore", "verify_audit"]

_ASK = "-"


@click.command("load")
@click.option(
    "--data", required=True, help="A file of leads, a folder with leads, events and outcomes, or a database's URL."
)
@click.option(
    "--mapping",
    "mapping_file",
    type=click.Path(path_type=Path),
    help="Mapping of the export; the champion's own when left out.",
)
@click.option(
    "--model", default="leadlight", show_default=True, help="Whose practice and mapping the data are read by."
)
def load(data: str, mapping_file: Path | None, model: str) -> None:
    """Bring a practice's leads, events and outcomes into the store. Doing it twice changes nothing.

    The desk shows the open ones once the service has scored them.
    """
    from features.mapping.column_mapping import read_mapping
    from features.progress_bar import progress_bar
    from features.tables.tables import read_tables
    from serving.store.maintenance.bulk_load import load_tables as bring_in
    from training.bundle import find_bundle

    settings = Settings.from_environment()
    bundle, _ = find_bundle(model, settings.home)
    tables = read_tables(
        data, read_mapping(mapping_file) if mapping_file else bundle.mapping, bundle.practice, scoring=True
    )
    click.echo(tables.report(), err=True)
    with progress_bar() as tell, Store.open(settings) as store:
        found = bring_in(store, tables, lambda done, of: tell("Into the store", done, of))
    click.echo(f"New in the store: {found.leads:,} leads, {found.events:,} events, {found.outcomes:,} outcomes.")


@click.command("verify-audit")
@click.option(
    "--head", metavar="HASH", help="A hash that this command printed earlier: it must still stand in the chain."
)
def verify_audit(head: str | None) -> None:
    """Prove that no line of the audit was changed, taken out or put in.

    Lines cut off at the end show only beside a hash that was noted elsewhere: note the one printed here, and pass it
    next time."""
    with Store.open(Settings.from_environment()) as store:
        found = store.verify_audit(head)
    if found.broken is not None:
        raise StoreError(
            f"verify-audit: line {found.broken} does not hold: {found.why}. {found.rows:,} lines before it hold. Compare with a backup."
        )
    click.echo(f"The audit holds: {found.rows:,} lines, each follows the one before it. Its end: {found.head}")


@click.command("backup")
@click.argument("file", type=click.Path(path_type=Path))
def backup(file: Path) -> None:
    """Copy the whole store into FILE while the service runs.

    It holds personal data: keep it where the store itself could lie.
    """
    with Store.open(Settings.from_environment()) as store:
        found = copies.backup(store, file)
    click.echo(f"Written: {file}. The copy is whole; its audit has {found.rows:,} lines and ends in {found.head}")


@click.command("restore")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--yes", is_flag=True, help="Do not ask.")
def restore(file: Path, yes: bool) -> None:
    """Put the backup FILE in the place of the store.

    Stop the service first. Persons forgotten since the backup are forgotten again.
    """
    if not yes:
        click.confirm("Is the service stopped, and may the store be replaced?", abort=True)
    found = copies.restore(Settings.from_environment(), file)
    again = f" {found.forgotten:,} lead(s) forgotten since were forgotten again." if found.forgotten else ""
    kept = (
        f" The store that was there: {found.replaced_copy} (it holds personal data: delete it once all is well)."
        if found.replaced_copy
        else ""
    )
    click.echo(
        f"Restored: {file}. The audit has {found.audit.rows:,} lines and ends in {found.audit.head}.{again}{kept}"
    )


@click.command("forget")
@click.option("--lead", "lead_id", metavar="ID", help="The lead with this id.")
@click.option(
    "--email",
    metavar="ADDRESS",
    help="Every lead with this e-mail address; - asks for it, so that it stays out of the shell's history.",
)
@click.option("--phone", metavar="NUMBER", help="Every lead with this phone number; - asks for it.")
@click.option("--expired", is_flag=True, help="Everything kept longer than LEADLIGHT_RETENTION_DAYS.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def forget(lead_id: str | None, email: str | None, phone: str | None, expired: bool, yes: bool) -> None:
    """Delete everything that is known of one person. It cannot be undone.

    Scores stay as numbers without a name, the audit keeps a hash. Backups still hold the person; a restore forgets
    again."""
    if (lead_id, email, phone, expired or None).count(None) != 3:
        raise click.UsageError("Name one of --lead, --email, --phone or --expired.")
    email = click.prompt("E-mail address", hide_input=True) if email == _ASK else email
    phone = click.prompt("Phone number", hide_input=True) if phone == _ASK else phone
    with Store.open(Settings.from_environment()) as store:
        if expired:
            gone = store.delete_expired()
            click.echo(
                f"Kept too long and deleted: {gone.leads:,} leads, {gone.keys:,} idempotency keys, {gone.messages:,} sent messages."
            )
            return
        with store.reading() as at:
            wanted = [lead_id] if lead_id is not None else at.find_leads(email, phone)
            others = at.find_leads_sharing_contact(lead_id) if lead_id is not None else []
        if not wanted:
            raise StoreError(
                "forget: no lead has this e-mail address or phone number. Look in the CRM for how it was written."
            )
        if not yes:
            click.confirm(f"Delete everything known of {len(wanted)} lead(s)? It cannot be undone.", abort=True)
        with store.transaction("command line") as at:
            rows = sum(_forgotten(at, one) for one in wanted)
        clean = store.empty_journal()
    click.echo(
        f"Forgotten: {len(wanted)} lead(s), {rows:,} rows."
        + ("" if clean else " The journal is in use; it is emptied when the service stops.")
    )
    if others:
        click.echo(
            f"{len(others)} other lead(s) share its e-mail address, phone number or person id and were kept: {', '.join(others[:20])}."
        )


def _forgotten(at: Transaction, lead_id: str) -> int:
    """Forget one lead; how many rows went or lost their name."""
    return 1 + sum(at.forget(lead_id).values())
