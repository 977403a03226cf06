"""What is known before the first fit? The learning set, the feature matrix, the splits and the rules' score.

Lives here: the first step of a run, shared with the experiments.
Does not live here: which moments can teach (``training.dataset.labels``), computing signals (``features``), everything
that is fitted (``training.pipeline``).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np

from features.batch import Batch
from features.feature_matrix import compute_matrix, select_supported_signals
from features.practice.practice import Practice
from features.registry import Signal
from features.schema import CUSTOM_PREFIX
from features.signals.custom_columns import CATEGORY_COLUMNS, build_column_signals
from features.signals.sent_columns import build_sent_signals
from features.tables.tables import Tables
from features.tables.unplaced_labels import require_placed_labels
from training.checks.leak_suspects import LeakSuspects
from training.checks.period_columns import PeriodColumns
from training.dataset.labels import build_learning_set, label_leads, require_enough_leads
from training.dataset.row_order import sort_by_arrival
from training.dataset.time_splits import hash_people, make_splits
from training.dataset.training_context import build_training_context
from training.dataset.training_data import TrainingData
from training.dataset.withheld_fields import build_withheld_rows
from training.errors import TrainingError
from training.model.linear.signal_penalties import FEW_LEADS
from training.model.rules_baseline import RuleScore, score_by_rules
from training.progress import ReportProgress, ignore_progress
from training.settings import Settings

__all__ = ["PreparedRun", "choose_signals", "drop_columns", "prepare"]

_MIN_LEADS_PER_MONTH = 10
"""One lead with a mistyped year is no second year."""


@dataclass(frozen=True)
class PreparedRun:
    """Everything that a run knows before the first fit.

    Parameters
    ----------
    tables : Tables
        In order of arrival, without the columns that are suspected of giving the outcome away.
    practice : Practice
    label : {"booked", "attended", "treated"}
        The outcome that counts as a conversion.
    batch : Batch
        The moments of the learning set.
    data : TrainingData
    rules : RuleScore
        The practice's own rules on the same moments.
    suspects : LeakSuspects
        Why columns were left out.
    periods : PeriodColumns
        Which columns tell when a lead arrived, in a file that looks undated.
    left_out : tuple of str
        Groups of signals that an earlier fit of this run was left without, since their reasons did not hold.
    """

    tables: Tables
    practice: Practice
    label: str
    batch: Batch
    data: TrainingData
    rules: RuleScore
    suspects: LeakSuspects
    periods: PeriodColumns
    left_out: tuple[str, ...] = ()


def prepare(
    tables: Tables, practice: Practice, settings: Settings, report_progress: ReportProgress = ignore_progress
) -> PreparedRun:
    """Build the learning set, its feature matrix and its splits.

    Raises
    ------
    TrainingError
        If no model can be learned from the data: no label, one class, too few leads, no column left.
    MappingError
        If the mapping does not say what the labels of more than a tenth of the rows mean.
    """
    require_placed_labels(tables.unplaced, tables.mapping)
    tables, label = sort_by_arrival(tables), settings.label or practice.label
    learning = build_learning_set(tables, practice, label, settings.moments_hours)
    require_enough_leads(learning)
    suspects = LeakSuspects(tables, label_leads(tables, practice, label))
    periods = PeriodColumns(tables)
    tables = drop_columns(tables, {**suspects.find_excluded_columns(), **periods.find_excluded_columns()})
    context = build_training_context(tables, practice, label)
    batch = Batch.from_tables(tables, learning.moments.of_lead, learning.moments.cutoff, context)
    signals = choose_signals(tables, batch)
    _require_signals(signals, suspects, periods)
    rows = compute_matrix(batch, signals, lambda done, total: report_progress("Reading the leads", done, total))
    people = hash_people(tables)[learning.moments.of_lead]
    separated = people if settings.people_apart else None
    splits = make_splits(learning, settings.folds, practice.horizon_days, settings.seed, separated)
    withheld = build_withheld_rows(tables, batch, learning, signals, settings)
    # Few trees of few columns each seldom meet two columns that mean something only together.
    has_few_leads = bool(learning.arrival.sum() <= FEW_LEADS)
    data = TrainingData(rows, learning, splits, people, signals, settings, withheld, has_few_leads, has_few_leads)
    rules = score_by_rules(practice.rules, batch, signals, rows)
    return PreparedRun(tables, practice, label, batch, data, rules, suspects, periods)


def _require_signals(signals: Sequence[Signal], suspects: LeakSuspects, periods: PeriodColumns) -> None:
    """Refuse data of which no column is left."""
    if signals:
        return
    left_out = [*suspects.find_excluded_columns(), *periods.find_excluded_columns()]
    names = ", ".join(repr(name.removeprefix(CUSTOM_PREFIX)) for name in left_out)
    found = f"{names} seem to know the outcome or the time, and nothing else is there" if names else "all are empty"
    raise TrainingError(
        f"training: no column is left to learn from: {found}. Expected at least one that was known before the outcome; "
        "where a column was, name it under keep_on_purpose in the mapping, and train again."
    )


def drop_columns(tables: Tables, columns: Collection[str]) -> Tables:
    """Return the tables without some custom columns."""
    return replace(
        tables,
        leads=tables.leads.drop(columns=list(columns)),
        custom={name: kind for name, kind in tables.custom.items() if name not in columns},
    )


def choose_signals(tables: Tables, batch: Batch) -> list[Signal]:
    """Return the catalogue's signals that this data supports, then one or more for each custom or category column.

    Last come the flags: whether each column that they read was sent.
    """
    filled = [name for name, values in batch.columns.items() if not _is_empty(values)]
    signals = select_supported_signals(filled, bool(len(tables.events)), batch.context)
    if not _has_each_month_twice(tables):
        signals = [signal for signal in signals if signal.unit != "month"]
    columns = {name: "category" for name in CATEGORY_COLUMNS if name in filled} | {
        name: kind for name, kind in tables.custom.items() if name in filled
    }
    names = {signal.name for signal in signals}
    has_history, on_purpose = batch.context.history is not None, tables.mapping.keep_on_purpose
    signals += [
        signal
        for name, kind in columns.items()
        if name not in names
        for signal in build_column_signals(
            name, kind, batch.lead_column(name), has_history, name.removeprefix(CUSTOM_PREFIX) in on_purpose
        )
    ]
    return signals + build_sent_signals(signals, [*filled, "events"])


def _has_each_month_twice(tables: Tables) -> bool:
    """Return whether leads arrived in every month of two years: a month that came once is a period, and says nothing
    about its return.
    """
    if "created_at" not in tables.leads:
        return False
    arrived = tables.created_at
    months, leads = np.unique(arrived[~np.isnat(arrived)].astype("datetime64[M]").astype(int), return_counts=True)
    return bool((np.bincount(months[leads >= _MIN_LEADS_PER_MONTH] % 12, minlength=12) >= 2).all())


def _is_empty(values: np.ndarray) -> bool:
    """Return whether a column has no value at all."""
    if values.dtype.kind == "M":
        return bool(np.isnat(values).all())
    return bool(np.isnan(values).all()) if values.dtype.kind == "f" else all(value is None for value in values)
