"""How does MLflow load our model? By the name of the loader in this module, so that no pickle is needed.

Lives here: a frame of leads, as a CRM would send them -> probabilities, by the same bundle and the same code as the
service. Registered models name this module and ``_load_pyfunc``: both names must stay.
Does not live here: logging the model (``training.registry.mlflow_tracking``). Nothing of MLflow is imported."""

import json
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd

from features.array_types import FloatArray
from features.batch import Batch
from features.errors import DataError
from features.tables.json_payload import convert_payload, list_needed
from training.bundle import Bundle

__all__ = ["LeadScorer"]


class LeadScorer:
    """The model that ``mlflow.pyfunc.load_model`` returns: ``predict(frame)`` gives one probability per row."""

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle

    def predict(self, frame: pd.DataFrame, params: dict[str, Any] | None = None) -> FloatArray:
        """Return the probabilities of the leads in ``frame``, shape (n,).

        Parameters
        ----------
        frame : DataFrame of shape (n, any)
            Columns in our names, the export's own, or the model's signature; ``cutoff`` is the moment of scoring (when
            absent: now, or the arrival for a model that knows no other moment), ``events`` a list of objects or the
            same as JSON text. An empty cell was asked for and left empty, as in a file; a column that is absent was not
            sent.

        Raises
        ------
        DataError
            If a time cannot be read, with the row, the field and what was expected.
        """
        now = np.datetime64(datetime.now(UTC).replace(tzinfo=None), "us")
        payloads, bundle = [], self.bundle
        for row, record in enumerate(frame.to_dict("records")):
            record = {name: None if _is_missing(value) else value for name, value in record.items()}
            if record.get("custom", ...) is None:
                del record["custom"]
            if isinstance(record.get("events"), str):
                record["events"] = json.loads(record["events"])
            payload, faults, _ = convert_payload(record, bundle.columns, bundle.practice.zone, bundle.mapping)
            if faults := list_needed(faults):
                fault = faults[0]
                raise DataError(
                    f"row {row}: {fault.field} is {fault.found}, expected {fault.expected}. Faults in this row: "
                    f"{len(faults)}; fix them."
                )
            payloads.append(payload)
        return bundle.score(
            Batch.from_payloads(bundle.fill_cutoffs(payloads), bundle.context, bundle.columns, now), explain=False
        ).probability


def _load_pyfunc(path: str) -> LeadScorer:
    """Load the folder that was logged as data, which is a bundle. MLflow calls this."""
    return LeadScorer(Bundle.load(path))


def _is_missing(value: object) -> bool:
    """Return whether a cell is empty (NaN, NaT, None)."""
    return value is None or (isinstance(value, float) and value != value) or value is pd.NaT or value is pd.NA
