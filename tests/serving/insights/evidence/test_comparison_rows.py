"""Are the inquiries behind a comparison those of its row, and is a row that is gone refused?"""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from features.column_words import name_column
from features.practice.practice import Practice
from serving.insights.comparisons.field_change_table import tabulate_field_changes
from serving.insights.evidence.comparison_rows import find_by_order, find_in_changes
from serving.insights.evidence.row_source import RowSource
from serving.insights.practice_checks.score_value import BY_ARRIVAL, BY_SCORE
from tests.support.simulated.insight_coverage import to_form_columns
from tests.support.simulated.simulated_forms import simulate_forms


def test_every_number_of_a_changed_form_lists_as_many(columns):
    source = RowSource(to_form_columns(columns, simulate_forms(3)), Practice(), 12)
    table = tabulate_field_changes(
        source.columns, source.ripe_days, partial(name_column, own_words={}), Practice().formats
    )
    (row,) = table.rows

    for name in ("leads", "before", "after", "booked_before", "booked_after"):
        assert len(find_in_changes(source, table.name, row[0], name)) == table.get(row[0], name)
    with pytest.raises(StopIteration):
        find_in_changes(source, table.name, "/b asks for nothing", "leads")


def test_the_two_orders_are_apart(columns):
    source = RowSource(replace(columns, in_arrival_order=np.arange(len(columns)) % 4 == 0), Practice(), 12)

    rows = [find_by_order(source, "score_value", order, "leads") for order in (BY_SCORE, BY_ARRIVAL)]

    assert not np.intersect1d(*rows).size and (rows[1] % 4 == 0).all() and min(map(len, rows))
