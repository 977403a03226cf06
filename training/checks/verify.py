"""Do the proofs hold for my own data and my own model? The proofs on request, and a report for a skeptic.

Lives here: running LC001, LC002 and LC003 on any data with any bundle, and writing down how each was done.
Does not live here: the checks themselves (the other files here).
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from features.logs.prediction_log import name_leads, read_predictions
from features.point_in_time.outcomes import resolve_outcome_label
from features.tables.tables import Tables
from training.bundle import Bundle
from training.check_finding import Finding
from training.checks.leak_suspects import LeakSuspects
from training.checks.no_future_leakage import NoFutureLeakage
from training.checks.serving_parity import ServingParity, sample_requests
from training.dataset.labels import label_leads
from training.progress import ReportProgress, ignore_progress
from training.report.checks_page import explain_check

__all__ = ["proofs_hold", "run_verification", "write_report"]


def run_verification(
    tables: Tables, bundle: Bundle, home: Path, report_progress: ReportProgress = ignore_progress
) -> tuple[Finding, ...]:
    """Run the proofs on this data.

    Parameters
    ----------
    home : Path
        Where the service logged its requests; those of this bundle are replayed, and a sample made from the tables too.

    Returns
    -------
    tuple of Finding
        LC001, LC002 for the logged requests, LC002 for the sampled ones, LC003.
    """
    report_progress("Checking for future leakage", 0, 4)
    label = resolve_outcome_label(bundle.label)
    leakage = NoFutureLeakage(tables, bundle.practice, label, bundle.signals, bundle.context).run()
    report_progress("Replaying requests", 1, 4)
    requests = name_leads(read_predictions(home), tables.leads["lead_id"], home)
    logged = ServingParity(tables, bundle, requests, "logged by the service").run()
    sampled = ServingParity(tables, bundle, sample_requests(tables, bundle)).run()
    report_progress("Checking custom columns", 3, 4)
    suspects = LeakSuspects(tables, label_leads(tables, bundle.practice, label)).run()
    report_progress("Checking custom columns", 4, 4)
    return leakage, logged, sampled, suspects


def proofs_hold(findings: Sequence[Finding]) -> bool:
    """Return whether LC001 and LC002 hold: each was run at least once and none failed.

    Suspects (LC003) are left out of models, so they do not count.
    """
    proofs = [finding for finding in findings if finding.code in ("LC001", "LC002")]
    confirmed = {finding.code for finding in proofs if finding.verdict == "holds"}
    return confirmed == {"LC001", "LC002"} and all(finding.verdict != "fails" for finding in proofs)


def write_report(findings: Sequence[Finding], tables: Tables, bundle: Bundle, version: str, path: Path) -> None:
    """Write the findings as Markdown: what was claimed, how it was tested, the result, how to run it again."""
    lines = [
        f"# Verified: {bundle.name} {version}",
        "",
        f"{datetime.now(UTC):%d %B %Y, %H:%M} UTC. Bundle sha256 {bundle.sha256}, signals {bundle.fingerprint[:16]}.",
        f"Data: {len(tables.leads):,} leads, {len(tables.events):,} events, {len(tables.outcomes):,} outcomes, "
        f"up to {tables.as_of}.",
        "",
        "**Both proofs hold on this data.**"
        if proofs_hold(findings)
        else "**The proofs do not both hold on this data.**",
        "",
    ]
    for finding in findings:
        lines += [f"## {finding.code}: {finding.verdict}", "", finding.sentence, ""]
        lines += [f"- `{name}`: {reason}" for name, reason in finding.details.items()]
        lines += [""] if finding.details else []
        lines += [explain_check(finding.code), ""]
    lines += [
        "## Run it again",
        "",
        "`leadlight verify --data DATA --model MODEL --out verified.md`; exit code 0 only if LC001 and LC002 hold.",
        "",
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines), encoding="utf-8")
