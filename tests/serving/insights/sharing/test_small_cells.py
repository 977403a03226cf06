"""Can a small number be read, or subtracted back?"""

import itertools

import numpy as np
import pytest

from serving.insights.estimates import Estimate
from serving.insights.figure_tables import HIDDEN, Column, FigureTable, Hidden
from serving.insights.sharing.small_cells import SMALLEST_SHOWN, hide_small_cells

COLUMNS = (
    Column("channel", "Channel", "text", "d"),
    Column("inquiries", "Inquiries", "count", "d", counts_people=True),
    Column("booked", "Booked", "count", "d", counts_people=True),
    Column("rate", "Rate", "share", "d"),
)


def make_table(pairs, name="funnel_by_channel"):
    total = tuple(np.sum(pairs, axis=0).tolist())
    lines = [("All leads", *total, total[1] / max(total[0], 1))]
    lines += [(f"c{i}", a, b, b / max(a, 1)) for i, (a, b) in enumerate(pairs)]
    return FigureTable(name, "T", COLUMNS, tuple(lines), has_total=True)


def test_a_small_number_goes_with_what_is_computed_from_it():
    table = hide_small_cells([make_table([(400, 100), (300, 80), (200, 7)])])[0]

    assert table.rows[3][2] is HIDDEN and table.rows[3][3] is HIDDEN and table.rows[3][1] == 200


def test_a_number_that_differs_by_few_from_another_is_hidden():
    table = hide_small_cells([make_table([(400, 395), (300, 80), (200, 60)])])[0]

    assert table.rows[1][1] == 400 and table.rows[1][2] is HIDDEN


def test_what_one_table_hides_no_other_shows():
    first = make_table([(400, 100), (300, 80), (5, 2)])
    second = make_table([(400, 100), (300, 80), (5, 0)], "lost_by_channel")

    for table in hide_small_cells([first, second]):
        assert table.rows[3][1] is HIDDEN


def test_a_large_table_is_left_alone():
    table = make_table([(400, 100), (300, 80), (200, 60)])

    assert hide_small_cells([table])[0] == table


@pytest.mark.parametrize("seed", range(40))
def test_no_small_number_can_be_subtracted_back(seed):
    rng = np.random.default_rng(seed)
    inquiries = rng.choice([0, 1, 4, 9, 11, 15, 40, 300], rng.integers(2, 7))
    table = make_table([(int(n), int(rng.integers(0, n + 1))) for n in inquiries])

    hidden = hide_small_cells([table])[0]

    for column in (1, 2):
        shown = [row[column] for row in hidden.rows]
        truth = [row[column] for row in table.rows]
        unseen = [value for cell, value in zip(shown[1:], truth[1:], strict=True) if isinstance(cell, Hidden)]
        assert all(not 0 < value < SMALLEST_SHOWN for value in shown if isinstance(value, int))
        # With the total shown, the hidden cells are at least two and hold at least eleven.
        if unseen and not isinstance(shown[0], Hidden):
            assert len(unseen) >= 2 and sum(unseen) >= SMALLEST_SHOWN
    for row in hidden.rows:
        counts = [cell for cell in row[1:3] if isinstance(cell, int)]
        assert all(not 0 < abs(a - b) < SMALLEST_SHOWN for a, b in itertools.combinations(counts, 2))


def test_an_expected_count_is_hidden_beside_the_count_it_rests_on():
    columns = (*COLUMNS[:3], Column("final", "Final", "count", "d", counts_people=True))
    rows = (("All leads", 100, 30, Estimate(31.0, 30.0, 33.0)), ("a", 50, 8, Estimate(8.0, 8.0, 8.0)),
            ("b", 50, 22, Estimate(23.0, 22.0, 25.0)))  # fmt: skip

    table = hide_small_cells([FigureTable("t", "T", columns, rows, has_total=True)])[0]

    assert table.rows[1][2] is HIDDEN and table.rows[1][3] is HIDDEN


