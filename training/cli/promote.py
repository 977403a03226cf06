"""``leadlight check``, ``promote``, ``rollback``, ``versions``, ``promotions``, ``retrain``: parse, do the work, print.

Lives here: terminal output. Does not live here: the work (``training_run``, ``promotion_contract``, ``promotion`` and
``promotion_log`` of ``training.registry``).
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from features.option_groups import json_option, mapping_option, print_json
from features.progress_bar import progress_bar
from training.cli.json_results import summarize_contract, summarize_run
from training.cli.options import (
    InputFiles,
    Output,
    Waiver,
    budget_option,
    name_option,
    output_options,
    retraining_inputs,
    waiver_options,
)
from training.errors import PromotionError

if TYPE_CHECKING:
    from features.mapping.column_mapping import Mapping
    from training.bundle import Bundle


__all__ = ["check", "promote", "promotions", "versions", "retrain", "rollback"]


@click.command("check")
@click.option(
    "--data",
    required=True,
    help="A file of leads, a folder with leads, events, outcomes and spend, or a database's URL.",
)
@mapping_option
@click.option("--model", default="", help="NAME/VERSION or a bundle's folder; the newest version by default.")
@name_option
@budget_option
@output_options("Where to write the open leads that would change.", "review", "review.csv")
def check(data: str, mapping_file: Path | None, model: str, name: str, budget: float | None, output: Output) -> None:
    """Compare a registered model with the champion.

    Prints one line for each check. Exits with 0 only if the model may be promoted.
    """

    from features.mapping.column_mapping import read_mapping
    from features.tables.tables import read_tables
    from training.bundle import find_bundle, get_models_home
    from training.registry.mlflow_tracking import find_registered_version
    from training.registry.promotion import find_champion
    from training.registry.promotion_contract import evaluate_contract, evaluate_without_champion

    home = get_models_home()
    bundle, version = find_bundle(model or f"{name}/{find_registered_version(home, name, 'latest')}", home)
    champion, champion_version, fault = find_champion(home, name)
    if champion is None:
        contract = evaluate_without_champion(bundle)
        headline = f"There is no champion to compare with. {fault}".strip()
    elif champion.sha256 == bundle.sha256:
        contract = evaluate_without_champion(bundle)
        headline = f"{name}/{version} is the champion itself."
    else:
        with progress_bar() as report_progress:
            mapping = read_mapping(mapping_file) if mapping_file else bundle.mapping
            tables = read_tables(data, mapping, bundle.practice, report_progress)
            contract = evaluate_contract(tables, bundle, champion, home, report_progress, budget)
        contract.write_review(output.out)
        headline = (
            f"{name}/{version} compared with the champion {name}/{champion_version}. "
            f"Open leads that would change, largest change first: {output.out} ({len(contract.review):,})."
        )
    contract.write(home, name)
    if output.as_json:
        print_json(summarize_contract(name, version, contract))
    else:
        click.echo("\n".join((headline, *contract.lines())))
    if not contract.holds:
        raise PromotionError(
            f"check: {name}/{version} must not be promoted: {', '.join(contract.failing)}. The lines above say why."
        )
    if not output.as_json:
        click.echo(f"The contract holds. To promote it: leadlight promote {version} --name {name}")


@click.command("promote")
@click.argument("version")
@name_option
@waiver_options
@json_option
def promote(version: str, name: str, waiver: Waiver, as_json: bool) -> None:
    """Make a registered VERSION (or latest) the champion, if the contract holds.

    The service picks it up within seconds.
    """

    from training.bundle import get_models_home
    from training.registry.promotion import promote as promote_version

    pointer, contract = promote_version(get_models_home(), name, version, waiver.codes, waiver.by, waiver.because)
    if as_json:
        print_json({**vars(pointer), "waived": sorted(set(waiver.codes) & set(contract.failing))})
        return
    click.echo(
        f"{name}/{pointer.version} is now the champion ({pointer.sha256[:12]})."
        f"{_describe_signed(waiver, contract.failing)}"
    )


@click.command("rollback")
@name_option
@click.option("--by", default="", help="Who decided it.")
@click.option("--because", default="", help="Why.")
@json_option
def rollback(name: str, by: str, because: str, as_json: bool) -> None:
    """Restore the previous champion."""

    from training.bundle import get_models_home
    from training.registry.promotion import rollback as restore_previous

    pointer = restore_previous(get_models_home(), name, by, because)
    if as_json:
        print_json(pointer)
        return
    click.echo(
        f"{name}/{pointer.version} is the champion again ({pointer.sha256[:12]}); its scores are identical to before."
    )


@click.command("versions")
@name_option
@json_option
def versions(name: str, as_json: bool) -> None:
    """List the registered versions, oldest first, and which one is the champion or the challenger."""

    from training.bundle import get_models_home
    from training.registry.alias_agreement import describe_disagreement
    from training.registry.registered_versions import list_registered_versions

    if disagreement := describe_disagreement(get_models_home(), name):
        click.echo(disagreement, err=True)
    registered = list_registered_versions(get_models_home(), name)
    if as_json:
        print_json(registered)
        return
    for version in registered:
        aliases = f"  {', '.join(version.aliases)}" if version.aliases else ""
        click.echo(f"{name}/{version.version}  {version.sha256[:12]}  {version.trained_at}{aliases}")
    if not registered:
        click.echo(f"No version is registered under the name {name}. Train one: leadlight train --data DATA.")


@click.command("promotions")
@name_option
@json_option
def promotions(name: str, as_json: bool) -> None:
    """List who made which version the champion, when and why, and verify that no line was changed."""

    from training.bundle import get_models_home
    from training.registry.promotion_log import PromotionLog

    entries = PromotionLog(get_models_home(), name).read_entries()
    if as_json:
        print_json(entries)
        return
    for entry in entries:
        waived = f"; waived {', '.join(entry.waived)}" if entry.waived else ""
        signer = f" by {entry.by}" if entry.by else ""
        reason = f": {entry.because}" if entry.because else ""
        click.echo(
            f"{entry.at}  {entry.action} {name}/{entry.version} ({entry.sha256[:12]}) "
            f"after {entry.previous_version or 'none'}{signer}{waived}{reason}"
        )
    if entries:
        click.echo(f"{len(entries)} lines, every signature and link is valid.")
    else:
        click.echo(f"No promotions yet under the name {name}.")


@click.command("retrain")
@retraining_inputs
@name_option
@budget_option
@output_options("Folder for the report and the open leads that would change.")
@click.option("--promote", "at_once", is_flag=True, help="Promote it at once if the contract holds.")
@waiver_options
def retrain(files: InputFiles, name: str, budget: float | None, output: Output, at_once: bool, waiver: Waiver) -> None:
    """Train again with the champion's settings on today's data, and describe what changed in five lines.

    Exits with 0 only if the contract holds, or the model was promoted with a waiver for every check that fails.
    """

    from features.practice_file.practice_toml import read_practice
    from features.readers.frame_writer import require_writable
    from features.tables.tables import read_tables
    from training.bundle import find_bundle, get_models_home

    if waiver.codes and not (at_once and waiver.is_signed):
        raise PromotionError(
            "retrain: --waive signs for a promotion, so it needs that, who signs and why: "
            "--promote --by NAME --because REASON."
        )
    champion, _ = find_bundle(f"{name}@champion", get_models_home())
    require_writable(output.out)
    with progress_bar() as report_progress:
        practice = read_practice(files.practice) if files.practice else champion.practice
        mapping = _choose_mapping(files, champion)
        tables = read_tables(files.data or _find_own_store(), mapping, practice, report_progress)
        from training.registry.retraining import describe_changes, retrain_champion
        from training.registry.training_run import RunOptions

        options = RunOptions(name, get_models_home(), output.out, budget=budget)
        run = retrain_champion(tables, practice, options, report_progress)
    changes = describe_changes(run)
    if output.as_json:
        print_json({**summarize_run(run, output.out), "changes": changes})
    else:
        click.echo("\n".join(changes))
    if not set(run.contract.failing) <= set(waiver.codes):
        raise PromotionError(
            f"retrain: {name}/{run.version} is registered and not promoted: {', '.join(run.contract.failing)}. "
            f"Read {output.out / 'report.html'}."
        )
    if at_once:
        from training.registry.promotion import promote as promote_version

        pointer, contract = promote_version(
            get_models_home(), name, run.version, waiver.codes, waiver.by, waiver.because
        )
        click.echo(
            f"{name}/{pointer.version} is now the champion.{_describe_signed(waiver, contract.failing)}",
            err=output.as_json,
        )
    elif not output.as_json:
        click.echo(f"To promote it: leadlight promote {run.version} --name {name}")


def _describe_signed(waiver: Waiver, failing: Sequence[str]) -> str:
    """Say who waived which failing checks; empty where none was."""
    signed = sorted(set(waiver.codes) & set(failing))
    return f" {waiver.by} waived {', '.join(signed)}." if signed else ""


def _choose_mapping(files: InputFiles, champion: "Bundle") -> "Mapping | None":
    """Return the mapping named, or the champion's; none for the service's own store, which uses our column names."""

    from features.mapping.column_mapping import read_mapping

    if files.mapping:
        return read_mapping(files.mapping)
    return champion.mapping if files.data else None


def _find_own_store() -> str:
    """Return the URL of the service's store.

    It is the database that LEADLIGHT_DATABASE_URL names, or else the file in LEADLIGHT_HOME.

    Raises
    ------
    PromotionError
        If there is no store yet.
    """

    from training.bundle import get_models_home

    file = get_models_home().absolute() / "leadlight.db"
    url = os.environ.get("LEADLIGHT_DATABASE_URL", "")
    if not url and not file.is_file():
        raise PromotionError(
            f"retrain: there is no store at {str(file)!r} yet. Name the data: --data FOLDER, FILE or URL."
        )
    return url or f"sqlite:///{file}"
