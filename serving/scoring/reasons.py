"""Why this score? Contributions of signals -> a few reasons in plain words that sum to it.

Lives here: grouping contributions, merging groups that say the same, choosing the strongest.
Does not live here: computing contributions (``training.explain.shap_values``), the words themselves
(``features.signals``)."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from features.registry import Signal
from serving.scoring.reason_words import ReasonWords
from training.bundle import Bundle, Predictions

__all__ = ["Explainer", "Explanation", "Reason", "reasons"]


_PLAIN = ReasonWords()


@dataclass(frozen=True)
class Reason:
    """One fact about a lead and how far it moved the score.

    Parameters
    ----------
    text : str
        Said to the intake lead about the lead.
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
        """ "raises" or "lowers"."""
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
        Number of the text that a signal says for NaN, for zero, for any other value. Two signals share a number when
        they say the same words; words that carry a value are a signal's own.
    hidden : bool array of shape (groups,)
        Groups that are never a reason of their own.
    words : ReasonWords
        How values are worded.
    """

    signals: tuple[Signal, ...]
    group: np.ndarray
    text_when_unknown: np.ndarray
    text_when_zero: np.ndarray
    text_else: np.ndarray
    hidden: np.ndarray
    words: ReasonWords = ReasonWords()

    @classmethod
    def of(cls, signals: Sequence[Signal], hidden: Sequence[str] = (), words: ReasonWords = _PLAIN) -> "Explainer":
        """Build the explainer: assign numbers to the groups and the texts once.

        Groups named in ``hidden`` are never a reason of their own; they count under everything else.
        """
        texts: dict[str, int] = {}
        number = lambda text: texts.setdefault(text, len(texts))  # noqa: E731
        said = [(s.unknown, s.absent or _own(s), _own(s)) for s in signals]
        unknown, zero, other = (np.array([number(text[i]) for text in said], np.intp) for i in range(3))
        groups = {name: i for i, name in enumerate(dict.fromkeys(s.group for s in signals))}
        not_shown = np.array([name in hidden for name in groups], bool)
        return cls(
            tuple(signals),
            np.array([groups[s.group] for s in signals], np.intp),
            unknown,
            zero,
            other,
            not_shown,
            words,
        )

    def explain(self, scored: Predictions, most: int = 5) -> list[Explanation]:
        """One explanation for each scored row, with at most ``most`` reasons, strongest first.

        Texts are written for the reasons shown only; everything before that runs on arrays.
        """
        strength, text = self._by_group(scored)
        rows = np.arange(len(strength))[:, None]
        totals = np.zeros((len(strength), self._texts))
        # The last text is nobody's: what may not be a reason collects there and counts under everything else.
        text[:, self.hidden] = self._texts - 1
        # add.at and not +=: two groups with the same text ("No phone number given") are one reason, and += would keep
        # only the last.
        np.add.at(totals, (rows, text), strength)
        unsaid, totals[:, -1] = totals[:, -1].copy(), 0.0
        order = np.argsort(-np.abs(totals), axis=1, kind="stable")[:, :most]
        return [
            self._explanation(scored, row, totals[row], float(unsaid[row]), order[row], text[row])
            for row in range(len(strength))
        ]

    def _by_group(self, scored: Predictions) -> tuple[np.ndarray, np.ndarray]:
        """Log-odds of each group, and the number of the text of its strongest member. Shapes (n, groups)."""
        parts, values = scored.parts, scored.values
        key = np.where(
            np.isnan(values), self.text_when_unknown, np.where(values == 0, self.text_when_zero, self.text_else)
        )
        columns, starts = self._by_column
        strength = np.add.reduceat(parts[:, columns], starts, axis=1)
        text = key[:, columns[starts]]
        for group, members in self._several:
            strongest = members[np.abs(parts[:, members]).argmax(axis=1)]
            text[:, group] = key[np.arange(len(parts)), strongest]
        return strength, text

    @cached_property
    def _texts(self) -> int:
        """How many texts there are; the last is that of all hidden groups, and is never said."""
        return 2 + int(np.concatenate([self.text_when_unknown, self.text_when_zero, self.text_else]).max())

    @cached_property
    def _by_column(self) -> tuple[np.ndarray, np.ndarray]:
        """Signals in order of their groups, and where each group starts."""
        columns = np.argsort(self.group, kind="stable")
        return columns, np.searchsorted(self.group[columns], np.arange(int(self.group.max()) + 1))

    @cached_property
    def _several(self) -> list[tuple[int, np.ndarray]]:
        """The groups of more than one signal, with their members."""
        members = [np.flatnonzero(self.group == group) for group in range(int(self.group.max()) + 1)]
        return [(group, found) for group, found in enumerate(members) if len(found) > 1]

    def _explanation(
        self, scored: Predictions, row: int, totals: np.ndarray, unsaid: float, order: np.ndarray, text: np.ndarray
    ) -> Explanation:
        """Return the reasons of one row, from its totals by text."""
        shown = [number for number in order if totals[number] != 0]
        found = tuple(self._reason(scored, row, number, float(totals[number]), text) for number in shown)
        return Explanation(found, unsaid + float(np.delete(totals, shown).sum()), scored.base)

    def _reason(self, scored: Predictions, row: int, number: int, log_odds: float, text: np.ndarray) -> Reason:
        """Return the reason whose text has that number, in the words of the strongest signal of its groups."""
        members = np.flatnonzero(text[self.group] == number)
        says_it = [m for m in members if self._number_said(m, scored.values[row, m]) == number]
        speaker = max(says_it, key=lambda m: abs(scored.parts[row, m]))
        return Reason(
            self.words.describe(self.signals[speaker], float(scored.values[row, speaker])),
            log_odds,
            tuple(self.signals[m].name for m in members),
        )

    def _number_said(self, signal: int, value: float) -> int:
        """Return the number of the text that a signal gives for a value."""
        return int(
            (self.text_when_unknown if np.isnan(value) else self.text_when_zero if value == 0 else self.text_else)[
                signal
            ]
        )


def reasons(bundle: Bundle, scored: Predictions, row: int, most: int = 5) -> Explanation:
    """Return the strongest reasons for the score of one row; see ``Explainer.explain`` for many rows."""
    one = Predictions(
        scored.probability[row : row + 1],
        scored.log_odds[row : row + 1],
        scored.base,
        scored.parts[row : row + 1],
        scored.values[row : row + 1],
    )
    return Explainer.of(bundle.signals, bundle.hidden_reasons, ReasonWords.of(bundle.practice)).explain(one, most)[0]


def _own(signal: Signal) -> str:
    """Return the words for a value: unchanged, or marked as the signal's own when the value is part of them."""
    return signal.reason if "{value}" not in signal.reason else f"{signal.name}: {signal.reason}"
