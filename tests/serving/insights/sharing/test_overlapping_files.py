"""Can files of months and filters be subtracted from each other until they tell about few people?"""

import numpy as np
import pytest

from features.practice.practice import Practice
from serving.insights.columns.categories import ALL_LEADS
from serving.insights.figure_tables import Column, FigureTable, Hidden
from serving.insights.insight_report import compute_insights
from serving.insights.report_sections import MONTH_CHOICES
from serving.insights.scope.lead_selection import list_choices
from serving.insights.scope.report_scope import ReportScope
from serving.insights.sharing.overlapping_files import hide_beside, hide_in_parts
from serving.insights.sharing.shared_report import compute_shareable
from serving.insights.sharing.small_cells import SharedFile
from tests.support.simulated.practice_columns import to_columns
from tests.support.simulated.simulated_practices import simulate

COLUMNS = (Column("clinic", "C", "text", "d"), Column("leads", "L", "count", "d", counts_people=True))


def table(**counts):
    rows = ((ALL_LEADS, sum(counts.values())), *counts.items())
    return FigureTable("funnel_by_clinic", "T", COLUMNS, rows, has_total=True)


def shown(file):
    return {row[0]: row[1] for row in file.build_tables()[0].rows if not isinstance(row[1], Hidden)}


def test_a_file_over_other_months_hides_what_differs_by_few_people():
    usual = hide_beside([table(a=100, b=60, c=40)], [])

    longer = hide_beside([table(a=150, b=64, c=90)], [usual])

    assert shown(usual) == {ALL_LEADS: 200, "a": 100, "b": 60, "c": 40}
    assert "b" not in shown(longer) and shown(longer)[ALL_LEADS] == 304 and len(shown(longer)) == 2


def test_a_file_over_other_months_shows_nothing_that_the_usual_one_hides():
    usual = hide_beside([table(a=100, b=7, c=40)], [])

    same = hide_beside([table(a=150, b=7, c=40)], [usual])

    assert shown(usual).keys() == {ALL_LEADS, "a"} == shown(same).keys()


def test_parts_hide_what_the_whole_and_the_others_would_tell():
    whole = SharedFile([table(a=100, b=60, c=40)])
    whole.hide_small()
    parts = {"phone": [table(a=60, b=35, c=22)], "web": [table(a=30, b=20, c=14)], "fax": [table(a=10, b=5, c=4)]}

    files = hide_in_parts(whole, "channel", parts)

    assert shown(files["fax"]) == {ALL_LEADS: 19} or shown(files["fax"]) == {}
    for name in ("a", "b", "c"):
        hidden = [part for part, file in files.items() if name not in shown(file)]
        assert "fax" in hidden and len(hidden) >= 2


def test_a_line_that_the_whole_hides_is_hidden_as_the_total_of_its_part():
    columns = (Column("channel", "C", "text", "d"), COLUMNS[1])
    by_channel = FigureTable(
        "funnel_by_channel", "T", columns, ((ALL_LEADS, 112), ("x", 100), ("y", 7), ("z", 5)), has_total=True
    )
    whole = SharedFile([by_channel, table(a=70, b=42)])
    whole.hide_small()

    files = hide_in_parts(whole, "channel", {"x": [table(a=60, b=40)], "y": [table(a=7)], "z": [table(a=3, b=2)]})

    assert shown(files["y"]) == {} == shown(files["z"])


@pytest.fixture(scope="module", params=[3])
def files(request):
    """Every file that may leave one small practice: name -> (tables with every cell, tables as they leave)."""
    columns = to_columns(simulate(request.param, leads_a_month=70))
    reports = {}

    def compute(scope):
        if scope not in reports:
            reports[scope] = compute_insights(columns, Practice(), scope)
        return reports[scope]

    scopes = [ReportScope(months) for months in MONTH_CHOICES]
    scopes += [ReportScope(12, ((name, value),)) for name, values in list_choices(columns).items() for value in values]
    return {scope: tuple(report.tables for report in compute_shareable(compute, scope)) for scope in scopes}


def list_equations(files):
    """What somebody with every file knows to add up to zero: [(sign, cell)], of cells (scope, table, row, column)."""
    usual = ReportScope(12)
    for scope, (_, tables) in files.items():
        for name, table in tables.items():
            counted = [i for i, column in enumerate(table.columns) if column.counts_people]
            counted = [i for i in counted if not table.columns[i].name.endswith("_final")]
            names = [row[0] for row in table.rows]
            if table.has_total and names:
                for i in counted:
                    yield [(1, (scope, name, names[0], i)), *((-1, (scope, name, other, i)) for other in names[1:])]
            if table.adds_across:
                for row in names:
                    yield [(1, (scope, name, row, 1)), *((-1, (scope, name, row, i)) for i in counted[1:])]
            for i in counted if table.rows_in_total and name == "funnel_by_month" else ():
                months = ((-1, (scope, name, month, i)) for month in names[: table.rows_in_total])
                yield [(1, (scope, "funnel_by_channel", ALL_LEADS, i)), *months]
    for dimension in ("channel", "service"):
        parts = [scope for scope in files if scope.filters and scope.filters[0][0] == dimension]
        for name in ("funnel_by_channel", "funnel_by_service", "funnel_by_month", "lost_by_channel", "lost_by_service"):
            for row in files[usual][0][name].rows:
                for i in range(1, 6 if name.startswith("funnel") else len(row)):
                    yield [(1, (usual, name, row[0], i)), *((-1, (part, name, row[0], i)) for part in parts)]


def read_cell(files, cell, as_shown):
    scope, name, row, i = cell
    table = files[scope][as_shown].get(name)
    found = None if table is None else next((cells for cells in table.rows if cells[0] == row), None)
    if found is None or i >= len(found):
        return 0
    return found[i]


def test_with_all_files_at_hand_no_small_number_can_be_computed_back(files):
    unknown, rows = {}, []
    for equation in list_equations(files):
        terms = [
            (sign, unknown.setdefault(cell, len(unknown)))
            for sign, cell in equation
            if isinstance(read_cell(files, cell, 1), Hidden)
        ]
        if terms:
            rows.append(terms)
    matrix = np.zeros((len(rows), len(unknown)))
    for number, terms in enumerate(rows):
        for sign, position in terms:
            matrix[number, position] += sign
    # A hidden cell is known where no change of all hidden ones that keeps every sum changes it.
    _, values, vectors = np.linalg.svd(matrix, full_matrices=True)
    free = vectors[(values > 1e-9).sum() :]
    known = np.abs(free).max(axis=0) < 1e-9
    told = [cell for cell, position in unknown.items() if known[position] and 0 < read_cell(files, cell, 0) < 11]

    assert len(unknown) > 100 and told == []
    for scope, (_, tables) in files.items():
        if scope.filters:
            assert tables.keys() & {"segments", "credit_by_channel", "outlook"} == set()
