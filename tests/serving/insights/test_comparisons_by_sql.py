"""Do the comparisons agree with an independent count by SQL over the raw tables?

The SQL is written from the definitions on the page; no code of the insights is in it. What it takes from the report is
the age from which bookings are known, which is an estimate.
"""

import sqlite3

import numpy as np
import pandas as pd
import pytest

from serving.insights.cohorts import find_ripe_days
from serving.insights.columns.column_reading import read_lead_columns
from serving.insights.insight_report import compute_insights

MONTHS = 12
CELLS = 160

BASE = """
create table arrived as select *, julianday(created_at) as at from leads
where julianday(created_at) <= (select at from report);
create table ends as
select o.lead_id, o.stage, o.reason, julianday(o.occurred_at) - a.at as days,
       julianday(o.recorded_at) - a.at as known_days
from outcomes o join arrived a using (lead_id)
where max(julianday(o.recorded_at), julianday(o.occurred_at)) <= (select at from report);
create table happened as
select e.lead_id, e.kind, e.staff_id, e.reached, e.half_hour, e.day_number, e.rowid as number,
       julianday(e.occurred_at) - a.at as days
from events e join arrived a using (lead_id) where julianday(e.occurred_at) <= (select at from report);
create table ours as
select *, lag(days) over (partition by lead_id order by days) as before from happened
where days > -1e-9 and (kind = 'outbound_call' or kind in ('sms_out', 'email_out') and staff_id is not null);
create table tries as
select lead_id, days, row_number() over (partition by lead_id order by days) as number from ours
where before is null or days - before > 1.0 / 24 + 1e-9;
create table life as
select a.*, (select at from report) - a.at as age,
  (select min(days) from ends where lead_id = a.lead_id and stage in ('booked', 'attended', 'treated')
   and days <= 30.000001) as booked,
  (select min(known_days) from ends where lead_id = a.lead_id and stage = 'lost') as lost,
  (select reason from ends where lead_id = a.lead_id and stage = 'lost' order by known_days limit 1) as reason,
  (select min(known_days) from ends where lead_id = a.lead_id and stage in ('booked', 'attended', 'treated')
   and days <= 30.000001) as booked_known,
  (select min(known_days) from ends where lead_id = a.lead_id and stage = 'qualified') as marked,
  (select min(days) from ours where lead_id = a.lead_id) as answered,
  exists(select 1 from happened where lead_id = a.lead_id and abs(days) <= 10.0 / 1440 + 1e-9
         and (kind = 'chat' or kind = 'inbound_call' and reached = 1)) as live,
  (select min(days) from happened where lead_id = a.lead_id and kind = 'missed_call'
   and days >= -10.0 / 1440 - 1e-9) as missed,
  (select min(days) from ends where lead_id = a.lead_id and stage in ('booked', 'attended', 'treated')) as ever_booked,
  (select max(reached) from happened where lead_id = a.lead_id and days > -1e-9) as spoken,
  exists(select 1 from happened where lead_id = a.lead_id
         and kind in ('inbound_call', 'sms_in', 'email_in', 'chat', 'missed_call')
         and days > (select min(days) from tries where lead_id = a.lead_id) + 1e-9) as came_back,
  exists(select 1 from ends where lead_id = a.lead_id and stage <> 'lost') as further
from arrived a;
create table final as
select *, case when reason is not null and reason not in ('no_response', 'scheduling') then lost end as lost_for_good
from life;
create table tried as
select t.*, l.booked, l.ever_booked, l.channel, l.do_not_contact, l.lost_for_good,
  (select days from tries where lead_id = t.lead_id and number = t.number + 1) as next
from tries t join final l using (lead_id)
where not l.live and l.age >= (select ripe from report) and l.month_number > (select before from report)
  and t.days <= 30.000001 and t.days < coalesce(l.ever_booked, 1e9) and t.days < coalesce(l.lost_for_good, 1e9);
"""

TRIES = ("First try", "Second try", "Third try", "Fourth try", "Fifth try", "Sixth try or later")


@pytest.fixture(scope="module")
def columns(demo_tables, demo_practice):
    return read_lead_columns(demo_tables, demo_practice)


@pytest.fixture(scope="module")
def tables_of_report(columns, demo_practice):
    return compute_insights(columns, demo_practice).tables


