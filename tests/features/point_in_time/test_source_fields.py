"""Is it learned which fields a source never sends, and of which leads they are missing as usual?"""

import numpy as np

from features.point_in_time.source_fields import SourceFields, is_blank


def test_a_source_with_few_leads_is_not_judged():
    channel, message = np.array(["phone"] * 49 + ["web"] * 9, object), np.array([None] * 49 + ["hi"] * 9, object)

    assert SourceFields.from_columns({"channel": channel, "message": message}).unfilled == {}
    assert is_blank(np.array(["NaT"], "datetime64[us]")).tolist() == [True]


def test_a_column_that_one_lead_of_the_source_fills_is_sent_by_it():
    channel = np.array(["phone"] * 60 + ["web"] * 60, object)
    message = np.array([None] * 59 + ["hello"] + ["hi"] * 60, object)

    assert SourceFields.from_columns({"channel": channel, "message": message}).unfilled == {}


def test_only_blanks_of_the_source_are_missing_as_usual():
    fields = SourceFields({"channel": {"phone": ("message", "payer")}})
    columns = {
        "channel": np.array(["phone", "phone", "web", None], object),
        "message": np.array([None, "hello", None, None], object),
    }

    assert {name: mask.tolist() for name, mask in fields.find_missing_as_usual(columns).items()} == {
        "message": [True, False, False, False]
    }
    assert fields.list_patterns() == [("message", "payer")]
