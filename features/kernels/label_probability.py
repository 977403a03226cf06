"""How probable is each label of a message, by what its words weigh and which phrases it has?

Lives here: the loop behind ``text.label_reader``.
Does not live here: the weights (``text.label_reader``), the log-odds of the words (``kernels.message_terms``).
"""

from typing import NamedTuple

import numpy as np

from features.kernels.jit import compile_cached, inline_helper

__all__ = ["JointWeights", "MessageEvidence", "join_labels"]


class JointWeights(NamedTuple):
    """The joint weights of k labels; see ``text.label_reader.LabelReader``.

    Parameters
    ----------
    own : float array of shape (2, k); of the log-odds of the message and of its strongest sentence
    phrases : float array of shape (groups + 2, k); of each group, of a stated time and of one within ``soon_days``
    bias : float array of shape (k,)
    floor : float array of shape (1 + v,); log-odds of the floor under a wish, and what each veto takes from it
    vetoes : int64 array of shape (v,); labels
    wish, flag, procedure : int; the labels of a wish to be seen, of an emergency and of a procedure
    service : float; log-odds that a service of the practice, named, adds to the procedure
    least_flag : float; the probability that a phrase of an emergency gives
    doubtful_flag : float; log-odds below which it gives none where the emergency may not be now
    likely, clear, veto_from, most, soon_days : float; bounds of ``text.label_reader``
    """

    own: np.ndarray
    phrases: np.ndarray
    bias: np.ndarray
    floor: np.ndarray
    vetoes: np.ndarray
    wish: int
    flag: int
    procedure: int
    service: float
    least_flag: float
    doubtful_flag: float
    likely: float
    clear: float
    veto_from: float
    most: float
    soon_days: float


class MessageEvidence(NamedTuple):
    """What m messages say.

    Parameters
    ----------
    message, sentence : float arrays of shape (m, k); log-odds by words alone
    counts : int16 array of shape (m, g); phrases of each group
    columns : int64 array of shape (groups,); where ``counts`` has each group with a weight, -1 nowhere
    wish_column, flag_column : int; where it has wishes to be seen and emergencies, -1 nowhere
    offsets : float array of shape (k,); what the practice adds to the log-odds of each label
    service : int64 array of shape (m,); the service of the practice that it names first, -1 none
    days : float array of shape (m,); stated time, NaN for none
    is_other_time : bool array of shape (m,); whether an emergency in it may not be now
    is_empty : bool array of shape (m,); no message, or no character in it
    """

    message: np.ndarray
    sentence: np.ndarray
    counts: np.ndarray
    columns: np.ndarray
    wish_column: int
    flag_column: int
    offsets: np.ndarray
    service: np.ndarray
    days: np.ndarray
    is_other_time: np.ndarray
    is_empty: np.ndarray


@compile_cached
def join_labels(evidence, joint, probability):
    """Fill ``probability``, shape (m, k), NaN where there is no message.

    Terms are added in one order whatever is read beside them, so a message alone has the same bits as among many.
    """
    message, sentence, counts, wish = evidence.message, evidence.sentence, evidence.counts, joint.wish
    for m in range(len(probability)):
        row = probability[m]
        if evidence.is_empty[m]:
            row[:] = np.nan
            continue
        for label in range(len(row)):
            # The strongest sentence counts beside the whole: one clear sentence must not drown in a long story.
            words = message[m, label] * joint.own[0, label] + sentence[m, label] * joint.own[1, label]
            row[label] = words + joint.bias[label] + evidence.offsets[label]
        _add_phrases(row, counts[m], evidence.columns, joint.phrases)
        if evidence.service[m] >= 0:
            row[joint.procedure] += joint.service
        if not np.isnan(evidence.days[m]):
            _add_weights(row, joint.phrases[-2])
            if evidence.days[m] <= joint.soon_days:
                _add_weights(row, joint.phrases[-1])
        # A clear wish keeps a floor under its log-odds, so that a chance word cannot erase it; a strong veto (spam, a
        # test, somebody selling) lowers the floor by as much as it is surer than its bound.
        by_phrase = _mentions(counts[m], evidence.wish_column) and sentence[m, wish] >= joint.likely
        if by_phrase or sentence[m, wish] >= joint.clear:
            floor = joint.floor[0]
            for veto in range(len(joint.vetoes)):
                floor -= max(row[joint.vetoes[veto]] - joint.veto_from, 0.0) * joint.floor[1 + veto]
            row[wish] = max(row[wish], floor)
        row[wish] = min(row[wish], joint.most)
        # Read before the log-odds become probabilities below: the bound is one of log-odds.
        is_doubtful = evidence.is_other_time[m] and row[joint.flag] < joint.doubtful_flag
        # The logistic function: log-odds 0 become .5, 2.2 become .9. exp(-row) overflows to inf without a fault: 0.
        for label in range(len(row)):
            row[label] = 1.0 / (1.0 + np.exp(-row[label]))
        # Emergencies are recall first: a phrase alone is enough, whatever the words weigh.
        if _mentions(counts[m], evidence.flag_column) and not is_doubtful:
            row[joint.flag] = max(row[joint.flag], joint.least_flag)


@inline_helper
def _add_phrases(row, counts, columns, weights):
    """Add the weights of the groups that occur."""
    for group in range(len(columns)):
        if _mentions(counts, columns[group]):
            _add_weights(row, weights[group])


@inline_helper
def _mentions(counts, column):
    """Return whether a group occurs; column -1 never does."""
    return column >= 0 and counts[column] > 0


@inline_helper
def _add_weights(row, weights):
    """Add one weight for each label."""
    for label in range(len(row)):
        row[label] += weights[label]
