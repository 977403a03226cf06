"""Does a chart stand where its numbers do?"""

from serving.insights.estimates import CANNOT_TELL, Estimate
from serving.insights.figure_tables import Column, FigureTable
from serving.insights.interval_chart import draw_chart


def make_table(name, column, unit, cells):
    columns = (Column("row", "Row", "text", "d"), Column(column, "Figure", unit, "d"))
    return FigureTable(name, "T", columns, tuple((f"r{i}", cell) for i, cell in enumerate(cells)))


def test_a_line_goes_from_its_low_to_its_high_end():
    chart = draw_chart(make_table("people", "effect", "points", [Estimate(0.0, -2.0, 2.0), Estimate(2.0, 1.0, 2.0)]))

    assert (chart.lines[0].low, chart.lines[0].value, chart.lines[0].high) == (4.0, 50.0, 96.0)
    assert chart.zero == 50.0 and [text for _, text in chart.ticks] == ["-2.0", "+2.0"]


def test_what_the_data_cannot_tell_is_said_and_not_drawn():
    chart = draw_chart(make_table("people", "effect", "points", [Estimate(1.0, 0.0, 2.0), CANNOT_TELL, None]))

    assert chart.lines[1].value is None and chart.lines[1].text == "the data cannot tell"
    assert draw_chart(make_table("people", "effect", "points", [CANNOT_TELL])) is None


def test_costs_that_differ_by_far_are_on_a_scale_that_says_so():
    chart = draw_chart(
        make_table("money_by_channel", "per_treated", "money", [Estimate(10, 8, 12), Estimate(900, 700, 1_000)])
    )

    assert chart.note and chart.zero is None and chart.lines[0].low == 4.0 and chart.lines[1].high == 96.0


def test_a_table_without_a_figure_to_draw_has_no_chart(report):
    assert draw_chart(report.tables["silence"]) is None
    assert draw_chart(report.tables["funnel_by_channel"]).lines[0].name == "All leads"
