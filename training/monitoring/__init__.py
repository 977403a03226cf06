"""Is the model in use still about the leads that come now? Inputs, scores, outcomes and calibration held against
training's own months.

Imports run one way here too: the arithmetic (``stability``, ``significance``, ``months``, ``estimated``) knows nothing
of a bundle; ``watch`` puts it together; ``words``, ``page`` and ``prometheus`` say it."""

__all__ = ["reference", "watch"]
