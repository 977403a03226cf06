"""Do the probabilities hold from one block of later leads to the next? The mean over the newest two, and the newest.

Lives here: the error of a few blocks beside what is tolerated. Does not live here: the error of one block
(``metrics``), the scores of the blocks (``out_of_fold``), what follows from it (``readiness``,
``training.checks.calibration``).

One block says little of the next. On the leads that followed 55 windows of five real files and 15 invented worlds, the
newest block alone refused 24 models, of which 17 were off by .05 at most later on, and passed 10 that were off by more;
the mean of two refuses 24, of which 14 held, and passes 7. The rank correlation of the error with that of later leads
is .60 for the mean of two, .12 for the newest block's excess over what is tolerated. Also tried: every block since
the first (24, 14 and 7, but .24), any of two (34, 23 and 6), both of two (14, 9 and 12).

A good block before must not excuse a newest one that is certainly bad: alone it may be off by a quarter more than is
tolerated, which true probabilities are twice in 1,600 draws. Of 80 such models the mean of two refuses 34, and no other
one falls by that bound; with a tenth it would be four more, three of which held."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from features.array_types import FloatArray
from training.evaluation.metrics import Bootstrap, chance_of_calibration_error, evaluate

__all__ = ["TOLERABLE_CALIBRATION_ERROR", "BlockCalibration", "ServedBlock", "measure_blocks"]

TOLERABLE_CALIBRATION_ERROR = 0.02
"""A calibration error below this is accepted, however many leads show that it is not chance."""
_NEWEST_ALONE = 1.25
"""How many times what is tolerated of the newest block its own error may be, whatever the mean."""


class ServedBlock(NamedTuple):
    """A block of later leads.

    Parameters
    ----------
    label : float array of shape (n,), 0 or 1
    probability : float array of shape (n,)
        As it would have been served, by a model of earlier leads.
    """

    label: FloatArray
    probability: FloatArray


class BlockCalibration(NamedTuple):
    """Errors of blocks, the newest first.

    Parameters
    ----------
    errors : tuple of float
    tolerated : float
        The largest mean that is accepted.
    by_chance : bool
        Whether that is what chance explains.
    tolerated_alone : float
        The largest error of the newest block that is accepted, whatever the mean.
    """

    errors: tuple[float, ...]
    tolerated: float
    by_chance: bool
    tolerated_alone: float

    @property
    def error(self) -> float:
        """Mean of the errors."""
        return float(np.mean(self.errors))

    @property
    def holds(self) -> bool:
        """Whether the mean is tolerated, and the newest block's own error."""
        return self.error <= self.tolerated and self.newest_holds

    @property
    def newest_holds(self) -> bool:
        """Whether the newest block's own error is tolerated."""
        return self.errors[0] <= self.tolerated_alone


def measure_blocks(blocks: Sequence[ServedBlock], seed: int = 7) -> BlockCalibration:
    """Measure the calibration error of each block, and how large their mean and the newest may be.

    Of each block .02 is tolerated, or what chance explains where that is more.

    >>> random = np.random.default_rng(1)
    >>> truth = random.uniform(0.1, 0.6, 4_000)
    >>> label = (random.random(4_000) < truth).astype(float)
    >>> true, off = ServedBlock(label, truth), ServedBlock(label, truth + 0.05)
    >>> measure_blocks([true]).holds, measure_blocks([true, off]).holds
    (True, False)
    """
    errors = [
        evaluate(block.label, block.probability, np.arange(len(block.label)), Bootstrap(2))["calibration_error"].value
        for block in blocks
    ]
    chances = [chance_of_calibration_error(block.probability, seed) for block in blocks]
    limits = np.maximum(chances, TOLERABLE_CALIBRATION_ERROR)
    tolerated, alone = float(np.mean(limits)), _NEWEST_ALONE * float(limits[0])
    return BlockCalibration(tuple(errors), tolerated, tolerated > TOLERABLE_CALIBRATION_ERROR, alone)
