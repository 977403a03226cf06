"""How does Python score leads? A model that was trained before, and frames of scores, features and contributions.

Lives here: frames out. Does not live here: scoring (``serving.scoring.file_scores``, which ``leadlight score`` uses
too), training (``leadlight.tables``).
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from features.batch import Batch
from features.chunks.chunked_tables import read_in_chunks
from features.readers.memory_frames import Source
from serving.scoring.file_scores import ScoringOptions, build_score_frame, score_chunks
from training.bundle import Bundle, Predictions, find_bundle, get_models_home
from training.estimator import LeadClassifier
from training.progress import ignore_progress

__all__ = ["Model", "load", "score"]

log = logging.getLogger("leadlight")


@dataclass(frozen=True)
class Model:
    """A trained model.

    Parameters
    ----------
    bundle : Bundle
        What is signed and served; ``bundle.figures`` say how good it is.
    version : str
        As registered, or the start of its sha256.
    """

    bundle: Bundle
    version: str

    def score(self, data: Source, reasons: bool = False, at: str = "auto", as_trained: bool = False) -> pd.DataFrame:
        """Score leads; the rows of ``leadlight score``, to the bit, in the order of the leads.

        Parameters
        ----------
        data : DataFrame, dict of DataFrame, path or URL
            Leads, or ``{"leads": leads, "events": events}``, in our column names or the export's own.
        reasons : bool
            Whether each lead gets its five strongest reasons in words.
        at : str
            Time of scoring: "latest" in the data, "arrival" of each lead, a time in UTC, or "auto", which the model
            knows.
        as_trained : bool
            Whether outcomes beside the leads leave the level of the scores as it was trained.

        Returns
        -------
        DataFrame of shape (n, 13 or more)
            ``lead_id``, ``score`` (0 to 100), ``probability`` with its band, ``grade``, ``lane``, and the reasons.
            ``attrs["notes"]`` lists what was said on the way: columns that the model does not use, faults, the time.

        Raises
        ------
        DataError
            If the data cannot be read, or ``at`` is no time.
        """
        notes: list[str] = []
        frames = [
            build_score_frame(batch, self.bundle, self.version, predictions)
            for batch, predictions in self._predict(data, ScoringOptions(at, reasons, as_trained), notes)
        ]
        return _join(frames, notes)

    def features(self, data: Source, at: str = "auto") -> pd.DataFrame:
        """Return what the model reads of each lead: float32 of shape (n, features), NaN unknown, index ``lead_id``."""
        notes: list[str] = []
        names = [signal.name for signal in self.bundle.signals]
        frames = [
            pd.DataFrame(predictions.values, index=_index(batch), columns=names)
            for batch, predictions in self._predict(data, ScoringOptions(at), notes)
        ]
        return _join(frames, notes)

    def contributions(self, data: Source, at: str = "auto") -> pd.DataFrame:
        """Return what each feature added to each score, exact Shapley values in log-odds, index ``lead_id``.

        The columns ``base`` and ``level`` come first (the average lead, and what outcomes since training moved); a row
        sums to the log-odds of the score. Shape (n, 2 + features).
        """
        notes: list[str] = []
        names = [signal.name for signal in self.bundle.signals]
        frames = []
        for batch, predictions in self._predict(data, ScoringOptions(at, reasons=True), notes):
            frame = pd.DataFrame(predictions.parts, index=_index(batch), columns=names)
            level = 0.0 if predictions.level is None else predictions.level
            frame.insert(0, "level", level)
            frame.insert(0, "base", predictions.base)
            frames.append(frame)
        return _join(frames, notes)

    def save(self, folder: str | Path) -> Path:
        """Write the bundle into a folder that ``load`` and ``leadlight score --model`` take; return the folder."""
        self.bundle.write(Path(folder))
        return Path(folder)

    def _predict(self, data: Source, options: ScoringOptions, notes: list[str]) -> Iterator[tuple[Batch, Predictions]]:
        """Read and score leads chunk by chunk; what is said on the way is logged and added to the notes."""

        def say(sentence: str) -> None:
            log.info("%s", sentence)
            notes.append(sentence)

        bundle = self.bundle
        with read_in_chunks(data, bundle.mapping, bundle.practice, ignore_progress, options.leads_at_once) as chunks:
            yield from score_chunks(chunks, bundle, options, say, ignore_progress)


def load(model: str | Path | LeadClassifier = "champion", home: str | Path | None = None) -> Model:
    """Load a model.

    Parameters
    ----------
    model : str, Path or LeadClassifier
        "champion" (of the name leadlight); ``NAME``, ``NAME@ALIAS`` or ``NAME/VERSION`` as registered; the folder that
        ``leadlight train --out`` or ``Model.save`` wrote; the id of an MLflow run; a URI of MLflow
        (``models:/leadlight@champion``, ``models:/leadlight/3``, ``runs:/RUN/model``); or a fitted ``LeadClassifier``.
    home : str or Path, optional
        The folder of models (``mlruns``); ``LEADLIGHT_HOME`` when left out.

    Raises
    ------
    BundleError
        If there is no such model, or it is damaged.
    """
    if isinstance(model, LeadClassifier):
        return Model(model.bundle_, model.bundle_.sha256[:12])
    folder, name = Path(home) if home is not None else get_models_home(), str(model)
    if _is_mlflow_name(name):
        # MLflow takes seconds to import, and a folder or a pointer needs none of it.
        from training.registry.mlflow_models import download_bundle

        return Model(*download_bundle(folder, name))
    return Model(*find_bundle("leadlight@champion" if name == "champion" else name, folder))


def score(
    data: Source, model: str | Path | Model = "champion", reasons: bool = False, at: str = "auto"
) -> pd.DataFrame:
    """Score leads with a model, the champion when left out: ``Model.score`` of ``load(model)``."""
    return (model if isinstance(model, Model) else load(model)).score(data, reasons, at)


def _is_mlflow_name(name: str) -> bool:
    """Return whether a model is named as only MLflow knows it: by a URI, or by a run's id (32 hexadecimal digits).

    >>> [_is_mlflow_name(name) for name in ("models:/leadlight/3", "0" * 32, "leadlight/3", "report")]
    [True, True, False, False]
    """
    is_run = len(name) == 32 and set(name) <= set("0123456789abcdef")
    return is_run or name.startswith(("models:/", "runs:/"))


def _index(batch: Batch) -> pd.Index:
    """Return the ids of a batch's leads."""
    return pd.Index(batch.lead_ids, name="lead_id")


def _join(frames: list[pd.DataFrame], notes: list[str]) -> pd.DataFrame:
    """Return the chunks as one frame, with the notes."""
    joined = pd.concat(frames, ignore_index=frames[0].index.name is None)
    joined.attrs["notes"] = notes
    return joined
