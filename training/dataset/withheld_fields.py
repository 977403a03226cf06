"""How does a model learn what a lead is worth of which little was sent? From copies of leads with fields withheld.

Lives here: which fields are withheld from which lead, and the copies, computed by the same code as every other row.
Does not live here: what an unsent field does to a signal (``features.feature_matrix``), fitting to the copies
(``training.model``), how much they count (``training.model.withheld_share``), the spread that the missing fields leave
(``training.model.missing_information``).

Averaging a model of whole leads over what is unknown works less well than learning it (log loss and calibration error
on the latest fifth, 60 in 100 fields withheld: .552 and .052 by averaging over the paths of the trees, .541 and .039 by
copies on X Education; .469 and .020, .465 and .015 on the no-show data; .707 and .195, .551 and .092 with neither).
"""

from collections.abc import Sequence

import numpy as np

from features.array_types import IntArray
from features.batch import Batch
from features.feature_matrix import compute_matrix
from features.registry import Signal
from features.signals.sent_columns import find_sent_columns
from features.tables.tables import Tables
from training.dataset.labels import LearningSet
from training.dataset.training_data import WithheldRows
from training.model.withheld_share import SHARES
from training.settings import Settings

__all__ = ["build_withheld_rows", "draw_withheld"]

_RATES = (0.3, 0.6, 0.9)
_SHARE_OF_ALL, _SHARE_OF_ONE, _SHARE_OF_PATTERNS = 0.06, 0.20, 0.10
"""Leads of which nothing is sent, of which one thing is not, and which lack what one of the practice's sources lacks.

The rest lack each field by chance, at one of three rates.
"""

_TOGETHER = (("phone", "email"), ("postal_code", "latitude", "longitude"))
_TOGETHER_TIMES = 4
"""Fields that one rule of privacy keeps back together, and how much more often than a single field: a CRM that may not
send phone numbers is what this is for."""

_MAX_COPIES_PER_MOMENT = 0.6


def build_withheld_rows(
    tables: Tables, batch: Batch, learning: LearningSet, signals: Sequence[Signal], settings: Settings
) -> WithheldRows | None:
    """Build copies of some of the moments, one a lead at most; None where no field can be withheld.

    Parameters
    ----------
    batch : Batch
        The moments of the learning set.
    """
    columns = list(find_sent_columns(signals))
    random = np.random.default_rng([settings.seed, len(learning)])
    of_row = _draw_moments(learning, random)
    if not columns or not len(of_row):
        return None
    withheld = draw_withheld(columns, len(tables.leads), batch.context.source_fields.list_patterns(), random)
    moments = learning.moments.take(of_row)
    copies = Batch.from_tables(tables, moments.of_lead, moments.cutoff, batch.context, withheld)
    return WithheldRows.of_moments(
        compute_matrix(copies, signals), of_row, settings.withheld_share or SHARES[0], len(learning)
    )


def _draw_moments(learning: LearningSet, random: np.random.Generator) -> IntArray:
    """Draw one moment of each lead: its arrival for half of them, else any; fewer where leads have one moment each."""
    first = np.flatnonzero(learning.arrival)
    counts = np.diff(np.append(first, len(learning)))
    offset = np.where(random.random(len(first)) < 0.5, 0, (random.random(len(first)) * counts).astype(np.intp))
    copies_allowed = int(_MAX_COPIES_PER_MOMENT * len(learning))
    leads = np.arange(len(first))
    if len(first) > copies_allowed:
        leads = np.sort(random.permutation(len(first))[:copies_allowed])
    return (first + offset)[leads]


def draw_withheld(
    columns: Sequence[str], leads: int, patterns: Sequence[Sequence[str]], random: np.random.Generator
) -> dict[str, np.ndarray]:
    """Draw which leads lack which columns: column -> bool array of shape (leads,).

    Parameters
    ----------
    patterns : sequence of sequences of str
        What the practice's own sources leave out.

    >>> masks = draw_withheld(["phone", "message"], 1000, [], np.random.default_rng(1))
    >>> bool(0.4 < masks["phone"].mean() < 0.7), bool((masks["phone"] & masks["message"]).any())
    (True, True)
    """
    masks = random.random((len(columns), leads)) < random.choice(_RATES, leads)
    position = {column: row for row, column in enumerate(columns)}
    way = random.random(leads)
    masks[:, way < _SHARE_OF_ALL] = True
    units = [[position[name]] for name in columns]
    units += [[position[name] for name in group if name in position] for group in _TOGETHER] * _TOGETHER_TIMES
    real = [[position[name] for name in pattern if name in position] for pattern in patterns]
    below = _SHARE_OF_ALL
    for share, sets in (
        (_SHARE_OF_ONE, [rows for rows in units if rows]),
        (_SHARE_OF_PATTERNS, [rows for rows in real if rows]),
    ):
        withheld = np.flatnonzero((way >= below) & (way < below + share)) if sets else np.empty(0, np.intp)
        below += share
        masks[:, withheld] = False
        which = random.integers(0, max(len(sets), 1), len(withheld))
        for number, rows in enumerate(sets):
            masks[np.ix_(rows, withheld[which == number])] = True
    return dict(zip(columns, masks, strict=True))
