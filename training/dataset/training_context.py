"""What does the past teach before any model is fitted? The record of outcomes, who enquired when, what words were
worth.

Lives here: putting the three together, the one way for training and for the proof that it saw no future.
Does not live here: how each is made (``features.point_in_time.outcomes``, ``features.point_in_time.contact_index``,
``wording``), what a finished model knows (``bundle``)."""

from dataclasses import replace

import numpy as np

from features.array_types import TimeArray
from features.point_in_time.contact_index import ContactIndex
from features.point_in_time.context import Context
from features.point_in_time.outcomes import build_history
from features.practice.practice import Practice
from features.tables.tables import Tables
from features.text.phrase_lexicon import PhraseLexicon
from training.dataset.word_weights import learn_word_weights

__all__ = ["build_training_context"]


def build_training_context(
    tables: Tables,
    practice: Practice,
    label: str,
    phrases: PhraseLexicon | None = None,
    until: np.datetime64 | None = None,
    cutoffs: TimeArray | None = None,
) -> Context:
    """What these tables teach.

    Parameters
    ----------
    phrases : Phrases, optional
        The shipped ones when left out.
    until : datetime64[us], optional
        Outcomes count as they stood then; as they stand in the tables when left out.
    cutoffs : datetime64[us] array, optional
        Only these moments will be asked about, so only what words were worth then is learned.
    """
    record = build_history(tables, practice, label, until)
    knowledge = Context(practice, phrases or PhraseLexicon.load_default(), record, ContactIndex.of_leads(tables.leads))
    return replace(knowledge, wording=learn_word_weights(tables, knowledge, until, cutoffs))
