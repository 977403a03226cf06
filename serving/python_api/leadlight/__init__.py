"""Which inquiries become appointments, and why: Leadlight in Python, on one page in ``serving/python_api/README.md``.

Lives here: names, re-exported. The package is thin: training, scoring and their words are the rooms' own, so a score
in Python is the score of ``leadlight score``, to the bit.
"""

from leadlight.package_shadowing_check import require_own_rooms

require_own_rooms()

from features.errors import LeadlightError
from features.mapping.column_mapping import Mapping
from features.practice.practice import Practice
from leadlight.model import Model, load, score
from leadlight.tables import read, train
from training.estimator import LeadClassifier
from training.settings import Settings

__all__ = [
    "LeadClassifier",
    "LeadlightError",
    "Mapping",
    "Model",
    "Practice",
    "Settings",
    "load",
    "read",
    "score",
    "train",
]
