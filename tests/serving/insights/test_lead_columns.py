"""Do the arrays hold what an independent query of the same tables finds?"""

import sqlite3
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from features.errors import DataError
from features.practice_file.practice_toml import read_practice
from features.synthetic.generator import invent
from features.tables.tables import read_tables
from serving.insights.insight_report import compute_insights
from serving.insights.lead_columns import FUNNEL, format_month, read_lead_columns

IMPLIED = {stage: FUNNEL[i:] for i, stage in enumerate(FUNNEL)}
WINDOW = {"reached": 30, "qualified": 30, "booked": 30, "attended": 60, "treated": 90}


@pytest.fixture(scope="module")
def export(tmp_path_factory):
    folder = tmp_path_factory.mktemp("insights")
    invent(1_500, 5).write(folder, "csv")
    practice = read_practice(folder / "practice.toml")
    return read_tables(folder, practice=practice), practice


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


def test_nothing_later_than_the_moment_is_known(export):
    tables, practice = export
    moment = tables.as_of - np.timedelta64(60, "D")

    early, whole = read_lead_columns(tables, practice, as_of=moment), read_lead_columns(tables, practice)
    cut = replace(
        tables,
        leads=tables.leads[tables.leads["created_at"] <= pd.Timestamp(moment, tz="UTC")].reset_index(drop=True),
    )
    again = read_lead_columns(cut, practice, as_of=moment)

    assert len(early) == len(again) < len(whole)
    for stage in FUNNEL:
        np.testing.assert_array_equal(early.known_days[stage], again.known_days[stage])
        assert np.nansum(early.known_days[stage] > early.age_days) == 0


def test_tables_without_outcomes_are_refused(export):
    tables, practice = export

    with pytest.raises(DataError, match="insights: found 1500 leads and no outcome. Expected an outcomes table"):
        read_lead_columns(replace(tables, outcomes=tables.outcomes.iloc[:0]), practice)
    with pytest.raises(DataError, match="no date of arrival"):
        read_lead_columns(replace(tables, leads=tables.leads.drop(columns="created_at")), practice)
    with pytest.raises(DataError, match="no lead arrived before 2001-01-01"):
        read_lead_columns(tables, practice, as_of=np.datetime64("2001-01-01"))


def test_the_staff_of_a_lead_never_tell_what_it_was_expected_to_bring(export):
    tables, practice = export
    columns = read_lead_columns(tables, practice)

    assert columns.staff is not None and "staff" not in columns.attributes and "age_band" not in columns.attributes


def name_staff(tables, staff):
    return replace(tables, outcomes=tables.outcomes.assign(staff_id=staff))


def test_a_lead_is_of_whom_its_booking_names_and_else_of_who_worked_on_it_first(export):
    tables, practice = export
    stage = tables.outcomes["stage"].to_numpy(object)
    named = name_staff(tables, np.where(stage == "booked", "Booker", np.where(stage == "reached", "Reacher", None)))

    by_events, columns = read_lead_columns(tables, practice), read_lead_columns(named, practice)

    names = np.array(columns.staff.names, object)[columns.staff.codes]
    first = np.array(by_events.staff.names, object)[by_events.staff.codes]
    booked = np.isin(columns.lead_ids, tables.outcomes["lead_id"][stage == "booked"])
    reached = np.isin(columns.lead_ids, tables.outcomes["lead_id"][stage == "reached"])
    assert booked.sum() > 100 and (names[booked] == "Booker").all()
    others = ~booked & (first != "Not given")
    np.testing.assert_array_equal(names[others], first[others])
    assert set(names[~booked & (first == "Not given")]) <= {"Reacher", "Not given"}
    assert reached.any()


def test_who_closed_a_lead_counts_unless_another_one_booked_it(export):
    tables, practice = export
    stage = tables.outcomes["stage"].to_numpy(object)
    named = name_staff(tables, np.where(stage == "booked", "Booker", np.where(stage == "lost", "Closer", None)))

    columns = read_lead_columns(named, practice)

    names = np.array(columns.staff.names, object)[columns.staff.codes]
    booked, lost = (np.isin(columns.lead_ids, tables.outcomes["lead_id"][stage == name]) for name in ("booked", "lost"))
    assert (names[booked] == "Booker").all() and (lost & ~booked).any() and (names[lost & ~booked] == "Closer").all()


def test_who_booked_changes_no_expectation_and_no_figure_but_those_of_people(export):
    tables, practice = export
    staff = np.random.default_rng(4).choice(np.array(["S-1", "S-2", "S-3", None], object), len(tables.outcomes))

    reports = [
        compute_insights(read_lead_columns(changed, practice), practice)
        for changed in (tables, name_staff(tables, staff))
    ]

    changed = [name for name, table in reports[0].tables.items() if repr(table) != repr(reports[1].tables[name])]
    assert changed == ["people"]


@pytest.mark.parametrize(
    ("as_of", "month"),
    [
        (None, "Oct 2026"),  # The last row is of October 31: the data ends with the month.
        ("2026-10-31T17:51", "Sep 2026"),  # Noon in Chicago on the last day of October.
        ("2026-11-01T04:59:59.999999", "Oct 2026"),  # The end of October 31 in Chicago.
        ("2026-11-01T04:30", "Sep 2026"),
    ],
)
def test_a_month_is_over_when_the_clock_of_the_practice_says_so(export, as_of, month):
    tables, practice = export

    columns = read_lead_columns(tables, practice, as_of=None if as_of is None else np.datetime64(as_of, "us"))

    assert practice.timezone == "America/Chicago" and format_month(columns.last_full_month) == month
