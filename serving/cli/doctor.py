"""``leadlight doctor``: what is wrong with this installation, and how to fix it?

Lives here: one line for each finding, and the exit code. Does not live here: the checks
(``serving.diagnostics``).
"""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import chain

import click

from features.option_groups import json_option, print_json
from serving.errors import ServiceError

__all__ = ["doctor"]


@click.command("doctor")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address that the service listens on.")
@click.option("--port", default=3000, show_default=True, type=click.IntRange(1, 65535), help="Port that it listens on.")
@click.option("--model", help="NAME, NAME@ALIAS, NAME/VERSION, or a bundle's folder; LEADLIGHT_MODEL when left out.")
@json_option
def doctor(host: str, port: int, model: str | None, as_json: bool) -> None:
    """Check this installation: one line for each problem, with how to fix it.

    Exits with 1 if there is something to fix.
    """

    from serving.diagnostics.hook_checks import check_hooks
    from serving.diagnostics.installation_checks import run_checks
    from serving.settings import Settings

    settings, now = Settings.from_environment(), datetime.now(UTC)
    settings = settings if model is None else replace(settings, model=model)
    findings = []
    for finding in chain(run_checks(settings, host, port, now), check_hooks(settings.home, now)):
        if not as_json:
            click.echo(f"{finding.state:<5} {finding.message}")
        findings.append(finding)
    if as_json:
        print_json([vars(finding) for finding in findings])
    states = [finding.state for finding in findings]
    if count := states.count("fix"):
        raise ServiceError(f"doctor: {count} {'problem' if count == 1 else 'problems'} to fix; see the lines above.")
