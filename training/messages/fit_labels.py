"""How are the weights of the label model learned, and how well does it read hands that it has not seen?

Run ``python -m training.messages.fit_labels`` after changing the corpus, a vocabulary, the terms or the phrases: it
writes ``features/text/label_model.npz`` and prints what the test messages say of it.

Lives here: one logistic regression for each label over the terms of a message, and the report.
Does not live here: the corpus (``corpus``), the terms (``features.text.message_terms``), joining words and phrases,
calibration and thresholds (``joint_weights``).
"""

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix, vstack
from sklearn.linear_model import LogisticRegression

import features.text
from features.kernels.message_terms import MARKS
from features.text.label_model import LabelModel, LabelScores
from features.text.label_reader import APPOINTMENT, RED_FLAG, LabelReader
from features.text.message_terms import list_terms
from features.text.taught.term_values import divide_by_norms
from features.text.taught.term_values import match_terms as match_known_terms
from training.messages.corpus import LABELS, Corpus, read_corpus
from training.messages.joint_weights import LeftOutScores, fit_joint, read_phrases

__all__ = [
    "NeutralRows",
    "TermMatrix",
    "build_matrix",
    "build_neutral_rows",
    "fit_labels",
    "fit_weights",
    "match_terms",
    "report",
]

_PENALTY = 8.0
"""Inverse strength of the L2 penalty, chosen on hands left out in turn among 2, 4, 8 and 16."""
_MIN_MESSAGES = 2
"""A term of one message only is not kept: it tells of nobody else's words, and may be somebody's name."""
_NEUTRAL_WEIGHT = 0.3
"""Weight of a neutral phrase beside a message: it is a few words, and of no label."""
_WISHES_PER_PHRASE, _MOST_WORDS_OF_WISH = 5, 15
"""A neutral phrase is also put beside so many wishes to be seen, which stay what they are; wishes of at most so many
words, which a few words more could drown."""
_TENTHS = 10


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
    hashes = hashes[is_kept]
    idf = np.where(hashes & 3 == MARKS, 1.0, np.log((1 + len(texts)) / (1 + messages[is_kept])) + 1)
    return TermMatrix(hashes, idf, divide_by_norms(row, column, hashes, idf, len(texts)))


def match_terms(texts: list[str], matrix: TermMatrix) -> csr_matrix:
    """Return the values of messages on the terms of a matrix; other terms are skipped."""
    return match_known_terms(texts, matrix.hashes, matrix.idf)


@dataclass(frozen=True)
class NeutralRows:
    """Phrases that say nothing about what the writer wants, alone and beside wishes.

    Parameters
    ----------
    phrases : sparse matrix of shape (p, t); no label is true of them
    beside : sparse matrix of shape (b, t); messages with a phrase more, of the same labels as without it
    source : int array of shape (b,); which message each of them is
    """

    phrases: csr_matrix
    beside: csr_matrix
    source: np.ndarray


