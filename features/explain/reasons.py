"""Why this score? Contributions of signals -> a few reasons in plain words that sum to it.

Lives here: numbering groups and texts, writing the texts of the strongest ones, the reasons of many rows; for the
service and for the model that MLflow loads.
Does not live here: computing contributions (``training.explain.shap_values``), adding them up and choosing the
strongest (``features.kernels.reason_ranking``), the words themselves (``reason_words``; a signal's own in
``features.signals`` where it has none there).
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Protocol, overload

import numpy as np

from features.array_types import FloatArray, IntArray, ObjectArray
from features.explain.reason_words import ReasonWords, SignalTexts
from features.kernels.reason_ranking import NOBODY, RankedTexts, TextNumbers, create_ranked, rank_texts
from features.registry import Signal
from features.signals.sent_columns import find_sent_columns

__all__ = ["REASONS_SHOWN", "ExplainedScores", "Explainer", "Explanation", "Explanations", "Reason"]

REASONS_SHOWN = 5
"""Reasons of an answer and of a row of a scored file, at most."""

_PLAIN = ReasonWords()
_ROWS_AT_ONCE = 1_024
_TEXTS_KEPT, _FEW_TEXTS = 65_536, 1_000
"""Texts of one model that are kept once they were written, and so few that they are looked up one by one."""


_Columns = tuple[ObjectArray, FloatArray, ObjectArray, IntArray, FloatArray]
"""Texts, log-odds, signals, how many are shown, everything else."""


class ExplainedScores(Protocol):
    """Scores of n moments as sums: the base, what each signal added, and the values that it was made from."""

    @property
    def base(self) -> float:
        """Log-odds of the average lead."""

    @property
    def parts(self) -> FloatArray | None:
        """Log-odds that each signal added, shape (n, signals)."""

    @property
    def values(self) -> np.ndarray:
        """The feature matrix, float32 of shape (n, signals)."""


@dataclass(frozen=True)
class Reason:
    """One fact about a lead and how far it moved the score.

    Parameters
    ----------
    text : str
        Shown to the intake lead about the lead.
    log_odds : float
        Positive raises the score.
    signals : tuple of str
        The signals counted in it.
    """

    text: str
    log_odds: float
    signals: tuple[str, ...]

    @property
    def raises(self) -> bool:
        """Whether it raises the score."""
        return self.log_odds > 0

    @property
    def effect(self) -> str:
        """The direction in one word: "raises" or "lowers"."""
        return "raises" if self.raises else "lowers"


@dataclass(frozen=True)
class Explanation:
    """``base`` plus every reason plus ``everything_else`` is the score in log-odds, to 1e-9."""

    reasons: tuple[Reason, ...]
    everything_else: float
    base: float


@dataclass(frozen=True)
class Explainer:
    """Explains scores made from one set of signals, many rows at a time.

    Parameters
    ----------
    signals : tuple of Signal, of length s
    group : int array of shape (s,)
        Number of the group that each signal belongs to.
    text_when_unknown, text_when_zero, text_else : int arrays of shape (s,)
        Number of the text for NaN, for zero, for any other value. Two signals share a number when their words are the
        same; words that contain a value belong to one signal.
    hidden : bool array of shape (groups,)
        Groups that are never a reason of their own.
    words : ReasonWords
        How values are worded.
    """

    signals: tuple[Signal, ...]
    group: IntArray
    text_when_unknown: IntArray
    text_when_zero: IntArray
    text_else: IntArray
    hidden: np.ndarray
    words: ReasonWords = _PLAIN

    @classmethod
    def of(cls, signals: Sequence[Signal], hidden: Sequence[str] = (), words: ReasonWords = _PLAIN) -> "Explainer":
        """Build the explainer: assign numbers to the groups and the texts once.

        Groups named in ``hidden`` are never a reason of their own; they count under everything else.
        """
        texts: dict[str, int] = {}

        def number_texts(words: Sequence[str]) -> IntArray:
            return np.array([texts.setdefault(text, len(texts)) for text in words], np.intp)

        templates = [words.list_texts(signal) for signal in signals]
        unknown = number_texts([texts.unknown for texts in templates])
        pairs = list(zip(templates, signals, strict=True))
        zero = number_texts([texts.absent or _mark_own(texts, signal) for texts, signal in pairs])
        other = number_texts([_mark_own(texts, signal) for texts, signal in pairs])
        groups = {name: number for number, name in enumerate(dict.fromkeys(signal.group for signal in signals))}
        is_hidden = np.array([name in hidden for name in groups], bool)
        group = np.array([groups[signal.group] for signal in signals], np.intp)
        return cls(tuple(signals), group, unknown, zero, other, is_hidden, words)

    def explain(self, scored: ExplainedScores, limit: int = REASONS_SHOWN) -> "Explanations":
        """Return one explanation for each scored row, with at most ``limit`` reasons, strongest first.

        Everything runs on arrays; each text is written once, however many rows show it.
        """
        assert scored.parts is not None, "only scores with parts can be explained"
        blocks = [
            self._explain_rows(
                scored.values[start : start + _ROWS_AT_ONCE], scored.parts[start : start + _ROWS_AT_ONCE], limit
            )
            for start in range(0, max(len(scored.parts), 1), _ROWS_AT_ONCE)
        ]
        if len(blocks) == 1:
            return Explanations(*blocks[0], scored.base)
        texts, log_odds, signals, shown, rest = map(np.concatenate, zip(*blocks, strict=True))
        return Explanations(texts, log_odds, signals, shown, rest, scored.base)

    def _explain_rows(self, values: np.ndarray, parts: FloatArray, limit: int) -> _Columns:
        """Return the columns of ``Explanations`` for some rows: what each text adds up to is a megabyte already."""
        strength = self._sum_by_group(parts)
        ranked = create_ranked(len(strength), limit, self._numbers)
        rank_texts(values, parts, strength, self._numbers, ranked)
        return (
            self._write_texts(ranked.source.ravel(), ranked.value.ravel()).reshape(ranked.text.shape),
            ranked.log_odds,
            self._list_signals(ranked),
            ranked.shown,
            _sum_everything_else(ranked),
        )

    def _write_texts(self, sources: IntArray, values: FloatArray) -> ObjectArray:
        """Write the text of each value, None for nobody's; one that many rows show is looked up once."""
        if len(sources) <= _FEW_TEXTS:
            return self._describe_each(sources, values)
        # The values are those of the matrix, so that signal and value fit into one whole number. NaN may have any sign,
        # and zero has two.
        singles = np.where(np.isnan(values), np.nan, values + 0.0).astype(np.float32)
        codes = (sources.astype(np.int64) << 32) | singles.view(np.uint32)
        _, first, position = np.unique(codes, return_index=True, return_inverse=True)
        return self._describe_each(sources[first], values[first])[position]

    def _describe_each(self, sources: IntArray, values: FloatArray) -> ObjectArray:
        texts = (
            None if source == NOBODY else self._describe(source, None if math.isnan(value) else value)
            for source, value in zip(sources.tolist(), values.tolist(), strict=True)
        )
        return np.fromiter(texts, object, len(sources))

    def _sum_by_group(self, parts: FloatArray) -> FloatArray:
        """Return the log-odds of each group. Shape (n, groups)."""
        columns, starts = self._columns_by_group
        return np.add.reduceat(parts[:, columns], starts, axis=1)

    @cached_property
    def _columns_by_group(self) -> tuple[IntArray, IntArray]:
        """The signals, group by group, and where each group begins."""
        columns = np.argsort(self.group, kind="stable")
        return columns, np.searchsorted(self.group[columns], np.arange(len(self.hidden)))

    @cached_property
    def _numbers(self) -> TextNumbers:
        """The texts and groups as the loop takes them."""
        flag_by_column = find_sent_columns(self.signals)
        flags = np.array(list(flag_by_column.values()), np.int64)
        reads = np.zeros((len(flags), len(self.signals)), bool)
        for number, column in enumerate(flag_by_column):
            reads[number] = [column in signal.columns for signal in self.signals]
        # The last text is nobody's: what may not be a reason collects there and counts under everything else.
        last = 1 + int(np.concatenate([self.text_when_unknown, self.text_when_zero, self.text_else]).max())
        flag_by_text = np.full(last + 1, NOBODY, np.int64)
        flag_by_text[self.text_when_zero[flags[::-1]]] = flags[::-1]
        return TextNumbers(
            self.group.astype(np.int64),
            self.text_when_unknown.astype(np.int64),
            self.text_when_zero.astype(np.int64),
            self.text_else.astype(np.int64),
            self.hidden,
            flags,
            reads,
            flag_by_text,
        )

    @cached_property
    def _describe(self) -> Callable[[int, float | None], str]:
        """Describes a signal's value, None for an unknown one; a text that was written before is found again."""

        @lru_cache(maxsize=_TEXTS_KEPT)
        def describe(source: int, value: float | None) -> str:
            return self.words.describe(self.signals[source], math.nan if value is None else value)

        return describe

    @cached_property
    def _name_members(self) -> Callable[[tuple[int, ...]], tuple[str, ...]]:
        """Names the signals of some groups, in the order of the signals."""

        @lru_cache(maxsize=_TEXTS_KEPT)
        def name_members(groups: tuple[int, ...]) -> tuple[str, ...]:
            members = np.flatnonzero(np.isin(self.group, groups))
            return tuple(self.signals[member].name for member in members)

        return name_members

    @cached_property
    def _names_by_group(self) -> ObjectArray:
        """The signals of each group, as tuples; behind the last group nobody's, which ``NOBODY`` finds."""
        names = (*(self._name_members((group,)) for group in range(len(self.hidden))), ())
        # fromiter, not an assignment: NumPy would take tuples of one length for rows of an array.
        return np.fromiter(names, object, len(names))

    def _list_signals(self, ranked: RankedTexts) -> ObjectArray:
        """List the signals in each reason. Object array of tuples, shape (n, limit)."""
        signals = self._names_by_group[ranked.member]
        for row, rank in np.argwhere(ranked.groups > 1).tolist():
            groups = np.flatnonzero(ranked.text_of_group[row] == ranked.text[row, rank])
            signals[row, rank] = self._name_members(tuple(groups.tolist()))
        return signals


