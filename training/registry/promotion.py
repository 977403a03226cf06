"""Which model is in use, and may it change? The alias moves only where the contract holds, or somebody signs a waiver.

Lives here: promoting, rolling back, and the messages of a refusal.
Does not live here: the contract (``promotion_contract``), the signed record (``promotion_log``), MLflow
(``mlflow_tracking``), the pointer file (``training.bundle.alias_pointers``).
"""

from collections.abc import Sequence
from pathlib import Path

from training.bundle import Bundle, Pointer, find_bundle, read_pointer
from training.errors import BundleError, PromotionError
from training.registry.mlflow_models import read_version_files
from training.registry.mlflow_tracking import find_registered_version, move_alias
from training.registry.promotion_contract import (
    PromotionContract,
    add_file_finding,
    evaluate_without_champion,
    read_contract,
)
from training.registry.promotion_log import PromotionEntry, PromotionLog

__all__ = ["find_champion", "promote", "rollback"]


def find_champion(home: Path, name: str) -> tuple[Bundle | None, str, str]:
    """Return the model in use, its version, and why it cannot be read where it cannot; (None, "", "") without one."""
    try:
        version = read_pointer(home, "champion", name).version
    except BundleError:
        return None, "", ""
    try:
        return find_bundle(f"{name}@champion", home)[0], version, ""
    except BundleError as fault:
        return None, version, str(fault)


def promote(
    home: Path, name: str, version: str, waived: Sequence[str] = (), by: str = "", because: str = ""
) -> tuple[Pointer, PromotionContract]:
    """Make a registered version (or ``latest``) the champion.

    Parameters
    ----------
    waived : sequence of str
        Codes of failing checks that ``by`` signs a waiver for, and ``because`` says why.

    Raises
    ------
    PromotionError
        If the contract does not hold, or was not evaluated against the present champion.
    TrainingError
        If there is no such version.
    """
    version = find_registered_version(home, name, version)
    log = PromotionLog(home, name)
    with log.lock():
        # Reading verifies the chain: a log that was tampered with blocks every promotion.
        log.read_entries()
        bundle = find_bundle(f"{name}/{version}", home)[0]
        champion, champion_version, _ = find_champion(home, name)
        if champion is not None and champion.sha256 == bundle.sha256:
            own_contract = read_contract(home, name, bundle.sha256, "") or evaluate_without_champion(bundle)
            return move_alias(home, name, version), own_contract
        contract: PromotionContract | None
        if champion is None:
            contract = evaluate_without_champion(bundle)
        else:
            contract = read_contract(home, name, bundle.sha256, champion.sha256)
        if contract is None:
            raise PromotionError(
                f"promote: {name}/{version} was not yet compared with the champion {name}/{champion_version}. "
                f"Run: leadlight check --data DATA --model {name}/{version}, then promote again."
            )
        contract = add_file_finding(
            contract,
            read_version_files(home, name, version),
        )
        _require_contract(contract, f"{name}/{version}", waived, by, because)
        log.append(
            PromotionEntry(
                action="promote",
                version=version,
                sha256=bundle.sha256,
                previous_version=champion_version,
                verdicts={finding.code: finding.verdict for finding in contract.findings},
                waived=tuple(sorted(set(waived) & set(contract.failing))),
                by=by,
                because=because,
            )
        )
        return move_alias(home, name, version), contract


def rollback(home: Path, name: str, by: str = "", because: str = "") -> Pointer:
    """Make the previous champion the champion again.

    It is the same sealed bundle, so its scores are identical to the bit.

    Raises
    ------
    PromotionError
        If there is no previous champion, or it can no longer be read; the present one stays.
    """
    log = PromotionLog(home, name)
    with log.lock():
        try:
            current = read_pointer(home, "champion", name).version
        except BundleError as fault:
            raise PromotionError(f"rollback: there is no champion to roll back from. {fault}") from None
        entries = log.read_entries()
        promotions = [entry for entry in entries if entry.version == current]
        if not promotions or not promotions[-1].previous_version:
            raise PromotionError(
                f"rollback: {name}/{current} is the first champion; there is none before it. "
                "Promote another version: leadlight promote VERSION"
            )
        version = promotions[-1].previous_version
        try:
            bundle = find_bundle(f"{name}/{version}", home)[0]
        except BundleError as fault:
            raise PromotionError(
                f"rollback: {name}/{version} can no longer be used, so {name}/{current} stays. {fault}"
            ) from None
        # The entry names the champion before the restored one, so that a second rollback goes one further back.
        previous_version = next((entry.previous_version for entry in reversed(entries) if entry.version == version), "")
        log.append(PromotionEntry("rollback", version, bundle.sha256, previous_version, by=by, because=because))
        return move_alias(home, name, version)


def _require_contract(contract: PromotionContract, model: str, waived: Sequence[str], by: str, because: str) -> None:
    """Refuse a contract that does not hold, with every reason and what would change it."""
    blocking = [code for code in contract.failing if code not in waived]
    if blocking:
        reasons = "".join(f"\n  {line}" for line in contract.lines(blocking))
        waivers = " ".join(f"--waive {code}" for code in blocking)
        stays = " The champion stays." if contract.champion else ""
        name, _, version = model.partition("/")
        raise PromotionError(
            f"promote: {model} is refused: {', '.join(blocking)}.{stays}{reasons}\nFix it and train again; or sign a "
            f"waiver: leadlight promote {version} --name {name} {waivers} --by NAME --because REASON"
        )
    if set(waived) & set(contract.failing) and not (by.strip() and because.strip()):
        raise PromotionError("promote: a waiver needs who signs it and why. Add --by NAME --because REASON.")
