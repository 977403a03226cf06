"""Does a signal still mean what it meant when a model was trained? Digests of its declaration and of its values.

Lives here: the digests, the fingerprint of a list of signals, which signals differ from those of a bundle, in words.
Does not live here: the example leads that the values are computed on (``example_leads``), the declaration of a signal
(``registry``).

Behavior counts, source text does not: a rename, another formatter or another order of imports changes no digest. Words,
docstrings and comments do not count either: a better sentence does not make a model another one. Phrases and the
practice do not: a bundle carries its own.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from features.array_types import FloatArray
from features.blocks import BLOCK_VERSIONS, Blocks
from features.example_leads import example_batches, example_column
from features.parsing.value_spelling import fold_value
from features.registry import Signal
from features.signals.custom_columns import CATEGORY_COLUMNS, ColumnValue

__all__ = ["Digest", "compute_digests", "compute_fingerprint", "describe_differences"]

Digest = dict[str, str]
"""``declaration`` and ``values`` of one signal, each the first 16 digits of a sha256."""

_DIGITS = 16
_EXAMPLE_CATEGORIES = {
    "category": ("", "gold", "Silver", "3", "überweisung"),
    "crowded_category": ("", "Dr. A", "dr. b"),
    "list": ("MRI",),
}
_EXAMPLE_SPELLINGS = (
    *("Aetna PPO", "I have Aetna", "Aetna (Medicare)", "BCBS of Ohio", "Select Health", "First Choice Health", "cash"),
    *("MRI scans, please", "MRI (left)", "Physical-Therapy", "Text me, please", "E-mail", "within 7 days", "17 days"),
    *("after 17:00", "Weekdays (mornings)", "Web Forms", "18-39", "3.0", "<b>Caf\u00e9</b>", "Google; Google"),
)
"""Values as forms and people write them."""


def compute_digests(signals: Iterable[Signal]) -> dict[str, Digest]:
    """Return the digests of each signal, by its name, in their order."""
    return {signal.name: _digest(signal) for signal in signals}


def compute_fingerprint(signals: Iterable[Signal]) -> str:
    """Hash all that decides what a matrix means: the digests of its signals, in the order of its columns."""
    return _sha256([[signal.name, *_digest(signal).values()] for signal in signals])


def describe_differences(trained: Mapping[str, Mapping[str, str]], signals: Mapping[str, Signal]) -> list[str]:
    """Say how today's signals differ from those a model was trained with, one sentence for each that does.

    Parameters
    ----------
    trained : dict
        Signal's name -> its digests at the time of training.
    signals : dict
        Signal's name -> the signal of this version; those that no longer exist are absent.

    >>> from features.registry import CATALOGUE
    >>> hours = CATALOGUE["hours_open"]
    >>> trained = compute_digests([hours]) | {"minutes_open": {"declaration": "", "values": ""}}
    >>> describe_differences(trained, {"hours_open": replace(hours, monotone=-1)})
    ['`hours_open` is declared differently than when this model was trained', '`minutes_open` no longer exists']
    """
    sentences = []
    for name, digest in trained.items():
        if name not in signals:
            sentences.append(f"`{name}` no longer exists")
            continue
        now = _digest(signals[name])
        # A declaration that differs explains other values, so the first difference is enough.
        if now["declaration"] != digest["declaration"]:
            sentences.append(f"`{name}` is declared differently than when this model was trained")
        elif now["values"] != digest["values"]:
            sentences.append(f"`{name}` gives other values than when this model was trained")
    return sentences


def _digest(signal: Signal) -> Digest:
    """Return both digests of one signal."""
    values = _values_digest(_use_example_column(signal.compute))
    if isinstance(signal.compute, ColumnValue) and signal.compute.column in CATEGORY_COLUMNS:
        # Which spellings are one level depends on the column, of which the example column knows nothing.
        spellings = [fold_value(spelling, signal.compute.column) for spelling in _EXAMPLE_SPELLINGS]
        values = _sha256([values, spellings])[:_DIGITS]
    return {"declaration": _declaration_digest(signal), "values": values}


def _declaration_digest(signal: Signal) -> str:
    """Hash what the signal says of itself, without its words; its blocks enter by their versions."""
    versions = [signal.version, *(BLOCK_VERSIONS[name] for name in signal.blocks)]
    declared = [signal.name, signal.family, signal.unit, signal.needs, signal.monotone, signal.categories, versions]
    return _sha256(declared)[:_DIGITS]


def _use_example_column(compute: Callable[..., FloatArray]) -> Callable[..., FloatArray]:
    """Read the example leads' column of the same kind in place of a practice's own; leave other signals as they are.

    The practice's own categories mean nothing to the example leads, so others replace them; the declaration has them.
    """
    if not isinstance(compute, ColumnValue):
        return compute
    categories = _EXAMPLE_CATEGORIES.get(compute.kind, ()) if compute.categories else ()
    return replace(compute, column=example_column(compute.kind), categories=categories)


@cache
def _values_digest(compute: Callable[..., FloatArray]) -> str:
    """Hash what the function computes on the example leads, once per process."""
    columns = [_round_values(np.asarray(compute(batch, blocks), float)) for batch, blocks in _example_blocks()]
    return _sha256(columns)[:_DIGITS]


@cache
def _example_blocks() -> tuple[tuple[Any, Blocks], ...]:
    """Return the example leads with their blocks, which all signals share."""
    return tuple((batch, Blocks(batch)) for batch in example_batches())


def _round_values(values: FloatArray) -> list[str]:
    """Round each value to seven significant digits, what the matrix's float32 holds.

    Another CPU or math library may differ in the last bit of a sine or an exponential, which must not refuse a model.
    """
    # Rounded to nine decimals first, for values that should be 0 and are 1e-13; adding zero takes the sign from -0.0.
    return [f"{value:.7g}" for value in (np.round(values, 9) + 0.0).tolist()]


def _sha256(values: Any) -> str:
    """Hash values that JSON has."""
    return hashlib.sha256(json.dumps(values, ensure_ascii=False).encode()).hexdigest()
