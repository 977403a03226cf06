"""Does every lead stand where the policy says, and does the sentence beside it say why?"""

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from features.practice.queue_policy import QueuePolicy
from serving.desk.queue.call_candidates import CallCandidates
from serving.desk.queue.order_explanations import OrderExplainer
from serving.desk.queue.working_order import ORDER_GROUPS, compute_working_order
from serving.random_holdout import count_holdout_positions, interleave_holdout
from tests.support.call_candidates import HOUR, MINUTE, NOW, leads

POLICY = QueuePolicy(longest_wait_hours=24.0, longest_wait_share=0.25)


def explain(some_leads, policy=POLICY, **how):
    """Rows in working order with their sentences."""
    order = compute_working_order(some_leads, NOW, policy, **how)
    explainer = OrderExplainer(some_leads, order, NOW, policy, "America/Chicago")
    return (
        dict(zip(order.rows.tolist(), explainer.explain(order.rows), strict=True)),
        dict(zip(order.do_not_contact_rows.tolist(), explainer.explain(order.do_not_contact_rows), strict=True)),
        order,
    )


def test_an_empty_desk_has_an_empty_order():
    order = compute_working_order(leads(0), NOW, POLICY, share=0.05)

    assert order.rows.tolist() == order.do_not_contact_rows.tolist() == [] and order.next_call is None


def test_what_sounds_urgent_stands_first_whatever_its_score_and_the_hour():
    closed = {"callable_from": ["NaT", "NaT", NOW + HOUR], "obstacle": [None, None, "we're closed"]}

    listed, _, order = explain(leads(lane=["normal", "normal", "urgent"], probability=[0.9, 0.8, 0.0], **closed))

    assert list(listed) == [2, 0, 1]
    assert listed[2] == "Possible emergency; we're closed"
    assert order.next_call == 2


def test_an_urgent_lead_that_did_not_answer_stays_in_sight_and_is_not_called_every_minute():
    listed, _, order = explain(
        leads(lane=["normal", "normal", "urgent"], attempts=[0, 0, 1], last_attempt_at=["NaT", "NaT", NOW - 5 * MINUTE])
    )

    assert list(listed)[0] == 2 and order.next_call == 0
    assert listed[2] == "Possible emergency; call after 2:10 PM, no answer at 1:55 PM"


def test_among_urgent_leads_the_score_decides_nothing():
    listed, _, _ = explain(leads(lane=["urgent"] * 3, probability=[0.1, 0.2, 0.9]))

    assert list(listed) == [0, 1, 2]


@pytest.mark.parametrize(("minutes", "due"), [(-60, True), (0, True), (5, True), (6, False), (300, False)])
def test_a_promised_call_is_due_from_five_minutes_before(minutes, due):
    listed, _, order = explain(leads(callback_at=["NaT", "NaT", NOW + minutes * MINUTE]))

    assert (list(listed)[0] == 2) == due
    assert (order.lane[2] == "callback due") == due
    assert bool(order.ready[2]) == due


def test_promises_are_said_with_their_time_and_with_the_day_when_it_is_another():
    listed, _, _ = explain(leads(callback_at=[NOW - 3 * HOUR, NOW - 24 * HOUR, NOW + 2 * HOUR]))

    assert list(listed.items()) == [
        (1, "Callback at 2 PM yesterday"),
        (0, "Callback at 11 AM"),
        (2, "Call after 3:55 PM: callback at 4 PM"),
    ]


def test_a_promise_is_kept_by_an_attempt_and_the_pause_begins():
    listed, _, order = explain(
        leads(callback_at=[NOW - HOUR, "NaT", "NaT"], last_attempt_at=[NOW - HOUR, "NaT", "NaT"], attempts=[1, 0, 0])
    )

    assert list(listed)[-1] == 0 and not order.ready[0]
    assert listed[0] == "Call after 3 PM: no answer at 1 PM"


def test_who_asked_not_to_be_contacted_is_in_no_list_of_calls():
    listed, apart, order = explain(
        leads(
            do_not_contact=[True, False, True],
            lane=["normal", "normal", "urgent"],
            callback_at=[NOW, "NaT", "NaT"],
            human_place=[1.0, np.nan, np.nan],
        )
    )

    assert list(listed) == [1]
    assert apart == {
        2: "Possible emergency. Do not contact",
        0: "Do not contact",
    }
    assert order.ready.tolist() == [False, True, False]


