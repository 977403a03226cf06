"""Is a mark that tells bookings apart told from one that is given by chance?"""

from dataclasses import replace

import numpy as np

from serving.insights.practice_checks.qualification import MARKED, tabulate_qualification


def tabulate(columns, seed, of_booked, of_others):
    """So large a share of those who book, and of the others, is marked on arrival."""
    rng = np.random.default_rng(seed)
    is_marked = rng.random(len(columns)) < np.where(columns.has("booked"), of_booked, of_others)
    marked = replace(columns, marked_days=np.where(is_marked, 0.0, np.nan))
    return tabulate_qualification(marked, np.flatnonzero(columns.age_days >= 40))


def test_a_mark_that_finds_bookings_says_something(columns):
    table = tabulate(columns, 1, 0.7, 0.3)

    assert "the mark says something" in table.notes[0] and 0.6 < table.get(MARKED, "of_bookings") < 0.8
    assert "LESS often" in tabulate(columns, 1, 0.2, 0.5).notes[0]


def test_a_mark_by_chance_says_nothing(columns):
    verdicts = [tabulate(columns, seed, 0.4, 0.4).notes[0] for seed in range(40)]

    assert sum("cannot tell" not in verdict for verdict in verdicts) <= 2


def test_a_mark_made_along_with_the_booking_counts_for_nothing(columns):
    along = replace(columns, marked_days=columns.known_days["booked"])
    table = tabulate_qualification(along, np.flatnonzero(columns.age_days >= 40))

    assert table.rows == () and 'Record "qualified" when it is found' in table.notes[0]
