"""How are the figures for managers read from the store? In a process of their own, with a low priority.

Lives here: reading the store into a report, the process. Does not live here: the figures and keeping them
(``serving.insights``), the pages (``pages``).

A thread would not do: reading a store holds Python's lock, and every score would wait for it. The process gives its
memory back when it ends, and is ended with the service.
"""

import multiprocessing
import os
from multiprocessing.connection import Connection

from features.errors import LeadlightError
from features.practice.practice import Practice
from features.tables.tables import read_tables
from serving.desk.queue.catalog_names import build_resolvers
from serving.insights.insight_report import InsightReport, read_and_compute

__all__ = ["compute_from_store", "run_in_process"]

_LOW_PRIORITY = 10


def compute_from_store(url: str, practice: Practice, months: int) -> InsightReport:
    """Compute the report of a store, in this process.

    Raises
    ------
    DataError
        If the store cannot be read, or holds no outcome.
    """
    # SQLAlchemy's default driver for PostgreSQL is another one than ours.
    readable = url.replace("postgresql://", "postgresql+psycopg://", 1)
    tables = read_tables(readable, practice=practice, scoring=True)
    return read_and_compute(tables, practice, build_resolvers(practice), months=months)


def run_in_process(url: str, practice: Practice, months: int) -> InsightReport:
    """Compute the report of a store in a process of its own, and wait for it.

    Raises
    ------
    LeadlightError
        What the process raised, or that it ended without an answer.
    """
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(sender, url, practice, months), daemon=True)
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
    return result


def _work(sender: Connection, url: str, practice: Practice, months: int) -> None:
    """Send a report, or what went wrong, and end."""
    os.nice(_LOW_PRIORITY)
    try:
        sender.send(compute_from_store(url, practice, months))
    except LeadlightError as error:
        sender.send(LeadlightError(str(error)))
