"""Are the filtered columns those of the leads that match, with everything that belongs to them?"""

from dataclasses import replace

import numpy as np
import pytest

from features.errors import DataError
from features.practice.practice import Practice
from serving.insights.attribution.journeys import ALL_OTHERS, Touches
from serving.insights.columns.categories import encode_names
from serving.insights.columns.lead_columns import SpendColumns
from serving.insights.insight_report import compute_insights
from serving.insights.scope.lead_selection import group_rare_names, list_choices, list_left_out, select_leads
from serving.insights.scope.report_scope import ReportScope


def filtered(**filters):
    return ReportScope(12, tuple(filters.items()))


def test_every_array_is_cut_to_the_same_leads(columns):
    channel = columns.categories["channel"]
    name = channel.names[1]

    chosen = select_leads(columns, filtered(channel=name))

    kept = channel.codes == 1
    assert len(chosen) == kept.sum() and chosen.lead_ids.tolist() == columns.lead_ids[kept].tolist()
    np.testing.assert_array_equal(chosen.known_days["booked"], columns.known_days["booked"][kept])
    np.testing.assert_array_equal(chosen.attributes["payer"].codes, columns.attributes["payer"].codes[kept])
    assert chosen.final_days == columns.final_days and chosen.as_of == columns.as_of
    assert set(chosen.spend.names["channel"].tolist()) == {name}


def test_touches_go_with_their_leads(columns):
    lead = np.array([0, 1, 2, 3, 4])
    touched = replace(columns, touches=Touches(lead, -np.arange(5.0), {"channel": np.array(list("abcde"), object)}))
    kept = np.flatnonzero(columns.categories["channel"].codes == columns.categories["channel"].codes[2])

    chosen = select_leads(
        touched,
        filtered(channel=columns.categories["channel"].names[kept[0] * 0 + columns.categories["channel"].codes[2]]),
    )

    assert chosen.lead_ids[chosen.touches.lead].tolist() == [f"L{i}" for i in lead if i in kept]
    assert chosen.touches.names["channel"].tolist() == ["abcde"[i] for i in lead if i in kept]


def test_filters_that_nobody_matches_are_a_small_letter(columns):
    with pytest.raises(DataError, match="no inquiry has this channel. Expected one of"):
        select_leads(columns, filtered(channel="carrier pigeon"))


def test_every_choice_gives_a_report_of_its_leads_however_few(columns):
    choices = list_choices(columns)
    few = select_leads(columns, filtered(service=choices["service"][0]))
    few = replace(few, month=few.month)
    reports = [compute_insights(few, Practice(), filtered(channel=name)) for name in choices["channel"]]

    assert sum(report.leads for report in reports) == len(few)
    assert all("funnel_by_month" in report.tables and "credit_by_channel" not in report.tables for report in reports)


def test_figures_that_a_filter_would_falsify_are_left_out_with_the_reason(columns):
    spend = SpendColumns(np.zeros(1, int), np.zeros(1, int), np.ones(1))

    assert list_left_out(ReportScope(), replace(columns, spend=spend)) == {}
    assert "over all inquiries" in list_left_out(filtered(channel="a"), columns)["credit"]
    assert "money" not in list_left_out(filtered(channel="a"), columns)
    assert "without a channel" in list_left_out(filtered(channel="a"), replace(columns, spend=spend))["money"]
    assert "not by location or service" in list_left_out(filtered(channel="a", clinic="b"), columns)["money"]


def test_sections_of_which_nothing_is_on_record_are_left_out_with_the_reason(columns):
    nothing = np.full(len(columns), np.nan)
    silent = replace(columns, response_minutes=nothing, missed_minutes=nothing, label_decided=columns.age_days > 30)

    left_out = list_left_out(ReportScope(), silent)

    assert sorted(left_out) == ["outlook", "response"] and "not when" in left_out["outlook"]
    assert not {"response_by_hour", "outlook"} & set(compute_insights(silent, Practice()).tables)


def test_leads_of_a_real_name_of_the_rest_are_part_of_the_rest_with_their_money(columns):
    campaigns = np.array([f"C{i % 50:02}" for i in range(len(columns))], object)
    campaigns[:400] = ALL_OTHERS
    paid = np.array([ALL_OTHERS, "C01", "C49", "Radio"], object)
    spend = SpendColumns(np.full(4, 1), np.full(4, 1), np.ones(4), {"campaign": paid})
    touched = Touches(np.arange(3), -np.ones(3), {"campaign": np.array([ALL_OTHERS, "C01", "C49"], object)})
    many = replace(
        columns, categories=columns.categories | {"campaign": encode_names(campaigns)}, spend=spend, touches=touched
    )

    grouped = group_rare_names(many)

    category = grouped.categories["campaign"]
    kept = [name for name in category.names if name != ALL_OTHERS]
    assert len(set(category.names)) == len(category.names) == 40 and category.names[-1] == ALL_OTHERS
    expected = [name if name in kept else ALL_OTHERS for name in campaigns]
    assert [category.names[code] for code in category.codes] == expected
    # Money of a name that no lead has is nobody's in the table.
    assert grouped.spend.names["campaign"].tolist() == [ALL_OTHERS, "C01", ALL_OTHERS, "Radio"]
    assert grouped.touches.names["campaign"].tolist() == [ALL_OTHERS, "C01", ALL_OTHERS]


def test_a_filter_does_not_read_as_if_no_call_were_on_record(columns):
    name = columns.categories["channel"].names[1]
    waited = replace(columns, missed_minutes=np.zeros(len(columns)))

    tables = compute_insights(waited, Practice(name="Prairie Oak"), filtered(channel=name)).tables

    for table in ("one_more_person", "missed_by_half_hour"):
        assert tables[table].rows == () and "take the filter away" in tables[table].notes[0]
