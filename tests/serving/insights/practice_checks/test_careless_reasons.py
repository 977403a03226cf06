"""Is the share of contradicted reasons counted right, and nothing said of few?"""

from dataclasses import replace

import numpy as np
import pytest

from serving.insights.practice_checks.careless_reasons import MIN_CHECKED, select_doubted, tabulate_careless_reasons


@pytest.fixture
def checked(columns):
    """Every loss is out of network; of three, the record of one contradicts it, and one tells nothing."""
    lost = ~np.isnan(columns.lost_days)
    doubted = np.where(lost, np.array([1.0, 0.0, np.nan])[np.arange(len(columns)) % 3], np.nan)
    reason = np.where(lost, "out_of_network", None).astype(object)
    return replace(columns, lost_reason=reason, reason_doubted=doubted)


def test_only_losses_that_can_be_checked_count(checked):
    table = tabulate_careless_reasons(checked, 12)
    ((name, lost, can_be_checked, doubted, share, verdict),) = table.rows

    assert name == "Out of network" and "plan is one that we take" in verdict
    assert lost == pytest.approx(3 * doubted, rel=0.2) and can_be_checked == pytest.approx(2 * doubted, rel=0.2)
    assert share.low < doubted / can_be_checked < share.high
    assert table.managers_only
    for column, count in (("lost", lost), ("checked", can_be_checked), ("doubted", doubted)):
        assert len(select_doubted(checked, 12, "out_of_network", column)) == count


def test_of_few_losses_no_share_is_given(checked):
    few = replace(checked, reason_doubted=np.where(np.arange(len(checked)) < len(checked) - 60, np.nan, 1.0))
    table = tabulate_careless_reasons(few, 12)

    assert all(row[4] is None and "Too few losses" in row[5] for row in table.rows if row[2] < MIN_CHECKED)


def test_without_such_losses_the_table_says_so(columns):
    table = tabulate_careless_reasons(columns, 12)

    assert table.rows == () and table.notes[0].startswith("Nothing to check")
