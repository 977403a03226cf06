"""What can go wrong between history and a signed model?

LeadlightError
├── TrainingError      the data cannot teach a model: no label, one class, too little
├── SettingsError      a setting that is not known or out of range
├── BundleError        a bundle is missing, damaged or not ours; nothing of it is used
├── UnsupportedTrees   a model's trees are of a kind whose contributions only LightGBM computes; caught, and said
├── VerifyError        a proof does not hold
├── PromotionError     the contract does not hold, or was not looked at; the champion stays
└── DriftAlarm         the leads that come now are not those the model learned from; raised last, when everything is
written"""

from features.errors import LeadlightError

__all__ = [
    "BundleError",
    "DriftAlarm",
    "PromotionError",
    "SettingsError",
    "TrainingError",
    "UnsupportedTrees",
    "VerifyError",
]


class TrainingError(LeadlightError):
    """The data cannot teach a model."""

    exit_code = 3


class SettingsError(LeadlightError):
    """A setting is not known or out of range."""

    exit_code = 2


class BundleError(LeadlightError):
    """A bundle is missing, damaged or not ours. Nothing of it is used."""

    exit_code = 4


class UnsupportedTrees(LeadlightError):
    """A model's trees are of a kind whose contributions only LightGBM computes."""

    exit_code = 4


class VerifyError(LeadlightError):
    """A proof does not hold."""

    exit_code = 5


class PromotionError(LeadlightError):
    """The contract does not hold, or was not looked at; the champion stays."""

    exit_code = 6


class DriftAlarm(LeadlightError):
    """Monitoring raised an alarm. Whatever starts ``leadlight monitor`` can act on the exit code."""

    exit_code = 7
