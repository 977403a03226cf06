"""Are the figures of the store those of the files it was filled from, computed in a process of their own?"""

import os

import numpy as np
import pytest

from features.errors import DataError, LeadlightError
from features.practice.practice import Practice
from features.tables.tables import read_tables
from serving.desk import store_insights
from serving.desk.queue.catalog_names import build_resolvers
from serving.desk.store_insights import StoreReading, compute_from_store, read_given_scores, run_in_process
from serving.insights.insight_report import read_and_compute
from serving.insights.scope.report_scope import ReportScope
from serving.random_holdout import select_holdout
from serving.settings import Settings
from serving.store.database.entities import Lead, Score
from serving.store.maintenance.bulk_load import load_tables
from serving.store.store import Store, resolve_store_url


@pytest.fixture(scope="module")
def filled(tmp_path_factory, demo_folder, demo_practice):
    home = tmp_path_factory.mktemp("home")
    tables = read_tables(demo_folder, practice=demo_practice)
    with Store.open(Settings(home)) as store:
        load_tables(store, tables)
    return StoreReading(resolve_store_url(Settings(home))), tables, demo_practice, lambda: tables.as_of


def read_now():
    return np.datetime64("2026-03-05T12:00:00", "us")


def test_the_store_gives_the_figures_of_its_files(filled):
    store, tables, practice, clock = filled

    stored = compute_from_store(store, clock, practice, ReportScope())
    files = read_and_compute(tables, practice, build_resolvers(practice), as_of=stored.as_of)

    assert stored.leads == files.leads > 100
    for name in ("funnel_by_channel", "lost_by_channel", "missed_calls", "response_by_hour"):
        ours, theirs = stored.tables[name], files.tables[name]
        counted = [i for i, column in enumerate(ours.columns) if column.counts_people]
        assert [[row[i] for i in counted if isinstance(row[i], int)] for row in ours.rows] == [
            [row[i] for i in counted if isinstance(row[i], int)] for row in theirs.rows
        ]


def test_the_store_gives_the_money_of_its_files(filled):
    store, tables, practice, clock = filled

    stored = compute_from_store(store, clock, practice, ReportScope())
    files = read_and_compute(tables, practice, build_resolvers(practice), as_of=stored.as_of)

    assert len(stored.tables["money_by_channel"].rows) > 2
    for name in ("money_by_channel", "money_by_campaign"):
        spent = {row[0]: row[1] for row in files.tables[name].rows}
        assert {row[0]: row[1] for row in stored.tables[name].rows} == pytest.approx(spent)


def test_the_process_sends_the_same_report(filled):
    store, _, practice, clock = filled

    report = run_in_process(store, clock, practice, ReportScope())

    assert repr(report.tables) == repr(compute_from_store(store, clock, practice, ReportScope()).tables)


def test_what_is_wrong_with_the_records_comes_back_as_its_sentence(tmp_path):
    Store.open(Settings(tmp_path)).close()

    with pytest.raises(DataError, match="no date of arrival. Expected"):
        run_in_process(StoreReading(resolve_store_url(Settings(tmp_path))), read_now, Practice(), ReportScope())


def test_the_inquiries_behind_a_figure_are_found_in_the_store(filled):
    store, _, practice, clock = filled
    report = compute_from_store(store, clock, practice, ReportScope())
    figure = ("funnel_by_channel", "All leads", "booked")

    found = store_insights._find_rows(store, report.as_of, practice, ReportScope(), figure)

    assert len(found.lead_ids) == report.tables["funnel_by_channel"].get("All leads", "booked")
    with pytest.raises(DataError, match="do not hold this figure any more"):
        store_insights._find_rows(
            store, report.as_of, practice, ReportScope(), ("funnel_by_channel", "pigeon", "booked")
        )


def test_a_list_that_somebody_waits_for_steps_back_less_than_the_figures_in_the_background(monkeypatch):
    steps = []
    monkeypatch.setattr(store_insights, "_run", lambda step_back, *given: steps.append(step_back))
    store, moment = StoreReading("sqlite:///nowhere.db"), read_now()

    run_in_process(store, read_now, Practice(), ReportScope())
    figure = ("funnel_by_channel", "Chat", "booked")
    store_insights.find_rows_in_process(store, moment, Practice(), ReportScope(), figure)

    assert steps[0] > steps[1] > 0


def test_a_process_that_is_killed_is_an_error_and_no_wait(monkeypatch):
    monkeypatch.setattr(store_insights, "_send", os._exit)

    with pytest.raises(LeadlightError, match="ended with code"):
        run_in_process("sqlite:///nowhere.db", read_now, Practice(), ReportScope())


def test_a_practice_that_goes_silent_altogether_is_an_alarm(filled):
    store, tables, practice, _ = filled
    later = tables.as_of + np.timedelta64(40, "D")

    report = compute_from_store(store, lambda: later, practice, ReportScope())

    assert report.as_of == later and report.alarms and report.sentences[0].is_alarm
    assert report.doubts[0].code == "stale"
    assert not any("No source has gone silent" in sentence.claim for sentence in report.sentences)


def test_a_practice_that_was_silent_for_half_a_year_is_not_told_that_nothing_went_silent(filled):
    store, tables, practice, _ = filled

    report = compute_from_store(store, lambda: tables.as_of + np.timedelta64(200, "D"), practice, ReportScope())

    assert "No inquiry has come in for 20" in report.sentences[0].claim and report.sentences[0].is_alarm
    assert not any("No source has gone silent" in sentence.claim for sentence in report.sentences)


def test_an_unexpected_error_is_told_by_its_type_and_lines_alone(monkeypatch):
    sent = []

    def fail(*given, **options):
        raise ValueError("Jane Doe")

    monkeypatch.setattr(store_insights, "read_tables", fail)
    monkeypatch.setattr(os, "nice", lambda by: 0)
    sender = type("Sender", (), {"send": staticmethod(sent.append)})

    store_insights._send(
        sender,
        0,
        store_insights._compute,
        (StoreReading("sqlite:///nowhere.db"), read_now(), Practice(), ReportScope()),
    )

    assert type(sent[0]) is LeadlightError and "failed with ValueError at" in str(sent[0])
    assert "test_store_insights.py:" in str(sent[0]) and "Jane" not in str(sent[0])


def test_the_first_score_of_each_lead_is_read_with_the_order_in_which_it_is_called(tmp_path):
    ids = [f"L{number}" for number in range(40)]
    with Store.open(Settings(tmp_path)) as store:
        for lead_id in ids:
            with store.transaction() as at:
                at.leads.put(Lead(lead_id))
                for place, receipt in enumerate(("r1", "r2")):
                    lane = "urgent" if lead_id == "L0" else "normal"
                    score = Score(lead_id, f"{lead_id}{receipt}", "b" * 64, "3", None, 0.25 + 0.5 * place, "A", lane)
                    at.scores.add(score)
    reading = StoreReading(resolve_store_url(Settings(tmp_path)), (0.3, "leadlight"))
    later = np.datetime64("2100-01-01", "us")

    given = read_given_scores(reading, later)

    assert sorted(given) == sorted(ids) and {score.log_odds for score in given.values()} == {np.log(1 / 3)}
    chosen = dict(zip(ids, select_holdout(ids, 0.3, "leadlight").tolist(), strict=True))
    assert {lead_id: score.in_arrival_order for lead_id, score in given.items()} == chosen | {"L0": None}
    assert {score.in_arrival_order for score in read_given_scores(StoreReading(reading.url), later).values()} == {None}
    assert read_given_scores(reading, np.datetime64("2000-01-01", "us")) == {}