@pytest.fixture(scope="module")
def database(demo_tables, demo_practice, columns):
    """The raw tables in SQLite, with nothing of ours but days and half hours in the practice's time."""
    connection = sqlite3.connect(":memory:")
    for name in ("leads", "events", "outcomes"):
        frame = getattr(demo_tables, name).copy()
        time = pd.to_datetime(frame["created_at" if name == "leads" else "occurred_at"], utc=True)
        local = time.dt.tz_convert(demo_practice.timezone)
        frame["month_number"] = local.dt.year * 12 + local.dt.month
        frame["half_hour"] = local.dt.hour * 2 + local.dt.minute // 30
        frame["weekday"] = local.dt.day_name()
        frame["day_number"] = (local.dt.tz_localize(None).dt.normalize() - pd.Timestamp(0)).dt.days
        if "recorded_at" in frame:
            frame["recorded_at"] = frame["recorded_at"].fillna(frame["occurred_at"])
        for column in frame.select_dtypes(include=["datetime", "datetimetz"]):
            frame[column] = pd.to_datetime(frame[column], utc=True).dt.strftime("%Y-%m-%d %H:%M:%S.%f")
        frame.drop(columns=[c for c in frame if ":" in c]).to_sql(name, connection, index=False)
    end = pd.Timestamp(demo_tables.as_of, tz="UTC")
    local_end = end.tz_convert(demo_practice.timezone)
    today = (local_end.tz_localize(None).normalize() - pd.Timestamp(0)).days
    connection.execute(
        "create table report as select julianday(?) as at, ? as before, ? as today, ? as ripe",
        (
            end.strftime("%Y-%m-%d %H:%M:%S.%f")[:23],
            local_end.year * 12 + local_end.month - MONTHS,
            today,
            find_ripe_days(columns, "booked"),
        ),
    )
    connection.executescript(
        "create index of_outcomes on outcomes (lead_id); create index of_events on events (lead_id);"
    )
    head, tail = BASE.split("create table life as", 1)
    connection.executescript(head)
    connection.executescript(
        "create index i1 on ends (lead_id); create index i2 on happened (lead_id); create index i3 on ours (lead_id);"
        "create index i4 on tries (lead_id, number);"
    )
    connection.executescript("create table life as" + tail)
    begin = (pd.Timestamp(local_end.year, local_end.month, 1) - pd.DateOffset(months=MONTHS - 1)).normalize()
    return connection, (begin - pd.Timestamp(0)).days, today


def name_half_hour(number):
    def name(number):
        hour, minute = divmod(number % 48, 2)
        return f"{(hour + 11) % 12 + 1}{':30' if minute else ''} {'AM' if hour < 12 else 'PM'}"

    return f"{name(number)} to {name(number + 1)}"


def count_tries(connection):
    cells = {}
    for number, leads, booked, given_up in connection.execute(
        "select number, count(*), sum(booked is not null and booked >= days and (next is null or booked <= next)), "
        "sum(ever_booked is null and lost_for_good is null and next is null and not coalesce(do_not_contact, 0)) "
        "from tried where number <= 6 group by 1"
    ):
        names = {"leads": leads, "booked": booked} | ({"given_up": given_up} if number < 6 else {})
        cells |= {("tries", TRIES[number - 1], column): count for column, count in names.items()}
    again = "from tried where number = 2"
    for channel, leads, booked in connection.execute(
        f"select channel, count(*), sum(booked is not null and booked >= days) {again} group by 1"
    ):
        cells |= {("further_tries_by_channel", channel, "leads"): leads}
        cells |= {("further_tries_by_channel", channel, "booked"): booked}
    return cells


def count_waits(connection):
    cells = {}
    recent = "from life where month_number > (select before from report)"
    soon = "live or answered is not null and answered <= 1.0 / 24 + 1e-9"
    for age, leads, within in connection.execute(
        f"select coalesce(age_band, 'Not given'), count(*), sum({soon}) {recent} and age >= 1 group by 1"
    ):
        cells |= {("waits_by_age", age, "leads"): leads, ("waits_by_age", age, "within_hour"): within}
    for day, leads, live, none in connection.execute(
        f"select weekday, count(*), sum(live), sum(not live and answered is null) {recent} group by 1"
    ):
        cells |= {("response_by_weekday", day, "leads"): leads, ("response_by_weekday", day, "live"): live}
        cells |= {("response_by_weekday", day, "none"): none}
    ((leads, booked),) = connection.execute(f"select count(*), sum(booked is not null) {recent} and missed is not null")
    cells |= {
        ("missed_calls", "All missed calls", "leads"): leads,
        ("missed_calls", "All missed calls", "booked"): booked,
    }
    return cells


def count_missed(connection, begin, today):
    ((first_call,),) = connection.execute(
        "select min(day_number) from happened where kind in ('inbound_call', 'missed_call')"
    )
    first_day = today - (today - max(begin, first_call)) // 7 * 7
    calls = connection.execute(
        "select half_hour, count(*), sum(kind = 'missed_call' or reached = 0) from ("
        "select *, row_number() over (partition by lead_id order by days, number) as place from happened "
        "where kind in ('inbound_call', 'missed_call') and day_number >= ? and day_number < ? "
        "and (day_number + 3) % 7 < 5) where place = 1 group by 1",
        (first_day, today),
    ).fetchall()
    cells = {("missed_by_half_hour", name_half_hour(number), "leads"): leads for number, leads, _ in calls}
    return cells | {("missed_by_half_hour", name_half_hour(number), "missed"): missed for number, _, missed in calls}


