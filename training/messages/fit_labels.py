"""How are the weights of the label model learned, and how well does it read hands that it has not seen?

Run ``python -m training.messages.fit_labels`` after changing the corpus, a vocabulary or the terms: it writes
``features/text/label_model.npz`` and prints what the test messages say of it.

Lives here: one logistic regression for each label over the terms of a message, its calibration and its threshold.
Does not live here: the corpus (``corpus``), the terms (``features.text.message_terms``).
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

import features.text
from features.kernels.message_terms import MARKS
from features.text.label_model import LabelModel
from features.text.message_terms import list_terms
from features.text.red_flags import RED_FLAG
from training.messages.corpus import LABELS, Corpus, read_corpus

__all__ = ["TermMatrix", "build_matrix", "fit_labels", "fit_weights", "report"]

_PENALTY = 8.0
"""Inverse strength of the L2 penalty, chosen on hands left out in turn among 2, 4, 8 and 16."""
_MIN_MESSAGES = 2
"""A term of one message only is not kept: it tells of nobody else's words, and may be somebody's name."""
_RED_FLAG_RECALL = 0.93
"""Share of red flags that the threshold finds, of messages left out by tenths: a missed one costs more than a false
one."""


@dataclass(frozen=True)
class TermMatrix:
    """The terms of n messages.

    Parameters
    ----------
    hashes : int64 array of shape (t,), ascending
    idf : float array of shape (t,)
        log((1 + n) / (1 + messages with the term)) + 1, as scikit-learn has it; 1 for marks.
    values : sparse matrix of shape (n, t); inverse document frequencies, words and pieces of a message each of norm 1
    """

    hashes: np.ndarray
    idf: np.ndarray
    values: csr_matrix


def build_matrix(texts: list[str]) -> TermMatrix:
    """Build the terms of messages, those of one message only left out."""
    terms = list_terms(texts)
    row = np.repeat(np.arange(len(texts)), np.diff(terms.terms_from))
    hashes, column = np.unique(terms.hashes, return_inverse=True)
    row, column = np.divmod(np.unique(row * len(hashes) + column), len(hashes))
    messages = np.bincount(column, minlength=len(hashes))
    is_kept = messages >= _MIN_MESSAGES
    row, column = row[is_kept[column]], (np.cumsum(is_kept) - 1)[column[is_kept[column]]]
    hashes, block = hashes[is_kept], hashes[is_kept] & 3
    idf = np.where(block == MARKS, 1.0, np.log((1 + len(texts)) / (1 + messages[is_kept])) + 1)
    square = np.zeros((len(texts), 3))
    np.add.at(square, (row, block[column]), idf[column] ** 2)
    square[:, MARKS] = 1.0
    values = idf[column] / np.sqrt(square[row, block[column]])
    return TermMatrix(hashes, idf, csr_matrix((values, (row, column)), shape=(len(texts), len(hashes))))


def fit_labels(corpus: Corpus) -> LabelModel:
    """Learn the weights from the messages that are not for testing, calibrated on hands left out in turn."""
    learning = np.flatnonzero(~corpus.is_test)
    texts, truth, hand = [corpus.texts[row] for row in learning], corpus.truth[learning], corpus.hand[learning]
    matrix = build_matrix(texts)
    columns = []
    for label, of_label in zip(LABELS.values(), truth.T, strict=True):
        sure = np.flatnonzero(~np.isnan(of_label))
        values, labels = matrix.values[sure], of_label[sure] > 0
        left_out = _predict_left_out(values, labels, hand[sure])
        slope, shift = _calibrate(left_out, labels)
        fitted = fit_weights(values, labels)
        threshold = _choose_threshold(expit(slope * left_out + shift), labels)
        if label == RED_FLAG:
            tenth = np.random.default_rng(0).integers(0, 10, len(labels))
            probability = expit(slope * _predict_left_out(values, labels, tenth) + shift)
            threshold = float(np.quantile(probability[labels], 1 - _RED_FLAG_RECALL))
        columns.append((slope * fitted.coef_[0] * matrix.idf, slope * fitted.intercept_[0] + shift, threshold))
    weights, intercept, thresholds = (np.array(part) for part in zip(*columns, strict=True))
    return LabelModel(
        tuple(LABELS.values()),
        matrix.hashes,
        (matrix.idf**2).astype(np.float32),
        weights.T.astype(np.float32).copy(),
        intercept,
        thresholds,
    )


def report(model: LabelModel, corpus: Corpus) -> str:
    """Return F1, precision and recall on the messages for testing: of each label, hand and specialty."""
    test = np.flatnonzero(corpus.is_test)
    truth = corpus.truth[test]
    is_predicted, sure = model.predict([corpus.texts[row] for row in test]) >= model.threshold, ~np.isnan(truth)
    lines = [f"{len(test):,} messages of {', '.join(sorted(set(corpus.hand[test])))}; unsure labels do not count."]
    parts = [("all labels", np.ones(truth.shape, bool))]
    parts += [(label, np.arange(truth.shape[1])[None, :] == column) for column, label in enumerate(model.labels)]
    specialties, hands = corpus.specialty[test], corpus.hand[test]
    parts += [(name, (hands == name)[:, None]) for name in sorted(set(hands))]
    parts += [(name, (specialties == name)[:, None]) for name in sorted(set(specialties))]
    for name, part in parts:
        counted = sure & np.broadcast_to(part, truth.shape)
        positive = truth > 0
        hits, predicted, actual = ((mask & counted).sum() for mask in (is_predicted & positive, is_predicted, positive))
        precision, recall = hits / max(predicted, 1), hits / max(actual, 1)
        f1 = 2 * hits / max(predicted + actual, 1)
        lines.append(f"{name:28} F1 {f1:.2f}  precision {precision:.2f}  recall {recall:.2f}  of {actual:,}")
    return "\n".join(lines)


def _predict_left_out(values: csr_matrix, labels: np.ndarray, part: np.ndarray) -> np.ndarray:
    """Return the log-odds of each message by weights of the other parts (hands, or tenths) alone. Shape (n,)."""
    log_odds = np.zeros(len(labels))
    for group in np.unique(part):
        is_out = part == group
        log_odds[is_out] = fit_weights(values[~is_out], labels[~is_out]).decision_function(values[is_out])
    return log_odds


def fit_weights(values: csr_matrix, labels: np.ndarray) -> LogisticRegression:
    """Fit the weights of one label."""
    return LogisticRegression(C=_PENALTY, solver="liblinear").fit(values, labels)


def _calibrate(log_odds: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """Return slope and shift that make the log-odds of left-out hands true (Platt 1999)."""
    fitted = LogisticRegression(C=1e3).fit(log_odds[:, None], labels)
    return float(fitted.coef_[0, 0]), float(fitted.intercept_[0])


def _choose_threshold(probability: np.ndarray, labels: np.ndarray) -> float:
    """Return the probability from which a label is said: where F1 of left-out hands is highest, from 0.25 to 0.6."""
    order = np.argsort(-probability, kind="stable")
    hits = np.cumsum(labels[order])
    f1 = 2 * hits / (np.arange(1, len(order) + 1) + hits[-1])
    return float(np.clip(probability[order][np.argmax(f1)], 0.25, 0.6))


def main() -> None:
    """Learn from the corpus, write the model, and print what the messages for testing say of it."""
    corpus = read_corpus()
    model = fit_labels(corpus)
    path = Path(list(features.text.__path__)[0]) / "label_model.npz"
    np.savez_compressed(path, allow_pickle=False, **model.to_arrays())
    print(f"{len(model.hashes):,} terms, {path.stat().st_size / 1e6:.1f} MB: {path}")
    print(report(LabelModel.from_arrays(dict(np.load(path))), corpus))


if __name__ == "__main__":
    main()
