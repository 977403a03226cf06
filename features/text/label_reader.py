"""What does a message say? A calibrated probability for each label, from learned words and from phrases together.

Lives here: joining the log-odds of the words (``text.label_model``) with the phrases (``text.message_reader``), and the
floor under a wish to be seen.
Does not live here: learning the joint weights (``training.messages``), what a label means (its README).

The log-odds of a label are linear in the log-odds of the message's words and of its strongest sentence, in whether each
group of phrases occurs, and in whether a time is stated. Chance words move the first of these. So a message that asks
to be seen in so many words keeps a probability of at least the floor, unless something in it clearly says otherwise:
that it moves a visit, advertises, tests the form, or wants no care.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property, lru_cache
from importlib.resources import files

import numpy as np

from features.array_types import FloatArray
from features.kernels import label_probability as kernel
from features.text.emergency_context import find_other_times
from features.text.label_model import LabelModel, WordWeights
from features.text.message_readings import MessageReadings
from features.text.taught.label_words import add_label_words
from features.text.times.wished_days import choose_wished_days

__all__ = [
    "APPOINTMENT",
    "PROCEDURE",
    "RED_FLAG",
    "LabelReader",
    "MessageLabels",
    "asks_clearly",
    "list_veto_strengths",
    "tabulate_phrases",
]

APPOINTMENT, PROCEDURE, RED_FLAG = "appointment", "procedure", "red_flag"
VETOES = ("change_visit", "spam", "test", "not_a_lead")
"""Labels that say a message whose words ask to be seen does not ask for it."""

_FILE = "label_model.npz"
_SOON_DAYS = 7
_VETO_FROM = 0.0
"""Log-odds from which one of ``VETOES`` lowers the floor; below, chance words that move it change nothing."""
_LIKELY_SENTENCE, _CLEAR_SENTENCE = -2.0, 3.0
"""Log-odds of the wish in one sentence from which a phrase of it counts, and from which it needs none."""
_SERVICE_LOG_ODDS = 0.5
"""What a service of the practice, named, adds to the log-odds that a procedure is named: of 775 such messages of
left-out hands, at 14 practices of their specialties, it raises F1 from .81 to .82. It tells nothing of a condition."""
_DOUBTFUL_FLAG = -2.0
"""Log-odds of a red flag, phrases included, below which a phrase of it does not count in a message that tells of
another time: "had a stroke six years ago". Chosen on hands left out in turn among -4, -3 and -2."""
_MOST_LOG_ODDS = 3.0
"""Log-odds at which the wish to be seen is capped, 95 in 100: beyond, one word more or less is no news."""


@dataclass(frozen=True)
class MessageLabels:
    """The labels of m messages.

    Parameters
    ----------
    labels : tuple of str
    probability : float array of shape (m, k); NaN without a message
    threshold : float array of shape (k,); the probability from which a label is said
    days : float array of shape (m,); by when the writer wants to be seen, NaN where they do not say so
    """

    labels: tuple[str, ...]
    probability: FloatArray
    threshold: FloatArray
    days: FloatArray

    def find(self, label: str) -> np.ndarray:
        """Return whether a label is said of each message. Shape (m,), bool; False without a message."""
        column = self.labels.index(label)
        return np.asarray(self.probability[:, column] >= self.threshold[column])

    def get(self, label: str) -> FloatArray:
        """Return the probability of a label for each message. Shape (m,), NaN without a message."""
        return self.probability[:, self.labels.index(label)]


@dataclass(frozen=True, eq=False)
class LabelReader:
    """The label model and the joint weights of words and phrases.

    Parameters
    ----------
    model : LabelModel
    groups : tuple of str
        Phrase groups that have a weight.
    own : float array of shape (k, 2); weights of the label's own log-odds by message and by strongest sentence
    phrases : float array of shape (k, groups + 2); weights of each group, of a stated time and of one within a week
    bias, threshold : float arrays of shape (k,)
    floor : float array of shape (1 + vetoes,); log-odds of the floor, and what each veto takes from it
    """

    model: LabelModel
    groups: tuple[str, ...]
    own: FloatArray
    phrases: FloatArray
    bias: FloatArray
    threshold: FloatArray
    floor: FloatArray

    @staticmethod
    @cache
    def load_default() -> "LabelReader":
        """Load the reader that ships, once in a process."""
        with (files("features.text") / _FILE).open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            return LabelReader.from_arrays(arrays)

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> "LabelReader":
        """Read the reader that ``to_arrays`` returned."""
        parts = {name: arrays[f"joint_{name}"] for name in ("own", "phrases", "bias", "threshold", "floor")}
        return cls(LabelModel.from_arrays(arrays), tuple(arrays["joint_groups"].tolist()), **parts)

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return plain arrays for a file."""
        parts = {name: getattr(self, name) for name in ("own", "phrases", "bias", "threshold", "floor")}
        joint = {f"joint_{name}": values for name, values in parts.items()}
        return self.model.to_arrays() | joint | {"joint_groups": np.array(self.groups, str)}

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """Names of the labels, in the order of the columns."""
        return self.model.labels

    def read(self, messages: Sequence[str | None], readings: MessageReadings) -> MessageLabels:
        """Return the labels of messages whose phrases were read.

        A phrase of an emergency is enough, whatever the words around it weigh, unless the message tells of another
        time (``text.emergency_context``) and they weigh clearly against it.

        >>> from features.testing import example_context
        >>> import numpy as np
        >>> messages = ["I'd like to come in about my knee", None]
        >>> readings = example_context().reader.read_all(messages, np.array(["2026-03-04"] * 2, "datetime64[D]"))
        >>> labels = LabelReader.load_default().read(messages, readings)
        >>> labels.find("appointment").tolist(), bool(np.isnan(labels.probability[1]).all())
        ([True, False], True)
        """
        scores = self.with_words(readings.reader.label_words).model.score_words(readings.batches)
        columns, wish_column, flag_column = _locate_groups(readings.groups, self.groups)
        # Only where a phrase of an emergency occurs does it matter of which time the message tells.
        has_flag = flag_column >= 0 and (readings.counts[:, flag_column] > 0).any()
        is_other_time = find_other_times(readings.batches) if has_flag else np.zeros(len(messages), bool)
        is_empty = np.fromiter((not message or message.isspace() for message in messages), bool, len(messages))
        probability = np.empty(scores.message.shape)
        kernel.join_labels(
            kernel.MessageEvidence(
                *scores,
                readings.counts,
                columns,
                wish_column,
                flag_column,
                self._list_offsets(readings.label_offsets),
                readings.service,
                readings.days,
                is_other_time,
                is_empty,
            ),
            self._joint,
            probability,
        )
        is_said = probability >= self.threshold
        said = dict(zip(self.labels, is_said.T, strict=True))
        days = choose_wished_days(readings, probability, self.labels, said)
        return MessageLabels(self.labels, probability, self.threshold, days)

    def with_words(self, label_words: Mapping[str, str]) -> "LabelReader":
        """Return the reader with what a practice changes of the weights of words (``MessageReader.label_words``)."""
        return _add_words(self, tuple(label_words.items())) if label_words else self

    def _list_offsets(self, label_offsets: Mapping[str, float]) -> FloatArray:
        """Return what the practice adds to the log-odds of each label; mostly nothing, and then it is made once."""
        if not label_offsets:
            return self._no_offsets
        return np.array([label_offsets.get(label, 0.0) for label in self.labels])

    @cached_property
    def _no_offsets(self) -> FloatArray:
        return np.zeros(len(self.labels))

    @cached_property
    def _joint(self) -> kernel.JointWeights:
        """The joint weights as the loop takes them."""
        labels, flag = self.labels, self.labels.index(RED_FLAG)
        return kernel.JointWeights(
            np.ascontiguousarray(self.own.T),
            np.ascontiguousarray(self.phrases.T),
            self.bias,
            self.floor,
            np.array([labels.index(label) for label in VETOES], np.int64),
            labels.index(APPOINTMENT),
            flag,
            labels.index(PROCEDURE),
            _SERVICE_LOG_ODDS,
            float(self.threshold[flag]),
            _DOUBTFUL_FLAG,
            _LIKELY_SENTENCE,
            _CLEAR_SENTENCE,
            _VETO_FROM,
            _MOST_LOG_ODDS,
            float(_SOON_DAYS),
        )

    def weigh_words(self, message: str) -> WordWeights:
        """Return what each word adds to the labels' joint log-odds; what phrases add stands beside it."""
        of_message, of_sentence = self.model.weigh_words(message)
        weights = of_message.weights * self.own[:, 0] + of_sentence.weights * self.own[:, 1]
        return of_message._replace(weights=weights)


