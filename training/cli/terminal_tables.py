"""How is a table printed on a terminal? Columns aligned, cells never wrapped.

Lives here: the one use of rich in training's verbs. Does not live here: what the cells hold (each verb's own file).
"""

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table

__all__ = ["print_table"]


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]], text_columns: int = 1, width: int = 110) -> None:
    """Print a table: the first ``text_columns`` columns to the left, the others, numbers, to the right.

    Parameters
    ----------
    width : int, characters
        Where the output is not a terminal.
    """
    table = Table(box=None, pad_edge=False, header_style="bold")
    for position, title in enumerate(columns):
        table.add_column(title, justify="left" if position < text_columns else "right", no_wrap=True)
    for row in rows:
        table.add_row(*row)
    console = Console(markup=False)
    (console if console.is_terminal else Console(width=width, markup=False)).print(table)
