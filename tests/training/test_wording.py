"""Which words led to bookings: learned month by month, from what was known by then, and from ordinary words alone."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from features.history import History
from features.knowledge import Knowledge
from features.tables import Tables
from training.wording import FEWEST_LEADS_PER_WORD, learned_wording

LEADS = 1200
DAYS = np.timedelta64(1, "D")


@pytest.fixture(scope="module")
def told() -> tuple[Tables, Knowledge]:
    """Two hundred days of leads: those that write of surgery book two days later, those that write of parking never; known after ten days."""
    random = np.random.default_rng(3)
    ids = np.array([f"lead-{n}" for n in range(LEADS)], object)
    arrived = np.datetime64("2026-01-05", "us") + (np.arange(LEADS) * 200 / LEADS * 86_400e6).astype("timedelta64[us]")
    wants = random.random(LEADS) < 0.4
    messages = np.array([f"My name is Zebedee, call 6175550123, {'I need surgery' if one else 'where is parking'}" for one in wants], object)
    messages[:30] = None
    leads = pd.DataFrame({"lead_id": ids, "created_at": pd.Series(arrived).dt.tz_localize("UTC"), "message": pd.Series(messages, dtype=object)})
    none = pd.DataFrame()
    known_at = arrived + 10 * DAYS
    history = History.of(ids, {}, known_at, np.where(wants, arrived + 2 * DAYS, np.datetime64("NaT", "us")))
    return Tables(leads, none, none, none), Knowledge(history=history)


def test_words_that_lead_to_bookings_weigh_more_than_words_that_do_not(told):
    wording = learned_wording(*told)

    worth = dict(zip(wording.words, wording.weights[-1], strict=True))
    assert worth["surgery"] > 0.3 and worth["parking"] < -0.3


def test_no_name_and_no_number_has_a_weight(told):
    wording = learned_wording(*told)

    assert "zebedee" not in wording.words
    assert all(word.isalpha() for word in wording.words)


def test_weights_of_a_month_know_nothing_that_became_known_later(told):
    tables, knowledge = told
    since = learned_wording(tables, knowledge).since[-2]
    history = knowledge.history
    later = history.known_at >= since
    blind = replace(history, booked_at=np.where(later, np.datetime64("NaT", "us"), history.booked_at), known_at=np.where(later, np.datetime64("2027-01-01", "us"), history.known_at))

    with_future, without = learned_wording(tables, knowledge, np.array([since])), learned_wording(tables, replace(knowledge, history=blind), np.array([since]))

    assert with_future.words == without.words
    np.testing.assert_array_equal(with_future.weights, without.weights)
    np.testing.assert_array_equal(with_future.since, [since])


def test_only_the_weights_in_force_are_learned_where_moments_are_named(told):
    every = learned_wording(*told)

    some = learned_wording(*told, np.array([every.since[1] + 3 * DAYS, every.since[1]]))

    np.testing.assert_array_equal(some.since, every.since[1:2])
    number = {word: place for place, word in enumerate(every.words)}
    np.testing.assert_array_equal(some.numbered(number)[0], every.weights[1])


def test_a_rare_word_has_no_weight(told):
    tables, knowledge = told
    messages = tables.leads["message"].copy()
    messages.iloc[100 : 100 + FEWEST_LEADS_PER_WORD - 1] = "I need surgery on my shoulder"

    wording = learned_wording(replace(tables, leads=tables.leads.assign(message=messages)), knowledge)

    assert "shoulder" not in wording.words


@pytest.mark.parametrize("lacking", ["history", "message", "outcomes"])
def test_without_dates_messages_or_outcomes_enough_nothing_is_learned(told, lacking):
    tables, knowledge = told
    if lacking == "history":
        knowledge = Knowledge()
    elif lacking == "message":
        tables = replace(tables, leads=tables.leads.drop(columns="message"))
    else:
        tables = replace(tables, leads=tables.leads.iloc[:250])

    assert learned_wording(tables, knowledge) is None
