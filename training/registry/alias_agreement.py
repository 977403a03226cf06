"""Does MLflow call the same version champion as the service? An alias that is set in MLflow's page moves only its own.

Lives here: asking both, and the sentence where they differ. Does not live here: moving both (``promotion``).
"""

from pathlib import Path

from training.bundle import read_pointer, read_registered_alias
from training.errors import BundleError
from training.registry.mlflow_address import Addresses

__all__ = ["describe_disagreement"]

_CHAMPION = "champion"


def describe_disagreement(home: Path, name: str) -> str:
    """Say how MLflow's champion differs from the one that the service follows; empty where they agree.

    Empty too in a home without a registry, as on a machine that only serves.

    Raises
    ------
    BundleError
        If the home's database of MLflow cannot be read.
    TrainingError
        If nobody answers where MLflow's variables point.
    """
    database = home / "mlflow.db"
    if Addresses.choose(f"sqlite:///{database.resolve()}").is_own:
        if not database.is_file():
            return ""
        registered = read_registered_alias(home, name, _CHAMPION)
    else:
        # MLflow takes seconds to import, and the home's own database needs none of it.
        from training.registry.mlflow_tracking import find_alias

        registered = find_alias(home, name, _CHAMPION)
    try:
        served = read_pointer(home, _CHAMPION, name).version
    except BundleError:
        served = None
    if served == registered:
        return ""
    in_mlflow = f"calls {name}/{registered} the champion" if registered else "has no champion of that name"
    in_service = f"the service follows {name}/{served}" if served else "the service follows none"
    chosen = registered or served
    return (
        f"MLflow {in_mlflow}, {in_service}: an alias that is set in MLflow moves nothing here, because no check has "
        f"run. To have both at one version: leadlight promote {chosen} --name {name}"
    )
