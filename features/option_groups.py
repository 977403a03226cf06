"""How does a command get several options as one object? A decorator for options that belong together.

Lives here: the decorator. Does not live here: the options of a command (the command's own module)."""

import functools
from collections.abc import Callable
from dataclasses import fields

__all__ = ["group_options"]

Command = Callable[..., None]


def group_options(parameter: str, group: type, *options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """Pass the options to a command as one object, in ``parameter``.

    Parameters
    ----------
    group : dataclass
        Its fields have the names of the options' parameters; a field without an option keeps its default.
    options : decorators
        What ``click.option`` returns.

    >>> import click
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
