"""What does the past teach before any model is fitted? Outcomes so far, who contacted the practice when, word weights.

Lives here: putting the three together, in one way for training and for the check that it saw no future.
Does not live here: how each is made (``features.point_in_time.outcomes``, ``features.point_in_time.contact_index``,
``word_weights``), the context of a trained model (``training.bundle``)."""

from dataclasses import replace

import numpy as np

from features.array_types import TimeArray
from features.calendar.timezones import to_utc_times
from features.point_in_time.contact_index import ContactIndex
from features.point_in_time.context import Context
from features.point_in_time.outcomes import build_history
from features.point_in_time.source_fields import SourceFields
from features.practice.practice import Practice
from features.tables.tables import Tables
from features.text.phrase_lexicon import PhraseLexicon
from training.dataset.word_weights import learn_word_weights

__all__ = ["build_training_context"]


def build_training_context(
    tables: Tables,
    practice: Practice,
    label: str,
    base: Context | None = None,
    until: np.datetime64 | None = None,
    cutoffs: TimeArray | None = None,
) -> Context:
    """Build the context of these tables.

    Parameters
    ----------
    base : Context, optional
        Its phrases and what the practice's sources never send are taken: facts about words, forms and lines, not about
        leads, so a past state is judged with today's. Without it: the default phrases, and what these tables show.
    until : datetime64[us], optional
        Outcomes count as they were known then; as they are in the tables when not given.
    cutoffs : datetime64[us] array, optional
        Only these moments will be scored, so only the word weights that hold at one of them are learned.
    """
    history = build_history(tables, practice, label, until)
    if base is None:
        leads = tables.leads.drop(columns="lead_id")
        columns = {
            name: to_utc_times(column) if column.dtype.kind == "M" else column.to_numpy()
            for name, column in leads.items()
        }
        phrases, source_fields = PhraseLexicon.load_default(), SourceFields.from_columns(columns)
    else:
        phrases, source_fields = base.phrases, base.source_fields
    context = Context(
        practice,
        phrases,
        history,
        ContactIndex.of_leads(tables.leads),
        source_fields=source_fields,
    )
    return replace(context, word_weights=learn_word_weights(tables, context, until, cutoffs))
