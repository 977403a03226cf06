"""Are the figures of the store those of the files it was filled from, computed in a process of their own?"""

import os

import pytest

from features.errors import LeadlightError
from features.practice.practice import Practice
from features.tables.tables import read_tables
from serving.desk import store_insights
from serving.desk.queue.catalog_names import build_resolvers
from serving.desk.store_insights import compute_from_store, run_in_process
from serving.insights.insight_report import read_and_compute
from serving.settings import Settings
from serving.store.maintenance.bulk_load import load_tables
from serving.store.store import Store, resolve_store_url


@pytest.fixture(scope="module")
def filled(tmp_path_factory, demo_folder, demo_practice):
    home = tmp_path_factory.mktemp("home")
    tables = read_tables(demo_folder, practice=demo_practice)
    with Store.open(Settings(home)) as store:
        load_tables(store, tables)
    return resolve_store_url(Settings(home)), tables, demo_practice


def test_the_store_gives_the_figures_of_its_files(filled):
    url, tables, practice = filled

    stored = compute_from_store(url, practice, 12)
    files = read_and_compute(tables, practice, build_resolvers(practice), as_of=stored.as_of)

    assert stored.leads == files.leads > 100
    for name in ("funnel_by_channel", "lost_by_channel", "missed_calls", "response_by_hour"):
        ours, theirs = stored.tables[name], files.tables[name]
        counted = [i for i, column in enumerate(ours.columns) if column.counts_people]
        assert [[row[i] for i in counted if isinstance(row[i], int)] for row in ours.rows] == [
            [row[i] for i in counted if isinstance(row[i], int)] for row in theirs.rows
        ]


def test_the_process_sends_the_same_report(filled):
    url, _, practice = filled

    report = run_in_process(url, practice, 12)

    assert repr(report.tables) == repr(compute_from_store(url, practice, 12).tables)


def test_what_is_wrong_with_the_records_comes_back_as_its_sentence(tmp_path):
    Store.open(Settings(tmp_path)).close()

    with pytest.raises(LeadlightError, match="Expected"):
        run_in_process(resolve_store_url(Settings(tmp_path)), Practice(), 12)


def test_a_process_that_is_killed_is_an_error_and_no_wait(monkeypatch):
    monkeypatch.setattr(store_insights, "_work", os._exit)

    with pytest.raises(LeadlightError, match="ended with code"):
        run_in_process("sqlite:///nowhere.db", Practice(), 12)
