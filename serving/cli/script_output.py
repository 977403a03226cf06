"""What does a script want of a command that it need not read? Silence: ``leadlight --quiet``.

Does not live here: ``--json`` and what it prints (``features.option_groups``), what each command prints for people (its
own module), exit codes (``exit_codes``).
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout

__all__ = ["silence"]


@contextmanager
def silence() -> Iterator[None]:
    """Swallow what is printed meanwhile. An error is printed after that, by whoever catches it.

    >>> import click
    >>> with silence():
    ...     click.echo("nobody reads this")
    """
    with open(os.devnull, "w", encoding="utf-8") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
        yield
