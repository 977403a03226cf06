"""Is the model that the service would use whole, young enough, and the one that MLflow calls champion?

Lives here: the checks of ``leadlight doctor`` that read the model, its pointer and the home's practice.toml, and what
any check finds.
Does not live here: everything else of an installation (``installation_checks``).
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from features.errors import LeadlightError, PracticeError
from serving.scoring.live_practice_settings import find_practice_file, list_untrained
from serving.settings import Settings
from training.bundle import Bundle, find_bundle, parse_model_name, read_pointer, read_registered_alias

__all__ = ["Finding", "check_alias", "check_model", "check_model_age", "check_practice_file"]

MAX_MODEL_AGE = timedelta(days=180)


@dataclass(frozen=True)
class Finding:
    """One line: ``state`` is ok, note (nothing is broken) or fix; ``message`` says what was found and what to do."""

    state: str
    message: str


def check_model(settings: Settings) -> tuple[Bundle | None, Finding]:
    """Load the bundle that the service would use and verify its checksums."""
    try:
        bundle, version = find_bundle(settings.model, settings.home)
    except LeadlightError as fault:
        return None, Finding("fix", str(fault))
    return bundle, Finding("ok", f"Model {bundle.name} {version} is intact ({bundle.sha256[:12]}).")


def check_model_age(bundle: Bundle, now: datetime) -> Finding:
    """Check whether the model is older than half a year."""
    days = (now - datetime.fromisoformat(bundle.created_at)).days
    if days > MAX_MODEL_AGE.days:
        return Finding(
            "note", f"The model is {days} days old. Check whether it still fits: leadlight monitor, leadlight retrain."
        )
    return Finding("ok", f"The model is {max(days, 0)} days old.")


def check_alias(settings: Settings) -> Iterable[Finding]:
    """Check that MLflow and the pointer have the same champion; read from MLflow's SQLite database, if any."""
    name, alias = parse_model_name(settings.model)
    if alias.isdigit() or Path(settings.model).is_dir():
        return
    if os.environ.get("MLFLOW_REGISTRY_URI") or os.environ.get("MLFLOW_TRACKING_URI"):
        yield Finding(
            "note",
            "MLflow's registry is where MLFLOW_TRACKING_URI and MLFLOW_REGISTRY_URI point, which is not asked here. "
            f"To see whether it calls the same version champion: leadlight versions --name {name}.",
        )
        return
    if not (settings.home / "mlflow.db").is_file():
        return
    try:
        registered = read_registered_alias(settings.home, name, alias)
    except LeadlightError as fault:
        yield Finding("fix", str(fault))
        return
    try:
        pointer = read_pointer(settings.home, alias, name)
    except LeadlightError:
        # Reported by the check of the model.
        return
    if registered != pointer.version:
        in_mlflow = "has no such alias" if registered is None else f"says version {registered}"
        yield Finding(
            "fix",
            f"the pointer says {name}@{alias} is version {pointer.version}, MLflow {in_mlflow}. "
            "Promote one of them again: leadlight promote.",
        )
    else:
        yield Finding("ok", f"MLflow and the pointer both say {name}@{alias} is version {pointer.version}.")


def check_practice_file(home: Path, bundle: Bundle) -> Iterable[Finding]:
    """Look at the home's practice.toml: whether it can be read, and what of it waits for the next training."""
    path = find_practice_file(home)
    if path is None:
        return
    try:
        waiting = list_untrained(bundle.practice, home)
    except PracticeError as fault:
        yield Finding("fix", f"{path} is not used: {fault}")
        return
    if waiting:
        yield Finding(
            "note",
            f"{path}: {', '.join(waiting)} differ from what the model was trained with and count after the next "
            "training (leadlight retrain --practice).",
        )
    else:
        yield Finding("ok", f"{path} counts.")
