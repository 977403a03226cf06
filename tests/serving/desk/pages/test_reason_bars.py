"""Do bars show to one scale what speaks for a lead and against it?"""

from types import SimpleNamespace

from serving.desk.pages.reason_bars import build_reason_bars
from serving.scoring.reason_groups import GroupedReason, GroupedReasons


def view(*reasons, other=0.0, level=0.0):
    """What a lead's page knows of its reasons: texts and log-odds."""
    named = tuple(GroupedReason("request", text, log_odds, (text,)) for text, log_odds in reasons)
    return SimpleNamespace(grouped=GroupedReasons(named, other, 1.0), shown={"level_log_odds": level})


def test_the_strongest_reason_is_the_longest_bar_and_bars_grow_away_from_the_middle():
    parts = dict(build_reason_bars(view(("a", 1.0), ("b", -0.5))))
    (raises,), (lowers,) = parts["For"], parts["Against"]

    assert (raises.effect, lowers.effect) == ("raises", "lowers")
    assert raises.width == 2 * lowers.width and raises.left == lowers.left + lowers.width


def test_what_is_left_over_is_context_and_empty_parts_are_left_out():
    parts = build_reason_bars(view(other=0.2, level=-0.1))

    assert [(title, [bar.text for bar in bars]) for title, bars in parts] == [
        ("Context", ["Other factors", "Results of the last weeks"])
    ]
    assert build_reason_bars(view()) == []


def test_reasons_that_change_nothing_are_still_seen():
    ((_, (bar,)),) = build_reason_bars(view(("a", 0.0)))

    assert bar.width == 1.0
