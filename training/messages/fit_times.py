"""Which words around a time tell that somebody wishes for it? Learned from the corpus and from short dated sentences.

Run ``python -m training.messages.fit_times`` after ``fit_labels``, or after changing dates or phrases: it writes
``features/text/time_model.npz`` and prints how many stated times are right, and how many are invented.

Lives here: one logistic regression over the times that messages state, its threshold, and the report.
Does not live here: the corpus (``corpus``), what stands around a time (``features.kernels.time_features``).
"""

import re
from collections import Counter
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.linear_model import LogisticRegression

import features.text
from features.array_types import FloatArray, IntArray
from features.kernels.date_parser import IN_PHRASE
from features.kernels.time_features import PLACE_OF_COLUMN, PLACES
from features.practice.practice import Practice
from features.text.label_reader import APPOINTMENT, LabelReader
from features.text.message_reader import MessageReader
from features.text.phrase_lexicon import PhraseLexicon
from features.text.times.time_choice import list_features
from features.text.times.time_model import NUMBER, NUMBERED, OTHER, TimeModel
from features.text.times.wished_days import choose_by_rules
from features.text.tokenization import TokenizedMessages
from training.messages.corpus import LABELS, WRITTEN, read_corpus

__all__ = ["TimedTexts", "fit_times", "list_words", "read_timed_texts", "report_times"]

_PENALTY = 0.2
"""Inverse strength of the L2 penalty, of .2, .5 and 1 the best."""
_MIN_WORDS = 3
"""A word that stands in fewer texts beside a time has no weight of its own."""
_DATED_HAND, _DATED, _WEIGHT = "dated_sentences", ("dated_sentences", "hand_m"), 3.0
"""Texts written for their times, and what each of them counts: most messages of the corpus state none."""
_RECALL_WEIGHT = 1.0
"""Square of beta of the F measure by which the threshold is chosen: an invented time costs as much as a lost one."""
_LEAST_OFF, _SHARE_OFF = 2.0, 0.4
"""A time is right within two days, or two fifths of one far off."""
_FIRST_FREQUENT = 7
_INSIDE_SENTENCE = re.compile(r"(?:(?<=[\w,;%])|(?<=\b[DdMm][rs]\.)) +([^\W\d_](?:[^\W\d_]*[a-zà-ÿ])?)\b")
"""A word behind another one, not all in capitals: where a sentence begins, a capital tells nothing."""
_SURE_WISH = 0.7
_SOONEST = 1.0
_KIN = frozenset(
    "mother mom mum mama father dad papa parents son daughter child kid kids baby husband wife spouse hubby partner "
    "brother sister grandmother grandma grandpa grandfather aunt uncle cousin niece nephew friend neighbor sitter boss "
    "aide coach".split()
)


@dataclass(frozen=True)
class TimedTexts:
    """n texts of one day, and by when their writers want to be seen.

    Parameters
    ----------
    texts, hand : list of str, str array of shape (n,)
    days : float array of shape (n,), NaN where no time is wished for
    """

    texts: list[str]
    hand: np.ndarray
    days: FloatArray


def read_timed_texts() -> TimedTexts:
    """Read the messages of the corpus, and behind them the short sentences.

    >>> timed = read_timed_texts()
    >>> len(timed.texts) == len(timed.days) > 7_000
    True
    """
    corpus = read_corpus()
    path = files("training.messages") / "corpus" / "times" / f"{_DATED_HAND}.tsv"
    lines = path.read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if line and not line.startswith("#")]
    hand = np.r_[corpus.hand, np.full(len(rows), _DATED_HAND)]
    days = np.r_[corpus.days, [np.nan if stated == "-" else float(stated) for stated, _ in rows]]
    return TimedTexts(corpus.texts + [text for _, text in rows], hand, days)


def list_words(texts: list[str]) -> tuple[str, ...]:
    """List the words that may have a weight: those of several texts, behind the three entries that stand for others."""
    tokens = TokenizedMessages.of(texts)
    words, bounds = tokens.strings(), tokens.words_from.tolist()
    counts = Counter(word for low, high in zip(bounds[:-1], bounds[1:], strict=True) for word in {*words[low:high]})
    names = _find_names(texts)
    frequent = sorted(
        word for word, count in counts.items() if count >= _MIN_WORDS and word[:1].isalpha() and word not in names
    )
    return (OTHER, NUMBER, NUMBERED, "|", ",", "^", "$", *frequent)