@pytest.mark.parametrize("seed", range(30))
def test_no_small_number_can_be_subtracted_back_across(seed):
    rng = np.random.default_rng(seed)
    parts = rng.choice([0, 0, 3, 8, 12, 30, 90], (int(rng.integers(2, 6)), 4))
    names = ("lost", "price", "scheduling", "spam", "other")
    columns = (Column("channel", "C", "text", "d"), *(Column(n, n, "count", "d", counts_people=True) for n in names))
    body = [(f"c{i}", int(part.sum()), *map(int, part)) for i, part in enumerate(parts)]
    total = ("All leads", *np.sum([row[1:] for row in body], axis=0).tolist())
    table = FigureTable("lost_by_channel", "T", columns, (total, *body), has_total=True, adds_across=True)

    hidden = hide_small_cells([table])[0]

    def check(cells, truth):
        assert all(not 0 < cell < SMALLEST_SHOWN for cell in cells if isinstance(cell, int))
        unseen = [value for cell, value in zip(cells[1:], truth[1:], strict=True) if isinstance(cell, Hidden)]
        if unseen and not isinstance(cells[0], Hidden):
            assert len(unseen) >= 2 and sum(unseen) >= SMALLEST_SHOWN

    for row, truth in zip(hidden.rows, table.rows, strict=True):
        check(row[1:], truth[1:])
    for i in range(1, 6):
        check([row[i] for row in hidden.rows], [row[i] for row in table.rows])


def count(name, **more):
    return Column(name, name, "count", "d", counts_people=True, **more)


NAMES = {
    "month": Column("month", "M", "text", "d"),
    "channel": COLUMNS[0],
    "service": Column("service", "S", "text", "d"),
}


def make_counts(name, dimension, columns, rows, **more):
    return FigureTable(name, "T", (NAMES[dimension], *map(count, columns)), rows, **more)


def hide(*tables):
    return {table.name: table.rows for table in hide_small_cells(tables)}


def test_a_month_cannot_be_subtracted_from_the_total_of_another_table():
    months = make_counts(
        "funnel_by_month", "month", ("inquiries", "treated"),
        (("Nov", 100, 4), ("Oct", 100, 40), ("Sep", 100, 41), ("Aug", 100, 30)), rows_in_total=3,
    )  # fmt: skip
    channels = make_counts(
        "funnel_by_channel", "channel", ("inquiries", "treated"),
        (("All leads", 300, 85), ("web", 200, 50), ("phone", 100, 35)), has_total=True,
    )  # fmt: skip

    rows = hide(months, channels)

    assert [row[2] for row in rows["funnel_by_month"]] == [HIDDEN, HIDDEN, 41, 30]
    assert rows["funnel_by_channel"][0][2] == 85


def test_a_total_that_one_table_hides_no_other_shows_nor_adds_up_to():
    # One channel brought every booking, all but three of its inquiries: only the total would be left to hide.
    channels = make_counts(
        "funnel_by_channel", "channel", ("inquiries", "booked"),
        (("All leads", 118, 15), ("web", 18, 15), ("phone", 100, 0)), has_total=True,
    )  # fmt: skip
    services = make_counts(
        "funnel_by_service", "service", ("inquiries", "booked"),
        (("All leads", 118, 15), ("knee", 59, 0), ("hip", 59, 15)), has_total=True,
    )  # fmt: skip
    months = make_counts(
        "funnel_by_month", "month", ("inquiries", "booked"), (("Nov", 59, 0), ("Oct", 59, 15)), rows_in_total=2
    )

    rows = hide(channels, services, months)

    assert all(15 not in [row[2] for row in table] for table in rows.values())


def test_a_month_without_another_to_hide_it_hides_the_total():
    months = make_counts("funnel_by_month", "month", ("inquiries", "booked"), (("Nov", 18, 15),), rows_in_total=1)
    channels = make_counts(
        "funnel_by_channel", "channel", ("inquiries", "booked"),
        (("All leads", 60, 15), ("web", 30, 15), ("phone", 30, 0)), has_total=True,
    )  # fmt: skip

    assert hide(months, channels)["funnel_by_channel"][0][2] is HIDDEN


