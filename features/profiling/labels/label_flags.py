"""Do two columns of yes and no say together what became of a lead: won beside closed, or won beside lost?

Lives here: finding the two, and the leads that neither of them ends. Does not live here: all other labels
(``label_detection``), what a header says (``outcome_words``).
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from features.parsing.scalars import parse_yes_no
from features.profiling.labels.label_guess import BLANK, LabelGuess, encode_label
from features.profiling.labels.outcome_words import classify_header, read_header_core, read_yes_no

__all__ = ["is_closed_flag", "put_won_first"]

_CLOSED = frozenset({"closed", "decided", "ended", "finished", "geschlossen", "cerrado", "ferme", "fechado", "chiuso"})
_NEARLY_ALL = 0.99
_YES_NO = {(1.0, False): True, (0.0, False): False}


def is_closed_flag(header: str) -> bool:
    """Return whether a header says that a lead ended, which won and lost leads did alike.

    >>> is_closed_flag("IsClosed"), is_closed_flag("Closed won")
    (True, False)
    """
    return read_header_core(header) in _CLOSED


def put_won_first(guesses: Sequence[LabelGuess], frame: pd.DataFrame) -> tuple[list[LabelGuess], LabelGuess | None]:
    """Return the guesses with the flag of won leads first, and that guess with the flag that tells which leads ended.

    None where no two columns are such flags; then the guesses are as they were. A lead that neither of the two ends is
    open in that guess.

    Parameters
    ----------
    guesses : sequence of LabelGuess, best first
    frame : DataFrame of shape (n, columns)
    """
    # What ends a lead is read with the words of ``tables.lead_labels``, so that both find the same leads open.
    ends = {
        name: _read_flag(frame[name], lambda value: _YES_NO.get(parse_yes_no(value)))
        for name in frame
        if is_closed_flag(name) or classify_header(name) == "failure"
    }
    for won in guesses:
        is_won = _read_flag(frame[won.column], lambda value: read_yes_no(str(value)))
        if is_won is None or won.column in ends or classify_header(won.column) != "outcome":
            continue
        for name, is_other in ends.items():
            if is_other is not None and _ends_lead(name, is_won, is_other):
                others = [guess for guess in guesses if guess.column != won.column]
                return [won, *others], _decide_by(won, name, is_won, is_other, frame)
    return list(guesses), None


def _read_flag(values: pd.Series, parse: Callable[[Any], bool | None]) -> np.ndarray | None:
    """Return where a column says yes, shape (n,); None if it holds anything but yes, no and nothing."""
    answers = {value: parse(value) for value in values.dropna().unique() if str(value).strip()}
    if True not in answers.values() or None in answers.values():
        return None
    return np.array([answers.get(value) is True for value in values], bool)


def _ends_lead(header: str, is_won: np.ndarray, is_other: np.ndarray) -> bool:
    """Return whether a flag says closed of all that were won and of others, or lost of none of them."""
    if is_closed_flag(header):
        return bool(is_other[is_won].mean() >= _NEARLY_ALL and is_other.sum() > is_won.sum() and not is_other.all())
    if classify_header(header) != "failure":
        return False
    return bool((is_won & is_other).mean() <= 1 - _NEARLY_ALL and (~is_won & ~is_other).any())


def _decide_by(
    won: LabelGuess, header: str, is_won: np.ndarray, is_other: np.ndarray, frame: pd.DataFrame
) -> LabelGuess:
    """Return the guess of won leads with the flag that ends the others, and how many leads are open."""
    if BLANK in won.open:
        # Whether nothing or a no stands in it, only the other flag ends the lead.
        won = replace(won, open=tuple(value for value in won.open if value), not_booked=(*won.not_booked, BLANK))
    encoded = encode_label(frame[won.column], won)
    is_open = (encoded == 0) & ~is_other
    encoded = np.where(is_open, np.nan, encoded)
    decided = int((~np.isnan(encoded)).sum())
    reason = (
        f"{won.booked[0]!r} reads as the success; {np.nanmean(encoded):.1%} of the {decided:,} decided leads; "
        f"{int(is_open.sum()):,} leads are still open, since {header!r} does not end them"
    )
    return replace(won, reason=reason, questions=(), decided_by=header, young=int(is_open.sum()), encoded=encoded)
