"""One whole run on a practice's machine: train, hold it against the champion, write the report, register; the first
that holds becomes champion.

Lives here: the order of these, the same for ``leadlight train`` and ``leadlight retrain``.
Does not live here: the training (``pipeline``), the contract (``evaluate_contract``), the words on a terminal (``commands``,
``promotion_commands``)."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from features.practice.practice import Practice
from features.tables.tables import Tables, write_rejected
from training.bundle import Bundle
from training.errors import PromotionError
from training.pipeline import TrainingResult, train
from training.plots import draw_plots
from training.registry.mlflow_tracking import log_training_run
from training.registry.promotion import find_champion, promote
from training.registry.promotion_contract import PromotionContract, evaluate_contract, evaluate_without_champion
from training.report.feature_importance import compute_contributions, summarize_signals
from training.report.model_card import describe_data, write_report
from training.settings import Settings, format_settings_toml

__all__ = ["TrainingRun", "run_training"]


@dataclass(frozen=True)
class TrainingRun:
    """What came of it.

    Parameters
    ----------
    trained : Trained
        With the bundle as it was written.
    version : str
        As registered.
    champion : Bundle or None
        The model in use before, where there was one that can be read.
    champion_words : str
        What became of the champion, in a sentence.
    """

    trained: TrainingResult
    version: str
    champion: Bundle | None
    evaluate_contract: PromotionContract
    champion_words: str


def run_training(
    tables: Tables,
    practice: Practice,
    settings: Settings,
    name: str,
    home: Path,
    out: Path,
    step: Callable[[str, int, int], None] = lambda *_: None,
    tune_minutes: float = 0.0,
    budget: float | None = None,
) -> TrainingRun:
    """Everything from validated tables to a registered version.

    Parameters
    ----------
    home : Path
        Where MLflow's database, bundles and pointers are kept.
    out : Path
        Folder for the bundle, plots, figures, the report, rejected rows, and the open leads that would change.
    budget : float, optional
        Share of open leads whose grade or first reason may change (LC010).

    Raises
    ------
    TrainingError
        If the data cannot teach a model, or a proof fails: nothing is registered then.
    """
    champion, before, fault = find_champion(home, name)
    until = None if champion is None else champion.figures.get("data_until")
    trained = train(
        tables,
        practice,
        settings,
        tables.mapping,
        name,
        step,
        tune_minutes,
        None if until is None else np.datetime64(until, "us"),
    )
    trained = replace(trained, bundle=trained.bundle.write(out / "bundle"))
    found = (
        evaluate_without_champion(trained.bundle)
        if champion is None
        else evaluate_contract(tables, trained.bundle, champion, home, step, budget)
    )
    step("Writing and registering", 0, 2)
    plots, page = _write_report_files(trained, found, tables, out)
    step("Writing and registering", 1, 2)
    version = log_training_run(trained, out / "bundle", plots, trained.settings, home, page)
    found.write(home, name)
    words = f"The champion stays as it was ({name}/{before}). To change it: leadlight promote {version} --name {name}"
    if champion is None:
        words = _promote_first(home, name, version, fault)
    step("Writing and registering", 2, 2)
    return TrainingRun(trained, version, champion, found, words)


def _promote_first(home: Path, name: str, version: str, fault: str) -> str:
    """Promote where nothing that can be read stands in the way; what came of it."""
    lost = f" The one before it cannot be used any more: {fault}" if fault else ""
    try:
        promote(home, name, version)
    except PromotionError as refused:
        return f"No model is champion.{lost} {refused}"
    return f"It is the champion.{lost} Next: leadlight serve"


def _write_report_files(trained: TrainingResult, found: PromotionContract, tables: Tables, out: Path) -> tuple[list[Path], Path]:
    """The page and its plots, figures as JSON, the data report as text, rejected rows and leads to review as CSV;
    returns the plots and the page.
    """
    bundle = trained.bundle
    out.mkdir(parents=True, exist_ok=True)
    (out / "figures.json").write_text(json.dumps(bundle.figures, indent=1, ensure_ascii=False), encoding="utf-8")
    (out / "data.txt").write_text(tables.report() + "\n", encoding="utf-8")
    write_rejected(tables, out / "rejected.csv")
    if found.champion:
        found.write_review(out / "review.csv")
    if trained.tuning is not None:
        (out / "tuned.toml").write_text(format_settings_toml(trained.settings, trained.tuning.describe()), encoding="utf-8")
    parts, values = compute_contributions(bundle, trained.evaluation.matrix)
    plots = draw_plots(bundle, trained.evaluation, parts, values, out / "plots")
    return plots, write_report(
        bundle,
        found.findings,
        summarize_signals(bundle, parts, values),
        plots,
        describe_data(tables),
        out / "report.html",
        found.failing,
    )
