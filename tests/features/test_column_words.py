"""Has every column a name for people, in one table, and do the practice's own words come first?"""

import pytest

from features.column_words import COLUMN_WORDS, head_column, name_column
from features.schema import LEADS


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("pages_viewed", "Pages viewed"),
        ("utm_source", "UTM source"),
        ("FirstVisit", "First visit"),
        ("service_requested", "Wants"),
        ("payer", "Insurance"),
        ("zip-code", "ZIP code"),
        ("", ""),
    ],
)
def test_a_column_has_a_heading_in_words(name, words):
    assert head_column(name) == words


def test_every_column_of_a_lead_is_in_the_table_or_reads_well_by_its_name():
    by_name_alone = {column.name for column in LEADS.columns} - set(COLUMN_WORDS)

    assert by_name_alone == {"practice"}
    assert not any("_" in word for words in COLUMN_WORDS.values() for word in words)


def test_the_practices_own_words_come_first_in_every_place():
    own = {"payer": "Plan", "Tier": "Membership"}

    assert {head_column("payer", own), name_column("payer", own), head_column("PAYER", own)} == {"Plan"}
    assert name_column("custom:tier", own) == head_column("Tier", own) == "Membership"


def test_a_practices_own_column_with_our_name_is_called_by_its_name():
    assert name_column("custom:payer") == "Payer"
