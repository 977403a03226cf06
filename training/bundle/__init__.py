"""The signed model: the only part of training that serving imports."""

from training.bundle.alias_pointers import Pointer, get_models_home, parse_model_name, read_pointer, resolve_folder
from training.bundle.holdout_scores import remove_held_out_leads
from training.bundle.leads_since_training import LeadsSinceTraining, LevelPath
from training.bundle.model_bundle import Bundle, find_bundle
from training.bundle.registered_alias import read_registered_alias
from training.model.grades import Grades
from training.model.level_update import FollowedLevel
from training.model.predictions import Predictions, Reach

__all__ = [
    "Bundle",
    "FollowedLevel",
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
    "read_registered_alias",
    "remove_held_out_leads",
    "resolve_folder",
]
