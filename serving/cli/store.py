"""``leadlight load``, ``verify-audit``, ``backup``, ``restore``, ``rekey`` and ``forget``: maintenance of the store.

Lives here: options and output. Does not live here: the work (``serving.store.maintenance``,
``serving.store.database.audit_chain``, ``serving.store.repositories.lead_deletion``).
"""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from features.option_groups import json_option, mapping_option, print_json
from serving.cli.open_store import open_store
from serving.errors import StoreError, UnknownLead

if TYPE_CHECKING:
    from serving.store.transaction import Transaction


__all__ = ["backup", "forget", "load", "rekey", "restore", "verify_audit"]

_PROMPT = "-"


@click.command("load")
@click.option(
    "--data",
    required=True,
    help="A file of leads, a folder with leads, events, outcomes and spend, or a database URL.",
)
@mapping_option
@click.option(
    "--model",
    default="leadlight",
    show_default=True,
    help="Model whose practice and mapping are used to read the data.",
)
@json_option
def load(data: str, mapping_file: Path | None, model: str, as_json: bool) -> None:
    """Load a practice's leads, events, outcomes and spending into the store. Loading them again changes nothing; a
    corrected amount of a day, campaign and channel replaces the earlier one.

    Names (columns such as First Name, Last Name, Full Name) are kept for the desk alone; no model reads them.

    The desk shows open leads once the service has scored them.
    """

    from features.mapping.column_mapping import read_mapping
    from features.progress_bar import progress_bar
    from features.tables.tables import read_tables
    from serving.settings import Settings
    from serving.store.maintenance.bulk_load import load_tables as load_tables
    from serving.store.store import Store
    from training.bundle import find_bundle

    settings = Settings.from_environment()
    bundle, _ = find_bundle(model, settings.home)
    tables = read_tables(
        data,
        read_mapping(mapping_file) if mapping_file else bundle.mapping,
        bundle.practice,
        scoring=True,
        with_names=True,
    )
    click.echo(tables.report(), err=True)
    with progress_bar() as report_progress, Store.open(settings) as store:
        counts = load_tables(store, tables, lambda done, total: report_progress("Loading", done, total))
    if as_json:
        names = ("leads", "events", "outcomes", "spend", "corrected")
        print_json({name: getattr(counts, name) for name in names})
        return
    corrected = f" ({counts.corrected:,} corrected)" if counts.corrected else ""
    click.echo(
        f"Loaded: {counts.leads:,} new leads, {counts.events:,} events, {counts.outcomes:,} outcomes, "
        f"{counts.spend:,} amounts of spending{corrected}."
    )


@click.command("verify-audit")
@click.option("--head", metavar="HASH", help="A hash that this command printed earlier: it must still be in the chain.")
@json_option
def verify_audit(head: str | None, as_json: bool) -> None:
    """Prove that no line of the audit was changed, removed or inserted.

    Lines removed from the end are detected only with a hash saved elsewhere: save the one printed here, and pass it
    next time."""
    with open_store() as store:
        audit = store.verify_audit(head)
    if audit.broken is not None:
        raise StoreError(
            f"verify-audit: line {audit.broken} is not valid: {audit.why}. The {audit.rows:,} lines before it are. "
            "Compare with a backup."
        )
    if as_json:
        print_json({"intact": True, "lines": audit.rows, "head": audit.head})
        return
    click.echo(f"The audit is intact: {audit.rows:,} lines, each linked to the one before. Last hash: {audit.head}")


@click.command("backup")
@click.argument("file", type=click.Path(path_type=Path))
@json_option
def backup(file: Path, as_json: bool) -> None:
    """Copy the entire store into FILE; the service may be running.

    The copy holds personal data: keep it as safe as the store itself.
    """

    from serving.store.maintenance import backup as copies

    with open_store() as store:
        audit = copies.backup(store, file)
    if as_json:
        print_json({"file": file, "audit_lines": audit.rows, "audit_head": audit.head})
        return
    click.echo(f"Written: {file}. The copy is complete; its audit has {audit.rows:,} lines, last hash: {audit.head}")
    click.echo(
        "To restore it on another machine, its installation.key is needed, too: keep a copy of that file elsewhere."
    )


@click.command("restore")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@click.option(
    "--lost-key",
    is_flag=True,
    help="The installation.key from when the backup was made is lost; see leadlight rekey --help.",
)
@json_option
def restore(file: Path, yes: bool, lost_key: bool, as_json: bool) -> None:
    """Replace the store by the backup FILE.

    Stop the service first. People deleted since the backup are deleted again.
    """

    from serving.settings import Settings
    from serving.store.maintenance import backup as copies

    if not yes:
        click.confirm("Is the service stopped, and may the store be replaced?", abort=True, err=True)
    result = copies.restore(Settings.from_environment(), file, is_key_lost=lost_key)
    if as_json:
        lines, head = result.audit.rows, result.audit.head
        forgotten, copy = result.forgotten, result.replaced_copy
        print_json(
            {"file": file, "audit_lines": lines, "audit_head": head, "forgotten": forgotten, "replaced_copy": copy}
        )
        return
    click.echo(f"Restored: {file}. The audit has {result.audit.rows:,} lines, last hash: {result.audit.head}.")
    if result.forgotten:
        click.echo(f"{result.forgotten:,} lead(s) deleted since the backup were deleted again.")
    if result.replaced_copy:
        click.echo(
            f"The previous store: {result.replaced_copy} (it holds personal data: delete it once everything works)."
        )


