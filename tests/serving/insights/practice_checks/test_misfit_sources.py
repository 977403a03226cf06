"""Is a source that sends misfits found, and none invented where all are alike?"""

from dataclasses import replace

import numpy as np

from serving.insights.practice_checks.misfit_sources import tabulate_misfits


def with_misfits(columns, seed, share_of_first):
    """One in twenty inquiries is a misfit; of the first channel, another share."""
    rng = np.random.default_rng(seed)
    first = columns.categories["channel"].codes == 0
    misfit = (rng.random(len(columns)) < np.where(first, share_of_first, 0.05)) & ~columns.has("booked")
    reason = np.where(misfit, np.where(rng.random(len(columns)) < 0.7, "out_of_area", "spam"), columns.lost_reason)
    return replace(columns, lost_reason=reason)


def tabulate(columns):
    return tabulate_misfits(columns, np.flatnonzero(columns.age_days >= 40))


def test_the_planted_source_is_named_with_a_sentence_to_send(columns):
    table = tabulate(with_misfits(columns, 1, 0.3))
    name = columns.categories["channel"].names[0]

    assert [row[0] for row in table.rows] == [f"{name} (channel)"]
    assert table.rows[0][3].low > table.rows[0][4]
    assert table.rows[0][5].startswith(f"Many inquiries from {name} cannot be helped, mostly because they live too far")
    assert "narrow the area" in table.rows[0][5] and not any(letter.isdigit() for letter in table.rows[0][5])


def test_none_is_invented_where_all_sources_are_alike(columns):
    named = [len(tabulate(with_misfits(columns, seed, 0.05)).rows) for seed in range(40)]

    assert sum(count > 0 for count in named) <= 2


def test_it_stays_in_the_house(columns):
    assert tabulate(with_misfits(columns, 1, 0.3)).managers_only
