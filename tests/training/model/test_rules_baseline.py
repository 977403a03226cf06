"""Does the practice's own score say what its author wrote, and nothing when the data cannot answer?"""

import numpy as np
import pytest

import features.signals  # noqa: F401  (fills the catalogue)
from features.batch import Batch
from features.errors import PracticeError
from features.point_in_time.context import Context
from features.practice.practice import Practice, Rule
from features.practice_file.practice_toml import practice_from_dict, read_practice
from features.practice_file.scoring_rules import find_rule_faults, parse_conditions
from features.registry import CATALOGUE
from training.model.rules_baseline import DEFAULT_RULES, convert_points_to_probability, score_by_rules

NOW = np.datetime64("2026-03-05T12:00", "us")


@pytest.fixture
def three_leads():
    """Three leads: a referral, a web form, and one that says nothing; with what two signals say of them."""
    payloads = [{"channel": "Referral", "custom:Visits": 3.0}, {"channel": "web_form", "custom:Visits": 1.0}, {}]
    batch = Batch.from_payloads(payloads, Context(), {"channel": "category", "custom:Visits": "number"}, NOW)
    signals = [CATALOGUE["asks_for_appointment"], CATALOGUE["distance_to_offering_clinic"]]
    rows = np.array([[1.0, 10.0], [0.0, 50.0], [np.nan, np.nan]], np.float32)
    return batch, signals, rows


@pytest.mark.parametrize(
    ("when", "matches"),
    [
        ("asks_for_appointment", [1, 0, 0]),
        ("not asks_for_appointment", [0, 1, 0]),
        ("asks_for_appointment is unknown", [0, 0, 1]),
        ("distance_to_offering_clinic > 50", [0, 0, 0]),
        ("distance_to_offering_clinic >= 50", [0, 1, 0]),
        ("channel = referral", [1, 0, 0]),
        ("channel != referral", [0, 1, 0]),
        ("channel is known", [1, 1, 0]),
        ("'Visits' >= 2 and channel = referral", [1, 0, 0]),
    ],
)
def test_a_rule_holds_for_whom_it_says(three_leads, when, matches):
    score = score_by_rules([Rule(when, 2.0)], *three_leads)

    assert score.points.tolist() == [2.0 * match for match in matches]
    assert score.is_custom and not score.left_out


def test_a_rule_that_the_data_cannot_answer_is_left_out_and_said(three_leads):
    score = score_by_rules(
        [Rule("valid_phone", 1.0), Rule("'Weight' > 3", 1.0), Rule("channel = referral", 1.0)], *three_leads
    )

    assert score.points.tolist() == [1.0, 0.0, 0.0]
    assert [why for _, why in score.left_out] == ["the data does not say valid_phone", "the data does not say Weight"]


def test_the_usual_rules_stand_in_where_a_practice_wrote_none(three_leads):
    score = score_by_rules((), *three_leads)

    assert not score.is_custom and len(score.used) + len(score.left_out) == len(DEFAULT_RULES)
    assert score.points.tolist() == [3.0, -2.0, 0.0]
    assert [line for rule in DEFAULT_RULES for line in find_rule_faults(rule.when)] == []


def test_points_that_are_all_the_same_rank_nobody(three_leads):
    assert not score_by_rules([Rule("distance_to_offering_clinic > 400", 1.0)], *three_leads).can_rank


def test_every_fault_of_a_rule_is_said_with_its_line(tmp_path):
    written = (
        'when = "asks_for_apointment"\npoints = 3',
        'when = "channel = chat"\npoint = 1',
        'when = "age_band = 75+"\npoints = 0',
    )
    text = "".join(f"[[rules]]\n{rule}\n" for rule in written)
    (tmp_path / "practice.toml").write_text(text, encoding="utf-8")

    with pytest.raises(PracticeError, match="5 faults") as raised:
        read_practice(tmp_path / "practice.toml")

    message = str(raised.value)
    assert (
        "line 2: rules[1].when: 'asks_for_apointment' is neither a signal nor a column that a rule may read. "
        "Did you mean 'asks_for_app" in message
    )
    assert (
        "line 4: rules[2]: has no points." in message
        and "line 6: rules[2].point: is not known. Did you mean 'points'?" in message
    )
    assert (
        "line 8: rules[3].when: 'age_band' may not be read by a rule" in message
        and "line 9: rules[3].points: found 0" in message
    )


@pytest.mark.parametrize(
    "line", ["__import__('os').getcwd()", "channel == chat", "", "and", "channel = ", "x > > 3", "not", "(valid_phone)"]
)
def test_what_is_no_rule_is_refused_and_never_executed(line):
    assert find_rule_faults(line) != []


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("phone = 617", "may not be read by a rule"),
        ("message is known", "may not be read by a rule"),
        ("'Patient Sex' = f", "may not decide who is called first"),
        ("stated_timeframe <= soon", "expected a number"),
        ("channel", "is a category"),
        ("channel > 3", "is a category"),
    ],
)
def test_a_rule_may_not_read_persons_or_compare_what_cannot_be_compared(line, fault):
    assert fault in find_rule_faults(line)[0]


def test_a_text_with_a_sign_of_the_grammar_needs_quotes():
    assert parse_conditions('channel = "chat and call"')[0].value == "chat and call"


def test_rules_survive_the_way_through_a_bundle():
    practice = Practice(rules=(Rule("channel = referral", 3.0), Rule("not valid_phone", -1.0)))

    assert practice_from_dict(practice.to_dict()) == practice


def test_points_become_the_probability_that_they_meant_before():
    random = np.random.default_rng(1)
    points = random.integers(-3, 6, 6000).astype(float)
    label = (random.random(6000) < 1 / (1 + np.exp(1 - 0.4 * points))).astype(float)

    probability = convert_points_to_probability(points, label, np.array([-3.0, 0.0, 5.0]))

    np.testing.assert_allclose(probability, 1 / (1 + np.exp(1 - 0.4 * np.array([-3.0, 0.0, 5.0]))), atol=0.03)
