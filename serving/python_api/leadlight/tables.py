"""How does Python read a practice's leads and train on them? Files or frames -> tables -> a model.

Lives here: what a path may stand for. Does not live here: reading (``features.tables``), training
(``training.pipeline``, ``training.registry.training_run``), scoring (``leadlight.model``).
"""

from dataclasses import replace
from pathlib import Path

from features.mapping.column_mapping import Mapping, read_mapping
from features.practice.practice import Practice
from features.practice_file.practice_toml import read_practice
from features.readers.memory_frames import Source
from features.tables.tables import Tables, read_tables
from leadlight.model import Model
from training.bundle import get_models_home
from training.pipeline import train as train_pipeline
from training.settings import Settings, read_settings

__all__ = ["read", "train"]


def read(
    data: Source, mapping: Mapping | str | Path | None = None, practice: Practice | str | Path | None = None
) -> Tables:
    """Read and validate leads, and events, outcomes and spending where there are any.

    Parameters
    ----------
    data : path, URL, DataFrame or dict of DataFrame
        A file of leads, a folder, a database's URL, a frame of leads, or ``{"leads": leads, "outcomes": outcomes}``.
    mapping : Mapping or path, optional
        Which column is which (``leadlight inspect`` proposes one); our own names when left out.
    practice : Practice or path, optional
        Clinics, services, time zone, horizon.

    Returns
    -------
    Tables
        ``leads``, ``events``, ``outcomes`` and ``spend`` as frames; ``report()`` says what was read, and every fault.

    Raises
    ------
    DataError, MappingError, PracticeError
        With every fault at once.

    >>> import pandas as pd
    >>> leads = pd.DataFrame({"Name of source": ["web", "phone"], "channel": ["chat", "referral"]})
    >>> read(leads).leads["channel"].tolist()
    ['chat', 'referral']
    """
    return read_tables(data, _get_mapping(mapping), _get_practice(practice))


def train(
    data: Tables | Source,
    mapping: Mapping | str | Path | None = None,
    practice: Practice | str | Path | None = None,
    settings: Settings | str | Path | None = None,
    out: str | Path | None = None,
    name: str = "leadlight",
) -> Model:
    """Train a model, as ``leadlight train`` does.

    Parameters
    ----------
    data : Tables, or what ``read`` takes
        ``mapping`` is not used where the tables are read already.
    practice : Practice or path, optional
        The same that the tables were read with.
    out : path, optional
        Where the bundle, the report and the plots are written. With it, the run is logged to MLflow, registered under
        ``name`` and compared with the champion; without it, nothing is written anywhere.

    Returns
    -------
    Model
        Its ``bundle.figures["verdict"]`` says whether to use it.

    Raises
    ------
    TrainingError
        If the data cannot teach a model, or a proof fails: nothing is registered then.
    """
    # The small files first, so that a misspelled setting shows at once.
    chosen = settings if isinstance(settings, Settings) else read_settings(settings)
    known_practice = _get_practice(practice)
    tables = data if isinstance(data, Tables) else read_tables(data, _get_mapping(mapping), known_practice)
    if out is None:
        bundle = train_pipeline(tables, known_practice, chosen, tables.mapping).bundle
        return Model(replace(bundle, name=name), "not registered")
    # MLflow takes seconds to import, and only a run that is registered needs it.
    from training.registry.training_run import RunOptions, run_training

    run = run_training(tables, known_practice, chosen, RunOptions(name, get_models_home(), Path(out)))
    return Model(run.trained.bundle, run.version)


def _get_mapping(mapping: Mapping | str | Path | None) -> Mapping:
    """Return a mapping, read where a file is named."""
    return mapping if isinstance(mapping, Mapping) else read_mapping(mapping)


def _get_practice(practice: Practice | str | Path | None) -> Practice:
    """Return a practice, read where a file is named."""
    return practice if isinstance(practice, Practice) else read_practice(practice)
