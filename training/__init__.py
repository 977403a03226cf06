"""Training: from a practice's history to a model we would sign.

``training.bundle`` is the one door through which serving enters. Importing this package does nothing.
"""

__all__ = [
    "baselines",
    "bundle",
    "calibrate",
    "contributions",
    "evaluate",
    "fit",
    "labels",
    "pipeline",
    "settings",
    "splits",
]