def build_neutral_rows(texts: list[str], is_wish: np.ndarray, matrix: TermMatrix) -> NeutralRows:
    """Build the neutral phrases, and put each beside some short wishes to be seen, in front or behind."""
    lines = (files("training.messages") / "neutral_phrases.txt").read_text(encoding="utf-8").splitlines()
    phrases = [line for line in lines if line and not line.startswith("#")]
    short = [row for row in np.flatnonzero(is_wish).tolist() if len(texts[row].split()) <= _MOST_WORDS_OF_WISH]
    source = np.random.default_rng(0).choice(short, _WISHES_PER_PHRASE * len(phrases))
    joins = ("{phrase} {text}", "{text} {phrase}", "{text}\n{phrase}")
    beside = [
        joins[at % len(joins)].format(phrase=phrases[at // _WISHES_PER_PHRASE], text=texts[row])
        for at, row in enumerate(source.tolist())
    ]
    return NeutralRows(match_terms(phrases, matrix), match_terms(beside, matrix), source)


def fit_labels(corpus: Corpus) -> LabelReader:
    """Learn the weights of words from the messages that are not for testing, and join them with the phrases."""
    learning = np.flatnonzero(~corpus.is_test)
    texts, truth, hand = [corpus.texts[row] for row in learning], corpus.truth[learning], corpus.hand[learning]
    matrix, labels = build_matrix(texts), tuple(LABELS.values())
    neutral = build_neutral_rows(texts, truth[:, labels.index(APPOINTMENT)] == 1, matrix)
    flag = [labels.index(RED_FLAG)]
    tenth = np.random.default_rng(0).integers(0, _TENTHS, len(texts))
    by_tenth = _score_left_out(texts, truth[:, flag], tenth, matrix, neutral, (RED_FLAG,))
    left_out = LeftOutScores(_score_left_out(texts, truth, hand, matrix, neutral, labels), by_tenth)
    model = _fit_model(matrix, neutral, truth, np.arange(len(texts)), labels)
    return fit_joint(model, left_out, read_phrases(texts), truth, hand)


def _score_left_out(  # noqa: PLR0913  (what is left out changes, all else is the same for each part)
    texts: list[str],
    truth: np.ndarray,
    part: np.ndarray,
    matrix: TermMatrix,
    neutral: NeutralRows,
    labels: tuple[str, ...],
) -> LabelScores:
    """Score each message by weights of the other parts (hands, or tenths) alone."""
    scores = LabelScores(np.zeros(truth.shape), np.zeros(truth.shape))
    for group in np.unique(part):
        rows = np.flatnonzero(part == group)
        model = _fit_model(matrix, neutral, truth, np.flatnonzero(part != group), labels)
        scores.message[rows], scores.sentence[rows] = model.score([texts[row] for row in rows])
    return scores


def _fit_model(
    matrix: TermMatrix, neutral: NeutralRows, truth: np.ndarray, rows: np.ndarray, labels: tuple[str, ...]
) -> LabelModel:
    """Fit the weights of each label on some of the messages, on some with a phrase more, and on the phrases."""
    weights, intercept = np.zeros((len(matrix.hashes), len(labels)), np.float32), np.zeros(len(labels))
    is_used = np.isin(neutral.source, rows)
    for column in range(len(labels)):
        sure = rows[~np.isnan(truth[rows, column])]
        beside = np.flatnonzero(is_used & ~np.isnan(truth[neutral.source, column]))
        values = vstack([matrix.values[sure], neutral.beside[beside]]).tocsr()
        is_true = truth[np.r_[sure, neutral.source[beside]], column] > 0
        fitted = fit_weights(values, is_true, neutral.phrases)
        weights[:, column], intercept[column] = fitted.coef_[0] * matrix.idf, fitted.intercept_[0]
    return LabelModel(labels, matrix.hashes, (matrix.idf**2).astype(np.float32), weights, intercept)


def fit_weights(values: csr_matrix, labels: np.ndarray, neutral: csr_matrix) -> LogisticRegression:
    """Fit the weights of one label; neutral phrases do not have it."""
    regression = LogisticRegression(C=_PENALTY, solver="liblinear", dual=True, max_iter=300, random_state=0)
    weight = np.r_[np.ones(len(labels)), np.full(neutral.shape[0], _NEUTRAL_WEIGHT)]
    is_true = np.r_[labels, np.zeros(neutral.shape[0], bool)]
    return regression.fit(vstack([values, neutral]).tocsr(), is_true, sample_weight=weight)


def report(reader: LabelReader, corpus: Corpus) -> str:
    """Return F1, precision and recall on the messages for testing: of each label, hand and specialty."""
    test = np.flatnonzero(corpus.is_test)
    truth, texts = corpus.truth[test], [corpus.texts[row] for row in test]
    is_predicted = reader.read(texts, read_phrases(texts)).probability >= reader.threshold
    sure = ~np.isnan(truth)
    lines = [f"{len(test):,} messages of {', '.join(sorted(set(corpus.hand[test])))}; unsure labels do not count."]
    parts = [("all labels", np.ones(truth.shape, bool))]
    parts += [(label, np.arange(truth.shape[1])[None, :] == column) for column, label in enumerate(reader.labels)]
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


def main() -> None:
    """Learn from the corpus, write the model, and print what the messages for testing say of it."""
    corpus = read_corpus()
    reader = fit_labels(corpus)
    path = Path(list(features.text.__path__)[0]) / "label_model.npz"
    np.savez_compressed(path, allow_pickle=False, **reader.to_arrays())
    print(f"{len(reader.model.hashes):,} terms, {path.stat().st_size / 1e6:.1f} MB: {path}")
    print(report(LabelReader.from_arrays(dict(np.load(path))), corpus))


if __name__ == "__main__":
    main()
