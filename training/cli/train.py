"""``leadlight train``: parse, train, print a summary.

Lives here: terminal output. Does not live here: the run (``training.registry.training_run``), promoting
(``training.cli.promote``).
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from features.option_groups import group_options, print_json
from features.progress_bar import progress_bar
from features.workers.worker_options import WorkerChoice, worker_options
from training.cli.json_results import summarize_run
from training.cli.options import InputFiles, Output, name_option, output_options, training_inputs
from training.cli.terminal_tables import print_table

if TYPE_CHECKING:
    from training.evaluation.out_of_fold import Evaluation
    from training.registry.training_run import TrainingRun

__all__ = ["train"]


@dataclass(frozen=True)
class TrainingChoices:
    """What a training does beside the training itself, or leaves out."""

    study: bool
    tune: float | None
    fast: bool


_choice_options = group_options(
    "choices",
    TrainingChoices,
    click.option(
        "--study",
        is_flag=True,
        help="Also train as if the data had ended two horizons earlier, with and without unripe leads, and compare.",
    ),
    click.option(
        "--tune",
        type=click.FloatRange(min=0, min_open=True),
        default=None,
        metavar="MINUTES",
        help="First search for better settings, on folds that end before the held-out leads.",
    ),
    click.option(
        "--fast",
        is_flag=True,
        help="A first look in less time: the same folds, metrics and proofs, without LC009 (so it is not promoted), "
        "the chance of being reached and the search for the best share of copies.",
    ),
)


@click.command("train")
@training_inputs
@name_option
@output_options("Folder for the bundle, plots, figures and rejected rows.")
@_choice_options
@worker_options
def train(files: InputFiles, name: str, output: Output, choices: TrainingChoices, worker_choice: WorkerChoice) -> None:
    """Train a model, evaluate and register it, and compare it with the champion.

    The run is logged to MLflow. The first model whose contract holds becomes the champion.

    With --workers or --scheduler the fits of folds, tuning trials and LC009 are spread over workers, which on other
    machines see --out under the same path; reading, the final fit, the proofs and the report stay here. The model is
    the same to the bit (with --tune, for the same trials). If the run is interrupted, the same command goes on with the
    fits that are finished."""

    from features.readers.frame_writer import require_writable
    from training.bundle import get_models_home

    inputs = files.read()
    out = output.out
    if choices.fast:
        inputs = replace(inputs, settings=replace(inputs.settings, fast=True))
    require_writable(out)
    require_writable(get_models_home())
    with worker_choice.open() as workers, progress_bar() as report_progress:
        tables = inputs.read_tables(report_progress)
        click.echo(tables.report(), err=True)
        report_progress("Loading the trainer", 0, 1)
        from training.registry.training_run import RunOptions, run_training

        report_progress("Loading the trainer", 1, 1)
        options = RunOptions(name, get_models_home(), out, choices.tune or 0.0, workers=workers)
        run = run_training(tables, inputs.practice, inputs.settings, options, report_progress)
    if not output.as_json:
        _print_summary(run, out)
        if run.trained.tuning is not None:
            click.echo(f"{run.trained.tuning.describe()} To train with them again: --settings {out / 'tuned.toml'}")
    backtest = None
    if choices.study:
        with progress_bar() as report_progress:
            from training.experiments.backtest import backtest_unripe, describe_backtest

            backtest = backtest_unripe(tables, inputs.practice, inputs.settings, report_progress)
        for line in describe_backtest(backtest) if not output.as_json else ():
            click.echo(line)
    if output.as_json:
        print_json({**summarize_run(run, out), "study": backtest})


def _print_summary(run: "TrainingRun", out: Path) -> None:
    """Print the verdict, the metrics, the checks, and what to do next."""

    from training.bundle import get_models_home
    from training.evaluation.contact_propensity import describe_contact

    trained, bundle = run.trained, run.trained.bundle
    figures = bundle.figures
    blocked = f" It must not be promoted: {', '.join(run.contract.failing)}." if run.contract.failing else ""
    click.echo(f"{figures['verdict']['verdict'].upper()}.{blocked} {figures['verdict']['why']}\n")
    _print_metrics(trained.evaluation)
    left_out = "; ".join(f"{count:,} {reason}" for reason, count in figures["left_out"].items()) or "none"
    click.echo(
        f"\n{figures['leads']:,} leads, {figures['moments']:,} moments to learn from (left out: {left_out}).\n"
        f"Held out: {figures['held_out']}: {figures['held_out_leads']:,} leads, "
        f"{100 * figures['held_out_rate']:.1f}% {bundle.label}. Intervals are 95%.\n"
        f"The model registered as {bundle.name}/{run.version} was then fitted to all leads with the same settings."
    )
    finality = figures["label_finality"]
    lines = [
        *(
            [f"Label: {finality}. To decide otherwise: final or open_days under [label] in the mapping."]
            if finality
            else []
        ),
        *(f"Fast: {part}." for part in figures["left_out_of_training"]),
        *_describe_followed(figures["followed"]),
        *_describe_unripe(figures),
        *_describe_reach(figures["reach"]),
        *describe_contact(figures["contact"]),
        *run.contract.lines(),
    ]
    for line in lines:
        click.echo(line)
    if figures["period"] is None:
        click.echo(
            "The data has no dates: nothing can be promised about the future, about history rates, or about what was "
            "known when."
        )
    click.echo(run.champion_message)
    click.echo(
        f"Read first: {out / 'report.html'}. Next to it: bundle, plots, figures and rejected rows. "
        f"All runs: mlflow ui --backend-store-uri sqlite:///{get_models_home() / 'mlflow.db'}"
    )


def _describe_followed(followed: dict[str, list[float]] | None) -> list[str]:
    """Describe the scores as they are served: at the level that follows outcomes."""
    if followed is None:
        return []
    loss, error = followed["log_loss"][0], followed["calibration_error"][0]
    return [f"With the level followed until each lead arrived: log loss {loss:.3f}, calibration error {error:.3f}."]


def _describe_unripe(figures: dict[str, Any]) -> list[str]:
    """Describe how moments whose outcome is still open were used."""
    unripe = figures["unripe"]
    if not unripe["moments"]:
        return []
    use = {
        "delay_model": "they are weighted by the estimated chance that they still convert (setting unripe)",
        "leave_out": "they were left out; the metrics above never use them",
    }[unripe["used"]]
    return [
        f"Outcome still open: {unripe['moments']:,} moments, {unripe['converted_so_far']:,} of them already converted; "
        f"{use}."
    ]


def _describe_reach(reach: dict[str, Any]) -> list[str]:
    """Describe the second model in one line."""
    if "said" in reach:
        return [f"Reached. {reach['said']}"]
    auc, calibration_error = reach["auc"][0], reach["calibration_error"][0]
    return [
        f"Reached. {100 * reach['rate']:.1f}% of the {reach['leads']:,} held-out leads were; the second model has "
        f"AUC {auc:.3f}, calibration error {calibration_error:.3f}."
    ]


def _print_metrics(evaluation: "Evaluation") -> None:
    """Print metrics down, scorers across, each with its interval."""

    from training.evaluation.metrics import METRICS

    rows: list[tuple[str, ...]] = [
        (title, *(str(metrics[name]) if name in metrics else "-" for metrics in evaluation.figures.values()))
        for name, title in METRICS.items()
    ]
    if evaluation.new_people:
        rows.append((f"AUC, {evaluation.new_people_leads:,} of new people", str(evaluation.new_people)))
    if evaluation.every_moment:
        rows.append(("AUC, every moment while open", str(evaluation.every_moment["auc"])))
        rows.append(("Calibration error, every moment", str(evaluation.every_moment["calibration_error"])))
    print_table(("Held-out leads, at arrival", *evaluation.figures), rows, width=160)