def test_the_pause_grows_with_the_attempts_and_is_the_last_one_from_then_on():
    tried = leads(5, attempts=[1, 2, 3, 4, 9], last_attempt_at=[NOW - 10 * MINUTE] * 5)

    order = compute_working_order(tried, NOW, QueuePolicy(retry_hours=(2.0, 22.0, 24.0)))

    assert ((order.not_before - tried.last_attempt_at) / HOUR).tolist() == [2.0, 22.0, 24.0, 24.0, 24.0]


def test_the_hour_holds_a_lead_back_and_says_since_when_it_may_be_called():
    listed, _, _ = explain(
        leads(callable_from=[NOW + 2 * HOUR, "NaT", "NaT"], obstacle=["asked to be called in the evening", None, None])
    )

    assert list(listed) == [1, 2, 0]
    assert listed[0] == "Call after 4 PM: asked to be called in the evening"


def test_a_wish_for_another_time_gives_way_when_nobody_else_is_left_and_a_promise_or_a_pause_does_not():
    wishing = {
        "callable_from": [NOW + 2 * HOUR] * 4,
        "obstacle": ["asked to be called in the evening"] * 4,
        "is_preference_only": [True, True, True, False],
    }
    with_promise = leads(4, callback_at=[NOW + HOUR, "NaT", "NaT", "NaT"], probability=[0.9, 0.1, 0.2, 0.9], **wishing)
    paused = leads(
        1, attempts=[1], last_attempt_at=[NOW - MINUTE], **{name: values[:1] for name, values in wishing.items()}
    )

    assert compute_working_order(with_promise, NOW, POLICY).next_call == 2
    assert compute_working_order(paused, NOW, POLICY).next_call is None


def test_the_gain_is_said_in_the_figures_that_ordered_it():
    policy = QueuePolicy(decay_weight=1.0, value_weight=1.0)
    listed, _, _ = explain(
        leads(
            probability=[0.5, 0.31, 0.2],
            probability_tomorrow=[0.49, 0.24, np.nan],
            value=[100.0, 14200.0, np.nan],
            attempts=[0, 1, 2],
        ),
        policy,
    )

    assert list(listed.values()) == [
        "31% likely to book, about 24% tomorrow; $14,200 if so; 1 attempt, no answer",
        "20% likely to book; 2 attempts, no answer",
        "50% likely to book, about 49% tomorrow; $100 if so",
    ]


def test_a_low_score_holds_nobody_back_but_by_what_a_call_is_worth():
    listed, _, order = explain(
        leads(
            lane=["nurture", "normal", "normal"], probability=[0.05, 0.06, 0.01], arrived_at=[NOW, NOW - 20 * HOUR, NOW]
        )
    )

    assert list(listed) == [0, 1, 2]
    assert listed[0] == "5% likely to book" and order.lane[0] == "nurture"


def test_an_urgent_lead_that_was_called_twice_in_vain_pauses_longer_and_stands_first_again():
    tried = {"lane": ["normal", "normal", "urgent"], "attempts": [0, 0, 2], "arrived_at": [NOW, NOW, NOW - 31 * HOUR]}

    paused, _, early = explain(leads(**tried, last_attempt_at=["NaT", "NaT", NOW - 20 * HOUR]))
    listed, _, order = explain(leads(**tried, last_attempt_at=["NaT", "NaT", NOW - 30 * HOUR]))

    assert list(listed) == [2, 0, 1] and listed[2] == "Possible emergency; 2 attempts, no answer" and order.ready[2]
    assert list(paused)[0] == 2 and not early.ready[2] and early.next_call == 0


def test_a_person_puts_a_lead_at_a_place_after_what_is_urgent_and_grades_are_theirs():
    listed, _, _ = explain(
        leads(
            4,
            lane=["urgent", "normal", "normal", "normal"],
            human_place=[np.nan, np.nan, np.nan, 1.0],
            human_grade=[None, "A", None, None],
        )
    )

    assert list(listed.items())[:3] == [
        (0, "Possible emergency"),
        (3, "Moved to place 1 by hand"),
        (1, "Re-graded A by hand"),
    ]


def test_the_place_a_person_gave_ends_with_a_call_without_an_answer():
    listed, _, _ = explain(
        leads(human_place=[np.nan, np.nan, 1.0], attempts=[0, 0, 1], last_attempt_at=["NaT", "NaT", NOW])
    )

    assert list(listed)[-1] == 2


