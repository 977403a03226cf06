"""LC009 fires on reasons that the score does not follow, or that another sample would turn round; stays quiet on a sum;
does not apply to a handful.
"""

import re
from types import SimpleNamespace

import numpy as np
import pytest

from training.checks.reason_faithfulness import ReasonFaithfulness

SIGNALS = [SimpleNamespace(group=name) for name in ("wish", "wish", "distance", "channel", "noise")]
WEIGHTS = np.array([1.0, 0.5, -1.2, 0.7, 0.05])


class Explained:
    """A model made of its explanation: rows -> raw scores, contributions, base."""

    def __init__(self, explain) -> None:
        self.explain_rows = explain

    def predict_raw(self, rows):
        return self.explain_rows(rows)[0]


def a_sum(weights: np.ndarray) -> Explained:
    """A model that is a plain sum, explained truly."""
    return Explained(lambda rows: (rows @ weights, rows * weights, 0.0))


@pytest.fixture
def rows() -> np.ndarray:
    """Leads: five numbers about 0."""
    return np.random.default_rng(1).normal(size=(400, 5)).astype(np.float32)


def test_the_reasons_of_a_sum_hold(rows):
    near = [a_sum(WEIGHTS * (1 + 0.1 * turn)) for turn in (-1, 1)]

    finding, hidden = ReasonFaithfulness(SIGNALS, a_sum(WEIGHTS), near, rows, rows).run()

    assert finding.verdict == "holds"
    assert "wish" not in hidden and "distance" not in hidden


def test_reasons_that_the_score_does_not_follow_are_found_and_not_shown(rows):
    def lies(features):
        raw, parts, base = a_sum(WEIGHTS).explain_rows(features)
        parts = parts.copy()
        parts[:, 2] *= -1
        return raw, parts, base

    finding, hidden = ReasonFaithfulness(SIGNALS, Explained(lies), [Explained(lies)], rows, rows).run()

    assert hidden == ("distance",)
    assert "of what moves the scores is hidden" in finding.sentence
    assert "% of what moves the scores" in finding.details["distance"]
    assert finding.verdict == "fails"


def test_a_rare_value_is_replaced_by_another_one_before_its_reason_is_judged():
    """Nineteen in twenty leads have the same value: of twelve draws of others, half the time none has the rare one."""
    random = np.random.default_rng(5)
    rare = (np.arange(400) % 20 == 0).astype(float)
    rows = np.column_stack([rare, random.normal(0, 0.02, (400, 2))])
    weights = np.array([-1.0, 1.0, 1.0])

    def explain(features):
        centered = features - np.array([rare.mean(), 0.0, 0.0])
        return features @ weights, centered * weights, 0.0

    signals = [SimpleNamespace(group=name) for name in ("do not email", "visits", "time")]
    finding, hidden = ReasonFaithfulness(signals, Explained(explain), [Explained(explain)], rows, rows).run()

    assert finding.verdict == "holds" and hidden == ()


def test_reasons_that_another_sample_turns_round_are_not_shown(rows):
    turned = WEIGHTS * np.array([1, 1, 1, -1, 1])

    _, hidden = ReasonFaithfulness(SIGNALS, a_sum(WEIGHTS), [a_sum(turned), a_sum(turned)], rows, rows).run()

    assert "channel" in hidden and "distance" not in hidden


@pytest.mark.parametrize(("weight", "verdict"), [(0.1, "holds"), (0.6, "fails")])
def test_what_moves_the_scores_most_must_be_sayable(rows, weight, verdict):
    weights = WEIGHTS.copy()
    weights[3] = weight
    # The reason "channel" is turned round in every second sample, so it is hidden: little of the movement, or a fifth.
    turned = a_sum(weights[:4] * np.array([1, 1, 1, -1]))

    finding, hidden = ReasonFaithfulness(
        SIGNALS[:4], a_sum(weights[:4]), [a_sum(weights[:4]), turned], rows[:, :4], rows[:, :4]
    ).run()

    assert hidden == ("channel",) and finding.verdict == verdict
    assert re.search(r"is hidden \(at most 5(\.0)?%\)", finding.sentence)


@pytest.mark.parametrize("groups", [1, 2, 5])
def test_few_groups_are_enough_to_tell_the_strongest_first_from_chance(rows, groups):
    names = [SimpleNamespace(group=str(number)) for number in range(groups)]
    model = a_sum(np.array([0.9, 0.6, 0.5, 0.4, 0.3])[:groups])

    finding, _ = ReasonFaithfulness(names, model, [model], rows[:, :groups], rows[:, :groups]).run()

    assert finding.verdict == "holds"


def test_strengths_in_the_wrong_order_fail(rows):
    """Signs are right, sizes are turned round: what moves the score least is called the strongest."""
    weights = np.array([2.0, 1.0, 0.5, 0.1, 0.05])

    def explain(features):
        return features @ weights, features * weights[::-1], 0.0

    names = [SimpleNamespace(group=str(number)) for number in range(5)]
    finding, _ = ReasonFaithfulness(names, Explained(explain), [Explained(explain)], rows, rows).run()

    assert finding.verdict == "fails" and "100% point the same way" in finding.sentence


def test_leads_that_all_differ_from_those_it_learned_from_have_true_reasons(rows):
    """Every later lead waits longer than any before: "a long wait lowers" is true of all, also of the shortest."""
    later = rows + np.array([0, 0, 4, 0, 0], np.float32)

    finding, hidden = ReasonFaithfulness(SIGNALS, a_sum(WEIGHTS), [a_sum(WEIGHTS)], later, rows).run()

    assert "distance" not in hidden and finding.verdict == "holds"


def test_it_does_not_apply_to_a_handful_of_leads(rows):
    finding, hidden = ReasonFaithfulness(SIGNALS, a_sum(WEIGHTS), [], rows[:9], rows).run()

    assert (finding.verdict, hidden) == ("not applicable", ())