def test_what_is_computed_from_a_hidden_count_of_another_table_is_hidden():
    money = FigureTable(
        "money_by_channel",
        "T",
        (
            COLUMNS[0],
            Column("spend", "S", "money", "d"),
            count("leads"),
            Column("per_lead", "L", "money", "d"),
            Column("per_booking", "B", "money", "d", rests_on=("leads", "booked")),
            Column("per_treated", "T", "money", "d", rests_on=("leads", "treated")),
        ),
        (("All leads", 9000, 300, 30.0, 150.0, 300.0), ("web", 3000, 100, 30.0, 100.0, 3000.0),
         ("phone", 6000, 120, 50.0, 200.0, 428.6)),
    )  # fmt: skip
    funnel = make_counts(
        "funnel_by_channel", "channel", ("inquiries", "booked", "treated"),
        (("All leads", 300, 100, 40), ("web", 100, 30, 1), ("phone", 120, 30, 14), ("chat", 80, 40, 25)),
        has_total=True,
    )  # fmt: skip

    rows = hide(money, funnel)["money_by_channel"]

    assert rows[1] == ("web", 3000, 100, 30.0, 100.0, HIDDEN)
    assert rows[0][5] == 300.0 and rows[2][5] is HIDDEN


def test_a_change_does_not_tell_a_hidden_month():
    columns = (
        Column("part", "P", "text", "d"),
        Column("bookings", "B", "signed", "d"),
        Column("meaning", "M", "text", "d"),
    )
    change = FigureTable(
        "change_month", "T", columns,
        (("As counted today", -33.0, "m"), ("In the end", Estimate(-30.0, -40.0, -20.0), "m")),
        hidden_with=(("month", "Nov", "booked"), ("month", "Oct", "booked")),
    )  # fmt: skip
    months = make_counts("funnel_by_month", "month", ("inquiries", "booked"), (("Nov", 100, 7), ("Oct", 100, 40)))
    many = make_counts("funnel_by_month", "month", ("inquiries", "booked"), (("Nov", 100, 17), ("Oct", 100, 50)))

    assert hide(change, months)["change_month"] == (("As counted today", HIDDEN, "m"), ("In the end", HIDDEN, "m"))
    assert hide(change, many)["change_month"] == change.rows


def test_the_table_of_reasons_hides_what_the_line_of_all_leads_hides():
    reasons = FigureTable(
        "lost_reasons", "T", (Column("reason", "R", "text", "d"), count("lost")),
        (("All reasons", 40), ("No response", 25), ("Price", 15)), has_total=True, reads_down=True,
    )  # fmt: skip
    lost = FigureTable(
        "lost_by_channel", "T", (COLUMNS[0], count("lost"), count("no_response"), count("price")),
        (("All leads", 40, 25, 15), ("web", 22, 7, 15), ("phone", 18, 18, 0)), has_total=True, adds_across=True,
    )  # fmt: skip

    rows = hide(reasons, lost)

    hidden = [isinstance(cell, Hidden) for cell in rows["lost_by_channel"][0][1:]]
    assert hidden == [isinstance(row[1], Hidden) for row in rows["lost_reasons"]]


RULE_ROWS = ("Fits the rule", "Fits no line of it", "Line: a", "Line: b", "By the score")


def make_rule(*leads):
    rows = tuple(zip(("All leads", *RULE_ROWS), leads, strict=True))
    parts = ((1, (3, 4)), (1, (5,)))
    columns = (Column("fit", "F", "text", "d"), count("leads"))
    return FigureTable("qualifying_rule", "T", columns, rows, has_total=True, rows_in_sum=2, parts=parts)


@pytest.mark.parametrize(
    ("leads", "hidden"),
    [
        # All others would tell the few that fit.
        ((500, 5, 495, 5, 5, 5), {"Fits the rule", "Fits no line of it", "Line: a", "Line: b", "By the score"}),
        # What both lines count, less one of them, is what the other one alone brings.
        ((500, 105, 395, 100, 60, 105), {"Line: a", "Line: b"}),
        # Lines that are apart add up.
        ((500, 105, 395, 98, 7, 105), {"Line: a", "Line: b"}),
        # Those without a score.
        ((500, 105, 395, 80, 60, 102), {"By the score"}),
        ((500, 105, 395, 80, 60, 80), set()),
    ],
)
def test_parts_cannot_be_told_from_what_contains_them(leads, hidden):
    rows = hide(make_rule(*leads))["qualifying_rule"]

    assert {row[0] for row in rows if isinstance(row[1], Hidden)} == hidden
