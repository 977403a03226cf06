"""The signed model: the only part of training that serving imports."""

from training.bundle.alias_pointers import Pointer, get_models_home, parse_model_name, read_pointer, resolve_folder
from training.bundle.model_bundle import Bundle, find_bundle
from training.model.predictions import Grades, Predictions, Reach

__all__ = [
    "Bundle",
    "Grades",
    "Pointer",
    "Predictions",
    "Reach",
    "find_bundle",
    "get_models_home",
    "parse_model_name",
    "read_pointer",
    "resolve_folder",
]
