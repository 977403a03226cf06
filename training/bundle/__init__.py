"""The signed model: the one door through which serving enters training."""

from training.bundle.alias_pointers import Pointer, folder_of, models_home, name_and_alias, read_pointer
from training.bundle.model_bundle import Bundle, find_bundle
from training.model.predictions import Grades, Reach, Scored

__all__ = [
    "Bundle",
    "Grades",
    "Pointer",
    "Reach",
    "Scored",
    "find_bundle",
    "folder_of",
    "models_home",
    "name_and_alias",
    "read_pointer",
]
