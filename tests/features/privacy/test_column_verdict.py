"""Does a verdict say in words why a column is left out?"""

import pytest

from features.privacy.column_verdict import NOTHING, Verdict


@pytest.mark.parametrize(
    ("verdict", "opening", "identifies"),
    [
        (Verdict("personal", "phone numbers", "x"), "personal data (phone numbers: x)", True),
        (Verdict("doubtful", "surnames", "x"), "perhaps personal data, left out to be safe (surnames: x)", True),
        (Verdict("personal", "age", "x"), "barred: age never enters the score (x)", False),
        (Verdict("personal", "staff", "x"), "about staff, which never enters a score (x)", True),
        (NOTHING, None, False),
    ],
)
def test_the_reason_says_what_it_is_and_what_follows(verdict, opening, identifies):
    assert verdict.reason == opening and verdict.identifies_person == identifies
