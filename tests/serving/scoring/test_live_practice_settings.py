"""Does the home's practice.toml change what the desk alone uses, and nothing that a model learned from?"""

from dataclasses import fields, replace

import numpy as np
import pytest

from features.errors import PracticeError
from features.practice.practice import Practice
from serving.scoring.engine import Engine
from serving.scoring.live_practice_settings import DESK_SETTINGS, list_untrained, overlay_practice

OWN = """
[practice]
name = "Hill Clinic"
monthly_booking_goal = 120
opening_hours = ["Mon-Sun 00:00-24:00"]
horizon_days = 90
words = { google_ads = "Search ad" }

[practice.texts.en]
"Call list" = "Callbacks"

[desk]
assignment = "round_robin"

[[team]]
person = "anna"
"""


@pytest.fixture
def home(tmp_path):
    (tmp_path / "practice.toml").write_text(OWN, encoding="utf-8")
    return tmp_path


def test_without_a_file_the_practice_is_as_sealed(tmp_path):
    sealed = Practice(name="Sealed")

    assert overlay_practice(sealed, tmp_path) is sealed and list_untrained(sealed, tmp_path) == ()


def test_the_desk_follows_the_file_and_signals_follow_the_bundle(home):
    sealed = Practice(name="Sealed", horizon_days=30)

    practice = overlay_practice(sealed, home)

    assert (practice.name, practice.monthly_booking_goal, practice.team[0].person) == ("Hill Clinic", 120, "anna")
    assert (practice.desk.assignment, practice.words, practice.texts["en"]) == (
        "round_robin",
        {"google_ads": "Search ad"},
        {"Call list": "Callbacks"},
    )
    assert (practice.horizon_days, practice.opening_hours) == (sealed.horizon_days, sealed.opening_hours)
    assert list_untrained(sealed, home) == ("horizon_days", "opening_hours")


def test_what_the_file_leaves_out_is_as_usual(home):
    # One file says all of the desk: a team that was taken out is gone.
    (home / "practice.toml").write_text('[practice]\nname = "Hill Clinic"\n', encoding="utf-8")

    assert overlay_practice(overlay_practice(Practice(words={"a": "b"}), home), home).words == {}


def test_every_setting_is_either_of_the_desk_or_of_the_model():
    of_the_model = {"timezone", "horizon_days", "label", "opening_hours", "phrases", "clinics", "services", "rules"}

    assert {field.name for field in fields(Practice)} == of_the_model | set(DESK_SETTINGS)


def test_no_setting_of_the_desk_moves_a_score(home, bundle):
    lead = {"lead_id": "L-1", "channel": "web_form", "message": "I need an appointment for my knee next week."}
    other = replace(bundle, practice=overlay_practice(bundle.practice, home))
    assert other.practice != bundle.practice

    at = np.datetime64("2026-03-05T14:00", "us")
    scores = []
    for one in (bundle, other):
        engine = Engine.of(one, "1")
        scores.append(engine.score_read([engine.read(lead)], at)[0].log_odds)

    assert scores[0] == scores[1]


def test_a_fault_in_the_file_is_said_with_its_line(home):
    (home / "practice.toml").write_text('[practice]\nlocale = "xx"\n', encoding="utf-8")

    with pytest.raises(PracticeError, match="line 2"):
        overlay_practice(Practice(), home)
