"""Do two hundred cells, drawn at random, agree with an independent count by SQL over the raw tables?"""

import sqlite3

import numpy as np
import pandas as pd
import pytest

from serving.insights.columns.column_reading import read_lead_columns
from serving.insights.insight_report import compute_insights

MONTHS = 12
CELLS = 200

BASE = """
create table arrived as
select lead_id, channel, source, campaign, local_day, local_month, julianday(created_at) as at from leads
where julianday(created_at) <= (select at from end);
create index of_arrived on arrived (lead_id);
create table ends as
select o.lead_id, o.stage, o.reason, julianday(o.occurred_at) - a.at as days,
       julianday(o.recorded_at) as recorded
from outcomes o join arrived a using (lead_id)
where max(julianday(o.recorded_at), julianday(o.occurred_at)) <= (select at from end);
create table spoken as
select e.lead_id, julianday(e.occurred_at) - a.at as days from events e join arrived a using (lead_id)
where e.reached = 1 and julianday(e.occurred_at) <= (select at from end) and julianday(e.occurred_at) >= a.at - 1e-7;
create table stages as
select a.*,
  exists(select 1 from ends where lead_id = a.lead_id and days <= 30.000001
         and stage in ('reached', 'qualified', 'booked', 'attended', 'treated'))
    or exists(select 1 from spoken where lead_id = a.lead_id and days <= 30.000001) as reached,
  exists(select 1 from ends where lead_id = a.lead_id and days <= 30.000001
         and stage in ('qualified', 'booked', 'attended', 'treated')) as qualified,
  exists(select 1 from ends where lead_id = a.lead_id and days <= 30.000001
         and stage in ('booked', 'attended', 'treated')) as booked,
  exists(select 1 from ends where lead_id = a.lead_id and days <= 60.000001
         and stage in ('attended', 'treated')) as attended,
  exists(select 1 from ends where lead_id = a.lead_id and days <= 90.000001 and stage = 'treated') as treated,
  (select coalesce(reason, 'no reason recorded') from ends where lead_id = a.lead_id and stage = 'lost'
   order by recorded limit 1) as lost_for
from arrived a;
"""

COUNTS = {
    "inquiries": "count(*)",
    **{stage: f"sum({stage})" for stage in ("reached", "qualified", "booked", "attended", "treated")},
}


@pytest.fixture(scope="module")
def tables_of_report(demo_tables, demo_practice):
    """The tables of the report of the invented practice, with every name as it is in the data."""
    return compute_insights(read_lead_columns(demo_tables, demo_practice), demo_practice).tables


@pytest.fixture(scope="module")
def database(demo_tables, demo_practice):
    """The raw tables in SQLite, with nothing of ours but days in the practice's time."""
    connection = sqlite3.connect(":memory:")
    for name in ("leads", "events", "outcomes", "spend"):
        frame = getattr(demo_tables, name).copy()
        day = "created_at" if name == "leads" else "day" if name == "spend" else None
        if day:
            local = pd.to_datetime(frame[day], utc=True).dt.tz_convert(demo_practice.timezone)
            frame["local_day"] = local.dt.strftime("%Y-%m-%d")
            frame["local_month"] = local.dt.year * 12 + local.dt.month
        if "recorded_at" in frame:
            frame["recorded_at"] = frame["recorded_at"].fillna(frame["occurred_at"])
        for column in frame.select_dtypes(include=["datetime", "datetimetz"]):
            frame[column] = pd.to_datetime(frame[column], utc=True).dt.strftime("%Y-%m-%d %H:%M:%S.%f")
        frame.drop(columns=[c for c in frame if ":" in c]).to_sql(name, connection, index=False)
    end = pd.Timestamp(demo_tables.as_of, tz="UTC")
    connection.execute("create table end as select julianday(?) as at", (end.strftime("%Y-%m-%d %H:%M:%S.%f")[:23],))
    connection.executescript(
        "create index of_outcomes on outcomes (lead_id); create index of_events on events (lead_id);"
    )
    connection.executescript(BASE)
    current = end.tz_convert(demo_practice.timezone)
    return connection, current.year * 12 + current.month - MONTHS


def list_cells(database) -> dict[tuple[str, str, str], float]:
    """Return every cell that SQL can count: table, row and column -> number."""
    connection, before = database
    counts = ", ".join(COUNTS.values())
    cells: dict[tuple[str, str, str], float] = {}
    for by in ("channel", "source", "campaign"):
        for row in connection.execute(
            f"select coalesce({by}, 'Not given'), {counts} from stages where local_month > {before} group by 1"
        ):
            cells |= {(f"funnel_by_{by}", row[0], name): number for name, number in zip(COUNTS, row[1:], strict=True)}
        if by == "source":
            continue
        for name, amount in connection.execute(
            f"select {by}, sum(amount) from spend where local_month > {before} and {by} is not null group by 1"
        ):
            cells[f"money_by_{by}", name, "spend"] = amount
    for row in connection.execute(f"select local_month, {counts} from stages group by 1"):
        month = f"{pd.Timestamp(year=(row[0] - 1) // 12, month=(row[0] - 1) % 12 + 1, day=1):%b %Y}"
        cells |= {("funnel_by_month", month, name): number for name, number in zip(COUNTS, row[1:], strict=True)}
    lost = f"from stages where lost_for is not null and not booked and local_month > {before}"
    for reason, count in connection.execute(f"select lost_for, count(*) {lost} group by 1"):
        cells["lost_reasons", reason.replace("_", " ").capitalize(), "lost"] = count
    for name, reason, count in connection.execute(
        f"select coalesce(channel, 'Not given'), lost_for, count(*) {lost} group by 1, 2"
    ):
        cells["lost_by_channel", name, reason] = count
    weeks = "date(local_day, 'weekday 0', '-6 days')"
    for monday, count, booked in connection.execute(f"select {weeks}, count(*), sum(booked) from stages group by 1"):
        first = pd.Timestamp(monday)
        name = " to ".join(f"{day:%b} {day.day}" for day in (first, first + pd.Timedelta(days=6)))
        cells |= {("money_by_week", name, "leads"): count, ("money_by_week", name, "booked"): booked}
    return cells


def test_random_cells_agree_with_sql(tables_of_report, database):
    counted, told = list_cells(database), {}
    for table, row, column in counted:
        try:
            told[table, row, column] = tables_of_report[table].get(row, column)
        except KeyError:
            # Months, weeks and names that the table does not show.
            assert table in ("funnel_by_month", "money_by_week")
    cells = sorted(told)
    chosen = np.random.default_rng(11).choice(len(cells), min(CELLS, len(cells)), replace=False)
    wrong = [
        (cells[i], told[cells[i]], counted[cells[i]])
        for i in chosen
        if told[cells[i]] != pytest.approx(counted[cells[i]])
    ]

    assert len(chosen) == CELLS and len({table for table, _, _ in cells}) >= 8 and wrong == []
