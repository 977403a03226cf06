"""``leadlight verify``: parse, run the proofs, print, and fail unless they hold.

Lives here: terminal output. Does not live here: the proofs and their report (``training.checks.verify``).
"""

from pathlib import Path

import click

from features.option_groups import json_option, mapping_option, model_option, print_json
from features.progress_bar import progress_bar
from training.errors import VerifyError

__all__ = ["verify"]


@click.command("verify")
@click.option("--data", required=True, help="A file of leads, a folder, or a database's URL: the practice's own data.")
@mapping_option
@model_option
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Where to write the report, such as verified.md; without it nothing is written.",
)
@json_option
def verify(data: str, mapping_file: Path | None, model: str, out: Path | None, as_json: bool) -> None:
    """Prove on your own data that no feature sees the future (LC001) and that serving equals training (LC002)."""

    from features.mapping.column_mapping import read_mapping
    from features.tables.tables import read_tables
    from training.bundle import find_bundle, get_models_home

    bundle, version = find_bundle(model, get_models_home())
    with progress_bar() as report_progress:
        mapping = read_mapping(mapping_file) if mapping_file else bundle.mapping
        tables = read_tables(data, mapping, bundle.practice, report_progress)
        from training.checks.verify import proofs_hold, run_verification, write_report

        findings = run_verification(tables, bundle, get_models_home(), report_progress)
        if out is not None:
            write_report(findings, tables, bundle, version, out)
    if as_json:
        print_json(
            {
                "model": bundle.name,
                "version": version,
                "holds": proofs_hold(findings),
                "checks": findings,
                "report": out,
            }
        )
    else:
        for finding in findings:
            click.echo(f"{finding.code} {finding.verdict}: {finding.sentence}")
            for name, reason in finding.details.items():
                click.echo(f"  - {name}: {reason}")
        click.echo("No report was written; --out verified.md writes one." if out is None else f"Report: {out}")
    if not proofs_hold(findings):
        raise VerifyError(
            f"verify: the proofs do not both hold for {bundle.name} {version} on this data; the lines above say why."
        )
