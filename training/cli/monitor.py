"""``leadlight monitor``: parse, compare, print, write, and exit with 7 on an alarm.

Lives here: terminal output. Does not live here: the comparison (``training.monitoring.monitor``), the page
(``training.monitoring.html_page``), the metrics (``training.monitoring.prometheus``).
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from features.option_groups import mapping_option, model_option, print_json
from features.progress_bar import progress_bar
from training.cli.options import Output, output_options
from training.errors import DriftAlarm

if TYPE_CHECKING:
    from training.bundle import Bundle
    from training.check_finding import Finding
    from training.monitoring.monitor import MonitoringResult


__all__ = ["monitor"]

_LISTED_SIGNALS = 10


@click.command("monitor")
@click.option(
    "--data",
    required=True,
    help="A file of leads, a folder, or a database's URL: the practice's own data, up to today.",
)
@mapping_option
@model_option
@output_options("Folder for monitor.html and monitor.prom.", default="monitor")
def monitor(data: str, mapping_file: Path | None, model: str, output: Output) -> None:
    """Compare new leads with those the model learned from: inputs, scores, outcomes, calibration.

    Exits with 7 on an alarm.
    """

    from features.mapping.column_mapping import read_mapping
    from features.readers.frame_writer import require_writable
    from features.tables.tables import read_tables
    from training.bundle import find_bundle, get_models_home

    home, out = get_models_home(), output.out
    bundle, version = find_bundle(model, home)
    require_writable(out)
    with progress_bar() as report_progress:
        mapping = read_mapping(mapping_file) if mapping_file else bundle.mapping
        tables = read_tables(data, mapping, bundle.practice, report_progress)
        from features.logs.prediction_log import name_leads, read_in_arrival_order, read_newest_predictions
        from training.checks.drift import Drift
        from training.monitoring.html_page import write_page
        from training.monitoring.prometheus import write_metrics
        from training.monitoring.random_holdout import evaluate_holdout
        from training.monitoring.unsent_inputs import MAX_ANSWERS
        from training.plots import draw_monitoring

        answers = read_newest_predictions(home, bundle.sha256, MAX_ANSWERS)
        check = Drift(tables, bundle, report_progress, answers)
        finding, result = check.run(), check.result
        page = write_page(result, bundle, version, draw_monitoring(result, bundle), out / "monitor.html")
        metrics = write_metrics(result, bundle, out / "monitor.prom")
    shown = name_leads(read_in_arrival_order(home), tables.leads["lead_id"], home)
    holdout = evaluate_holdout(tables, bundle, shown)
    if output.as_json:
        print_json(
            _summarize(finding, result, bundle, version) | {"page": page, "metrics": metrics, "holdout": holdout}
        )
    else:
        click.echo(f"{finding.code} {finding.verdict}: {bundle.name} {version}")
        _print_result(result, bundle)
        click.echo(f"  {holdout.describe()}")
        if result.unsent:
            click.echo("\nStrong inputs that sources did not send, of the leads answered in the newest 4 weeks:")
        for share in result.unsent[:_LISTED_SIGNALS]:
            click.echo(f"  - {share.describe()}{'  alarm' if share.alarm else ''}")
        click.echo(f"Page: {page}\nMetrics: {metrics}")
    if result.alarms:
        raise DriftAlarm(
            f"monitor: alarm: {', '.join(result.alarms)}. The page shows what drifted; fix what broke, or train again "
            "on data that includes the new leads."
        )


def _summarize(finding: "Finding", result: "MonitoringResult", bundle: "Bundle", version: str) -> dict[str, Any]:
    """Return what ``_print_result`` prints, as plain values: each family, and the signals closest to their limits."""

    from training.monitoring.alarm_texts import describe_alarms, describe_families, family_verdict, rank_drifts

    return {
        "model": bundle.name,
        "version": version,
        "verdict": finding.verdict,
        "alarms": list(result.alarms),
        "leads": result.leads,
        "families": {
            family: {"verdict": family_verdict(result, family), "sentence": sentence}
            for family, sentence in describe_families(result, bundle).items()
        },
        "signals": [
            {
                "signal": signal.name,
                "psi": drift.index,
                "limit": drift.limit + drift.chance,
                "p": drift.p,
                "alarm": drift.alarm,
            }
            for _, signal, drift in rank_drifts(result, bundle)
        ],
        "messages": describe_alarms(result, bundle),
        "unsent": [{"sentence": share.describe(), "alarm": share.alarm} for share in result.unsent],
    }


def _print_result(result: "MonitoringResult", bundle: "Bundle") -> None:
    """Print a line for each family, the signals closest to their limits, the alarms."""

    from training.monitoring.alarm_texts import describe_alarms, describe_families, family_verdict, rank_drifts
    from training.monitoring.monitor import FAMILIES
    from training.report.feature_importance import format_signal_name

    lines = describe_families(result, bundle)
    for family in FAMILIES:
        click.echo(f"  {family:12} {family_verdict(result, family):15} {lines[family]}")
    if result.inputs:
        click.echo(f"\n  {'Signal':44} {'PSI':>7} {'limit':>7} {'p':>9}")
        for _, signal, drift in rank_drifts(result, bundle)[:_LISTED_SIGNALS]:
            numbers = f"{drift.index:7.3f} {drift.limit + drift.chance:7.2f} {drift.p:9.2g}"
            click.echo(f"  {format_signal_name(signal)[:44]:44} {numbers}{'  alarm' if drift.alarm else ''}")
    alarms = describe_alarms(result, bundle)
    if alarms:
        click.echo("\nAlarms:")
    for line in alarms:
        click.echo(f"  - {line}")
