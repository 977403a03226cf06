"""How are the figures for managers read from the store? In a process of their own, with a low priority.

Lives here: reading the store into a report, the process. Does not live here: the figures and keeping them
(``serving.insights``), the pages (``pages``).

A thread would not do: reading a store holds Python's lock, and every score would wait for it. The process gives its
memory back when it ends, and is ended with the service.
"""

import multiprocessing
import os
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TypeVar

import numpy as np
from scipy.special import logit

from features.errors import DataError, LeadlightError
from features.practice.practice import Practice
from features.tables.tables import Tables, read_tables
from serving.desk.queue.catalog_names import build_resolvers
from serving.insights.columns.column_reading import read_named_columns
from serving.insights.columns.given_scores import GivenScore
from serving.insights.columns.lead_columns import LeadColumns
from serving.insights.evidence.figure_rows import FigureRows, find_figure_rows
from serving.insights.insight_report import InsightReport, compute_insights
from serving.insights.scope.report_scope import ReportScope
from serving.random_holdout import select_holdout
from serving.store.database.connection import Database
from serving.store.repositories.scores import FirstScore, read_first_given

__all__ = ["StoreReading", "compute_from_store", "find_rows_in_process", "read_given_scores", "run_in_process"]

_IN_BACKGROUND, _AWAITED = 10, 5
"""How far a process steps back for scores. Beside one busy process on a core, a second of work takes 11 s in the
background, and 4 s where somebody waits: a list of inquiries, 3 s of work, must be there before a browser gives up.
"""

_PLACED_BY_LANE = ("urgent", "spam")
"""Lanes whose leads neither the score nor their arrival places."""

Clock = Callable[[], np.datetime64]

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class StoreReading:
    """What of a store the figures are computed from.

    Parameters
    ----------
    url : str
    holdout : tuple of (float, str), optional
        The share of leads that the desk calls in order of arrival, and the name of its model, which chooses them.
    """

    url: str
    holdout: tuple[float, str] | None = None


def compute_from_store(store: StoreReading, clock: Clock, practice: Practice, scope: ReportScope) -> InsightReport:
    """Compute the report of a store, in this process.

    Parameters
    ----------
    clock : callable
        Returns the current time, datetime64[us] in UTC. The figures are as of now and not as of the last record: when
        every source goes silent, the last record is as old as the silence.
    scope : ReportScope
        Months and filters.

    Raises
    ------
    DataError
        If the store cannot be read, or holds no outcome.
    """
    return _compute(store, clock(), practice, scope)


def _compute(store: StoreReading, as_of: np.datetime64, practice: Practice, scope: ReportScope) -> InsightReport:
    """Read a store and compute its report as of one moment."""
    return compute_insights(_read_columns(store, as_of, practice), practice, scope)


def _read_columns(store: StoreReading, as_of: np.datetime64, practice: Practice) -> LeadColumns:
    """Read the columns of a store as it was known at one moment."""
    tables, given = _read_store(store.url, practice), read_given_scores(store, as_of)
    return read_named_columns(tables, practice, build_resolvers(practice), as_of, given)


def read_given_scores(store: StoreReading, as_of: np.datetime64) -> dict[str, GivenScore]:
    """Read the first score of each lead that was given by a moment.

    Where the store has them, so does the order in which the lead was called: the desk chooses by the same hash. With a
    share that was changed, those chosen by one share alone are taken for the others.
    """
    share, name = store.holdout or (0.0, "")
    database = Database(store.url)
    try:
        with database.reading() as connection:
            stored = [score for score in read_first_given(connection) if _to_moment(score) <= as_of]
    finally:
        database.close()
    chosen = select_holdout([score.lead_id for score in stored], share, name)
    return {
        score.lead_id: GivenScore(
            float(logit(score.probability)),
            _to_moment(score),
            in_arrival_order if share > 0 and score.lane not in _PLACED_BY_LANE else None,
        )
        for score, in_arrival_order in zip(stored, chosen.tolist(), strict=True)
    }


def _to_moment(score: FirstScore) -> np.datetime64:
    """Return when a score was given, UTC."""
    return np.datetime64(score.scored_at.astimezone(UTC).replace(tzinfo=None), "us")


def _read_store(url: str, practice: Practice) -> Tables:
    """Read the tables of a store."""
    # SQLAlchemy's default driver for PostgreSQL is another one than ours.
    readable = url.replace("postgresql://", "postgresql+psycopg://", 1)
    return read_tables(readable, practice=practice, scoring=True)


def _find_rows(
    store: StoreReading, as_of: np.datetime64, practice: Practice, scope: ReportScope, figure: tuple[str, str, str]
) -> FigureRows:
    """Read a store as it was known at one moment, and find the inquiries that a figure counts."""
    columns = _read_columns(store, as_of, practice)
    try:
        return find_figure_rows(columns, practice, scope, figure)
    except (KeyError, StopIteration, ValueError):
        raise DataError(
            "insights: the records do not hold this figure any more. Expected one of the page; open it again."
        ) from None


def run_in_process(store: StoreReading, clock: Clock, practice: Practice, scope: ReportScope) -> InsightReport:
    """Compute the report of a store in a process of its own, and wait for it.

    Parameters
    ----------
    clock : callable
        As in ``compute_from_store``.

    Raises
    ------
    DataError
        If the store cannot be read, or holds no outcome.
    LeadlightError
        That the process failed, or ended without an answer.
    """
    return _run(_IN_BACKGROUND, _compute, store, clock(), practice, scope)


def find_rows_in_process(
    store: StoreReading, as_of: np.datetime64, practice: Practice, scope: ReportScope, figure: tuple[str, str, str]
) -> FigureRows:
    """Find the inquiries that a figure counts, in a process of its own.

    Parameters
    ----------
    as_of : datetime64[us]
        Of the report that shows the figure: what came later is not counted.
    figure : (str, str, str)
        The table, the name of the row, and the column.

    Raises
    ------
    DataError, LeadlightError
        As ``run_in_process``; DataError where there is no such figure any more.
    """
    return _run(_AWAITED, _find_rows, store, as_of, practice, scope, figure)


def _run(step_back: int, function: Callable[..., Answer], *arguments: object) -> Answer:
    """Run a function in a process of its own, and wait for its answer."""
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_send, args=(sender, step_back, function, arguments), daemon=True)
    process.start()
    sender.close()
    try:
        result = receiver.recv()
    except EOFError:
        process.join()
        raise LeadlightError(
            f"insights: the process that computes them ended with code {process.exitcode}. Expected a report; there "
            "may be too little memory."
        ) from None
    finally:
        receiver.close()
    process.join()
    if isinstance(result, Exception):
        raise result
    answer: Answer = result
    return answer


def _send(sender: Connection, step_back: int, function: Callable[..., object], arguments: tuple[object, ...]) -> None:
    """Send what a function returns, or what went wrong, and end."""
    os.nice(step_back)
    try:
        sender.send(function(*arguments))
    except DataError as error:
        sender.send(DataError(str(error)))
    except LeadlightError as error:
        sender.send(LeadlightError(str(error)))
    except Exception as error:
        sender.send(_describe_failure(error))


def _describe_failure(error: Exception) -> LeadlightError:
    """Describe an unexpected error by its type and its lines of code: its text may hold what a person wrote."""
    frames = traceback.extract_tb(error.__traceback__)
    path = ", ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames[-3:])
    return LeadlightError(
        f"insights: the process that computes them failed with {type(error).__name__} at {path}. Expected a report; "
        "this is a fault of the program, please report it with these lines."
    )
