"""How does MLflow load our model? By the name of the loader in this module, so that no pickle is needed.

Lives here: a frame of leads, as a CRM would send them -> a frame of probabilities, grades and reasons, by the same
bundle and the same code as the service. Registered models name this module and ``_load_pyfunc``: both names must stay.
Does not live here: logging the model (``training.registry.logged_model``). Nothing of MLflow is imported."""

import json
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd

from features.batch import Batch
from features.errors import DataError
from features.explain.reason_words import ReasonWords
from features.explain.reasons import Explainer
from features.tables.json_payload import PayloadReader, list_needed
from training.bundle import Bundle, Predictions

__all__ = ["ANSWER_COLUMNS", "PARAMETERS", "REASON_COLUMNS", "LeadScorer"]

ANSWER_COLUMNS = {
    "probability": "number",
    "probability_low": "number",
    "probability_high": "number",
    "grade": "text",
    "coverage": "number",
    "missing_inputs": "text",
}
"""Columns of every answer -> what they hold; ``leadlight score`` has the same."""
REASON_COLUMNS = tuple(f"reason_{number}" for number in range(1, 6))
PARAMETERS = {"reasons": False}
"""What ``params`` may hold -> what it is when left out."""


class LeadScorer:
    """The model that ``mlflow.pyfunc.load_model`` returns: ``predict(frame)`` gives one row per lead."""

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle

    def predict(self, frame: pd.DataFrame, params: dict[str, Any] | None = None) -> pd.DataFrame:
        """Score the leads in ``frame``.

        Parameters
        ----------
        frame : DataFrame of shape (n, any)
            Columns in our names, the export's own, or the model's signature; ``cutoff`` is the moment of scoring (when
            absent: now, or the arrival for a model that knows no other moment), ``events`` a list of objects or the
            same as JSON text. An empty cell was asked for and left empty, as in a file; a column that is absent was not
            sent.
        params : dict, optional
            ``reasons``: whether each lead gets its five strongest reasons in words.

        Returns
        -------
        DataFrame of shape (n, 6), or (n, 11) with reasons, index as in ``frame``
            ``probability`` with the ends of its band, ``grade`` (A to D), ``coverage`` (share of the model's usual
            information that was sent, 0 to 1), ``missing_inputs`` (the columns not sent that would matter most, None
            where none would: a misspelt column is named here by its right name), and ``reason_1`` to ``reason_5``.

        Raises
        ------
        DataError
            If a time cannot be read, with the row, the field and what was expected; or if ``params`` holds anything
            else.
        """
        chosen = PARAMETERS | (params or {})
        if unknown := sorted(set(chosen) - set(PARAMETERS)):
            raise DataError(f"params: {', '.join(unknown)} is not known, expected one of {', '.join(PARAMETERS)}.")
        now = np.datetime64(datetime.now(UTC).replace(tzinfo=None), "us")
        bundle = self.bundle
        payloads = bundle.fill_cutoffs(self._convert_rows(frame))
        batch = Batch.from_payloads(payloads, bundle.context, bundle.columns, now)
        scored = bundle.score(batch, explain=chosen["reasons"])
        answer = {
            "probability": scored.probability,
            "probability_low": scored.low,
            "probability_high": scored.high,
            "grade": bundle.grades.assign(scored.probability),
            "coverage": scored.coverage,
            "missing_inputs": [", ".join(names) or None for names in bundle.list_missing_inputs(scored.values)],
        }
        return pd.DataFrame(answer | (self._word_reasons(scored) if chosen["reasons"] else {}), index=frame.index)

    def _convert_rows(self, frame: pd.DataFrame) -> list[dict[str, Any]]:
        """Return each row as a converted payload."""
        payloads, bundle = [], self.bundle
        reader = PayloadReader(bundle.columns, bundle.practice.zone, bundle.mapping)
        for row, record in enumerate(frame.to_dict("records")):
            record = {name: None if _is_missing(value) else value for name, value in record.items()}
            if record.get("custom", ...) is None:
                del record["custom"]
            if isinstance(record.get("events"), str):
                record["events"] = _read_events(record["events"], row)
            payload, faults, _ = reader.read(record)
            if faults := list_needed(faults):
                fault = faults[0]
                raise DataError(
                    f"row {row}: {fault.field} is {fault.found}, expected {fault.expected}. Faults in this row: "
                    f"{len(faults)}; fix them."
                )
            payloads.append(payload)
        return payloads

    def _word_reasons(self, scored: Predictions) -> dict[str, list[str | None]]:
        """Return the strongest reasons of each lead in words, by column; None where a lead has fewer."""
        bundle = self.bundle
        explainer = Explainer.of(bundle.signals, bundle.hidden_reasons, ReasonWords.of(bundle.practice))
        lists = [explanation.reasons for explanation in explainer.explain(scored, len(REASON_COLUMNS))]
        return {
            column: [reasons[number].text if number < len(reasons) else None for reasons in lists]
            for number, column in enumerate(REASON_COLUMNS)
        }


def _load_pyfunc(path: str) -> LeadScorer:
    """Load the folder that was logged as data, which is a bundle. MLflow calls this."""
    return LeadScorer(Bundle.load(path))


def _read_events(text: str, row: int) -> Any:
    """Read a lead's events from JSON text."""
    try:
        return json.loads(text)
    except ValueError:
        raise DataError(f"row {row}: events is text that is not JSON, expected a list of objects.") from None


def _is_missing(value: object) -> bool:
    """Return whether a cell is empty (NaN, NaT, None)."""
    return value is None or (isinstance(value, float) and value != value) or value is pd.NaT or value is pd.NA
