"""What converts the payloads of one model? A reader for each way in, made once for the model and not for each request.

Lives here: which columns each way in reads.
Does not live here: converting a payload (``features.tables.json_payload``), what becomes of it (``engine``,
``serving.leads.request_reading``, ``serving.leads.stored_lead``).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from features.schema import LEADS
from features.tables.json_payload import PayloadReader
from serving.scoring.next_step import WISHES
from training.bundle import Bundle

__all__ = ["OUR_KINDS", "PayloadReaders"]

OUR_KINDS = {column.name: column.kind for column in LEADS.columns if column.name != "lead_id"}
"""Our own column of leads -> its kind, whatever a model was trained with."""


@dataclass(frozen=True)
class PayloadReaders:
    """The readers of one model, each of which remembers what the texts of its columns mean.

    Parameters
    ----------
    scored : PayloadReader
        Of leads that are scored: what the model reads, and how the person may be reached.
    model : PayloadReader
        Of what the model reads alone.
    kept : PayloadReader
        Of leads that are stored: all of our own columns, and those of the practice that the model reads.
    events : PayloadReader
        Of events alone.
    """

    scored: PayloadReader
    model: PayloadReader
    kept: PayloadReader
    events: PayloadReader

    @classmethod
    def of(cls, bundle: Bundle, kinds: Mapping[str, str]) -> "PayloadReaders":
        """Return the readers of a bundle whose model reads columns of these kinds."""
        # Our own columns keep their kinds: a model adds only columns of the practice.
        columns: tuple[Mapping[str, str], ...] = ({**WISHES, **kinds}, kinds, {**kinds, **OUR_KINDS}, {})
        return cls(*(PayloadReader(known_columns, bundle.practice.zone, bundle.mapping) for known_columns in columns))
