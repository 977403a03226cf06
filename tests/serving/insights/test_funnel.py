"""Do counts add up, and do months that are not over look like what they will be?"""

import numpy as np

from serving.insights.cohorts import build_ripening
from serving.insights.columns.lead_columns import format_month
from serving.insights.estimates import Estimate
from serving.insights.funnel import tabulate_funnel, total_funnel


def test_the_rows_of_a_table_add_up_to_its_total(report):
    table = report.tables["funnel_by_channel"]
    counts = np.array([[cell for cell in row[1:7]] for row in table.rows])

    np.testing.assert_array_equal(counts[0], counts[1:].sum(axis=0))


def test_a_later_stage_has_no_more_leads_than_an_earlier_one(report):
    for row in report.tables["funnel_by_service"].rows:
        assert list(row[1:7]) == sorted(row[1:7], reverse=True)


def test_the_current_month_is_expected_to_end_higher_than_it_is(columns, world, report):
    table = report.tables["funnel_by_month"]
    month = format_month(columns.current_month)
    booked, final = table.get(month, "booked"), table.get(month, "booked_final")
    truth = world.truth.final_booked[columns.month == columns.current_month].sum()

    assert isinstance(final, Estimate) and booked < final.value and final.low <= truth <= final.high


def test_an_old_month_is_exactly_what_it_was(columns, report):
    table = report.tables["funnel_by_month"]

    final = table.get(format_month(columns.current_month - 8), "booked_final")

    assert final == Estimate(*[float(table.get(format_month(columns.current_month - 8), "booked"))] * 3)


def test_the_total_is_the_same_in_every_table(report):
    totals = {
        table.rows[0][1:] for name, table in report.tables.items() if name in ("funnel_by_channel", "funnel_by_service")
    }

    assert len(totals) == 1


def test_fewer_months_count_fewer_leads(columns):
    rng = np.random.default_rng(0)
    ripening = build_ripening(columns, rng)

    total = total_funnel(columns, ripening, rng, months=2)
    table = tabulate_funnel(columns, ripening, "channel", rng, total, months=2)

    assert total[1] == (columns.month > columns.current_month - 2).sum() == sum(row[1] for row in table.rows[1:])
