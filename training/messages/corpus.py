"""Which messages were written and labelled by hand, and which of them are for testing alone?

Lives here: reading the corpus, ``corpus/*.tsv``, described in this folder's README.
Does not live here: learning from it (``fit_labels``).
"""

from dataclasses import dataclass
from importlib.resources import files

import numpy as np

from training.errors import TrainingError

__all__ = ["LABELS", "TEST_SUFFIX", "WRITTEN", "Corpus", "read_corpus"]

LABELS = {
    "app": "appointment",
    "urg": "urgency",
    "price": "price_only",
    "info": "information_only",
    "cond": "condition",
    "proc": "procedure",
    "other": "somebody_else",
    "ref": "referral",
    "spam": "spam",
    "test": "test",
    "red": "red_flag",
    "call": "callback",
    "ins": "insurance",
    "move": "change_visit",
    "nolead": "not_a_lead",
    "doc": "chosen_doctor",
    "second": "second_opinion",
    "price_obj": "price_objection",
    "dist_obj": "distance_objection",
    "fear": "fear",
}
"""Code in the corpus -> label of the model. The first seventeen are those of the message tests."""

TEST_SUFFIX = "_test"
"""Ends the name of a hand whose messages are for testing alone."""

WRITTEN = "2026-03-04"
"""The day on which all messages are written."""

_FIELDS = 4


@dataclass(frozen=True)
class Corpus:
    """n labelled messages.

    Parameters
    ----------
    texts : list of str, of length n
    truth : float array of shape (n, labels); 1 true, 0 false, NaN where labellers were unsure or disagreed
    hand, specialty : str arrays of shape (n,)
        Who wrote the message (the file), and for what kind of practice.
    days : float array of shape (n,)
        By when the writer wants to be seen, counted from ``WRITTEN``; NaN where they do not say so.
    """

    texts: list[str]
    truth: np.ndarray
    hand: np.ndarray
    specialty: np.ndarray
    days: np.ndarray

    @property
    def is_test(self) -> np.ndarray:
        """Whether each message is for testing alone. Shape (n,)."""
        return np.char.endswith(self.hand, TEST_SUFFIX)


def read_corpus() -> Corpus:
    """Read every file of the corpus, in the order of their names.

    Raises
    ------
    TrainingError
        If a line has not four fields or a label that is not known, with its file and number.

    >>> corpus = read_corpus()
    >>> len(corpus.texts) > 5_000, bool(corpus.is_test.any() and not corpus.is_test.all())
    (True, True)
    """
    texts, truth, hands, specialties, days = [], [], [], [], []
    for path in sorted((files("training.messages") / "corpus").iterdir(), key=lambda path: path.name):
        if not path.name.endswith(".tsv"):
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
            if not line:
                continue
            fields = line.split("\t")
            if len(fields) != _FIELDS:
                raise TrainingError(
                    f"{path.name}, line {number}: {len(fields)} fields; expected labels, days, specialty, text."
                )
            truth.append(_read_labels(fields[0], f"{path.name}, line {number}"))
            days.append(np.nan if fields[1] == "-" else float(fields[1]))
            specialties.append(fields[2])
            texts.append(fields[3].replace("\\n", "\n"))
            hands.append(path.name.removesuffix(".tsv"))
    return Corpus(texts, np.array(truth), np.array(hands), np.array(specialties), np.array(days))


def _read_labels(codes: str, where: str) -> list[float]:
    """Return 1, 0 or NaN for each label; a code with a question mark is unsure."""
    listed = [] if codes == "-" else codes.split(",")
    unknown = [code for code in listed if code.removesuffix("?") not in LABELS]
    if unknown:
        raise TrainingError(f"{where}: {', '.join(unknown)} is no label; expected some of {', '.join(LABELS)}.")
    return [1.0 if code in listed else np.nan if f"{code}?" in listed else 0.0 for code in LABELS]
