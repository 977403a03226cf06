"""Does practice.toml say who gets leads, and is every slip in it a sentence with its line?"""

import pytest

from features.errors import PracticeError
from features.practice.desk_team import TeamMember
from features.practice_file.practice_toml import practice_from_dict, read_practice

TEAM = """
[desk]
assignment = "round_robin"
hand_off_to = "Front desk, ext. 10"

[[clinics]]
name = "Plano"
coordinator = "Rosa, ext. 14"

[[team]]
person = "anna"
clinics = ["Plano"]
languages = ["Spanish"]
capacity = 40
hours = ["Mon-Fri 08:00-12:00"]

[[team]]
person = "ben"
"""


def write(folder, text):
    path = folder / "practice.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_team_is_read_and_survives_a_bundle(tmp_path):
    practice = read_practice(write(tmp_path, TEAM))

    assert practice.team == (
        TeamMember("anna", ("Plano",), ("Spanish",), 40, ("Mon-Fri 08:00-12:00",)),
        TeamMember("ben"),
    )
    assert practice.desk.assignment == "round_robin" and practice.clinics[0].coordinator == "Rosa, ext. 14"
    assert practice_from_dict(practice.to_dict()) == practice


def test_a_name_means_the_user_of_that_name_whatever_its_capitals(tmp_path):
    practice = read_practice(write(tmp_path, TEAM.replace('"anna"', '" Anna "')))

    assert [member.person for member in practice.team] == ["anna", "ben"]
    assert practice_from_dict(practice.to_dict()) == practice


@pytest.mark.parametrize(
    ("wrong", "right", "sentence"),
    [
        ('["Plano"]', '["Plan"]', "line 12: team[1].clinics[1]: 'Plan' is not the name of one of the [[clinics]]"),
        ('"ben"', '"anna"', "line 18: team[2].person: 'anna' occurs twice"),
        ('"ben"', '"Anna"', "line 18: team[2].person: 'Anna' occurs twice"),
        ("capacity = 40", "capacity = 0", "team[1].capacity: found 0, expected a whole number from 1 to 10,000"),
        ("08:00-12:00", "8-12", "team[1].hours: found 'Mon-Fri 8-12', expected days and hours"),
        ('"round_robin"', '"roundrobin"', "desk.assignment: found 'roundrobin', expected one of none, round_robin"),
        ('languages = ["Spanish"]', "languages = []", "Leave the line out where they speak English alone"),
        ('person = "ben"', "capacity = 3", "team[2]: has no person. Write the name with which they sign in"),
        ('person = "ben"', 'person = "ben"\nshift = "late"', "team[2].shift: is not known"),
    ],
)
def test_a_slip_is_a_sentence_with_its_place(tmp_path, wrong, right, sentence):
    with pytest.raises(PracticeError) as caught:
        read_practice(write(tmp_path, TEAM.replace(wrong, right)))

    assert sentence in str(caught.value)


def test_a_rule_without_a_team_is_no_rule(tmp_path):
    with pytest.raises(PracticeError, match=r"there is no \[\[team\]\]. Name the people, or leave the line out"):
        read_practice(write(tmp_path, '[desk]\nassignment = "fewest_open"\n'))
