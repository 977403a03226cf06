"""Do options that belong together arrive as one object, in the order of the help they were given in?"""

from dataclasses import dataclass

import click
from click.testing import CliRunner

from features.option_groups import group_options


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
