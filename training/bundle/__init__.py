"""The signed model: the only part of training that serving imports."""

from training.bundle.alias_pointers import Pointer, get_models_home, parse_model_name, read_pointer, resolve_folder
from training.bundle.level_following import LeadsSinceTraining, LevelPath
from training.bundle.model_bundle import Bundle, find_bundle
from training.model.predictions import Grades, Predictions, Reach

__all__ = [
    "Bundle",
    "Grades",
    "LeadsSinceTraining",
    "LevelPath",
    "Pointer",
    "Predictions",
    "Reach",
    "find_bundle",
    "get_models_home",
    "parse_model_name",
    "read_pointer",
    "resolve_folder",
]
