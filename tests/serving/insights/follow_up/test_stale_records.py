"""Are the open inquiries listed whose record lacks something, and nobody who must not be called?"""

from dataclasses import replace

import numpy as np
import pytest

from serving.insights.columns.categories import ALL_LEADS, NOT_GIVEN, Categories
from serving.insights.follow_up.stale_records import (
    NO_INSURANCE,
    NO_PHONE,
    SILENT,
    UNREACHABLE,
    find_stale,
    select_open,
    tabulate_stale_records,
)


@pytest.fixture(scope="module")
def lacking(columns):
    """Every second lead gave no phone, every third no email, every fifth no insurance."""
    number = np.arange(len(columns))
    has = {"phone": number % 2 > 0, "email": number % 3 > 0, "payer": number % 5 > 0}
    yes_no = {f"gave {name}": Categories(has[name].astype(int), ("no", "yes")) for name in ("phone", "email")}
    payer = Categories(has["payer"].astype(int), (NOT_GIVEN, "plan a"))
    days = np.full((len(columns), 6), np.nan)
    days[number % 7 == 0, :3] = [0.1, 1.0, 2.0]
    return replace(columns, attributes=yes_no | {"payer": payer}, try_days=days)


def test_each_kind_is_what_the_record_lacks(lacking):
    stale, number = find_stale(lacking), np.arange(len(lacking))

    assert (stale[UNREACHABLE] == (number % 6 == 0)).all()
    assert (stale[NO_PHONE] == ((number % 2 == 0) & (number % 3 > 0))).all()
    assert (stale[NO_INSURANCE] == (number % 5 == 0)).all()
    assert (stale[SILENT] == ((number % 7 == 0) & np.isnan(lacking.heard_days))).all()


def test_booked_and_lost_inquiries_and_those_who_asked_for_peace_are_not_among_them(lacking):
    rows = select_open(replace(lacking, do_not_contact=lacking.weekday == 2), np.arange(len(lacking)))

    assert not lacking.has("booked")[rows].any() and np.isnan(lacking.lost_days[rows]).all()
    assert not (lacking.weekday[rows] == 2).any()


def test_the_table_counts_open_inquiries(lacking):
    table = tabulate_stale_records(lacking, np.arange(len(lacking)))

    rows = select_open(lacking, np.arange(len(lacking)))
    assert table.get(ALL_LEADS, "leads") == len(rows)
    assert table.get(NO_INSURANCE, "leads") == find_stale(lacking)[NO_INSURANCE][rows].sum()
    assert table.managers_only


def test_where_nothing_is_lacking_the_table_says_so(columns):
    assert "No open inquiry" in tabulate_stale_records(columns, np.arange(len(columns))).notes[0]


def test_who_booked_late_or_whose_label_is_known_is_not_open(lacking):
    rows = np.arange(len(lacking))
    late = replace(lacking, first_booked_days=np.where(rows % 2, 45.0, np.nan))
    labeled = replace(lacking, label_decided=rows % 2 > 0)

    assert not (select_open(late, rows) % 2).any() and len(select_open(late, rows))
    assert not (select_open(labeled, rows) % 2).any() and len(select_open(labeled, rows))
