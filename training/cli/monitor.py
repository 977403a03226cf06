"""``leadlight monitor``: parse, look, print, write, and exit with 7 on an alarm.

Lives here: words on a terminal. Does not live here: the work (``watch``), the page (``page``), the metrics
(``prometheus``)."""

from pathlib import Path

import click

from features.mapping.column_mapping import read_mapping
from features.progress_bar import progress_bar
from features.readers.raw_files import require_writable
from features.tables.tables import read_tables
from training.bundle import Bundle, find_bundle, get_models_home
from training.errors import DriftAlarm
from training.monitoring.monitor import FAMILIES, MonitoringResult
from training.report.feature_importance import format_signal_name

__all__ = ["monitor"]

_SHOWN = 10


@click.command("monitor")
@click.option(
    "--data",
    required=True,
    help="A file of leads, a folder, or a database's URL: the practice's own data, up to today.",
)
@click.option(
    "--mapping",
    "mapping_file",
    type=click.Path(path_type=Path),
    help="Mapping of an export's columns; the model's own when left out.",
)
@click.option(
    "--model", default="leadlight", show_default=True, help="NAME, NAME@ALIAS, NAME/VERSION, or a bundle's folder."
)
@click.option(
    "--out",
    default="monitor",
    show_default=True,
    type=click.Path(path_type=Path),
    help="Folder for monitor.html and monitor.prom.",
)
def monitor(data: str, mapping_file: Path | None, model: str, out: Path) -> None:
    """Hold the newest leads against those the model learned from: inputs, scores, outcomes, calibration.

    Exits with 7 on an alarm.
    """
    bundle, version = find_bundle(model, get_models_home())
    require_writable(out)
    with progress_bar() as tell:
        tables = read_tables(
            data, read_mapping(mapping_file) if mapping_file else bundle.mapping, bundle.practice, tell
        )
        from features.logs.prediction_log import read_in_arrival_order
        from training.checks.drift import Drift
        from training.monitoring.html_page import write_page
        from training.monitoring.prometheus import write_metrics
        from training.monitoring.random_holdout import evaluate_holdout
        from training.plots import draw_monitoring

        check = Drift(tables, bundle, tell)
        finding, watched = check.run(), check.result
        page = write_page(watched, bundle, version, draw_monitoring(watched, bundle), out / "monitor.html")
        metrics = write_metrics(watched, bundle, out / "monitor.prom")
    click.echo(f"{finding.code} {finding.verdict}: {bundle.name} {version}")
    _print(watched, bundle)
    click.echo(f"  {evaluate_holdout(tables, bundle, read_in_arrival_order(get_models_home())).words()}")
    click.echo(f"Page: {page}\nMetrics: {metrics}")
    if watched.alarms:
        raise DriftAlarm(
            f"monitor: alarm: {', '.join(watched.alarms)}. The page says what has moved; mend what broke, or train again on leads that have it in them."
        )


def _print(watched: MonitoringResult, bundle: Bundle) -> None:
    """A line for each family, the signals nearest to their limits, the alarms."""
    from training.monitoring.messages import describe_alarms, describe_families, rank_drifts, family_verdict

    lines = describe_families(watched, bundle)
    for family in FAMILIES:
        click.echo(f"  {family:12} {family_verdict(watched, family):15} {lines[family]}")
    if watched.inputs:
        click.echo(f"\n  {'Signal':44} {'PSI':>7} {'limit':>7} {'p':>9}")
        for _, one, drift in rank_drifts(watched, bundle)[:_SHOWN]:
            mark = "  alarm" if drift.alarm else ""
            click.echo(
                f"  {format_signal_name(one)[:44]:44} {drift.index:7.3f} {drift.limit + drift.chance:7.2f} {drift.p:9.2g}{mark}"
            )
    said = describe_alarms(watched, bundle)
    if said:
        click.echo("\nAlarms:")
    for line in said:
        click.echo(f"  - {line}")
