"""Does the [desk] of practice.toml say how calls are ordered, and is every fault told with its line?"""

import json

import pytest

from features.errors import PracticeError
from features.practice.practice import Practice
from features.practice.queue_policy import QueuePolicy
from features.practice_file.practice_toml import practice_from_dict, read_practice

TEXT = """
[practice]
name = "A"

[desk]
contact_hours = ["Mon-Fri 08:00-20:00"]
callback_minutes_before = 10
longest_wait_hours = 24
longest_wait_share = 0.5
retry_hours = [1, 4.5]
urgent_attempts = 4
urgent_retry_minutes = 5
cooling = 0
value_weight = 1
decay_weight = 0.5
response_target_minutes = { chat = 2, web_form = 5 }
"""


def write_practice(folder, text):
    (folder / "practice.toml").write_text(text, encoding="utf-8")
    return folder / "practice.toml"


def test_every_setting_of_the_desk_is_read(tmp_path):
    policy = read_practice(write_practice(tmp_path, TEXT)).desk

    assert policy == QueuePolicy(
        {"chat": 2, "web_form": 5}, ("Mon-Fri 08:00-20:00",), 10, 24.0, 0.5, (1.0, 4.5), 4, 5, 0.0, 1.0, 0.5
    )
    assert type(policy.longest_wait_hours) is type(policy.retry_hours[0]) is float


def test_a_practice_that_says_nothing_has_the_usual_policy(tmp_path):
    assert read_practice(write_practice(tmp_path, '[practice]\nname = "A"\n')).desk == Practice().desk == QueuePolicy()


def test_the_policy_survives_the_bundle_and_says_only_what_differs(tmp_path):
    practice = read_practice(write_practice(tmp_path, TEXT))

    assert practice_from_dict(json.loads(json.dumps(practice.to_dict()))) == practice
    assert "desk" not in Practice().to_dict()
    assert Practice(desk=QueuePolicy(retry_hours=(1.0,))).to_dict()["desk"] == {"retry_hours": [1.0]}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "[desk]\nlongest_wait_hour = 24\n",
            r"line 2: desk.longest_wait_hour: is not known. Did you mean 'longest_wait_hours'\?",
        ),
        (
            "[desk]\nlongest_wait_hours = 0\n",
            "line 2: desk.longest_wait_hours: found 0, expected a number of hours from 1 to 8,760",
        ),
        (
            '[desk]\nlongest_wait_share = "half"\n',
            "line 2: desk.longest_wait_share: found 'half', expected a number from 0.01 to 1",
        ),
        ("[desk]\nvalue_weight = nan\n", "found nan, expected a number from 0 to 1"),
        ("[desk]\nvalue_weight = true\n", "found True, expected a number from 0 to 1"),
        ("[desk]\ncallback_minutes_before = 2.5\n", "found 2.5, expected a whole number of minutes from 0 to 60"),
        (
            "[desk]\nretry_hours = [2,\n  -1]\n",
            r"line 3: desk.retry_hours\[2\]: found -1, expected a number of hours from 0 to 720",
        ),
        ("[desk]\nretry_hours = []\n", "is an empty list. Leave the line out where the usual pauses hold"),
        ('[desk]\ncontact_hours = ["8-5"]\n', "line 2: desk.contact_hours: found '8-5', expected days and hours"),
        ("[desk]\ncontact_hours = []\n", "is an empty list. Leave the line out where the opening hours hold"),
        ('[desk]\ncontact_hours = "Mon 08:00-12:00"\n', "expected a list of texts"),
        (
            "[desk.response_target_minutes]\nchat = 0\n",
            "line 2: desk.response_target_minutes.chat: found 0, expected a whole number of minutes from 1",
        ),
        ("[desk]\nresponse_target_minutes = 5\n", "found 5, expected minutes for each channel"),
        ("desk = 3\n", "line 1: desk: found 3, expected a table of settings that begins with"),
    ],
)
def test_a_fault_of_the_desk_names_its_line_what_was_found_and_what_to_write(tmp_path, text, sentence):
    with pytest.raises(PracticeError, match=sentence):
        read_practice(write_practice(tmp_path, text))


def test_faults_of_the_desk_stand_in_one_report_with_all_others(tmp_path):
    with pytest.raises(PracticeError, match="3 faults"):
        read_practice(
            write_practice(tmp_path, '[practice]\nlabel = "won"\n[desk]\nretry_hour = [1]\nvalue_weight = 2\n')
        )
