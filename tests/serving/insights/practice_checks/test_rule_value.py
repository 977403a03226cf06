"""Does a rule that tells something come out, is one that tells nothing said to, and is it held against the score?"""

from dataclasses import replace

import numpy as np
import pytest

from features.practice.practice import Practice, QualifyingRule
from serving.insights.columns.categories import ALL_LEADS
from serving.insights.figure_tables import Hidden
from serving.insights.practice_checks.rule_value import FITS, compare_with_score, select_by_rule, tabulate_rule
from serving.insights.sharing.small_cells import hide_small_cells
from tests.support.simulated.insight_coverage import OrderColumns
from tests.support.simulated.simulated_orders import simulate_orders

RULE = Practice(qualified=(QualifyingRule("channel = call"), QualifyingRule("payer is known")))


@pytest.fixture(scope="module")
def fitted(columns):
    """A practice whose rule takes the phone calls, and a second line that takes every third lead."""
    calls = columns.categories["channel"].codes == columns.categories["channel"].names.index("call")
    third = np.arange(len(columns)) % 3 == 0
    return replace(columns, rule_matches={"channel = call": calls, "payer is known": third})


def test_a_rule_counts_each_lead_once(fitted):
    rows = np.arange(len(fitted))
    table = tabulate_rule(fitted, RULE, rows)
    fits = np.logical_or.reduce(list(fitted.rule_matches.values()))

    assert table.get(FITS, "leads") == fits.sum() == len(select_by_rule(fitted, rows, FITS))
    assert table.get("Line: payer is known", "leads") == (rows % 3 == 0).sum()
    assert table.get(ALL_LEADS, "booked") == fitted.has("booked").sum()


def test_the_inquiries_of_each_row_are_found(fitted):
    table = tabulate_rule(fitted, RULE, np.arange(len(fitted)))

    for row in table.rows:
        assert len(select_by_rule(fitted, np.arange(len(fitted)), row[0])) == row[1]


def test_a_line_that_means_nothing_is_said_to_be_within_chance():
    verdicts = []
    for seed in range(30):
        columns = OrderColumns(simulate_orders(seed, leads=3_000))
        columns.rule_matches = {"payer is unknown": np.random.default_rng(seed).random(3_000) < 0.3}
        practice = Practice(qualified=(QualifyingRule("payer is unknown"),))
        verdicts.append(tabulate_rule(columns, practice, np.arange(3_000)).get(FITS, "verdict"))

    assert sum(verdict.startswith("They book") for verdict in verdicts) == 0
    # One in ten intervals excludes zero by chance, and is called no more than that.
    assert sum("within chance" in verdict for verdict in verdicts) >= 23


def test_columns_of_the_practice_that_may_be_filled_in_later_are_named(fitted):
    line = "'Case Status' = open"
    own = replace(fitted, rule_matches={line: fitted.rule_matches["payer is known"]})

    notes = tabulate_rule(own, Practice(qualified=(QualifyingRule(line),)), np.arange(len(own))).notes

    assert any(note.startswith("Case Status: ") and "filled in after" in note for note in notes)


def test_a_score_that_knows_more_chooses_better_than_the_rule():
    orders = [simulate_orders(seed, leads=8_000) for seed in range(12)]
    known = [replace(order, log_odds=order.log_odds * 0 + order.fits * 0.1) for order in orders]

    better = [compare_with_score(OrderColumns(order), np.arange(8_000)) for order in orders]

    assert sum(estimate.low <= order.top_gain / 100 <= estimate.high for estimate, order in zip(better, orders)) >= 8
    # A score that is the rule chooses the same leads.
    assert all(tuple(compare_with_score(OrderColumns(order), np.arange(8_000))) == (0.0, 0.0, 0.0) for order in known)


def test_what_leaves_the_house_tells_of_no_few_that_fit(columns):
    few = replace(columns, rule_matches={"channel = call": np.arange(len(columns)) < 5})

    (table,) = hide_small_cells([tabulate_rule(few, RULE, np.arange(len(columns)))])

    shown = {row[0]: row[1] for row in table.rows if not isinstance(row[1], Hidden)}
    assert set(shown) <= {ALL_LEADS}


def test_a_score_that_chooses_the_same_is_said_to(fitted):
    fits = np.logical_or.reduce(list(fitted.rule_matches.values()))
    table = tabulate_rule(replace(fitted, first_log_odds=fits * 1.0), RULE, np.arange(len(fitted)))

    assert table.rows[-1][-1] == "Both choose the same inquiries."
    assert any("called first" in note for note in table.notes)


def test_without_scores_and_without_a_rule_the_reason_is_said(fitted):
    table = tabulate_rule(fitted, RULE, np.arange(len(fitted)))
    empty = tabulate_rule(fitted, Practice(), np.arange(len(fitted)))

    assert any("The score cannot be compared" in note for note in table.notes)
    assert empty.rows == () and "[[qualified]]" in empty.notes[0]


def test_a_line_that_the_data_cannot_answer_is_named(fitted):
    asked = replace(RULE, qualified=(*RULE.qualified, QualifyingRule("was_referred")))

    assert "what it reads: was_referred." in tabulate_rule(fitted, asked, np.arange(len(fitted))).notes[0]
