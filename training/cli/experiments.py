"""``leadlight ablate`` and ``leadlight learning-curve``: parse, run the experiment, print.

Lives here: terminal output. Does not live here: the experiments (``training.experiments``).
"""

import json
from typing import TYPE_CHECKING

import click

from features.option_groups import json_option, print_json
from features.progress_bar import progress_bar
from training.cli.options import InputFiles, Output, output_options, training_inputs
from training.cli.terminal_tables import print_table

if TYPE_CHECKING:
    from training.experiments.ablation import DirectionCost, FamilyAblation

__all__ = ["ablate", "learning_curve"]


@click.command("ablate")
@training_inputs
@click.option(
    "--directions",
    is_flag=True,
    help="Instead: what each signal's monotone direction costs or gains, in log loss on later leads.",
)
@json_option
def ablate(files: InputFiles, directions: bool, as_json: bool) -> None:
    """Show what each family of signals contributes: the model without it, measured on later leads."""
    inputs = files.read()
    with progress_bar() as report_progress:
        tables = inputs.read_tables(report_progress)
        from training.experiments.ablation import ablate_families, measure_direction_costs

        if directions:
            costs = measure_direction_costs(tables, inputs.practice, inputs.settings, report_progress)
        else:
            ablation = ablate_families(tables, inputs.practice, inputs.settings, report_progress)
    if directions:
        _print_direction_costs(*costs, as_json)
    else:
        _print_families(*ablation, as_json)


@click.command("learning-curve")
@training_inputs
@output_options("Folder for learning_curve.json and learning_curve.png.")
def learning_curve(files: InputFiles, output: Output) -> None:
    """Estimate what more outcomes would bring.

    Models learn from 20 to 100% of the earlier leads and are measured on the same later ones.
    """

    from features.readers.frame_writer import require_writable
    from training.bundle import get_models_home

    inputs, out = files.read(), output.out
    require_writable(out)
    with progress_bar() as report_progress:
        tables = inputs.read_tables(report_progress)
        from training.experiments.learning_curve import compute_learning_curve
        from training.plots import draw_learning_curve

        curve = compute_learning_curve(tables, inputs.practice, inputs.settings, report_progress)
    out.mkdir(parents=True, exist_ok=True)
    (out / "learning_curve.json").write_text(json.dumps(curve.to_dict(), indent=1), encoding="utf-8")
    draw_learning_curve(curve, out / "learning_curve.png")
    from training.registry.mlflow_tracking import log_learning_curve

    log_learning_curve(curve, [out / "learning_curve.json", out / "learning_curve.png"], get_models_home())
    if output.as_json:
        print_json({**curve.to_dict(), "sentence": curve.describe(), "out": out})
        return
    rows = [(f"{point.leads:,}", str(point.auc), str(point.log_loss)) for point in curve.points]
    print_table(("Leads learned from", "AUC [95%]", "Log loss [95%]"), rows, text_columns=0)
    click.echo(
        f"Measured on the same {curve.held_out_leads:,} later leads at arrival. {curve.describe()}\n"
        f"Table and plot: {out}"
    )


def _print_families(families: "list[FamilyAblation]", scores: tuple[float, float], leads: int, as_json: bool) -> None:
    """Print the model without each family; ``scores`` are log loss and AUC of the model with all of them."""
    log_loss, auc = scores
    if as_json:
        print_json({"leads": leads, "log_loss": log_loss, "auc": auc, "without": families})
        return
    rows = [("nothing", "", f"{log_loss:.4f}", "", f"{auc:.4f}")]
    for family in families:
        increase = family.loss_increase
        rows.append(
            (
                family.family,
                str(family.signals),
                f"{family.log_loss:.4f}",
                f"{increase.value:+.4f} [{increase.low:+.4f} {increase.high:+.4f}]",
                f"{family.auc:.4f}",
            )
        )
    print_table(("Without", "Signals", "Log loss", "Increase in log loss [95%]", "AUC"), rows)
    click.echo(
        f"{leads:,} leads at arrival, each scored by a model that had not seen it. The increase is paired by lead; "
        "families overlap, so the numbers do not add up."
    )


def _print_direction_costs(costs: "list[DirectionCost]", log_loss: float, leads: int, as_json: bool) -> None:
    """Print what each direction costs, the most expensive first."""
    if as_json:
        print_json({"leads": leads, "log_loss": log_loss, "directions": costs})
        return
    never = {1: "lowers", -1: "raises", 0: ""}
    rows = [
        (
            cost.signal,
            never[cost.direction],
            f"{cost.cost.value:+.5f} [{cost.cost.low:+.5f} {cost.cost.high:+.5f}]",
        )
        for cost in costs
    ]
    print_table(("Direction of", "Never", "Cost in log loss [95%]"), rows, text_columns=2)
    click.echo(
        f"{leads:,} leads at arrival, log loss {log_loss:.4f} with every direction. Above 0 the policy costs, below 0 "
        "it gains; each is dropped alone, in the linear part and the trees."
    )
