"""Which words of a message lead to bookings? Learned from the practice's own messages, month by month, each time from
what was known by then.

Lives here: learning the weights. Does not live here: applying them (``features.text.word_weights``), numbering words
(``features.text.message_reader``).

A regularised logistic regression on how often each ordinary word is said. It is learned anew at the start of each month
(UTC) from outcomes known strictly before it, so that the value of a lead is what the practice could have computed on
the day: no lead's own outcome, nor a later one, is in it. A month's weights hold from its first moment, whether or not
anything has become known in it yet: which weights hold is a matter of the calendar alone."""

import numpy as np
from scipy.sparse import csr_array
from sklearn.linear_model import LogisticRegression

from features.array_types import TimeArray
from features.calendar.timezones import to_local_time, to_utc_times
from features.point_in_time.context import Context
from features.point_in_time.outcome_history import hash_values
from features.tables.tables import Tables
from features.text.word_weights import WordWeights

__all__ = ["FEWEST_LEADS_PER_WORD", "learn_word_weights"]

FEWEST_LEADS_PER_WORD = 20
"""A word that fewer leads said teaches nothing."""
_FEWEST_MESSAGES, _FEWEST_OF_A_KIND = 300, 30
_INVERSE_PENALTY = 0.1


def learn_word_weights(
    tables: Tables, knowledge: Context, until: np.datetime64 | None = None, cutoffs: TimeArray | None = None
) -> WordWeights | None:
    """What words are worth, month by month; None without dates, messages, or enough outcomes.

    Parameters
    ----------
    knowledge : Knowledge
        Its reader numbers the words, its history says which outcome was known when.
    until : datetime64[us], optional
        When that history ends; no month that begins later is learned. The end of the data when left out.
    cutoffs : datetime64[us] array, optional
        Only the weights that hold at one of these moments are learned; all of them when left out.
    """
    history = knowledge.history
    if history is None or "message" not in tables.leads or not len(history.lead_keys):
        return None
    keys = hash_values(tables.leads["lead_id"].to_numpy(object))
    place = np.minimum(np.searchsorted(history.lead_keys, keys), len(history.lead_keys) - 1)
    messages = tables.leads["message"].to_numpy(object)
    told = np.flatnonzero(
        (history.lead_keys[place] == keys) & np.array([message is not None for message in messages], bool)
    )
    if len(told) < _FEWEST_MESSAGES:
        return None
    known_at, booked_at = history.known_at[place[told]], history.booked_at[place[told]]
    said = _said(knowledge, messages[told], to_utc_times(tables.leads["created_at"])[told])
    months = _held(_teaching_months(known_at, booked_at, tables.as_of if until is None else until), cutoffs)
    learned = [
        (since, *found)
        for since in months
        if (found := _weights(said[(rows := np.flatnonzero(known_at < since))], booked_at[rows] < since)) is not None
    ]
    if not learned:
        return None
    since, weights, base = (np.array(part) for part in zip(*learned, strict=True))
    used = np.flatnonzero((weights != 0).any(axis=0))
    words = knowledge.reader.words
    return WordWeights(since.astype("datetime64[us]"), tuple(words[one] for one in used), weights[:, used], base)


def _said(knowledge: Context, messages: np.ndarray, arrived: TimeArray) -> csr_array:
    """How often each message says each word that has letters. Shape (messages, words of the reader)."""
    reader = knowledge.reader
    read = reader.read_all(messages, to_local_time(arrived, knowledge.practice.timezone))
    spoken = np.array([len(word) > 1 and word.isalpha() for word in reader.words])[read.tokens]
    said_in = np.repeat(np.arange(len(messages)), np.diff(read.tokens_from))
    counted = csr_array(
        (np.ones(int(spoken.sum())), (said_in[spoken], read.tokens[spoken])), shape=(len(messages), len(reader.words))
    )
    counted.sum_duplicates()
    return counted


def _teaching_months(known_at: TimeArray, booked_at: TimeArray, until: np.datetime64) -> TimeArray:
    """The months' first moments up to ``until`` by which enough was known; of those after the newest outcome only the
    first, as the others know no more.
    """
    last = min(until.astype("datetime64[M]"), np.fmax(known_at, booked_at).max().astype("datetime64[M]") + 1)
    months = np.arange(known_at.min().astype("datetime64[M]") + 1, last + 1).astype("datetime64[us]")
    known, booked = (np.searchsorted(np.sort(times), months) for times in (known_at, np.maximum(known_at, booked_at)))
    return months[(known >= _FEWEST_MESSAGES) & (np.minimum(booked, known - booked) >= _FEWEST_OF_A_KIND)]


def _held(months: TimeArray, cutoffs: TimeArray | None) -> TimeArray:
    """Of these months those that hold at ``cutoffs``; all where none are given."""
    if cutoffs is None:
        return months
    held = np.searchsorted(months, cutoffs, side="right") - 1
    return months[np.unique(held[held >= 0])]


def _weights(said: csr_array, booked: np.ndarray) -> tuple[np.ndarray, float] | None:
    """Weights of all words and the base, from these messages; None when they say no word often enough."""
    used = np.flatnonzero((said > 0).sum(axis=0) >= FEWEST_LEADS_PER_WORD)
    if not len(used):
        return None
    fitted = LogisticRegression(C=_INVERSE_PENALTY, max_iter=300).fit(said[:, used], booked)
    weights = np.zeros(said.shape[1])
    weights[used] = fitted.coef_[0]
    return weights, float(fitted.intercept_[0])
