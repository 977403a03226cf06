"""Which model does the desk see, and may it change? The alias moves only where the contract holds, or somebody signs
for what does not.

Lives here: promoting, rolling back, and what is said when it is refused.
Does not live here: the contract (``contract``), the signed record (``ledger``), MLflow (``tracking``), the pointer file
(``pointers``)."""

from collections.abc import Sequence
from pathlib import Path

from training.bundle import Bundle, Pointer, find_bundle, read_pointer
from training.errors import BundleError, PromotionError
from training.registry.mlflow_tracking import move_alias, find_registered_version
from training.registry.promotion_contract import PromotionContract, evaluate_without_champion, read_contract
from training.registry.promotion_log import PromotionEntry, PromotionLog

__all__ = ["find_champion", "promote", "rollback"]


def find_champion(home: Path, name: str) -> tuple[Bundle | None, str, str]:
    """The model in use, its version, and why it cannot be read where it cannot; (None, "", "") where there is none yet."""
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
        Codes of checks that fail and are signed for by ``by``, ``because`` of what.

    Raises
    ------
    PromotionError
        If the contract does not hold, or was not looked at beside the present champion.
    TrainingError
        If there is no such version.
    """
    version = find_registered_version(home, name, version)
    ledger = PromotionLog(home, name)
    with ledger.alone():
        ledger.entries()  # a chain that was changed stops everything
        bundle = find_bundle(f"{name}/{version}", home)[0]
        champion, before, _ = find_champion(home, name)
        if champion is not None and champion.sha256 == bundle.sha256:
            return move_alias(home, name, version), read_contract(
                home, name, bundle.sha256, ""
            ) or evaluate_without_champion(bundle)
        found = (
            evaluate_without_champion(bundle)
            if champion is None
            else read_contract(home, name, bundle.sha256, champion.sha256)
        )
        if found is None:
            raise PromotionError(
                f"promote: {name}/{version} was not yet held against the champion {name}/{before}. "
                f"Run: leadlight check --data DATA --model {name}/{version}, then promote again."
            )
        _require_contract(found, f"{name}/{version}", waived, by, because)
        ledger.append(
            PromotionEntry(
                "promote",
                version,
                bundle.sha256,
                before,
                {one.code: one.verdict for one in found.findings},
                tuple(sorted(set(waived) & set(found.failing))),
                by,
                because,
            )
        )
        return move_alias(home, name, version), found


def rollback(home: Path, name: str, by: str = "", because: str = "") -> Pointer:
    """Make the champion before this one the champion again. Its scores are what they were, to the bit: it is the same
    sealed bundle.

    Raises
    ------
    PromotionError
        If there is none before it, or it cannot be read any more; the champion stays.
    """
    ledger = PromotionLog(home, name)
    with ledger.alone():
        try:
            now = read_pointer(home, "champion", name).version
        except BundleError as fault:
            raise PromotionError(f"rollback: there is no champion to roll back from. {fault}") from None
        came = [one for one in ledger.entries() if one.version == now]
        if not came or not came[-1].before:
            raise PromotionError(
                f"rollback: {name}/{now} is the first champion; there is none before it. Promote another version: leadlight promote VERSION"
            )
        version = came[-1].before
        try:
            bundle = find_bundle(f"{name}/{version}", home)[0]
        except BundleError as fault:
            raise PromotionError(
                f"rollback: {name}/{version} cannot be used again, so {name}/{now} stays. {fault}"
            ) from None
        before = next((one.before for one in reversed(ledger.entries()) if one.version == version), "")
        ledger.append(PromotionEntry("rollback", version, bundle.sha256, before, by=by, because=because))
        return move_alias(home, name, version)


def _require_contract(found: PromotionContract, model: str, waived: Sequence[str], by: str, because: str) -> None:
    """Refuse, with every reason and what would change it."""
    open_codes = [code for code in found.failing if code not in waived]
    if open_codes:
        said = "".join(f"\n  {line}" for line in found.lines() if line.startswith("  ") or line[:5] in open_codes)
        raise PromotionError(
            f"promote: {model} is refused: {', '.join(open_codes)}. The champion stays.{said}\n"
            f"Mend it and train again; or sign for it: leadlight promote VERSION {' '.join(f'--waive {code}' for code in open_codes)} --by NAME --because REASON"
        )
    if set(waived) & set(found.failing) and not (by.strip() and because.strip()):
        raise PromotionError("promote: a waiver needs who signs for it and why. Add --by NAME --because REASON.")
