"""Are the inquiries and journeys that credit is divided among those that the verdict counts?"""

from dataclasses import replace

import numpy as np

from serving.insights.attribution.journeys import Touches, find_spans
from serving.insights.attribution.touch_rows import TouchData, find_touch_rows, list_inquiries
from serving.insights.columns.categories import encode_names


def with_touches(columns):
    """Every second lead had a touch of its own channel a minute before, every fifth one of another."""
    lead = np.arange(0, len(columns), 2)
    own = np.array(columns.categories["channel"].names, object)[columns.categories["channel"].codes[lead]]
    names = np.where(lead % 5 == 0, "elsewhere", own)
    return replace(columns, touches=Touches(lead, np.full(len(lead), -1 / 1440), {"channel": names.astype(object)}))


def test_the_verdict_counts_the_rows_that_are_listed(columns):
    rows = find_touch_rows(with_touches(columns), "channel", 30.0, 12)
    recent = columns.month > columns.current_month - 12

    assert rows.counted.tolist() == np.flatnonzero(recent).tolist() and len(rows.unnamed) == 0
    assert rows.touched.tolist() == np.flatnonzero(recent & (np.arange(len(columns)) % 2 == 0)).tolist()
    assert rows.contradicting.tolist() == np.flatnonzero(recent & (np.arange(len(columns)) % 10 == 0)).tolist()
    assert rows.count() == TouchData(
        len(rows.counted), 0, len(rows.journeys), len(rows.select_several()), len(rows.touched), len(rows.contradicting)
    )


def test_spans_made_once_give_the_same_journeys(columns):
    columns = with_touches(columns)
    spans = find_spans(list_inquiries(columns))

    once, again = (find_touch_rows(columns, "channel", 30.0, 12, given) for given in (spans, None))

    np.testing.assert_array_equal(once.journeys.code, again.journeys.code)
    np.testing.assert_array_equal(once.journeys.last_inquiry, again.journeys.last_inquiry)


def test_inquiries_without_the_column_give_nothing_and_without_names_no_credit(columns):
    nameless = encode_names(np.full(len(columns), None, object))

    assert find_touch_rows(columns, "campaign", 30.0, 12) is None
    rows = find_touch_rows(replace(columns, categories={"channel": nameless}), "channel", 30.0, 12)
    assert len(rows.unnamed) == len(rows.counted) and "do not say where they came from" in rows.count().refusal
