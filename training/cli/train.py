"""``leadlight train``, ``ablate``, ``learning-curve`` and ``verify``: parse, call the room, print.

Lives here: words on a terminal. Does not live here: the work (``run``), promoting (``promotion_commands``).
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.table import Table as TerminalTable

from features.mapping.column_mapping import read_mapping
from features.practice.practice import Practice
from features.practice_file.practice_toml import read_practice
from features.progress_bar import progress_bar
from features.readers.raw_files import require_writable
from features.tables.tables import Tables, read_tables
from training.bundle import find_bundle, get_models_home
from training.errors import VerifyError
from training.evaluation.contact_propensity import describe_contact
from training.evaluation.metrics import METRICS
from training.evaluation.out_of_fold import Evaluation
from training.settings import Settings, read_settings

if TYPE_CHECKING:
    from training.registry.training_run import TrainingRun


@click.command("train")
@click.option(
    "--data",
    required=True,
    help="A file of leads, a folder with leads, events, outcomes and spend, or a database's URL.",
)
@click.option(
    "--mapping",
    "mapping_file",
    type=click.Path(path_type=Path),
    help="Mapping of an export's columns to ours (see leadlight inspect).",
)
@click.option(
    "--practice",
    "practice_file",
    type=click.Path(path_type=Path),
    help="practice.toml: clinics, services, time zone, horizon.",
)
@click.option(
    "--settings",
    "settings_file",
    type=click.Path(path_type=Path),
    help="TOML with the settings that differ from the defaults.",
)
@click.option("--name", default="leadlight", show_default=True, help="Name to register the model under.")
@click.option(
    "--out",
    default="report",
    show_default=True,
    type=click.Path(path_type=Path),
    help="Folder for the bundle, plots, figures and rejected rows.",
)
@click.option(
    "--study",
    is_flag=True,
    help="Also train as if the data had ended two horizons earlier, with and without unripe leads, and compare.",
)
@click.option(
    "--tune",
    type=click.FloatRange(min=0, min_open=True),
    default=None,
    metavar="MINUTES",
    help="First search for better settings, on folds that end before the held-out leads.",
)
def train(
    data: str,
    mapping_file: Path | None,
    practice_file: Path | None,
    settings_file: Path | None,
    name: str,
    out: Path,
    study: bool,
    tune: float | None,
) -> None:
    """Train, calibrate, evaluate, log to MLflow and register a model, and hold it against the champion; the first one
    that holds becomes it.
    """
    settings, practice, mapping = read_settings(settings_file), read_practice(practice_file), read_mapping(mapping_file)
    require_writable(out)
    require_writable(get_models_home())
    with progress_bar() as tell:
        tables = read_tables(data, mapping, practice, tell)
        click.echo(tables.report(), err=True)
        tell("Loading the trainer", 0, 1)
        from training.registry.training_run import run_training

        tell("Loading the trainer", 1, 1)
        run = run_training(tables, practice, settings, name, get_models_home(), out, tell, tune or 0.0)
    _print_summary(run, out)
    if run.trained.tuning is not None:
        click.echo(f"{run.trained.tuning.describe()} To train with them again: --settings {out / 'tuned.toml'}")
    if study:
        with progress_bar() as tell:
            compared = _run_study(tables, practice, settings, tell)
        for line in compared:
            click.echo(line)


@click.command("ablate")
@click.option(
    "--data",
    required=True,
    help="A file of leads, a folder with leads, events, outcomes and spend, or a database's URL.",
)
@click.option(
    "--mapping",
    "mapping_file",
    type=click.Path(path_type=Path),
    help="Mapping of an export's columns to ours (see leadlight inspect).",
)
@click.option(
    "--practice",
    "practice_file",
    type=click.Path(path_type=Path),
    help="practice.toml: clinics, services, time zone, horizon.",
)
@click.option(
    "--settings",
    "settings_file",
    type=click.Path(path_type=Path),
    help="TOML with the settings that differ from the defaults.",
)
@click.option(
    "--directions",
    is_flag=True,
    help="In their place: what each signal's direction (a policy) costs or earns, in log loss on later leads.",
)
def ablate(
    data: str, mapping_file: Path | None, practice_file: Path | None, settings_file: Path | None, directions: bool
) -> None:
    """Say what each family of signals earns: the model without it, judged on later leads."""
    settings, practice, mapping = read_settings(settings_file), read_practice(practice_file), read_mapping(mapping_file)
    with progress_bar() as tell:
        tables = read_tables(data, mapping, practice, tell)
        from training.experiments.ablation import ablate_families as run
        from training.experiments.ablation import measure_direction_costs

        if directions:
            found = measure_direction_costs(tables, practice, settings, tell)
        else:
            families, (log_loss, auc), leads = run(tables, practice, settings, tell)
    if directions:
        return _print_prices(*found)
    table = TerminalTable(box=None, pad_edge=False, header_style="bold")
    for title, side in (
        ("Without", "left"),
        ("Signals", "right"),
        ("Log loss", "right"),
        ("Lost by leaving it out [95%]", "right"),
        ("AUC", "right"),
    ):
        table.add_column(title, justify=side, no_wrap=True)
    table.add_row("nothing", "", f"{log_loss:.4f}", "", f"{auc:.4f}")
    for one in families:
        lost = f"{one.loss_increase.value:+.4f} [{one.loss_increase.low:+.4f} {one.loss_increase.high:+.4f}]"
        table.add_row(one.family, str(one.signals), f"{one.log_loss:.4f}", lost, f"{one.auc:.4f}")
    (Console() if Console().is_terminal else Console(width=110)).print(table)
    click.echo(
        f"{leads:,} leads at arrival, each predicted by a model that had not seen it. What is lost is paired by lead; families overlap, so the figures do not add up."
    )


@click.command("learning-curve")
@click.option(
    "--data",
    required=True,
    help="A file of leads, a folder with leads, events, outcomes and spend, or a database's URL.",
)
@click.option(
    "--mapping",
    "mapping_file",
    type=click.Path(path_type=Path),
    help="Mapping of an export's columns to ours (see leadlight inspect).",
)
@click.option(
    "--practice",
    "practice_file",
    type=click.Path(path_type=Path),
    help="practice.toml: clinics, services, time zone, horizon.",
)
@click.option(
    "--settings",
    "settings_file",
    type=click.Path(path_type=Path),
    help="TOML with the settings that differ from the defaults.",
)
@click.option(
    "--out",
    default="report",
    show_default=True,
    type=click.Path(path_type=Path),
    help="Folder for learning_curve.json and learning_curve.png.",
)
def learning_curve(
    data: str, mapping_file: Path | None, practice_file: Path | None, settings_file: Path | None, out: Path
) -> None:
    """Say what more outcomes would bring: the model of 20 to 100% of the earlier leads, judged on the same later ones."""
    settings, practice, mapping = read_settings(settings_file), read_practice(practice_file), read_mapping(mapping_file)
    require_writable(out)
    with progress_bar() as tell:
        tables = read_tables(data, mapping, practice, tell)
        from training.experiments.learning_curve import compute_learning_curve as run
        from training.plots import draw_learning_curve

        curve = run(tables, practice, settings, tell)
    out.mkdir(parents=True, exist_ok=True)
    (out / "learning_curve.json").write_text(json.dumps(curve.to_dict(), indent=1), encoding="utf-8")
    draw_learning_curve(curve, out / "learning_curve.png")
    from training.registry.mlflow_tracking import log_learning_curve

    log_learning_curve(curve, [out / "learning_curve.json", out / "learning_curve.png"], get_models_home())
    table = TerminalTable(box=None, pad_edge=False, header_style="bold")
    for title in ("Leads learned from", "AUC [95%]", "Log loss [95%]"):
        table.add_column(title, justify="right", no_wrap=True)
    for point in curve.points:
        table.add_row(f"{point.leads:,}", str(point.auc), str(point.log_loss))
    (Console() if Console().is_terminal else Console(width=110)).print(table)
    click.echo(
        f"Judged on the same {curve.held_out_leads:,} later leads at arrival. {curve.describe()}\nTable and plot: {out}"
    )


@click.command("verify")
@click.option("--data", required=True, help="A file of leads, a folder, or a database's URL: the practice's own data.")
@click.option(
    "--mapping",
    "mapping_file",
    type=click.Path(path_type=Path),
    help="Mapping of an export's columns; the model's own when left out.",
)
@click.option(
    "--model", default="leadlight", show_default=True, help="NAME, NAME@ALIAS, NAME/VERSION, or a bundle's folder."
)
@click.option(
    "--out",
    default="verified.md",
    show_default=True,
    type=click.Path(path_type=Path),
    help="Where to write the report.",
)
def verify(data: str, mapping_file: Path | None, model: str, out: Path) -> None:
    """Prove on your own data that no feature sees the future (LC001) and that the service computes what training
    computed (LC002).
    """
    bundle, version = find_bundle(model, get_models_home())
    with progress_bar() as tell:
        tables = read_tables(
            data, read_mapping(mapping_file) if mapping_file else bundle.mapping, bundle.practice, tell
        )
        from training.checks.verify import proofs_hold, write_report
        from training.checks.verify import run_verification as run

        findings = run(tables, bundle, get_models_home(), tell)
        write_report(findings, tables, bundle, version, out)
    for finding in findings:
        click.echo(f"{finding.code} {finding.verdict}: {finding.sentence}")
        for what, why in finding.details.items():
            click.echo(f"  - {what}: {why}")
    click.echo(f"Report: {out}")
    if not proofs_hold(findings):
        raise VerifyError(
            f"verify: the proofs could not both be shown for {bundle.name} {version} on this data; the lines above say why."
        )


def _print_prices(prices: list, log_loss: float, leads: int) -> None:
    """What each direction costs, the dearest first."""
    table = TerminalTable(box=None, pad_edge=False, header_style="bold")
    for title, side in (("Direction of", "left"), ("Never", "left"), ("Costs in log loss [95%]", "right")):
        table.add_column(title, justify=side, no_wrap=True)
    for one in prices:
        never = {1: "lowers", -1: "raises", 0: ""}[one.direction]
        table.add_row(one.signal, never, f"{one.cost.value:+.5f} [{one.cost.low:+.5f} {one.cost.high:+.5f}]")
    (Console() if Console().is_terminal else Console(width=110)).print(table)
    click.echo(
        f"{leads:,} leads at arrival, log loss {log_loss:.4f} with every direction. Above 0 the policy costs, below 0 it earns; each is let go alone, in line and trees."
    )


def _run_study(
    tables: Tables, practice: Practice, settings: Settings, tell: Callable[[str, int, int], None]
) -> list[str]:
    """The study of unripe leads, in lines."""
    from training.experiments.backtest import backtest_unripe, describe_backtest

    return describe_backtest(backtest_unripe(tables, practice, settings, tell))


def _print_summary(run: "TrainingRun", out: Path) -> None:
    """The short table, and what to do next."""
    trained, bundle = run.trained, run.trained.bundle
    console = Console() if Console().is_terminal else Console(width=160)
    figures = bundle.figures
    click.echo(f"{figures['verdict']['verdict'].upper()}. {figures['verdict']['why']}\n")
    console.print(_metrics_table(trained.evaluation))
    left_out = "; ".join(f"{count:,} {why}" for why, count in figures["left_out"].items()) or "none"
    click.echo(
        f"\n{figures['leads']:,} leads, {figures['moments']:,} moments to learn from (left out: {left_out}).\n"
        f"Held out: {figures['held_out']}: {figures['held_out_leads']:,} leads, {100 * figures['held_out_rate']:.1f} in 100 {bundle.label}. Intervals are 95%.\n"
        f"The model registered as {bundle.name}/{run.version} was then fitted to all leads with the same settings."
    )
    for line in (*_unripe_words(figures), *_reach_words(figures["reach"]), *describe_contact(figures["contact"])):
        click.echo(line)
    for line in run.contract.lines():
        click.echo(line)
    if figures["period"] is None:
        click.echo(
            "The data has no dates: nothing can be promised about the future, about history rates, or about what was known when."
        )
    click.echo(run.champion_message)
    click.echo(
        f"Read first: {out / 'report.html'}. Beside it: bundle, plots, figures and rejected rows. Every run: mlflow ui --backend-store-uri sqlite:///{get_models_home() / 'mlflow.db'}"
    )


def _unripe_words(figures: dict) -> list[str]:
    """What became of moments that are not ripe yet."""
    unripe = figures["unripe"]
    if not unripe["moments"]:
        return []
    used = {
        "delay_model": "they taught by what silence so far is worth (setting unripe)",
        "leave_out": "they were left out; the figures above never use them",
    }[unripe["used"]]
    return [
        f"Unripe: {unripe['moments']:,} moments, {unripe['converted_so_far']:,} of them with a conversion known already; {used}."
    ]


def _reach_words(reach: dict) -> list[str]:
    """The second model in one line."""
    if "said" in reach:
        return [f"Reached. {reach['said']}"]
    auc, gap = reach["auc"][0], reach["calibration_error"][0]
    return [
        f"Reached. {100 * reach['rate']:.1f} in 100 of the {reach['leads']:,} held-out leads were; the second model has AUC {auc:.3f}, calibration error {gap:.3f}."
    ]


def _metrics_table(evaluation: Evaluation) -> TerminalTable:
    """Metrics down, scorers across, each with its interval."""
    table = TerminalTable(box=None, pad_edge=False, header_style="bold")
    table.add_column("Held-out leads, at arrival", no_wrap=True)
    for who in evaluation.figures:
        table.add_column(who, justify="right", no_wrap=True)
    for metric, title in METRICS.items():
        table.add_row(
            title, *(str(figures[metric]) if metric in figures else "-" for figures in evaluation.figures.values())
        )
    if evaluation.new_people:
        table.add_row(f"AUC, {evaluation.new_people_leads:,} of new people", str(evaluation.new_people))
    if evaluation.every_moment:
        table.add_row("AUC, every moment while open", str(evaluation.every_moment["auc"]))
        table.add_row("Calibration error, every moment", str(evaluation.every_moment["calibration_error"]))
    return table
