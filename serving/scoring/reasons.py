"""Why this score? Contributions of signals -> a few reasons in plain words that sum to it.

Lives here: grouping contributions, merging groups that say the same, choosing the strongest.
Does not live here: computing contributions (``training.explain.shap_values``), the words themselves
(``reason_words``; a signal's own in ``features.signals`` where it has none there).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from features.array_types import IntArray
from features.registry import Signal
from features.signals.sent_columns import find_sent_columns
from serving.scoring.reason_words import ReasonWords, SignalTexts
from training.bundle import Bundle, Predictions

__all__ = ["Explainer", "Explanation", "Reason", "explain_row"]


_PLAIN = ReasonWords()


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

    def explain(self, scored: Predictions, limit: int = 5) -> list[Explanation]:
        """Return one explanation for each scored row, with at most ``limit`` reasons, strongest first.

        Texts are written for the reasons shown only; everything before that runs on arrays.
        """
        numbers = self._number_texts(scored)
        strength, text = self._sum_by_group(scored, numbers)
        rows = np.arange(len(strength))[:, None]
        totals = np.zeros((len(strength), self._text_count))
        # The last text is nobody's: what may not be a reason collects there and counts under everything else.
        text[:, self.hidden] = self._text_count - 1
        # add.at and not +=: two groups with the same text ("No phone number given") are one reason, and += would keep
        # only the last.
        np.add.at(totals, (rows, text), strength)
        rest, totals[:, -1] = totals[:, -1].copy(), 0.0
        order = np.argsort(-np.abs(totals), axis=1, kind="stable")[:, :limit]
        return [
            self._explain_row(
                scored, row, _RowTexts(totals[row], float(rest[row]), order[row], text[row], numbers[row])
            )
            for row in range(len(strength))
        ]

    def _number_texts(self, scored: Predictions) -> IntArray:
        """Return the number of the text that each signal has for its value. Shape (n, signals).

        An unknown signal whose field was not sent has the text of that field's flag; a flag of a field that was sent
        has none.
        """
        values = scored.values
        numbers = np.where(
            np.isnan(values), self.text_when_unknown, np.where(values == 0, self.text_when_zero, self.text_else)
        )
        flags = self._flags
        if not len(flags):
            return numbers
        numbers[:, flags] = np.where(values[:, flags] == 0, self.text_when_zero[flags], self._text_count - 1)
        for flag in flags[(values[:, flags] == 0).any(axis=0)]:
            replaced = (values[:, flag] == 0)[:, None] & np.isnan(values) & self._reads[flag]
            numbers = np.where(replaced, self.text_when_zero[flag], numbers)
        return numbers

    def _sum_by_group(self, scored: Predictions, numbers: IntArray) -> tuple[np.ndarray, IntArray]:
        """Return the log-odds of each group, and the number of the text of its strongest member. Shapes (n, groups).

        A flag speaks for its group only where its field was not sent.
        """
        columns, starts, group_of = self._columns_by_group
        parts, texts = scored.parts[:, columns], numbers[:, columns]
        weight = np.where(texts < self._text_count - 1, np.abs(parts), -1.0)
        largest = np.maximum.reduceat(weight, starts, axis=1)
        # The first of a group's members that is as strong as its strongest; all others stand behind the last place.
        places = np.where(weight == largest[:, group_of], np.arange(len(columns)), len(columns))
        strongest = np.minimum.reduceat(places, starts, axis=1)
        return np.add.reduceat(parts, starts, axis=1), np.take_along_axis(texts, strongest, axis=1)

    @cached_property
    def _flags(self) -> IntArray:
        """Positions of the flags among the signals."""
        return np.array(list(find_sent_columns(self.signals).values()), np.intp)

    @cached_property
    def _reads(self) -> dict[int, np.ndarray]:
        """Return flag -> which signals read its field, bool of shape (s,)."""
        return {
            flag: np.array([column in signal.columns for signal in self.signals])
            for column, flag in find_sent_columns(self.signals).items()
        }

    @cached_property
    def _text_count(self) -> int:
        """Number of texts; the last is that of all hidden groups, and is never shown."""
        return 2 + int(np.concatenate([self.text_when_unknown, self.text_when_zero, self.text_else]).max())

    @cached_property
    def _columns_by_group(self) -> tuple[IntArray, IntArray, IntArray]:
        """Signals in order of their groups, where each group starts, and the group of each."""
        columns = np.argsort(self.group, kind="stable")
        group_of = self.group[columns]
        return columns, np.searchsorted(group_of, np.arange(int(self.group.max()) + 1)), group_of

    @cached_property
    def _flag_by_text(self) -> dict[int, int]:
        """Number of a text -> the flag that speaks with it where its field was not sent."""
        return {int(self.text_when_zero[flag]): int(flag) for flag in self._flags[::-1]}

    def _explain_row(self, scored: Predictions, row: int, texts: "_RowTexts") -> Explanation:
        """Return the reasons of one row, from its totals by text."""
        shown = [number for number in texts.order if texts.totals[number] != 0]
        reasons = tuple(self._build_reason(scored, row, number, texts) for number in shown)
        return Explanation(reasons, texts.rest + float(np.delete(texts.totals, shown).sum()), scored.base)

    def _build_reason(self, scored: Predictions, row: int, number: int, texts: "_RowTexts") -> Reason:
        """Build the reason whose text has that number, in the words of the strongest signal that has it."""
        members = np.flatnonzero(texts.by_group[self.group] == number)
        speakers = [member for member in members if texts.by_signal[member] == number]
        speaker = max(speakers, key=lambda member: abs(scored.parts[row, member]))
        flag = self._flag_by_text.get(int(number))
        # The words of a field that was not sent are the flag's, whichever signal misses it most.
        source, value = (speaker, float(scored.values[row, speaker])) if flag is None else (flag, 0.0)
        return Reason(
            self.words.describe(self.signals[source], value),
            float(texts.totals[number]),
            tuple(self.signals[member].name for member in members),
        )


@dataclass(frozen=True)
class _RowTexts:
    """The texts of one row: totals by text, what is never shown, texts to show, and each group's and signal's text."""

    totals: np.ndarray
    rest: float
    order: IntArray
    by_group: IntArray
    by_signal: IntArray


def explain_row(bundle: Bundle, scored: Predictions, row: int, limit: int = 5) -> Explanation:
    """Return the strongest reasons for the score of one row; see ``Explainer.explain`` for many rows."""
    alone = Predictions(
        scored.probability[row : row + 1],
        scored.log_odds[row : row + 1],
        scored.base,
        scored.parts[row : row + 1],
        scored.values[row : row + 1],
    )
    explainer = Explainer.of(bundle.signals, bundle.hidden_reasons, ReasonWords.of(bundle.practice))
    return explainer.explain(alone, limit)[0]


def _mark_own(texts: SignalTexts, signal: Signal) -> str:
    """Return the words for a value: as they are, or marked as the signal's own when the value is part of them."""
    return texts.reason if "{value}" not in texts.reason else f"{signal.name}: {texts.reason}"