def count_records(connection):
    is_open = (
        "from life where month_number > (select before from report) and ever_booked is null "
        "and lost is null and not coalesce(do_not_contact, 0)"
    )
    wrong = {
        "All leads": "1",
        "No phone number and no email": "phone is null and email is null",
        "No phone number": "phone is null and email is not null",
        "Insurance not given": "payer is null",
        "Three tries and nobody reached": "not live and coalesce(spoken, 0) < 1 and not came_back and not further and "
        "exists(select 1 from tries where tries.lead_id = life.lead_id and number = 3)",
    }
    counts = connection.execute(f"select {', '.join(f'sum({test})' for test in wrong.values())} {is_open}").fetchone()
    return {("stale_records", kind, "leads"): count for kind, count in zip(wrong, counts, strict=True) if count}


def count_marks(connection):
    cells = {}
    for marked, leads, booked in connection.execute(
        "select coalesce(marked < min(coalesce(booked_known, 1e9), coalesce(lost, 1e9)), 0), count(*), "
        "sum(booked is not null) from final where age >= (select ripe from report) "
        "and month_number > (select before from report) group by 1"
    ):
        row = "qualification", "Marked as qualified first" if marked else "Not marked before it was decided"
        cells |= {(*row, "leads"): leads, (*row, "booked"): booked}
    return cells


def count_won_back(connection):
    cells = {}
    for reason, again, leads, won in connection.execute(
        "select reason, coalesce(again <= min(lost + 60, coalesce(won, 1e9)), 0), count(*), "
        "sum(coalesce(won - lost <= 60, 0)) from (select *, "
        "(select min(days) from ours where lead_id = final.lead_id and days > lost) as again, "
        "(select min(known_days) from ends where lead_id = final.lead_id and known_days > lost "
        " and stage in ('booked', 'attended', 'treated')) as won from final "
        "where reason in ('price', 'scheduling', 'no_response') and age - lost >= 60 "
        "and month_number > (select before from report)) group by 1, 2"
    ):
        name = f"{reason.replace('_', ' ').capitalize()}, {'contacted again' if again else 'not contacted again'}"
        row = "win_back_results", name
        cells |= {(*row, "leads"): leads, (*row, "won_back"): won}
    return cells


def count_months(connection):
    rows = connection.execute("select month_number, sum(booked is not null) from life group by 1").fetchall()
    names = {number: f"{pd.Timestamp((number - 1) // 12, (number - 1) % 12 + 1, 1):%b %Y}" for number, _ in rows}
    return {("said_by_month", names[number], "booked"): booked for number, booked in rows}


def count_forms(connection):
    """The most common form of a known page, the front page, against each that ran beside it."""
    counted = (
        "(select landing_page as page, booked, cast(day_number as integer) as day from final where age >= "
        "(select ripe from report) and month_number > (select before from report) and landing_page is not null)"
    )
    pages = connection.execute(f"select page, count(*), min(day), max(day) from {counted} group by 1").fetchall()
    span = {page: (first, last) for page, count, first, last in pages if count >= 50}
    cells = {}
    for page, (first, last) in span.items():
        days = max(first, span["/"][0]), min(last, span["/"][1])
        for side, name in (("/", ""), (page, "other_")):
            ((leads, booked),) = connection.execute(
                f"select count(*), sum(booked is not null) from {counted} where page = ? and day between ? and ?",
                (side, *days),
            )
            row = "forms", f"Front page against {page}"
            cells |= {(*row, f"{name}leads"): leads, (*row, f"{name}booked"): booked}
    return {cell: count for cell, count in cells.items() if not cell[1].endswith("against /")}


def test_random_cells_of_comparisons_agree_with_sql(tables_of_report, database):
    connection, begin, today = database
    counted = (
        count_tries(connection)
        | count_waits(connection)
        | count_missed(connection, begin, today)
        | count_records(connection)
        | count_marks(connection)
        | count_won_back(connection)
    )
    listed = {name: {row[0] for row in table.rows} for name, table in tables_of_report.items()}
    # Months that are not over and forms of few inquiries have no row.
    later = count_months(connection) | count_forms(connection)
    counted |= {cell: count for cell, count in later.items() if cell[1] in listed[cell[0]]}
    cells = sorted(counted)
    chosen = np.random.default_rng(12).choice(len(cells), min(CELLS, len(cells)), replace=False)
    wrong = [
        (cells[i], tables_of_report[cells[i][0]].get(*cells[i][1:]), counted[cells[i]])
        for i in chosen
        if tables_of_report[cells[i][0]].get(*cells[i][1:]) != counted[cells[i]]
    ]

    assert wrong == [] and len(chosen) == CELLS and len({table for table, _, _ in cells}) == 11
