"""Which options do commands share, and how does a command get several of them as one object?

Lives here: the option that names a model, ``--json`` and what it prints, a decorator for options that belong together.
Does not live here: the options of one command (the command's own module), the mapping (``training.cli.options``)."""

import functools
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import click

__all__ = ["group_options", "json_option", "mapping_option", "model_option", "print_json"]

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

mapping_option = click.option(
    "--mapping",
    "mapping_file",
    type=click.Path(path_type=Path),
    help="Mapping of the export's columns; the model's own when left out.",
)
"""Sets ``mapping_file``, for a command that reads an export with a model at hand."""

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON value, for programs.")
"""Sets ``as_json``; what is printed on standard error stays."""


def print_json(value: Any) -> None:
    """Print a value as JSON, on several lines.

    Dataclasses become objects, sets sorted lists, unknown numbers and times (NaN, NaT) and infinite ones null, moments
    and paths text.

    >>> print_json({"leads": 2, "auc": float("nan")})
    {
     "leads": 2,
     "auc": null
    }
    """
    click.echo(json.dumps(_to_plain(value), indent=1, ensure_ascii=False, default=str, allow_nan=False))


def _to_plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _to_plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(name): _to_plain(entry) for name, entry in value.items()}
    # Arrays and numbers of numpy, which --help must not wait for; its nanoseconds would become a number.
    if hasattr(value, "tolist"):
        value = (value.astype("datetime64[us]") if value.dtype.kind == "M" else value).tolist()
    if isinstance(value, set | frozenset):
        value = sorted(value)
    if isinstance(value, list | tuple):
        return [_to_plain(entry) for entry in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    # Pandas is not imported for its two unknown values.
    return None if type(value).__name__ in ("NaTType", "NAType") else value


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