def test_a_share_of_the_places_goes_to_those_who_waited_too_long():
    listed, _, _ = explain(
        leads(
            12, arrived_at=[NOW - 30 * HOUR, NOW - 26 * HOUR, *[NOW - HOUR] * 10], probability=[0.0, 0.0, *[0.5] * 10]
        )
    )

    assert list(listed)[2] == 0 and list(listed)[6] == 1
    assert listed[1] == "Never called, waiting 26 hours"


def test_who_was_spoken_with_was_called_and_takes_no_place_of_a_first_call():
    listed, _, _ = explain(
        leads(
            2,
            arrived_at=[NOW - 60 * HOUR, NOW - 26 * HOUR],
            last_attempt_at=[NOW - 30 * HOUR, "NaT"],
            attempts=[0, 0],
        )
    )

    assert "Never called" in listed[1] and "Never called" not in listed[0]


def test_the_arrival_share_stands_in_order_of_arrival_whatever_its_score():
    in_share = np.isin(np.arange(40), (3, 7))

    listed, _, _ = explain(leads(40, in_arrival_share=in_share, probability=np.where(in_share, 0.0, 0.5)), share=0.05)

    assert list(listed)[10] == 3 and list(listed)[30] == 7
    assert listed[3] == "Random check lead: called in order of arrival"


def test_the_same_leads_stand_in_the_same_order_whichever_row_they_are_in():
    random = np.random.default_rng(5)
    crowd = draw_candidates(200, random)
    shuffled = random.permutation(200)

    first, second = (
        compute_working_order(crowd, NOW, POLICY, 0.05, 3),
        compute_working_order(crowd.take(shuffled), NOW, POLICY, 0.05, 3),
    )

    np.testing.assert_array_equal(first.rows, shuffled[second.rows])


def test_ten_thousand_open_leads_are_in_order_within_milliseconds():
    crowd = draw_candidates(10_000, np.random.default_rng(5))
    compute_working_order(crowd, NOW, POLICY, 0.05)

    durations = []
    for _ in range(5):
        started = time.process_time()
        order = compute_working_order(crowd, NOW, POLICY, 0.05)
        OrderExplainer(crowd, order, NOW, POLICY, "America/Chicago").explain(order.rows[:50])
        durations.append(time.process_time() - started)

    assert min(durations) < 0.05


