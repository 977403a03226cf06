"""What does one complete run do on a practice's machine? Train, compare with the champion, write the report, register.

Lives here: the order of these, the same for ``leadlight train`` and ``leadlight retrain``; the first model whose
contract holds becomes champion.
Does not live here: the training (``training.pipeline``), the contract (``promotion_contract``), the output on a
terminal (``training.cli``).
"""

import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from features.file_permissions import make_private_folder, private_files
from features.practice.practice import Practice
from features.tables.tables import Tables, write_rejected
from features.workers.local_workers import Loop, Workers
from training.bundle import Bundle
from training.errors import PromotionError
from training.pipeline import TrainingOptions, TrainingResult, train
from training.plots import draw_plots
from training.progress import ReportProgress, ignore_progress
from training.registry.mlflow_tracking import log_training_run, require_tracking
from training.registry.promotion import find_champion, promote
from training.registry.promotion_contract import PromotionContract, evaluate_contract, evaluate_without_champion
from training.report.card_metadata import write_card
from training.report.feature_importance import compute_contributions, summarize_signals
from training.report.model_card import ReportContent, describe_data, write_report
from training.settings import Settings, format_settings_toml
from training.workers.fit_workers import open_fit_workers

__all__ = ["RunOptions", "TrainingRun", "run_training"]


@dataclass(frozen=True)
class RunOptions:
    """What a run registers its model as, and where it reads and writes.

    Parameters
    ----------
    name : str
        Name that the model is registered under.
    home : Path
        Where MLflow's database, bundles and pointers are kept.
    out : Path
        Folder for the bundle, plots, figures, the report, rejected rows, and the open leads that would change.
    tune_minutes : float
        How long to search for better settings first; 0 not at all.
    budget : float, optional
        Share of open leads whose grade or first reason may change (LC010).
    workers : Workers
        Who fits beside each other what need not wait; this process alone by default.
    """

    name: str
    home: Path
    out: Path
    tune_minutes: float = 0.0
    budget: float | None = None
    workers: Workers = Loop()


@dataclass(frozen=True)
class TrainingRun:
    """The result of a run.

    Parameters
    ----------
    trained : Trained
        With the bundle as written to disk.
    version : str
        As registered.
    champion : Bundle or None
        The model in use before, where there was one that can be read.
    champion_message : str
        Whether the champion changed, in a sentence.
    """

    trained: TrainingResult
    version: str
    champion: Bundle | None
    contract: PromotionContract
    champion_message: str


@private_files()
def run_training(
    tables: Tables,
    practice: Practice,
    settings: Settings,
    options: RunOptions,
    report_progress: ReportProgress = ignore_progress,
) -> TrainingRun:
    """Do everything from validated tables to a registered version.

    Raises
    ------
    TrainingError
        If the data cannot teach a model, or a proof fails: nothing is registered then.
    """
    name, home, out = options.name, options.home, options.out
    require_tracking(home)
    champion, champion_version, fault = find_champion(home, name)
    until = None if champion is None else champion.figures.get("data_until")
    since = None if until is None else np.datetime64(until, "us")
    with open_fit_workers(options.workers, out) as workers:
        training_options = TrainingOptions(name, options.tune_minutes, since, workers)
        trained = train(tables, practice, settings, tables.mapping, training_options, report_progress)
    trained = replace(trained, bundle=trained.bundle.write(out / "bundle"))
    trained.holdout_scores.write(home, trained.bundle.sha256)
    if champion is None:
        contract = evaluate_without_champion(trained.bundle)
    else:
        contract = evaluate_contract(tables, trained.bundle, champion, home, report_progress, options.budget)
    report_progress("Writing and registering", 0, 2)
    plots, page = _write_report_files(trained, contract, tables, out)
    report_progress("Writing and registering", 1, 2)
    # Registered after the report is written: a version never lacks its page.
    version = log_training_run(trained, out / "bundle", plots, trained.settings, home, page)
    contract.write(home, name)
    if champion is None:
        message = _promote_first(home, name, version, fault)
    else:
        message = (
            f"The champion is still {name}/{champion_version}. To change it: leadlight promote {version} --name {name}"
        )
    report_progress("Writing and registering", 2, 2)
    return TrainingRun(trained, version, champion, contract, message)


def _promote_first(home: Path, name: str, version: str, fault: str) -> str:
    """Promote where no usable champion exists, if the contract holds; return what happened, in a sentence."""
    lost = f" The previous champion can no longer be used: {fault}" if fault else ""
    try:
        promote(home, name, version)
    except PromotionError as refusal:
        return f"There is no champion.{lost} {refusal}"
    return f"It is the champion.{lost} Next: leadlight serve"


def _write_report_files(
    trained: TrainingResult, contract: PromotionContract, tables: Tables, out: Path
) -> tuple[list[Path], Path]:
    """Write the report with its plots, figures, the data report, rejected rows and leads to review.

    Return the plots and the report's page.
    """
    bundle = trained.bundle
    make_private_folder(out)
    (out / "figures.json").write_text(json.dumps(bundle.figures, indent=1, ensure_ascii=False), encoding="utf-8")
    (out / "data.txt").write_text(tables.report() + "\n", encoding="utf-8")
    write_rejected(tables, out / "rejected.csv")
    if contract.champion:
        contract.write_review(out / "review.csv")
    if trained.tuning is not None:
        # Whoever trains with what a fast run found wants the whole training.
        found = replace(trained.settings, fast=False)
        (out / "tuned.toml").write_text(format_settings_toml(found, trained.tuning.describe()), encoding="utf-8")
    parts, values = compute_contributions(bundle, trained.evaluation.matrix)
    plots = draw_plots(bundle, trained.evaluation, parts, values, out / "plots")
    content = ReportContent(
        contract.findings,
        summarize_signals(bundle, parts, values),
        {plot.stem: plot.read_bytes() for plot in plots},
        describe_data(tables),
        contract.failing,
    )
    write_card(bundle, out)
    return plots, write_report(bundle, content, out / "report.html")