def _find_names(texts: list[str]) -> set[str]:
    """Find words that are written mostly with a capital inside sentences, but those of the phrase file.

    People and places: nobody's name may weigh in when somebody else wants to come. Days, months, insurers and holidays
    stay, which the phrase file has.

    >>> sorted(_find_names(["My name is Patel, see me Friday.", "I hope to see Dr. Patel"]))
    ['patel']
    """
    capitals: Counter[str] = Counter()
    for text in texts:
        # A text in capitals tells nothing.
        if not text.isupper():
            for written in _INSIDE_SENTENCE.findall(text):
                capitals[written.lower()] += 1 if written[0].isupper() else -1
    known = MessageReader.of(PhraseLexicon.load_default(), Practice(), TimeModel.of_words((OTHER, NUMBER, NUMBERED)))
    return {word for word, balance in capitals.items() if balance > 0 and word not in known.number}


@dataclass(frozen=True)
class _Table:
    """What stands around each of t times, and whether it is wished for."""

    message: IntArray
    days: FloatArray
    words: IntArray
    facts: FloatArray
    is_wished: np.ndarray
    weight: FloatArray


def _build_table(timed: TimedTexts, words: tuple[str, ...]) -> tuple[_Table, FloatArray]:
    """Return the times of the texts, and the days that rules choose for each text."""
    reader = MessageReader.of(PhraseLexicon.load_default(), Practice(), TimeModel.of_words(words))
    readings = reader.read_all(timed.texts, np.full(len(timed.texts), np.datetime64(WRITTEN)))
    read = LabelReader.load_default().read(timed.texts, readings)
    wish = read.get(APPOINTMENT)
    by_rules = choose_by_rules(readings, wish, {label: read.find(label) for label in LABELS.values()})
    rows, days = readings.times
    of_words, facts = list_features(readings, read.probability, read.labels, by_rules)
    message = rows[:, 0]
    truth = timed.days[message]
    # Of several that are near enough, the nearest is the one: "between the 16th and the 20th".
    distance, nearest = np.nan_to_num(np.abs(days - truth), nan=np.inf), np.full(len(timed.texts), np.inf)
    np.minimum.at(nearest, message, distance)
    is_wished = is_right(days, truth)
    is_beside = is_wished & (distance > nearest[message])
    # Says nothing, either: a wish whose time was not found, and a labeller who passed over "the first available".
    has_wished = np.bincount(message, is_wished, len(timed.texts)) > 0
    is_lost = ~np.isnan(truth) & ~has_wished[message]
    is_passed_over = np.isnan(truth) & (rows[:, 3] == IN_PHRASE) & (days == _SOONEST) & (wish[message] > _SURE_WISH)
    weight = np.where(np.isin(timed.hand[message], _DATED), _WEIGHT, 1.0) * ~(is_lost | is_passed_over | is_beside)
    return _Table(message, days, of_words, facts, is_wished, weight), by_rules


def is_right(days: FloatArray, truth: FloatArray) -> np.ndarray:
    """Return whether each time is the true one, near enough; False where either is NaN."""
    return np.asarray(np.abs(days - truth) <= np.maximum(_LEAST_OFF, _SHARE_OFF * truth))


def fit_times(timed: TimedTexts) -> TimeModel:
    """Learn the weights from hands that are not for testing, and the threshold from each hand left out in turn."""
    is_test = np.char.endswith(timed.hand, "_test")
    learning = TimedTexts(
        [text for text, out in zip(timed.texts, is_test, strict=True) if not out],
        timed.hand[~is_test],
        timed.days[~is_test],
    )
    words = list_words(learning.texts)
    table, _ = _build_table(learning, words)
    # Most words stand beside no time; without them the reader has fewer to tell apart.
    beside = np.bincount(table.words[table.words >= 0], minlength=len(words)) >= _MIN_WORDS
    words = tuple(word for at, word in enumerate(words) if at < _FIRST_FREQUENT or beside[at])
    table, _ = _build_table(learning, words)
    hand, log_odds = learning.hand[table.message], np.zeros(len(table.days))
    for group in np.unique(hand):
        model = _fit_weights(table, words, hand != group)
        log_odds[hand == group] = model.score(table.words[hand == group], table.facts[hand == group])
    threshold = _choose_threshold(table, log_odds)
    model = _fit_weights(table, words, np.ones(len(hand), bool))
    return TimeModel(words, model.weights, model.facts, model.bias, threshold)


