"""``leadlight check``, ``promote``, ``rollback``, ``retrain`` and ``promotions``: parse, call the room, print.

Lives here: words on a terminal. Does not live here: the work (``run``, ``evaluate_contract``, ``promotion``, ``ledger``).
"""

import os
from pathlib import Path

import click

from features.mapping.column_mapping import read_mapping
from features.practice_file.practice_toml import read_practice
from features.progress_bar import progress_bar
from features.readers.raw_files import require_writable
from features.tables.tables import read_tables
from training.bundle import find_bundle, get_models_home
from training.errors import PromotionError

_DATA = click.option(
    "--data",
    required=True,
    help="A file of leads, a folder with leads, events, outcomes and spend, or a database's URL.",
)
_NAME = click.option("--name", default="leadlight", show_default=True, help="Name that the model is registered under.")
_BUDGET = click.option(
    "--budget", type=click.FloatRange(0, 1), help="Share of open leads whose grade or first reason may change (LC010)."
)


@click.command("check")
@_DATA
@click.option(
    "--mapping",
    "mapping_file",
    type=click.Path(path_type=Path),
    help="Mapping of an export's columns; the model's own when left out.",
)
@click.option("--model", default="", help="NAME/VERSION or a bundle's folder; the newest version when left out.")
@_NAME
@_BUDGET
@click.option(
    "--review",
    default="review.csv",
    show_default=True,
    type=click.Path(path_type=Path),
    help="Where to write the open leads that would change.",
)
def check(data: str, mapping_file: Path | None, model: str, name: str, budget: float | None, review: Path) -> None:
    """Hold a registered model against the champion: one line for each check; exit code 0 only if it may be promoted."""
    from training.registry.mlflow_tracking import find_registered_version
    from training.registry.promotion import find_champion
    from training.registry.promotion_contract import evaluate_contract, evaluate_without_champion

    home = get_models_home()
    bundle, version = find_bundle(model or f"{name}/{find_registered_version(home, name, 'latest')}", home)
    champion, before, fault = find_champion(home, name)
    if champion is None or champion.sha256 == bundle.sha256:
        found = evaluate_without_champion(bundle)
        click.echo(
            f"{name}/{version} is the champion itself."
            if champion is not None
            else f"There is no champion to hold it against. {fault}".strip()
        )
    else:
        with progress_bar() as tell:
            tables = read_tables(
                data, read_mapping(mapping_file) if mapping_file else bundle.mapping, bundle.practice, tell
            )
            found = evaluate_contract(tables, bundle, champion, home, tell, budget)
        found.write_review(review)
        click.echo(
            f"{name}/{version} beside the champion {name}/{before}. Open leads that would change, the furthest first: {review} ({len(found.review):,})."
        )
    found.write(home, name)
    for line in found.lines():
        click.echo(line)
    if not found.holds:
        raise PromotionError(
            f"check: {name}/{version} must not be promoted: {', '.join(found.failing)}. The lines above say why, and what was found."
        )
    click.echo(f"The contract holds. To promote it: leadlight promote {version} --name {name}")


@click.command("promote")
@click.argument("version")
@_NAME
@click.option(
    "--waive", "waived", multiple=True, metavar="CODE", help="A check that fails and is signed for; once for each."
)
@click.option("--by", default="", help="Who signs.")
@click.option("--because", default="", help="Why it may be promoted all the same.")
def promote(version: str, name: str, waived: tuple[str, ...], by: str, because: str) -> None:
    """Make a registered VERSION (or latest) the champion, if the contract holds: the service takes it up within
    seconds.
    """
    from training.registry.promotion import promote as move

    pointer, found = move(get_models_home(), name, version, waived, by, because)
    signed = sorted(set(waived) & set(found.failing))
    click.echo(
        f"{name}/{pointer.version} is the champion now ({pointer.sha256[:12]})."
        + (f" {by} signed for {', '.join(signed)}." if signed else "")
    )