@lru_cache(maxsize=8)
def _add_words(reader: LabelReader, label_words: tuple[tuple[str, str], ...]) -> LabelReader:
    """Return a reader with changed weights, made once for each practice in a process."""
    return replace(reader, model=add_label_words(reader.model, dict(label_words)))


@lru_cache(maxsize=64)
def _locate_groups(groups: tuple[str, ...], weighted: tuple[str, ...]) -> tuple[np.ndarray, int, int]:
    """Return where ``groups`` has each weighted group, a wish to be seen and an emergency; -1 nowhere."""
    number = {group: at for at, group in enumerate(groups)}
    columns = np.array([number.get(group, -1) for group in weighted], np.int64)
    return columns, number.get(APPOINTMENT, -1), number.get(RED_FLAG, -1)


def tabulate_phrases(readings: MessageReadings, groups: Sequence[str]) -> FloatArray:
    """Return 1 or 0 for each group of phrases, for a stated time, and for one within a week. Shape (m, groups + 2).

    A group that the readings lack counts as not mentioned.
    """
    table = np.zeros((len(readings.days), len(groups) + 2))
    for column, group in enumerate(groups):
        if group in readings.groups:
            table[:, column] = readings.counts[:, readings.groups.index(group)] > 0
    table[:, -2], table[:, -1] = ~np.isnan(readings.days), readings.days <= _SOON_DAYS
    return table


def asks_clearly(sentence: FloatArray, readings: MessageReadings) -> np.ndarray:
    """Return where a phrase or one sentence asks to be seen, whatever else the message says. Shape (m,), bool.

    Parameters
    ----------
    sentence : float array of shape (m,); log-odds of the wish in the sentence that speaks most for it
    """
    by_phrase = readings.mentions(APPOINTMENT) & (sentence >= _LIKELY_SENTENCE)
    return np.asarray(by_phrase | (sentence >= _CLEAR_SENTENCE))


def list_veto_strengths(log_odds: FloatArray, labels: Sequence[str]) -> FloatArray:
    """Return how far each of ``VETOES`` is above the log-odds from which it counts. Shape (m, vetoes)."""
    return np.maximum(log_odds[:, [labels.index(label) for label in VETOES]] - _VETO_FROM, 0.0)
