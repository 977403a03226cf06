"""What do the verbs of training print with ``--json``? The same facts as for people, as plain values.

Lives here: a run and a contract as objects of JSON. Does not live here: the option and the printing
(``features.option_groups``), what a terminal shows (each verb's own file).
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from training.registry.promotion_contract import PromotionContract
    from training.registry.training_run import TrainingRun

__all__ = ["list_checks", "summarize_contract", "summarize_run"]


def summarize_contract(name: str, version: str, contract: "PromotionContract") -> dict[str, Any]:
    """Return whether a version may be promoted, with every check; no id of a lead.

    >>> from training.check_finding import Finding
    >>> from training.registry.promotion_contract import PromotionContract
    >>> finding = Finding("LC006", "fails", "Calibration error 0.040.")
    >>> summary = summarize_contract("leadlight", "4", PromotionContract("12ab", "", (finding,), ("LC006",)))
    >>> summary["holds"], summary["failing"], summary["checks"][0]["blocks"]
    (False, ['LC006'], True)
    """
    return {
        "name": name,
        "version": version,
        "sha256": contract.challenger,
        "champion_sha256": contract.champion or None,
        "holds": contract.holds,
        "failing": list(contract.failing),
        "checks": list_checks(contract),
        "open_leads_that_change": len(contract.review),
    }


def list_checks(contract: "PromotionContract") -> list[dict[str, Any]]:
    """Return each check with its verdict, and whether it blocks a promotion."""
    return [{**vars(finding), "blocks": finding.code in contract.failing} for finding in contract.findings]


def summarize_run(run: "TrainingRun", out: Path) -> dict[str, Any]:
    """Return what a run of training or retraining found.

    Returns
    -------
    dict
        The keys of ``summarize_contract``; ``scorers``: scorer -> metric -> value, low and high of its 95% interval.
    """
    bundle = run.trained.bundle
    figures = bundle.figures
    return {
        **summarize_contract(bundle.name, run.version, run.contract),
        "verdict": figures["verdict"]["verdict"],
        "why": figures["verdict"]["why"],
        "scorers": {
            scorer: {
                metric: dict(zip(("value", "low", "high"), interval, strict=True)) for metric, interval in row.items()
            }
            for scorer, row in figures["scorers"].items()
        },
        **{key: figures[key] for key in ("leads", "moments", "left_out", "held_out_leads", "held_out_rate", "period")},
        "is_champion": run.champion is None and run.contract.holds,
        "message": run.champion_message,
        "tuned": None if run.trained.tuning is None else run.trained.tuning.describe(),
        "out": out,
    }