def draw_candidates(count, random):
    """Leads of every kind, no two alike."""
    sometimes = lambda share, values: np.where(random.random(count) < share, values, np.datetime64("NaT", "us"))  # noqa: E731
    ago = NOW - random.permutation(count * 10)[:count].astype("timedelta64[m]")
    attempts = random.integers(0, 4, count)
    return CallCandidates.of(
        random.choice(["urgent", "normal", "nurture"], count, p=[0.05, 0.65, 0.3]),
        random.random(count),
        ago,
        callback_at=sometimes(0.1, NOW + random.integers(-300, 300, count) * MINUTE),
        attempts=attempts,
        last_attempt_at=np.where(attempts > 0, ago + (NOW - ago) // 2, np.datetime64("NaT", "us")),
        do_not_contact=random.random(count) < 0.05,
        callable_from=sometimes(0.1, NOW + random.integers(1, 300, count) * MINUTE),
        obstacle=["outside our hours"] * count,
        in_arrival_share=random.random(count) < 0.05,
        human_place=np.where(random.random(count) < 0.02, random.integers(1, 9, count), np.nan),
    )


@settings(max_examples=40, deadline=None)
@given(some.integers(0, 60), some.integers(0, 2**32 - 1), some.sampled_from([0.0, 0.05, 0.3]), some.integers(0, 500))
def test_everybody_stands_in_the_order_once_and_by_its_rules(count, seed, share, called):
    crowd = draw_candidates(count, np.random.default_rng(seed))

    order = compute_working_order(crowd, NOW, POLICY, share, called)

    assert sorted([*order.rows, *order.do_not_contact_rows]) == list(range(count))
    groups = [ORDER_GROUPS[number] for number in order.group[order.rows]]
    part = [{"urgent": 0, "callback": 1, "later": 3}.get(name, 2) for name in groups]
    assert part == sorted(part)
    assert crowd.do_not_contact[order.do_not_contact_rows].all() and not crowd.do_not_contact[order.rows].any()
    assert {groups[position] for position in range(len(part)) if not order.ready[order.rows[position]]} <= {
        "urgent",
        "later",
    }
    assert all(OrderExplainer(crowd, order, NOW, POLICY, "America/Chicago").explain(range(count)))


@settings(max_examples=25, deadline=None)
@given(
    some.integers(0, 2**32 - 1),
    some.sampled_from([0.1, 0.25, 0.5, 1.0]),
    some.sampled_from([0.0, 0.05, 0.3]),
    some.integers(0, 100),
)
def test_nobody_starves_however_many_likelier_leads_come_in(seed, wait_share, share, called):
    """A desk that is overrun for ever: one call, one new lead with a better score than all; the list is made anew after
    every call.
    """
    random, policy = np.random.default_rng(seed), QueuePolicy(longest_wait_hours=24.0, longest_wait_share=wait_share)
    old = int(random.integers(1, 6))
    arrived = [NOW - (30 + number) * HOUR for number in range(old)]
    chance, ids, gone = [0.01] * old, list(range(old)), []
    while any(number < old for number in ids):
        in_share = np.array(ids) % 7 == 6
        crowd = CallCandidates.of(
            ["normal"] * len(ids),
            [chance[number] for number in ids],
            [arrived[number] for number in ids],
            in_arrival_share=in_share,
        )
        row = compute_working_order(crowd, NOW, policy, share, called + len(gone)).next_call
        gone.append(ids.pop(row))
        ids.append(len(arrived))
        arrived.append(NOW - MINUTE)
        chance.append(0.5 + 0.4 * random.random())
        assert len(gone) <= old / wait_share / (1 - share) + 2 / wait_share + 2, "the longest waiting were passed over"

    assert [number for number in gone if number < old] == list(range(old))[::-1]


@settings(max_examples=60, deadline=None)
@given(some.floats(0.01, 1.0), some.integers(0, 3000), some.integers(0, 40), some.integers(0, 40))
def test_a_list_made_anew_after_every_call_is_the_list_that_was_made_once(share, called, scored, arrived):
    once = interleave_holdout(np.arange(scored), 100 + np.arange(arrived), share, called).tolist()

    left, right, called_rows = list(range(scored)), [100 + number for number in range(arrived)], []
    while left and right:
        first = int(interleave_holdout(np.array(left), np.array(right), share, called + len(called_rows))[0])
        (right if first >= 100 else left).remove(first)
        called_rows.append(first)

    assert called_rows == once[: len(called_rows)]
    assert count_holdout_positions(called + 1, share) - count_holdout_positions(called, share) in (0, 1)


def test_the_list_of_calls_holds_who_can_be_called_and_every_lead_is_on_one_list():
    crowd = leads(
        6,
        lane=["normal", "urgent", "normal", "spam", "normal", "urgent"],
        can_call=[True, False, False, True, True, True],
        can_write=[True, True, False, True, False, True],
        do_not_contact=[False] * 4 + [True, False],
    )

    order = compute_working_order(crowd, NOW, POLICY)

    assert {name: rows.tolist() for name, rows in order.lists.items()} == {
        "call": [5, 0],
        "write": [1],
        "missing": [2],
        "spam": [3],
        "apart": [4],
    }
    assert not order.ready[[1, 2, 3, 4]].any() and set(order.to_call.tolist()) == {0, 5}


def test_why_nobody_calls_a_lead_is_said():
    crowd = leads(3, lane=["urgent", "normal", "spam"], can_call=[False, False, True], can_write=[True, False, True])
    order = compute_working_order(crowd, NOW, POLICY)

    sentences = OrderExplainer(crowd, order, NOW, POLICY, "America/Chicago").explain(range(3))

    assert sentences == [
        "Possible emergency. Can only be emailed: no phone number that works",
        "No phone number or email that works",
        "Looks like spam or a test",
    ]


def test_who_was_written_to_a_moment_ago_stands_after_who_was_not():
    crowd = leads(2, can_call=[False] * 2, can_write=[True] * 2, last_attempt_at=[NOW - HOUR, np.datetime64("NaT")])

    assert compute_working_order(crowd, NOW, POLICY).write_rows.tolist() == [1, 0]


def test_where_nobody_can_be_called_next_it_is_said_why_and_from_when():
    def say(some_leads):
        order = compute_working_order(some_leads, NOW, POLICY)
        return OrderExplainer(some_leads, order, NOW, POLICY, "America/Chicago").explain_no_next_lead()

    closed = {"callable_from": [NOW + 3 * HOUR, NOW + 2 * HOUR], "obstacle": ["too early", "we're closed"]}

    assert say(leads(0)) == "Nobody is left to call"
    assert say(leads(2)) == "Everybody who can be called now is with somebody else"
    assert say(leads(2, **closed)) == "Nobody can be called now. Next call after 4 PM: we're closed"
