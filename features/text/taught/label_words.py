"""What did a practice's approved examples teach about single words? Changes of the learned weights, as hashes.

Lives here: the form in which the changes stand in a practice's phrase file, and the label model with them.
Does not live here: learning them (``serving.desk.message_label_words``), the weights that ship (``text.label_model``).

    [label_words]                     # written by `leadlight readings fit --write`
    callback = "q83v..."              # hash and change of each term, in base64

A hash hides nothing: whoever has Leadlight can hash every word that it ships, and read the section back. So what
keeps patients out is which terms may be in it: those that the shipped model has, and whose every word is one of the
shipped phrases, times and medical vocabularies or of the practice's own services and phrases. No number, surname or
rare word of a patient is among those; names that are everyday words, too ("Hope", "May"), are.
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from features.array_types import FloatArray, IntArray
from features.text.label_model import LabelModel

__all__ = ["LARGEST_CHANGE", "MOST_TERMS", "add_label_words", "decode_words", "encode_words", "find_fault"]

MOST_TERMS = 1_000
"""Terms of a label that may be changed: the largest changes."""
LARGEST_CHANGE = 10.0
"""Weights that ship are at most about so large."""
_ENTRY = np.dtype([("hash", "<i8"), ("change", "<f4")])


def encode_words(hashes: IntArray, changes: FloatArray) -> str:
    """Write changes of terms' weights as text, the largest ``MOST_TERMS`` of them; none of no change.

    >>> text = encode_words(np.array([5, 9]), np.array([0.5, 0.0]))
    >>> [values.tolist() for values in decode_words(text)]
    [[5], [0.5]]
    """
    order = np.argsort(-np.abs(changes), kind="stable")[:MOST_TERMS]
    order = np.sort(order[changes[order] != 0])
    entries = np.empty(len(order), _ENTRY)
    entries["hash"], entries["change"] = hashes[order], np.clip(changes[order], -LARGEST_CHANGE, LARGEST_CHANGE)
    return base64.b64encode(entries.tobytes()).decode()


def decode_words(text: str) -> tuple[IntArray, FloatArray]:
    """Return the hashes of terms and the changes of their weights.

    Raises
    ------
    ValueError
        If this is no text that ``encode_words`` wrote.
    """
    try:
        content = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("no base64") from error
    if len(content) % _ENTRY.itemsize:
        raise ValueError("cut off")
    entries = np.frombuffer(content, _ENTRY)
    return entries["hash"].astype(np.int64), entries["change"].astype(float)


def find_fault(text: object, is_emergency: bool) -> str | None:
    """Return what is wrong with the words of a label, None where nothing is; an emergency loses no weight.

    >>> find_fault("???", False)
    'is cut off or changed; run `leadlight readings fit --write` again, or remove the line.'
    """
    broken = "is cut off or changed; run `leadlight readings fit --write` again, or remove the line."
    if not isinstance(text, str):
        return broken
    try:
        hashes, changes = decode_words(text)
    except ValueError:
        return broken
    if len(hashes) > MOST_TERMS or not (np.abs(changes) <= LARGEST_CHANGE).all():
        return broken
    if is_emergency and (changes < 0).any():
        return "takes weight from words of an emergency, which no practice may; remove the line."
    return None


def add_label_words(model: LabelModel, words: Mapping[str, str]) -> LabelModel:
    """Return the model with a practice's changes; terms and labels that it does not have are skipped.

    Parameters
    ----------
    words : mapping of str to str
        Label -> what ``encode_words`` wrote.
    """
    weights = model.weights.copy()
    for label, text in words.items():
        hashes, changes = decode_words(text)
        if label in model.labels and len(hashes):
            row = np.minimum(np.searchsorted(model.hashes, hashes), len(model.hashes) - 1)
            is_known = model.hashes[row] == hashes
            weights[row[is_known], model.labels.index(label)] += changes[is_known].astype(np.float32)
    return replace(model, weights=weights)
