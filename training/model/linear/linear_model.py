"""What would a weighted sum of the signals say? The linear part of the model, as parts that add up.

Lives here: its terms, scoring with them, the blend of the linear part and the trees.
Does not live here: fitting it (``linear_fit``), the trees (``gradient_boosting``), how much each of the two counts
(``blending``).

Each signal has a few terms. A number: itself, standardized and clipped to four standard deviations; its signed
logarithm likewise, where it takes more than a few values; and whether it is unknown. A category: one term for each code
that enough rows have. A signal's part is the sum of its terms less their mean over the training rows, so the parts of
an average lead sum to about 0 and the base is the average score: exactly what Shapley values of a linear model are
(Lundberg and Lee 2017, doi:10.48550/arXiv.1705.07874, corollary 1)."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, TypeVar

import numpy as np

from features.array_types import FloatArray

__all__ = ["LinearModel", "LinearTerm", "blend_scores"]

_Score = TypeVar("_Score", FloatArray, float)

_CLIP = 4.0
_CODE_SPACE = 2.0**40
_ARRAY_FIELDS = ("signal", "center", "spread", "fill_value", "mean", "weight")


@dataclass(frozen=True)
class LinearTerm:
    """One weighted term of a signal.

    Parameters
    ----------
    signal : int
        Column of the matrix.
    kind : {"number", "log", "unknown", "code"}
    center, spread : float
        Mean and standard deviation of the number (or of its signed logarithm); for a code, ``center`` is the code.
    fill_value : float
        The standardized value in place of an unknown one.
    mean : float
        Of the term over the training rows.
    weight : float
        Log-odds for one standard deviation; for a code or unknown: for being so.
    """

    # A bundle stores terms as lists in this order.
    signal: int
    kind: str
    center: float
    spread: float
    fill_value: float
    mean: float
    weight: float = 0.0

    def transform(self, values: FloatArray) -> FloatArray:
        """Return the term's value for each row, from its signal's column. Shape (n,).

        >>> LinearTerm(0, "number", 2.0, 1.0, 0.0, 0.0).transform(np.array([3.0, 99.0, np.nan])).tolist()
        [1.0, 4.0, 0.0]
        """
        if self.kind == "unknown":
            return np.isnan(values).astype(float)
        if self.kind == "code":
            return (values == self.center).astype(float)
        scaled = np.sign(values) * np.log1p(np.abs(values)) if self.kind == "log" else values
        standardized = np.clip((scaled - self.center) / self.spread, -_CLIP, _CLIP)
        return np.where(np.isnan(values), self.fill_value, standardized)


@dataclass(frozen=True)
class LinearModel:
    """The linear part.

    Parameters
    ----------
    signals : int
        Columns of the matrix.
    terms : tuple of LinearTerm, by signal
    base : float
        The average score, log-odds.
    inputs : tuple of (flag, signal)
        Columns of the matrix: the flag is 0 where a field that the signal reads was not sent. An unknown signal adds
        nothing then; the flag's own term says what the missing field is worth.
    """

    signals: int
    terms: tuple[LinearTerm, ...]
    base: float
    inputs: tuple[tuple[int, int], ...] = ()

    def compute_parts(self, matrix: FloatArray) -> FloatArray:
        """Compute what each signal adds to the base, log-odds. Shape (n, signals).

        ``base + parts.sum(axis=1)`` is the score. All terms of a kind are added in one step; a row alone adds up as it
        does among others, to the bit."""
        parts = np.zeros((len(matrix), self.signals))
        for terms in self._terms_by_kind:
            parts[:, terms.signal] += terms.weight * (terms.transform(matrix[:, terms.signal]) - terms.mean)
        if len(self._codes.signal):
            parts[:, self._codes.signal] += self._codes.compute_parts(matrix[:, self._codes.signal])
        flags, reads = self._reads
        if len(flags) and (unsent := matrix[:, flags] == 0).any():
            parts[np.isnan(matrix) & ((unsent @ reads) > 0)] = 0.0
        return parts

    def predict_raw(self, matrix: FloatArray) -> FloatArray:
        """Return the score, log-odds. Shape (n,)."""
        return self.base + self.compute_parts(matrix).sum(axis=1)

    @cached_property
    def _terms_by_kind(self) -> tuple[LinearTerm, ...]:
        """Return the terms of each kind but code as one term with array fields: a signal has at most one of each."""
        groups = ([term for term in self.terms if term.kind == kind] for kind in ("number", "log", "unknown"))
        return tuple(
            LinearTerm(
                kind=terms[0].kind,
                **{name: np.array([getattr(term, name) for term in terms]) for name in _ARRAY_FIELDS},
            )
            for terms in groups
            if terms
        )

    @cached_property
    def _reads(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the flags' columns, shape (f,), and 1 where a signal reads the flag's field, shape (f, signals)."""
        flags = np.unique([flag for flag, _ in self.inputs]).astype(np.intp)
        reads = np.zeros((len(flags), self.signals), np.float32)
        for flag, signal in self.inputs:
            reads[np.searchsorted(flags, flag), signal] = 1.0
        return flags, reads

    @cached_property
    def _codes(self) -> "_CodeTerms":
        """Return the terms of categories."""
        return _CodeTerms.from_terms([term for term in self.terms if term.kind == "code"])

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON; ``from_dict`` reads them."""
        return {
            "signals": self.signals,
            "base": self.base,
            "terms": [list(asdict(term).values()) for term in self.terms],
            "inputs": [list(pair) for pair in self.inputs],
        }

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "LinearModel":
        """Return the linear part that ``to_dict`` wrote."""
        terms = tuple(LinearTerm(*term) for term in values["terms"])
        return cls(values["signals"], terms, values["base"], tuple(tuple(pair) for pair in values.get("inputs", ())))


@dataclass(frozen=True)
class _CodeTerms:
    """Terms of categories, found by one search in place of one comparison each.

    Category 2 of the list with code 7 has the key 2 x 2**40 + 7: all categories share one sorted table.

    Parameters
    ----------
    signal : int array of shape (categories,)
    keys : float array of shape (codes + 1,), ascending; the last is infinite
        Position of the category among ``signal`` times 2**40, plus the code: exact in float64 for codes below 2**40.
    weight : float array of shape (codes + 1,), 0 for the last
    offset : float array of shape (categories,)
        What a row of no known code adds: minus the mean of the terms.
    """

    signal: np.ndarray
    keys: FloatArray
    weight: FloatArray
    offset: FloatArray

    @classmethod
    def from_terms(cls, terms: Sequence[LinearTerm]) -> "_CodeTerms":
        """Build the table of these terms."""
        signal = np.unique([term.signal for term in terms]).astype(np.intp)
        position = np.searchsorted(signal, [term.signal for term in terms])
        # One number for signal and code, so that a single searchsorted finds the weight; infinity at the end has
        # weight 0, for codes never seen.
        keys = position * _CODE_SPACE + np.array([term.center for term in terms])
        order = np.argsort(keys)
        weight = np.array([term.weight for term in terms])
        mean = np.bincount(position, weight * [term.mean for term in terms], len(signal)) if terms else np.empty(0)
        return cls(signal, np.append(keys[order], np.inf), np.append(weight[order], 0.0), -mean)

    def compute_parts(self, codes: FloatArray) -> FloatArray:
        """Compute what each category adds, from its column. Shape (n, categories)."""
        keys = np.arange(len(self.signal)) * _CODE_SPACE + codes
        position = np.searchsorted(self.keys[:-1], keys)
        return np.where(self.keys[position] == keys, self.weight[position], 0.0) + self.offset


def blend_scores(linear: _Score, trees: _Score, weight: float) -> _Score:
    """Return ``weight`` times the linear part plus the rest times the trees, in log-odds. Shapes as given."""
    return weight * linear + (1 - weight) * trees
