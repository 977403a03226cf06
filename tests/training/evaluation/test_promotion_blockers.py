"""One rule for what blocks a promotion, and a verdict that agrees with it."""

from features.registry import CATALOGUE
from training.check_finding import Finding
from training.evaluation.promotion_blockers import find_blocking

FAILS = Finding("LC006", "fails", "Calibration error 0.2.")
HOLDS = Finding("LC007", "holds", "It beats the rules.")
SIGNAL = next(iter(CATALOGUE.values()))


def test_what_fails_blocks_unless_it_only_warns():
    assert find_blocking([FAILS, HOLDS], [SIGNAL]) == [FAILS]
    assert find_blocking([FAILS, HOLDS], [SIGNAL], {"LC006"}) == []


def test_a_suspect_column_blocks_where_the_model_uses_it():
    used = Finding("LC003", "holds", "One is kept.", {SIGNAL.name: "known only afterwards"})
    unused = Finding("LC003", "fails", "One is left out.", {"another column": "known only afterwards"})

    assert find_blocking([used, unused], [SIGNAL]) == [used]
