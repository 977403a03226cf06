"""Why do people not book, and who is worth another call?"""

from dataclasses import replace

import numpy as np

from serving.insights.lost_leads import find_win_backs, select_lost, tabulate_reasons, value_leads


def test_every_lost_lead_has_one_reason(columns):
    n = len(columns)
    table = tabulate_reasons(columns, np.full(n, 0.3), np.full(n, 100.0), None, 12)

    assert table.rows[0][1] == len(select_lost(columns, 12)) == sum(row[1] for row in table.rows[1:])


def test_reasons_by_channel_add_up_in_both_directions(report):
    rows = report.tables["lost_by_channel"].rows
    counts = np.array([row[1:] for row in rows])

    np.testing.assert_array_equal(counts[0], counts[1:].sum(axis=0))
    np.testing.assert_array_equal(counts[:, 0], counts[:, 1:].sum(axis=1))


def test_a_service_without_a_value_is_worth_the_mean(columns):
    worth = value_leads(columns, {"knee": 5_000.0})
    knee = columns.categories["service"].names.index("knee")

    assert (worth[columns.categories["service"].codes == knee] == 5_000).all()
    assert len(set(worth[columns.categories["service"].codes != knee])) == 1


def test_nobody_who_asked_to_be_left_alone_is_called_again(columns):
    n = len(columns)
    chance, worth = np.linspace(0, 1, n), np.full(n, 100.0)

    everybody = find_win_backs(columns, chance, worth)
    nobody = find_win_backs(replace(columns, do_not_contact=np.ones(n, bool)), chance, worth)

    assert everybody and nobody == []
    assert [lead.worth for lead in everybody] == sorted((lead.worth for lead in everybody), reverse=True)
    assert all(lead.lost_days_ago <= 180 for lead in everybody)
