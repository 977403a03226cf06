"""Do options that belong together arrive as one object, in the order of the help they were given in? Is JSON plain?"""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import click
import numpy as np
import pandas as pd
from click.testing import CliRunner

from features.option_groups import group_options, print_json


@dataclass(frozen=True)
class Size:
    width: int
    height: int
    unit: str = "cm"


def make_command(received):
    """A command with two grouped options, one of its own, and a field of the group that is no option."""
    grouped = group_options("size", Size, click.option("--width", type=int), click.option("--height", type=int))

    @click.command("draw")
    @grouped
    @click.option("--color")
    def draw(size, color):
        received.append((size, color))

    return draw


def test_the_options_arrive_as_one_object_and_a_field_without_an_option_keeps_its_default():
    received = []

    result = CliRunner().invoke(make_command(received), ["--width", "3", "--height", "2", "--color", "red"])

    assert result.exit_code == 0, result.output
    assert received == [(Size(3, 2, "cm"), "red")]


def test_the_help_lists_them_in_the_order_they_were_given_in():
    shown = CliRunner().invoke(make_command([]), ["--help"]).output

    assert shown.index("--width") < shown.index("--height") < shown.index("--color")


def test_a_value_is_printed_as_json_with_moments_as_text_and_unknown_numbers_as_null(capsys):
    value = {
        "at": datetime.fromisoformat("2026-03-05T12:00:00"),
        "name": "Zoë",
        "size": Size(3, 2),
        "rates": np.array([0.5, np.nan]),
        "count": np.int64(7),
        "path": Path("report"),
        3: (float("inf"), True),
        "times": np.array(["2026-03-05", "NaT"], "datetime64[ns]"),
        "unknown": (pd.NaT, pd.NA),
        "names": {"b", "a"},
    }

    print_json(value)

    printed = capsys.readouterr().out
    # JSON has no NaN, and parsers of other languages refuse it.
    assert "Zoë" in printed and "NaN" not in printed and "Infinity" not in printed
    assert json.loads(printed) == {
        "at": "2026-03-05 12:00:00",
        "name": "Zoë",
        "size": {"width": 3, "height": 2, "unit": "cm"},
        "rates": [0.5, None],
        "count": 7,
        "path": "report",
        "3": [None, True],
        "times": ["2026-03-05 00:00:00", None],
        "unknown": [None, None],
        "names": ["a", "b"],
    }
