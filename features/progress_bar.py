"""How far along is a long task, and how long will it take? A progress bar with the time left, on stderr.

Without a terminal (a log, a pipe) each step is one line instead.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

__all__ = ["progress_bar"]


@contextmanager
def progress_bar() -> Iterator[Callable[[str, int, int], None]]:
    """Yield ``report_progress(step, done, total)``; a new step starts a new bar, a total of 0 or less is ignored."""
    console = Console(stderr=True)
    if not console.is_terminal:
        printed: set[str] = set()

        def print_step(step: str, done: int, total: int) -> None:
            if step and step not in printed:
                printed.add(step)
                print(f"{step} ...", file=sys.stderr, flush=True)

        yield print_step
        return
    columns = (
        TextColumn("{task.description:<52}"),
        BarColumn(bar_width=28),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as bars:
        tasks = {}

        def draw_step(step: str, done: int, total: int) -> None:
            if step and total > 0:
                if step not in tasks:
                    tasks[step] = bars.add_task(step, total=total)
                bars.update(tasks[step], completed=done, total=total)

        yield draw_step
