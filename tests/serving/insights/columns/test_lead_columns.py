"""Do the arrays hold what an independent query of the same tables finds?"""

import sqlite3

import numpy as np
import pandas as pd
import pytest

from serving.insights.columns.column_reading import read_lead_columns
from serving.insights.columns.lead_columns import FUNNEL
from serving.insights.insight_report import compute_insights

IMPLIED = {stage: FUNNEL[i:] for i, stage in enumerate(FUNNEL)}
WINDOW = {"reached": 30, "qualified": 30, "booked": 30, "attended": 60, "treated": 90}


@pytest.fixture(scope="module")
def database(export):
    """The same tables in SQLite: times as Julian days, months by the practice's offset at arrival."""
    tables, practice = export
    connection = sqlite3.connect(":memory:")
    for name in ("leads", "events", "outcomes", "spend"):
        frame = getattr(tables, name).copy()
        for column in frame.columns:
            if str(frame[column].dtype).startswith("datetime"):
                if column in ("created_at", "day"):
                    frame["local"] = frame[column].dt.tz_convert(practice.timezone).dt.strftime("%Y-%m")
                frame[column] = frame[column].dt.strftime("%Y-%m-%d %H:%M:%S.%f")
            else:
                frame[column] = frame[column].astype(object).where(frame[column].notna(), None)
        frame.columns = [column.replace("custom:", "") for column in frame.columns]
        frame.to_sql(name, connection, index=False)
    return connection


def query_stage(stage):
    """Leads of a condition with a stage recorded in time, by SQL."""
    stages = ", ".join(f"'{name}'" for name in IMPLIED[stage])
    events = (
        "UNION SELECT e.lead_id FROM events e JOIN leads l USING (lead_id) WHERE e.reached = 1 AND "
        "julianday(e.occurred_at) BETWEEN julianday(l.created_at) AND julianday(l.created_at) + 30"
    )
    return f"""SELECT count(*) FROM leads x WHERE {{condition}} AND x.lead_id IN (
        SELECT o.lead_id FROM outcomes o JOIN leads l USING (lead_id) WHERE o.stage IN ({stages})
        AND julianday(o.occurred_at) <= julianday(l.created_at) + {WINDOW[stage]}
        {events if stage == "reached" else ""})"""


def test_a_hundred_random_cells_of_the_funnel_are_what_sql_counts(export, database):
    tables, practice = export
    columns = read_lead_columns(tables, practice)
    rng = np.random.default_rng(9)
    months = np.datetime_as_string(columns.month.astype("datetime64[M]"))

    for _ in range(100):
        dimension, stage = rng.choice(["channel", "source", "campaign"]), rng.choice(FUNNEL)
        category = columns.categories[dimension]
        name = str(rng.choice([name for name in category.names if name != "Not given"]))
        month = str(rng.choice(np.unique(months)))
        ours = columns.has(stage) & (category.codes == category.names.index(name)) & (months == month)
        condition = f"x.{dimension} = ? AND x.local = ?"
        (theirs,) = database.execute(query_stage(stage).format(condition=condition), (name, month)).fetchone()
        assert int(ours.sum()) == theirs, (dimension, name, month, stage)


def test_tables_of_the_report_are_what_sql_counts(export, database):
    tables, practice = export
    report = compute_insights(read_lead_columns(tables, practice), practice)
    newest = database.execute("SELECT max(local) FROM leads").fetchone()[0]
    since = str(np.datetime64(newest, "M") - 11)

    for row in report.tables["funnel_by_channel"].rows[1:]:
        (count,) = database.execute(
            "SELECT count(*) FROM leads WHERE channel = ? AND local >= ?", (row[0], since)
        ).fetchone()
        assert row[1] == count
    for row in report.tables["money_by_campaign"].rows[1:]:
        (amount,) = database.execute(
            "SELECT sum(amount) FROM spend WHERE campaign = ? AND local BETWEEN ? AND ?", (row[0], since, newest)
        ).fetchone()
        assert row[1] == pytest.approx(amount)
    lost = """SELECT count(*) FROM (SELECT o.lead_id, o.reason, min(julianday(o.recorded_at)) FROM outcomes o
        JOIN leads l USING (lead_id) WHERE o.stage = 'lost' AND l.local >= ? AND l.lead_id NOT IN (
        SELECT b.lead_id FROM outcomes b JOIN leads k USING (lead_id) WHERE b.stage IN ('booked', 'attended', 'treated')
        AND julianday(b.occurred_at) <= julianday(k.created_at) + 30) GROUP BY o.lead_id) WHERE reason = ?"""
    for row in report.tables["lost_reasons"].rows[1:]:
        assert row[1] == database.execute(lost, (since, str(row[0]).lower().replace(" ", "_"))).fetchone()[0]
    missed = """SELECT count(DISTINCT e.lead_id) FROM events e JOIN leads l USING (lead_id)
        WHERE e.kind = 'missed_call' AND l.local >= ?
        AND julianday(e.occurred_at) >= julianday(l.created_at) - 10 / 1440.0"""
    assert report.tables["missed_calls"].rows[0][1] == database.execute(missed, (since,)).fetchone()[0]


def test_response_times_are_what_sql_finds(export, database):
    tables, practice = export
    columns = read_lead_columns(tables, practice)
    first = pd.read_sql(
        """SELECT e.lead_id, min((julianday(e.occurred_at) - julianday(l.created_at)) * 1440) AS minutes FROM events e
        JOIN leads l USING (lead_id) WHERE (e.kind = 'outbound_call' OR e.kind IN ('sms_out', 'email_out')
        AND e.staff_id IS NOT NULL) AND julianday(e.occurred_at) >= julianday(l.created_at) GROUP BY e.lead_id""",
        database,
    ).set_index("lead_id")["minutes"]

    theirs = first.reindex(columns.lead_ids).to_numpy(float)
    waited = ~columns.answered_live

    np.testing.assert_allclose(columns.response_minutes[waited], theirs[waited], atol=0.01)
