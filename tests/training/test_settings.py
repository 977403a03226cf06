"""Is a choice either learning as written, or refused with the known ones named?"""

import numpy as np
import pytest

from training.dataset.labels import build_learning_set
from training.errors import SettingsError
from training.settings import Settings, read_settings


def test_a_file_changes_only_what_it_names(tmp_path):
    (tmp_path / "s.toml").write_text("moments_hours = [0, 48]\nfolds = 4\n")

    assert read_settings(tmp_path / "s.toml") == Settings(moments_hours=(0, 48), folds=4)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("fold = 3", "'fold' is not known; known are label"),
        ('folds = "three"', "folds is 'three', expected a whole number"),
        ("moments_hours = 5", "moments_hours is 5, expected a list"),
        ("moments_hours = [1, 2]", "expected hours that ascend from 0"),
        ('moments_hours = [0, "x"]', "expected hours that ascend from 0"),
        ("folds = 1", "expected 2 to 10"),
        ('label = "won"', "expected one of booked"),
        ('unripe = "maybe"', "expected one of"),
        ("folds = ", "not readable as TOML"),
    ],
)
def test_a_wrong_setting_is_a_sentence(tmp_path, content, message):
    (tmp_path / "s.toml").write_text(content)

    with pytest.raises(SettingsError, match=message.replace("(", r"\(")):
        read_settings(tmp_path / "s.toml")


@pytest.mark.parametrize("name", ["fast", "people_apart"])
def test_a_yes_or_no_in_words_is_refused(name):
    with pytest.raises(SettingsError, match=f"{name} is 'no', expected True or False"):
        Settings(**{name: "no"})


def test_moments_are_made_at_the_hours_chosen(demo_tables, demo_practice):
    learning = build_learning_set(demo_tables, demo_practice, "booked", (0, 48))

    hours = (learning.moments.cutoff - learning.position.astype(np.int64).astype("datetime64[us]")) / np.timedelta64(
        1, "h"
    )
    assert set(hours.tolist()) == {0.0, 48.0}