@click.command("rollback")
@_NAME
@click.option("--by", default="", help="Who decided it.")
@click.option("--because", default="", help="Why.")
def rollback(name: str, by: str, because: str) -> None:
    """Make the champion before this one the champion again."""
    from training.registry.promotion import rollback as back

    pointer = back(get_models_home(), name, by, because)
    click.echo(
        f"{name}/{pointer.version} is the champion again ({pointer.sha256[:12]}): its scores are what they were, to the bit."
    )


@click.command("promotions")
@_NAME
def promotions(name: str) -> None:
    """Print who made which version the champion, when and on what grounds, and prove that no line was changed."""
    from training.registry.promotion_log import PromotionLog

    entries = PromotionLog(get_models_home(), name).read_entries()
    for one in entries:
        signed = f"; signed for {', '.join(one.waived)}" if one.waived else ""
        who = f" by {one.by}" if one.by else ""
        why = f": {one.because}" if one.because else ""
        click.echo(
            f"{one.at}  {one.action} {name}/{one.version} ({one.sha256[:12]}) after {one.previous_version or 'none'}{who}{signed}{why}"
        )
    click.echo(
        f"{len(entries)} lines, every signature and link holds."
        if entries
        else f"Nothing was promoted under the name {name} yet."
    )


@click.command("retrain")
@click.option(
    "--data", default="", help="A file of leads, a folder, or a database's URL; the service's own store when left out."
)
@click.option(
    "--mapping",
    "mapping_file",
    type=click.Path(path_type=Path),
    help="Mapping of an export's columns; the champion's own when left out.",
)
@click.option(
    "--practice",
    "practice_file",
    type=click.Path(path_type=Path),
    help="practice.toml; the champion's own when left out.",
)
@_NAME
@_BUDGET
@click.option(
    "--out",
    default="report",
    show_default=True,
    type=click.Path(path_type=Path),
    help="Folder for the report and the open leads that would change.",
)
@click.option("--promote", "at_once", is_flag=True, help="Promote it at once where the contract holds.")
def retrain(
    data: str,
    mapping_file: Path | None,
    practice_file: Path | None,
    name: str,
    budget: float | None,
    out: Path,
    at_once: bool,
) -> None:
    """Train again as the champion was trained, on what is known now, and say in five lines what changed.

    Exit code 0 only if the contract holds.
    """
    champion, _ = find_bundle(f"{name}@champion", get_models_home())
    require_writable(out)
    with progress_bar() as tell:
        practice = read_practice(practice_file) if practice_file else champion.practice
        mapping = (
            read_mapping(mapping_file) if mapping_file else champion.mapping if data else None
        )  # the store speaks our own names
        tables = read_tables(data or _own_store(), mapping, practice, tell)
        from training.registry.retraining import retrain_champion, describe_changes

        run = retrain_champion(tables, practice, name, get_models_home(), out, tell, budget)
    for line in describe_changes(run):
        click.echo(line)
    if not run.contract.holds:
        raise PromotionError(
            f"retrain: {name}/{run.version} is registered and not promoted: {', '.join(run.contract.failing)}. Read {out / 'report.html'}."
        )
    if at_once:
        from training.registry.promotion import promote as move

        click.echo(f"{name}/{move(get_models_home(), name, run.version)[0].version} is the champion now.")
    else:
        click.echo(f"To promote it: leadlight promote {run.version} --name {name}")


def _own_store() -> str:
    """The URL of the service's store: the database that LEADLIGHT_DATABASE_URL names, else the file in LEADLIGHT_HOME.

    Raises
    ------
    PromotionError
        If there is no store yet.
    """
    file = get_models_home().absolute() / "leadlight.db"
    if not (url := os.environ.get("LEADLIGHT_DATABASE_URL", "")) and not file.is_file():
        raise PromotionError(
            f"retrain: there is no store at {str(file)!r} yet. Name the data: --data FOLDER, FILE or URL."
        )
    return url or f"sqlite:///{file}"
