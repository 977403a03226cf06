"""What does a script want of a command? One JSON value on standard output, or no word at all.

Lives here: the option ``--json``, printing JSON, the silence of ``leadlight --quiet``.
Does not live here: what each command prints for people (its own module), exit codes (``exit_codes``).
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import Any

import click

__all__ = ["json_option", "print_json", "silence"]

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON value, for programs.")
"""Sets ``as_json``; what is printed on standard error stays."""


def print_json(value: Any) -> None:
    """Print a value as JSON, on several lines; moments and paths as text.

    >>> print_json({"leads": 2})
    {
     "leads": 2
    }
    """
    click.echo(json.dumps(value, indent=1, ensure_ascii=False, default=str))


@contextmanager
def silence() -> Iterator[None]:
    """Swallow what is printed meanwhile. An error is printed after that, by whoever catches it.

    >>> with silence():
    ...     click.echo("nobody reads this")
    """
    with open(os.devnull, "w", encoding="utf-8") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
        yield
