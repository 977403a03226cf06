"""Are two spellings of one id the same record, and two ids that only look alike two records?"""

import numpy as np
import pytest

from features.arrays.dictionary_encoding import DictionaryEncoded
from features.parsing.record_ids import canonicalize_ids, find_numbers_apart
from features.tables.lead_join import match_lead_ids


@pytest.mark.parametrize(
    ("ids", "parts", "expected"),
    [
        (["1001.0", "1002.0", None], None, ["1001", "1002", None]),
        (["1001.0", "1002"], None, ["1001", "1002"]),
        (["1001.0", "1001", "1003.0"], None, ["1001.0", "1001", "1003.0"]),
        (["1001.0", "1001"], [0, 1], ["1001", "1001"]),
        (["1001.0", "1001", "1001.1"], [3, 3, 4], ["1001.0", "1001", "1001.1"]),
        (["V1.0", "V1"], None, ["V1.0", "V1"]),
    ],
    ids=["floats", "no number twice", "both in one file", "each in a file of its own", "both in one part", "versions"],
)
def test_a_float_loses_its_zero_unless_one_file_has_both_forms(ids, parts, expected):
    assert canonicalize_ids(ids, parts).tolist() == expected


def test_numbers_that_stand_apart_are_counted():
    assert find_numbers_apart(["7.0", "7", "8.0", None, "9"]) == {"7"}


@pytest.mark.parametrize(
    ("leads", "ids", "rows"),
    [
        (["1001", "1001.0"], ["1001.0", "1001"], [1, 0]),
        (["1001", "1002"], ["1001.0", "1002.0", "1003.0"], [0, 1, -1]),
        (["1001.0", "1002.0"], ["1002"], [1]),
        (["1001", "1001.0", "1002"], ["1002.0"], [2]),
    ],
)
def test_the_very_same_id_comes_first(leads, ids, rows):
    encoded = DictionaryEncoded(np.arange(len(ids)), np.array(ids, object))

    assert match_lead_ids(np.array(leads, object), encoded).tolist() == rows
