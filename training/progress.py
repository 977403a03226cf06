"""How does a long step of training report how far it is?

Lives here: the type of the callback that every long step takes.
Does not live here: drawing a progress bar (``features.progress_bar``).
"""

from collections.abc import Callable

__all__ = ["ReportProgress", "ignore_progress"]

ReportProgress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and out of how much."""


def ignore_progress(task: str, done: int, total: int) -> None:
    """Report nothing."""
