"""What can go wrong between history and a signed model?

LeadlightError
├── TrainingError      no model can be learned from the data: no label, one class, too few leads
├── SettingsError      a setting is unknown or out of range
├── BundleError        a bundle is missing, damaged or not ours; nothing of it is used
├── UnsupportedTrees   only LightGBM can compute the contributions of such trees; caught, and logged
├── VerifyError        a proof fails
├── PromotionError     the contract fails, or was not evaluated; the champion stays
└── DriftAlarm         today's leads differ from those the model learned from; raised last, after all files are written
"""

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
    """No model can be learned from the data."""

    exit_code = 3


class SettingsError(LeadlightError):
    """A setting is unknown or out of range."""

    exit_code = 2


class BundleError(LeadlightError):
    """A bundle is missing, damaged or not ours. Nothing of it is used."""

    exit_code = 4


class UnsupportedTrees(LeadlightError):
    """Only LightGBM can compute the contributions of a model's trees."""

    exit_code = 4


class VerifyError(LeadlightError):
    """A proof fails."""

    exit_code = 5


class PromotionError(LeadlightError):
    """The promotion contract fails, or was not evaluated; the champion stays."""

    exit_code = 6


class DriftAlarm(LeadlightError):
    """Monitoring raised an alarm. A scheduler that starts ``leadlight monitor`` can act on the exit code."""

    exit_code = 7
