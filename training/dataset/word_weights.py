"""Which words of a message lead to bookings? Learned from the practice's own messages, month by month.

Lives here: learning the weights, each time from what was known by then.
Does not live here: applying them (``features.text.word_weights``), numbering words (``features.text.message_reader``).

A regularized logistic regression on how often each ordinary word occurs. It is fitted again at the start of each month
(UTC) to outcomes known strictly before it, so that a lead's value is what the practice could have computed on the day:
neither its own outcome nor a later one is in it. A month's weights hold from its first moment, whether or not anything
has become known in it yet: which weights hold depends on the calendar alone."""

import numpy as np
from scipy.sparse import csr_array
from sklearn.linear_model import LogisticRegression

from features.array_types import TimeArray
from features.calendar.timezones import to_local_time
from features.point_in_time.context import Context
from features.point_in_time.value_hashes import hash_ids
from features.tables.tables import Tables
from features.text.word_weights import WordWeights

__all__ = ["MIN_LEADS_PER_WORD", "learn_word_weights"]

MIN_LEADS_PER_WORD = 20
"""A word that fewer leads use gets no weight."""
_MIN_MESSAGES, _MIN_LEADS_PER_CLASS = 300, 30
_INVERSE_PENALTY = 0.1


def learn_word_weights(
    tables: Tables, context: Context, until: np.datetime64 | None = None, cutoffs: TimeArray | None = None
) -> WordWeights | None:
    """Learn the weights of words, month by month; return None without dates, messages, or enough outcomes.

    Parameters
    ----------
    context : Context
        Its reader numbers the words, its history says which outcome was known when.
    until : datetime64[us], optional
        End of that history; no month that begins later is learned. The end of the data when not given.
    cutoffs : datetime64[us] array, optional
        Only the weights that hold at one of these moments are learned; all of them when not given.
    """
    history = context.history
    if history is None or "message" not in tables.leads or not len(history.lead_keys):
        return None
    keys = hash_ids(tables.leads["lead_id"].to_numpy(object))
    position = np.minimum(np.searchsorted(history.lead_keys, keys), len(history.lead_keys) - 1)
    messages = tables.leads["message"].to_numpy(object)
    has_message = np.array([message is not None for message in messages], bool)
    leads = np.flatnonzero((history.lead_keys[position] == keys) & has_message)
    if len(leads) < _MIN_MESSAGES:
        return None
    known_at, booked_at = history.known_at[position[leads]], history.booked_at[position[leads]]
    counts = _count_words(context, messages[leads], tables.created_at[leads])
    end = tables.as_of if until is None else until
    fits = []
    for month in _select_months_in_use(_list_teachable_months(known_at, booked_at, end), cutoffs):
        # Strictly before: weights that hold from a month on may not learn from what became known as it began.
        rows = np.flatnonzero(known_at < month)
        fit = _fit_weights(counts[rows], booked_at[rows] < month)
        if fit is not None:
            fits.append((month, *fit))
    if not fits:
        return None
    since, weights, base = (np.array(column) for column in zip(*fits, strict=True))
    columns = np.flatnonzero((weights != 0).any(axis=0))
    vocabulary = context.reader.words
    terms = tuple(vocabulary[column] for column in columns)
    return WordWeights(since.astype("datetime64[us]"), terms, weights[:, columns], base)


def _count_words(context: Context, messages: np.ndarray, arrived: TimeArray) -> csr_array:
    """Count how often each message uses each word made of letters. Shape (messages, words of the reader).

    Words that are neither of the phrase file nor of a service count as none: they stood in somebody else's messages.
    """
    reader = context.reader
    readings = reader.read_all(messages, to_local_time(arrived, context.practice.timezone))
    foreign = reader.corrector.context_words
    is_word = np.array([len(word) > 1 and word.isalpha() and word not in foreign for word in reader.words])
    is_word = is_word[readings.tokens]
    message_of_token = np.repeat(np.arange(len(messages)), np.diff(readings.tokens_from))
    counts = csr_array(
        (np.ones(int(is_word.sum())), (message_of_token[is_word], readings.tokens[is_word])),
        shape=(len(messages), len(reader.words)),
    )
    counts.sum_duplicates()
    return counts


def _list_teachable_months(known_at: TimeArray, booked_at: TimeArray, until: np.datetime64) -> TimeArray:
    """Return the first moments of the months up to ``until`` by which enough outcomes were known.

    Of the months after the newest outcome only the first, because nothing more is known in the others.
    """
    last = min(until.astype("datetime64[M]"), np.fmax(known_at, booked_at).max().astype("datetime64[M]") + 1)
    months = np.arange(known_at.min().astype("datetime64[M]") + 1, last + 1).astype("datetime64[us]")
    outcomes, bookings = (
        np.searchsorted(np.sort(times), months) for times in (known_at, np.maximum(known_at, booked_at))
    )
    return months[(outcomes >= _MIN_MESSAGES) & (np.minimum(bookings, outcomes - bookings) >= _MIN_LEADS_PER_CLASS)]


def _select_months_in_use(months: TimeArray, cutoffs: TimeArray | None) -> TimeArray:
    """Return the months whose weights hold at one of ``cutoffs``; all months where there are none."""
    if cutoffs is None:
        return months
    position = np.searchsorted(months, cutoffs, side="right") - 1
    return months[np.unique(position[position >= 0])]


def _fit_weights(counts: csr_array, booked: np.ndarray) -> tuple[np.ndarray, float] | None:
    """Fit the weights of all words and the base to these messages; None when no word is used often enough."""
    columns = np.flatnonzero((counts > 0).sum(axis=0) >= MIN_LEADS_PER_WORD)
    if not len(columns):
        return None
    model = LogisticRegression(C=_INVERSE_PENALTY, max_iter=300).fit(counts[:, columns], booked)
    weights = np.zeros(counts.shape[1])
    weights[columns] = model.coef_[0]
    return weights, float(model.intercept_[0])
