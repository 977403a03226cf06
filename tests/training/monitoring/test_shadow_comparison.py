"""Does the comparison of champion and challenger count each lead once, and show the largest differences first?"""

from features.logs.shadow_log import ShadowComparison
from training.monitoring.shadow_comparison import compare_bundles


def test_the_report_counts_each_lead_once_by_its_last_score():
    def one(receipt, lead, shadow_log_odds, grade="B", reason="intent"):
        return ShadowComparison(receipt, lead, "champ", "chall", 0.0, shadow_log_odds, "B", grade, "intent", reason)

    older = ShadowComparison("r0", "L0", "champ", "earlier", 0.0, 1.0, "B", "B", None, None)
    found = compare_bundles(
        [
            older,
            one("r1", "L1", 5.0),
            one("r2", "L1", 0.0),
            one("r3", "L2", 2.0, "A", "trust"),
            one("r4", None, -1.0),
            one("r5", None, 0.0),
        ]
    )

    assert [(pair.shadow, pair.scores, len(pair.last)) for pair in found] == [("chall", 5, 4), ("earlier", 1, 1)]
    words = "\n".join(found[0].describe("leadlight", {"champ": "1", "chall": "2"}))
    assert "leadlight/2 in the shadow of leadlight/1: 5 scores by both, 4 leads" in words
    assert "probability differs by 0.1530 on average" in words and "at most by 0.3808" in words
    assert "different grade: 1 of 4 (25.0%); different first reason: 1 of 4" in words
    assert words.index("r3  0.500 0.881  B A  intent / trust") < words.index("r4  0.500 0.269")
