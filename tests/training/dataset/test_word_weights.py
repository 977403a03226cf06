"""Which words led to bookings: learned month by month, from what was known by then, and from ordinary words alone."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from features.point_in_time.context import Context
from features.point_in_time.outcome_history import OutcomeHistory
from features.practice.practice import Practice
from features.registry import CATALOGUE
from features.tables.tables import Tables
from training.checks.no_future_leakage import LeakageSample, NoFutureLeakage
from training.dataset.word_weights import MIN_LEADS_PER_WORD, learn_word_weights

LEADS = 1200
DAYS = np.timedelta64(1, "D")


@pytest.fixture(scope="module")
def surgery_messages() -> tuple[Tables, Context]:
    """Two hundred days of leads: those that write of surgery book two days later, those that write of parking never;
    known after ten days.
    """
    random = np.random.default_rng(3)
    ids = np.array([f"lead-{n}" for n in range(LEADS)], object)
    arrived = np.datetime64("2026-01-05", "us") + (np.arange(LEADS) * 200 / LEADS * 86_400e6).astype("timedelta64[us]")
    wants = random.random(LEADS) < 0.4
    messages = np.array(
        [f"My name is Zebedee, call 6175550123, {'I need surgery' if wish else 'where is parking'}" for wish in wants],
        object,
    )
    messages[:30] = None
    leads = pd.DataFrame(
        {
            "lead_id": ids,
            "created_at": pd.Series(arrived).dt.tz_localize("UTC"),
            "message": pd.Series(messages, dtype=object),
        }
    )
    empty = pd.DataFrame()
    known_at = arrived + 10 * DAYS
    history = OutcomeHistory.of(ids, {}, known_at, np.where(wants, arrived + 2 * DAYS, np.datetime64("NaT", "us")))
    return Tables(leads, empty, empty, empty), Context(history=history)


def test_words_that_lead_to_bookings_weigh_more_than_words_that_do_not(surgery_messages):
    wording = learn_word_weights(*surgery_messages)

    worth = dict(zip(wording.words, wording.weights[-1], strict=True))
    assert worth["surgery"] > 0.3 and worth["parking"] < -0.3


def test_a_word_that_only_stands_around_times_has_no_weight(surgery_messages):
    tables, context = surgery_messages
    word = sorted(context.reader.corrector.context_words)[0]
    leads = tables.leads.assign(message=tables.leads["message"].str.replace("surgery", f"surgery {word}"))
    wording = learn_word_weights(replace(tables, leads=leads), context)

    assert "surgery" in wording.words and word not in wording.words


def test_no_name_and_no_number_has_a_weight(surgery_messages):
    wording = learn_word_weights(*surgery_messages)

    assert "zebedee" not in wording.words
    assert all(token.isalpha() for token in wording.words)


def test_weights_of_a_month_know_nothing_that_became_known_later(surgery_messages):
    tables, context = surgery_messages
    since = learn_word_weights(tables, context).since[-2]
    history = context.history
    later = history.known_at >= since
    blind = replace(
        history,
        booked_at=np.where(later, np.datetime64("NaT", "us"), history.booked_at),
        known_at=np.where(later, np.datetime64("2027-01-01", "us"), history.known_at),
    )

    with_future, without = (
        learn_word_weights(tables, state, cutoffs=np.array([since]))
        for state in (context, replace(context, history=blind))
    )

    assert with_future.words == without.words
    np.testing.assert_array_equal(with_future.weights, without.weights)
    np.testing.assert_array_equal(with_future.since, [since])


def test_only_the_weights_in_force_are_learned_where_moments_are_named(surgery_messages):
    every = learn_word_weights(*surgery_messages)

    subset = learn_word_weights(*surgery_messages, cutoffs=np.array([every.since[1] + 3 * DAYS, every.since[1]]))

    np.testing.assert_array_equal(subset.since, every.since[1:2])
    number = {token: number for number, token in enumerate(every.words)}
    np.testing.assert_array_equal(subset.align_weights(number)[0], every.weights[1])


def test_the_weights_of_a_month_hold_before_anything_has_become_known_in_it(surgery_messages):
    """A day after the month's turn, nothing known since: deleting the future must not bring the month before back."""
    tables, _ = surgery_messages
    wants = tables.leads["message"].str.endswith("surgery", na=False)
    arrived = np.where(
        np.arange(LEADS) < 800, np.datetime64("2026-01-05T09:00", "us"), np.datetime64("2026-02-01T09:00", "us")
    )
    leads = tables.leads.assign(
        created_at=pd.Series(arrived + np.arange(LEADS) * np.timedelta64(1, "m")).dt.tz_localize("UTC")
    )
    ended = leads["created_at"] + pd.Timedelta(days=2)
    outcomes = pd.DataFrame(
        {"lead_id": leads["lead_id"], "occurred_at": ended, "stage": np.where(wants, "booked", "lost")}
    )

    finding = NoFutureLeakage(
        replace(tables, leads=leads, outcomes=outcomes),
        Practice(),
        "booked",
        [CATALOGUE["wording_booking_rate"]],
        sample=LeakageSample(cutoffs=4, leads=50),
    ).run()

    assert finding.verdict == "holds", finding.details


def test_what_holds_at_a_moment_does_not_hang_on_which_other_moments_are_named(surgery_messages):
    """In February a lost lead books after all, so that too few stand on the other side: January's weights go on to
    hold, whoever asks.
    """
    tables, context = surgery_messages
    ids, booked_at = tables.leads["lead_id"].to_numpy(object)[30:430], np.full(400, np.datetime64("2025-12-20", "us"))
    booked_at[:30] = np.datetime64("NaT", "us")
    booked_at[0] = np.datetime64("2026-01-10", "us")
    turned = replace(
        context, history=OutcomeHistory.of(ids, {}, np.full(400, np.datetime64("2025-12-20", "us")), booked_at)
    )
    january, february = np.datetime64("2026-01-05", "us"), np.datetime64("2026-02-05", "us")

    alone, both, every = (
        learn_word_weights(tables, turned, cutoffs=moments)
        for moments in (np.array([february]), np.array([january, february]), None)
    )

    assert (
        alone.since.tolist()
        == both.since.tolist()
        == every.since.tolist()
        == [np.datetime64("2026-01-01", "us").astype(object)]
    )


def test_a_rare_word_has_no_weight(surgery_messages):
    tables, context = surgery_messages
    messages = tables.leads["message"].copy()
    messages.iloc[100 : 100 + MIN_LEADS_PER_WORD - 1] = "I need surgery on my shoulder"

    wording = learn_word_weights(replace(tables, leads=tables.leads.assign(message=messages)), context)

    assert "shoulder" not in wording.words


@pytest.mark.parametrize("lacking", ["history", "message", "outcomes"])
def test_without_dates_messages_or_outcomes_enough_nothing_is_learned(surgery_messages, lacking):
    tables, context = surgery_messages
    if lacking == "history":
        context = Context()
    elif lacking == "message":
        tables = replace(tables, leads=tables.leads.drop(columns="message"))
    else:
        tables = replace(tables, leads=tables.leads.iloc[:250])

    assert learn_word_weights(tables, context) is None
