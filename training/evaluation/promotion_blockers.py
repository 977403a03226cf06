"""Which findings keep a model from being promoted? One rule for the verdict of a training and for the contract.

Lives here: the rule. Does not live here: the contract (``training.registry.promotion_contract``), the verdict
(``training.evaluation.readiness``)."""

from collections.abc import Collection, Iterable, Sequence

from features.registry import Signal
from features.schema import CUSTOM_PREFIX
from training.check_finding import Finding

__all__ = ["find_blocking"]


def find_blocking(
    findings: Iterable[Finding], signals: Sequence[Signal], warnings: Collection[str] = ()
) -> list[Finding]:
    """Return the findings that block a promotion, in their order.

    A suspect column (LC003) blocks it where the model uses the column, kept on purpose or not, so that somebody signs a
    waiver; any other check where it fails.

    Parameters
    ----------
    signals : sequence of Signal, the model's
    warnings : collection of str
        Codes that warn and do not block.
    """
    used_columns = {name.removeprefix(CUSTOM_PREFIX) for signal in signals for name in (signal.name, *signal.needs)}
    return [
        finding
        for finding in findings
        if (
            used_columns & set(finding.details)
            if finding.code == "LC003"
            else finding.verdict == "fails" and finding.code not in warnings
        )
    ]
