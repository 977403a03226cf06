"""Which options do commands share, and how does a command get several of them as one object?

Lives here: the option that names a model, and a decorator for options that belong together.
Does not live here: the options of one command (the command's own module), the mapping (``training.cli.options``)."""

import functools
from collections.abc import Callable
from dataclasses import fields

import click

__all__ = ["group_options", "model_option"]

Command = Callable[..., None]

model_option = click.option(
    "--model",
    envvar="LEADLIGHT_MODEL",
    default="leadlight",
    show_default=True,
    show_envvar=True,
    help="NAME, NAME@ALIAS, NAME/VERSION, or a bundle's folder.",
)
"""The model that a command reads, by default the one that ``LEADLIGHT_MODEL`` names."""


def group_options(parameter: str, group: type, *options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """Pass the options to a command as one object, in ``parameter``.

    Parameters
    ----------
    group : dataclass
        Its fields have the names of the options' parameters; a field without an option keeps its default.
    options : decorators
        What ``click.option`` returns.

    >>> from dataclasses import dataclass
    >>> @dataclass
    ... class Size:
    ...     width: int
    ...     height: int
    >>> sized = group_options("size", Size, click.option("--width", type=int), click.option("--height", type=int))
    >>> command = click.command("draw")(sized(lambda size: click.echo(size)))
    >>> command.main(["--width", "3", "--height", "2"], standalone_mode=False)
    Size(width=3, height=2)
    """
    names = [field.name for field in fields(group)]

    def decorate(command: Command) -> Command:
        @functools.wraps(command)
        def call_with_group(**values: object) -> None:
            grouped = group(**{name: values.pop(name) for name in names if name in values})
            command(**values, **{parameter: grouped})

        decorated: Command = call_with_group
        for option in reversed(options):
            decorated = option(decorated)
        return decorated

    return decorate