@click.command("rekey")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
def rekey(yes: bool) -> None:
    """Use this home's installation.key for the store, because the one before is lost.

    Lines of the audit from before can no longer be found by a lead's id, and late messages about people who were
    forgotten before are no longer recognized. Stop the service first."""

    from serving.settings import Settings
    from serving.store.store import replace_installation_key

    if not yes:
        click.confirm("Is the key from before lost for good, and the service stopped?", abort=True, err=True)
    if replace_installation_key(Settings.from_environment()):
        click.echo("The store uses this home's installation.key. Keep a copy of it apart from the backups.")
    else:
        click.echo("The store uses this home's installation.key already; nothing was changed.")


@click.command("forget")
@click.option("--lead", "lead_id", metavar="ID", help="The lead with this id.")
@click.option(
    "--email",
    metavar="ADDRESS",
    help="Every lead with this email address; - prompts for it, so it stays out of the shell history.",
)
@click.option("--phone", metavar="NUMBER", help="Every lead with this phone number; - prompts for it.")
@click.option("--expired", is_flag=True, help="Everything older than LEADLIGHT_RETENTION_DAYS.")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@json_option
def forget(lead_id: str | None, email: str | None, phone: str | None, expired: bool, yes: bool, as_json: bool) -> None:
    """Delete everything known of one person. It cannot be undone.

    Scores stay as numbers without a name, and the audit keeps a hash; the logs of scores lose the person's lines, so
    that those receipts can no longer be replayed. Backups still hold the person; a restore deletes the person again."""
    # Exactly one of the four: False of an option that was not given counts as None.
    if (lead_id, email, phone, expired or None).count(None) != 3:
        raise click.UsageError("Use one of --lead, --email, --phone or --expired.")
    # Asked for when the option has no value: an address on the command line stays in the shell's history.
    email = click.prompt("Email address", hide_input=True, err=True) if email == _PROMPT else email
    phone = click.prompt("Phone number", hide_input=True, err=True) if phone == _PROMPT else phone
    with open_store() as store:
        if expired:
            deleted = store.delete_expired()
            if as_json:
                print_json({name: getattr(deleted, name) for name in ("leads", "keys", "messages", "spend")})
                return
            click.echo(
                f"Deleted as expired: {deleted.leads:,} leads, {deleted.keys:,} idempotency keys, "
                f"{deleted.messages:,} sent messages, {deleted.spend:,} amounts of spending."
            )
            return
        with store.reading() as at:
            lead_ids = [lead_id] if lead_id is not None else at.find_leads(email, phone)
            others = at.find_leads_sharing_contact(lead_id) if lead_id is not None else []
            unkeyed = sum(at.audit.count_unkeyed(target) for target in lead_ids)
        if not lead_ids:
            raise StoreError(
                "forget: no lead has this email address or phone number. Check in the CRM how it is written."
            )
        if not yes:
            question = f"Delete everything known of {len(lead_ids)} lead(s)? It cannot be undone."
            click.confirm(question, abort=True, err=True)
        # First: a lead that was only scored stands in the logs and not in the store.
        lines, predictions = store.forget_at_home(lead_ids)
        try:
            with store.transaction("command line") as at:
                rows = sum(_forget_lead(at, target) for target in lead_ids)
        except UnknownLead:
            if not lines and not predictions:
                raise
            if as_json:
                _print_forgotten(0, predictions, lines, unkeyed, True, others)
                return
            click.echo(
                f"The store has no lead with this id. Deleted: {lines:,} lines of this machine's logs of scores, "
                f"{predictions:,} predictions kept beside its models."
            )
            return
        # After the commit: deleted rows stand in the write-ahead log until it is emptied.
        is_clean = store.empty_journal()
    if as_json:
        _print_forgotten(len(lead_ids), rows + predictions, lines, unkeyed, is_clean, others)
        return
    click.echo(
        f"Deleted: {len(lead_ids)} lead(s), {rows + predictions:,} rows."
        + (f" {lines:,} lines of this machine's logs of scores." if lines else "")
        + ("" if is_clean else " The database journal is in use; it is emptied when the service stops.")
    )
    # What this command cannot reach is said, so that nobody believes it is gone.
    click.echo(
        "Still there: backups (a restore deletes the person again), logs of scores on other machines (run this there, "
        "too), deliveries set aside as *.failed, and in the audit a hash of the id under this installation's key"
        + (f"; {unkeyed:,} older lines of it have a hash without a key." if unkeyed else ".")
    )
    if others:
        click.echo(
            f"{len(others)} other lead(s) share its email address, phone number or person id and were kept: "
            f"{', '.join(others[:20])}."
        )


def _print_forgotten(leads: int, rows: int, lines: int, unkeyed: int, is_clean: bool, others: list[str]) -> None:
    """Print what was deleted of a person, and what this command cannot reach, as JSON."""
    counts = {"leads": leads, "rows": rows, "log_lines": lines, "unkeyed_lines": unkeyed}
    print_json({**counts, "is_journal_empty": is_clean, "kept_sharing_contact": others})


def _forget_lead(at: "Transaction", lead_id: str) -> int:
    """Delete one lead; return how many rows were deleted or lost their name."""
    return 1 + sum(at.forget(lead_id).values())
