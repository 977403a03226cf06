"""In which inquiries are the rows of a figure found? The leads of a report, and the parts of them that tables count.

Lives here: ripe and recent leads, those of a name, those of a stage. Does not live here: the rows of each table
(``figure_rows``, ``comparison_rows``).
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from features.array_types import IntArray
from features.practice.practice import Practice
from serving.insights.cohorts import find_ripe_days
from serving.insights.columns.categories import ALL_LEADS, Categories
from serving.insights.columns.lead_columns import FUNNEL, LeadColumns
from serving.insights.funnel import select_recent

__all__ = ["RowSource"]


@dataclass(frozen=True)
class RowSource:
    """Leads, and which of them the tables count.

    Parameters
    ----------
    columns : LeadColumns
        Those that the filters of the report leave.
    practice : Practice
    months : int
        Of the report.
    """

    columns: LeadColumns
    practice: Practice
    months: int

    @cached_property
    def ripe_days(self) -> float:
        """Age in days from which the bookings of an inquiry are known."""
        return find_ripe_days(self.columns, "booked")

    @cached_property
    def ripe(self) -> IntArray:
        """Inquiries that are so old."""
        return np.flatnonzero(self.columns.is_ripe(self.ripe_days))

    @cached_property
    def recent(self) -> IntArray:
        """Inquiries of the months of the report."""
        return select_recent(self.columns, self.months)

    def of_name(self, rows: IntArray, category: Categories | None, name: str) -> IntArray:
        """Return those of the rows that have a name; all of them for the line of all leads."""
        if name == ALL_LEADS:
            return rows
        if category is None or name not in category.names:
            raise KeyError(name)
        return rows[category.codes[rows] == category.names.index(name)]

    def having(self, rows: IntArray, stage: str) -> IntArray:
        """Return those of the rows that are known to have reached a stage; all of them for none of the stages."""
        return rows[self.columns.has(stage)[rows]] if stage in FUNNEL else rows
