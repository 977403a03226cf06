"""``leadlight doctor``: what is wrong with this installation, and what is to be done?

Lives here: one line for each finding, and the exit code. Does not live here: the checks (``checkups``).
"""

from dataclasses import replace
from datetime import UTC, datetime

import click

from serving.errors import ServiceError
from serving.settings import Settings

__all__ = ["doctor"]


@click.command("doctor")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address on which the service listens, or would.")
@click.option("--port", default=3000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--model", help="NAME, NAME@ALIAS, NAME/VERSION, or a bundle's folder; LEADLIGHT_MODEL when left out.")
def doctor(host: str, port: int, model: str | None) -> None:
    """Say what is wrong with this installation, one line each, with what to do.

    Exits with 1 when something is to be mended.
    """
    from serving.diagnostics.installation_checks import run_checks

    settings = Settings.from_environment()
    settings = settings if model is None else replace(settings, model=model)
    states = []
    for found in run_checks(settings, host, port, datetime.now(UTC)):
        click.echo(f"{found.state:<5} {found.words}")
        states.append(found.state)
    if count := states.count("mend"):
        raise ServiceError(
            f"doctor: {count} {'thing is' if count == 1 else 'things are'} to be mended; the lines above say how."
        )
