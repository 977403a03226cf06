"""What is a sentence of the summary? A claim, an advice and a figure, with what decides whether it may leave the house.

Lives here: one sentence.
Does not live here: which sentences there are (``summary_sentences``, ``action_sentences``).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from serving.insights.figure_tables import FigureTable, Hidden
from serving.insights.sharing.small_cells import SMALLEST_SHOWN

__all__ = ["Sentence"]


@dataclass(frozen=True)
class Sentence:
    """One sentence of the summary.

    Parameters
    ----------
    claim : str
        What is so, in a few words.
    advice : str
        What to do.
    figure : str
        The figure with its interval.
    evidence : str
        Name of the table that it rests on.
    people : tuple of int
        Numbers of people that it names: a small one keeps it in the house.
    cells : tuple of (str, str)
        Row and column of the cells of its table that it tells: a hidden one keeps it in the house.
    is_alarm : bool
    """

    claim: str
    advice: str
    figure: str
    evidence: str
    people: tuple[int, ...] = ()
    is_alarm: bool = False
    cells: tuple[tuple[str, str], ...] = ()

    @property
    def may_leave_the_house(self) -> bool:
        """Whether it names no small number of people."""
        return all(count == 0 or count >= SMALLEST_SHOWN for count in self.people)

    def tells_hidden(self, tables: Mapping[str, FigureTable]) -> bool:
        """Whether it tells a cell that is hidden in these tables."""
        return any(isinstance(tables[self.evidence].get(row, column), Hidden) for row, column in self.cells)