@dataclass(frozen=True)
class Explanations(Sequence[Explanation]):
    """The reasons of n rows, strongest first, as arrays; each row is an ``Explanation``.

    Parameters
    ----------
    texts : object array of shape (n, limit); None where a row has fewer reasons
    log_odds : float64 array of shape (n, limit)
    signals : object array of tuples of str, shape (n, limit)
    shown : int array of shape (n,)
        How many reasons each row has.
    everything_else : float64 array of shape (n,)
    base : float
    """

    texts: ObjectArray
    log_odds: FloatArray
    signals: ObjectArray
    shown: IntArray
    everything_else: FloatArray
    base: float

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.shown)

    @cached_property
    def effects(self) -> ObjectArray:
        """The direction of each reason, "raises" or "lowers"; None where there is none. Shape (n, limit)."""
        effects = np.where(self.log_odds > 0, "raises", "lowers").astype(object)
        effects[np.arange(effects.shape[1]) >= self.shown[:, None]] = None
        return effects

    @overload
    def __getitem__(self, row: int) -> Explanation: ...

    @overload
    def __getitem__(self, row: slice) -> list[Explanation]: ...

    def __getitem__(self, row: int | slice) -> Explanation | list[Explanation]:
        """Return the explanation of one row, or those of some."""
        if isinstance(row, slice):
            return [self[position] for position in range(*row.indices(len(self)))]
        reasons = tuple(
            Reason(self.texts[row, rank], float(self.log_odds[row, rank]), self.signals[row, rank])
            for rank in range(self.shown[row])
        )
        return Explanation(reasons, float(self.everything_else[row]), self.base)


def _sum_everything_else(ranked: RankedTexts) -> FloatArray:
    """Return what is not among the reasons of each row, log-odds. Shape (n,)."""
    rest = np.zeros(len(ranked.shown))
    for shown in np.unique(ranked.shown):
        rows = ranked.shown == shown
        rest[rows] = ranked.others[rows, : ranked.others.shape[1] - shown].sum(axis=1)
    return ranked.hidden + rest


def _mark_own(texts: SignalTexts, signal: Signal) -> str:
    """Return the words for a value: as they are, or marked as the signal's own when the value is part of them."""
    return texts.reason if "{value}" not in texts.reason else f"{signal.name}: {texts.reason}"
