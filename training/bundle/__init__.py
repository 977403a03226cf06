"""The signed model: the one door through which serving enters training."""

from training.bundle.alias_pointers import Pointer, resolve_folder, get_models_home, parse_model_name, read_pointer
from training.bundle.model_bundle import Bundle, find_bundle
from training.model.predictions import Grades, Reach, Predictions

__all__ = [
    "Bundle",
    "Grades",
    "Pointer",
    "Reach",
    "Predictions",
    "find_bundle",
    "resolve_folder",
    "get_models_home",
    "parse_model_name",
    "read_pointer",
]
