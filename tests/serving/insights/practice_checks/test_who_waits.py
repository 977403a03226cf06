"""Is a payer whose people wait longer found, and none where all wait alike?"""

from dataclasses import replace

import numpy as np

from serving.insights.columns.audited_groups import NO_MESSAGE
from serving.insights.columns.categories import Categories
from serving.insights.figure_tables import Hidden
from serving.insights.practice_checks.who_waits import (
    ALSO_ALIKE,
    BY_CHANCE,
    NOT_ALIKE,
    NOT_COMPARED,
    find_answered_soon,
    tabulate_who_waits,
)
from serving.insights.sharing.small_cells import hide_small_cells


def tabulate(columns, seed, slow_share=0.6):
    """Six of ten are answered within the hour; of the first payer, another share."""
    rng = np.random.default_rng(seed)
    share = np.where(columns.audited["payer"].codes == 0, slow_share, 0.6)
    minutes = np.where(rng.random(len(columns)) < share, 30.0, 300.0)
    waited = replace(columns, response_minutes=minutes)
    return tabulate_who_waits(waited, np.arange(len(columns)))[0]


def test_the_planted_payer_waits_longer(columns):
    table, name = tabulate(columns, 1, 0.4), columns.audited["payer"].names[0]

    # Nobody of that payer comes by another way: what is left on like inquiries is the same difference.
    assert table.get(name, "verdict") == f"Waits longer than all others, {ALSO_ALIKE}."
    assert table.get(name, "alike").low < -20 < table.get(name, "alike").high
    assert table.rows[0][1] == sum(row[1] for row in table.rows[1:]) and table.has_total


def test_a_payer_whose_people_come_by_a_slow_channel_waits_longer_and_not_on_like_inquiries(columns):
    rng = np.random.default_rng(4)
    channel = columns.categories["channel"]
    comes_slowly = channel.codes == 0
    code = np.where(comes_slowly & (rng.random(len(columns)) < 0.8), 0, rng.integers(1, 3, len(columns)))
    minutes = np.where(rng.random(len(columns)) < np.where(comes_slowly, 0.2, 0.7), 30.0, 300.0)
    payer = Categories(code, columns.audited["payer"].names)
    waited = replace(columns, response_minutes=minutes, audited={"payer": payer})

    table = tabulate_who_waits(waited, np.arange(len(columns)))[0]

    assert table.get(payer.names[0], "verdict") == f"Waits longer than all others, {NOT_ALIKE}."


def test_no_difference_is_invented(columns):
    verdicts = [{row[5] for row in tabulate(columns, seed).rows[1:]} for seed in range(40)]

    assert sum(bool(words - {"No difference beyond chance.", BY_CHANCE}) for words in verdicts) <= 2


def test_nobody_who_got_no_answer_was_answered_soon(columns):
    waited = replace(columns, response_minutes=np.where(np.arange(len(columns)) % 2, np.nan, 60.0))

    assert find_answered_soon(waited).tolist() == [i % 2 == 0 for i in range(len(columns))]


def test_what_alike_means_is_what_the_data_tells(columns):
    opening = Categories(np.arange(len(columns)) % 2, ("open", "closed"))
    audited = columns.audited | {"opening": opening}
    told = replace(columns, audited=audited, response_minutes=np.full(len(columns), 30.0))

    texts = {table.name: table.columns[4].definition for table in tabulate_who_waits(told, np.arange(len(columns)))} | {
        "none": tabulate_who_waits(replace(told, categories={}), np.arange(len(columns)))[-1].columns[4].definition
    }

    assert "channel" in texts["waits_by_payer"] and "open" in texts["waits_by_payer"]
    assert "channel" in texts["waits_by_opening"] and "open" not in texts["waits_by_opening"]
    assert "channel" not in texts["none"]


def test_inquiries_without_a_message_are_counted_and_not_compared(columns):
    """Totals of all tables are of the same inquiries: what one of them leaves out could be subtracted."""
    n = len(columns)
    code = np.where(np.arange(n) < 5, 0, 1 + np.arange(n) % 2)
    language = Categories(code, (NO_MESSAGE, "Spanish", "English or another language"))
    told = replace(columns, audited=columns.audited | {"language": language}, response_minutes=np.full(n, 30.0))

    tables = {table.name: table for table in tabulate_who_waits(told, np.arange(n))}
    (shared,) = hide_small_cells([tables["waits_by_language"]])

    assert tables["waits_by_language"].rows[0][:3] == tables["waits_by_payer"].rows[0][:3]
    assert tables["waits_by_language"].rows[-1][-1] == NOT_COMPARED
    # Its five people, and so many others that they cannot be subtracted.
    is_hidden = [isinstance(row[1], Hidden) for row in shared.rows]
    assert not is_hidden[0] and is_hidden[-1] and sum(is_hidden) == 2
