"""Does the practice pick its label?"""

from dataclasses import replace

import pytest

from features.errors import PracticeError
from features.practice.practice import Practice
from features.practice_file.practice_toml import practice_from_dict, read_practice
from training.dataset.labels import build_learning_set
from training.pipeline import train


def test_practice_toml_names_the_label(tmp_path):
    (tmp_path / "practice.toml").write_text('[practice]\nlabel = "attended"\n')

    assert read_practice(tmp_path / "practice.toml").label == "attended"
    assert Practice().label == "booked"
    assert practice_from_dict(read_practice(tmp_path / "practice.toml").to_dict()).label == "attended"


def test_a_label_that_is_not_known_is_a_sentence(tmp_path):
    (tmp_path / "practice.toml").write_text('[practice]\nlabel = "arrived"\n')

    with pytest.raises(PracticeError, match="expected one of booked, attended, treated"):
        read_practice(tmp_path / "practice.toml")


def test_a_model_of_who_attends_is_trained_and_says_so(trained, demo_tables, demo_practice, bare_settings):
    attends = train(demo_tables, replace(demo_practice, label="attended"), bare_settings, demo_tables.mapping)

    assert attends.bundle.label == "attended" and attends.bundle.practice.label == "attended"
    assert attends.bundle.base_rate < trained.bundle.base_rate
    assert attends.evaluation.figures["Leadlight"]["auc"].low > 0.5  # better than chance, beyond its own interval


def test_settings_speak_louder_than_the_practice(demo_tables, demo_practice, bare_settings):
    settings = replace(bare_settings, label="booked")

    result = train(demo_tables, replace(demo_practice, label="treated"), settings, demo_tables.mapping)

    assert result.bundle.label == "booked"
    learning = build_learning_set(demo_tables, demo_practice, "booked", settings.moments_hours)
    assert result.bundle.base_rate == learning.label[result.learning.arrival].mean()
