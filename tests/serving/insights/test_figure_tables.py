"""Is a figure the same on the page, in a file and from the API?"""

import csv
import io

import pytest

from serving.insights.estimates import Estimate
from serving.insights.figure_tables import HIDDEN, Column, FigureTable, format_cell, format_number, to_csv, to_plain

TABLE = FigureTable(
    "money",
    "Money",
    (
        Column("channel", "Channel", "text", "Where it came from."),
        Column("leads", "Leads", "count", "Leads.", counts_people=True),
        Column("cost", "Cost", "money", "Money each."),
    ),
    (("=HYPERLINK(1)", 20, Estimate(10.25, 8.0, 13.0)), ("chat", HIDDEN, HIDDEN), ("call", 0, None)),
)


def test_a_file_and_the_api_hold_the_same_numbers():
    rows = list(csv.DictReader(io.StringIO(to_csv(TABLE).decode("utf-8-sig"))))
    plain = to_plain(TABLE)["rows"]

    assert (
        float(rows[0]["cost"]) == plain[0]["cost"]["value"] and float(rows[0]["cost_high"]) == plain[0]["cost"]["high"]
    )
    assert rows[1]["leads"] == plain[1]["leads"] == "hidden" and rows[2]["cost"] == "" and plain[2]["cost"] is None


def test_no_cell_of_a_file_is_a_formula():
    rows = list(csv.DictReader(io.StringIO(to_csv(TABLE).decode("utf-8-sig"))))

    assert rows[0]["channel"] == "'=HYPERLINK(1)"


def test_a_cell_is_found_by_its_names():
    assert TABLE.get("chat", "leads") is HIDDEN
    with pytest.raises(KeyError, match="money: no cell 'fax'"):
        TABLE.get("fax", "leads")


def test_money_is_written_as_the_practice_writes_it():
    assert format_cell(Estimate(10.25, 8.0, 13.0), "money") == "$10 ($8 to $13)"
    assert format_number(-3.2, "signed") == "-3" and format_number(0.2, "signed") == "0"