def _fit_weights(table: _Table, words: tuple[str, ...], is_used: np.ndarray) -> TimeModel:
    """Fit the weights on some of the times; what words of one class have in common is added to each of them."""
    used = np.flatnonzero(is_used & (table.weight > 0))
    classes = _classify_words(words)
    count = int(classes.max()) + 1
    columns = table.words[used]
    row, column = np.nonzero(columns >= 0)
    place, word = PLACE_OF_COLUMN[column], columns[row, column]
    by_word = _count_pairs(row, place * len(words) + word, (len(used), len(PLACES) * len(words)))
    in_class = classes[word] >= 0
    shared = (place * count + classes[word])[in_class]
    by_class = _count_pairs(row[in_class], shared, (len(used), len(PLACES) * count))
    matrix = hstack([by_word, by_class, csr_matrix(table.facts[used])]).tocsr()
    fitted = LogisticRegression(C=_PENALTY, max_iter=1_000).fit(
        matrix, table.is_wished[used], sample_weight=table.weight[used]
    )
    own, of_class, facts = np.split(fitted.coef_[0], np.cumsum([by_word.shape[1], by_class.shape[1]]))
    weights = own.reshape(len(PLACES), len(words))
    # The last column of zeros is what a word without a class shares.
    of_class = np.concatenate([of_class.reshape(len(PLACES), count), np.zeros((len(PLACES), 1))], axis=1)
    return TimeModel(words, weights + of_class[:, classes], facts, float(fitted.intercept_[0]), 0.0)


def _count_pairs(row: IntArray, column: IntArray, shape: tuple[int, int]) -> csr_matrix:
    """Return a matrix of how often each pair of row and column occurs: as often as a score adds its weight."""
    return csr_matrix((np.ones(len(row)), (row, column)), shape=shape)


def _classify_words(words: tuple[str, ...]) -> IntArray:
    """Return the class of each word: kin, weekday, month, unit, "-ed", "-ing"; -1 none."""
    calendar = PhraseLexicon.load_default().calendar
    named = [_KIN, calendar["weekdays"], calendar["months"], calendar["units"]]
    classes = []
    for word in words:
        found = [number for number, members in enumerate(named) if word in members]
        endings = [len(named) + at for at, end in enumerate(("ed", "ing")) if word[3:].endswith(end)]
        classes.append((found or endings or [-1])[0])
    return np.array(classes, np.int64)


def _choose_threshold(table: _Table, log_odds: FloatArray) -> float:
    """Return the log-odds at which the F measure of calibrated probabilities is highest (see ``joint_weights``)."""
    order = np.argsort(-log_odds, kind="stable")
    order = order[table.weight[order] > 0]
    hits, predicted = np.cumsum(table.is_wished[order]), np.arange(1, len(order) + 1)
    best = float((hits / (predicted + _RECALL_WEIGHT * hits[-1])).max())
    return float(np.log(best / (1 - best)))


def report_times(model: TimeModel, timed: TimedTexts) -> str:
    """Return how many stated times are right and how many are invented, on hands for testing, beside rules alone."""
    is_test = np.char.endswith(timed.hand, "_test")
    texts = [text for text, is_used in zip(timed.texts, is_test, strict=True) if is_used]
    testing = TimedTexts(texts, timed.hand[is_test], timed.days[is_test])
    table, by_rules = _build_table(testing, model.words)
    chosen, log_odds = np.full(len(texts), np.nan), model.score(table.words, table.facts)
    for at in np.argsort(log_odds, kind="stable").tolist():
        if log_odds[at] > model.threshold:
            chosen[table.message[at]] = table.days[at]
    stated = ~np.isnan(testing.days)
    lines = [f"threshold {model.threshold:.2f}, {len(model.words):,} words"]
    for name, days in (("learned", chosen), ("rules", by_rules)):
        right, invented = is_right(days, testing.days)[stated].sum(), (~np.isnan(days[~stated])).sum()
        lines.append(f"{name:8} right {right} of {stated.sum()}, invented {invented} of {(~stated).sum():,}")
    return "\n".join(lines)


def main() -> None:
    """Learn, write the model, and print what the messages for testing say of it."""
    timed = read_timed_texts()
    model = fit_times(timed)
    path = Path(list(features.text.__path__)[0]) / "time_model.npz"
    np.savez_compressed(path, allow_pickle=False, **model.to_arrays())
    print(f"{path.stat().st_size / 1e6:.2f} MB: {path}")
    print(report_times(model, timed))


if __name__ == "__main__":
    main()
