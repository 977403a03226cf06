"""Is a small share of the desk's leads called in order of arrival, said on the page, and recorded?"""

from dataclasses import replace

import numpy as np
import pytest

from features.request_log import RequestLog, read_requests
from features.tables import read_tables
from serving.desk.pages import lead_page, queue_page
from serving.desk.queue import PAGE_LEADS, Filter, Queue
from serving.desk.warming import Desk
from serving.errors import ServiceError
from serving.lanes import LANES
from serving.scoring import Engine
from serving.service import serve
from serving.settings import Settings


@pytest.fixture(scope="module")
def tables(engine, desk_data):
    return read_tables(desk_data, engine.bundle.mapping, engine.bundle.practice, scoring=True)


@pytest.fixture(scope="module")
def queue(engine, tables):
    """A queue of which a fifth stands in order of arrival."""
    return Queue.of(tables, engine, 0.2)


def test_urgent_leads_come_first_and_none_of_them_counts_as_called_in_order_of_arrival(queue):
    lanes = queue.lane[queue.rows(Filter())]
    urgent = int((lanes == "urgent").sum())

    assert urgent and set(lanes[:urgent]) == {"urgent"}
    assert queue.arrival.any() and not queue.arrival[queue.lane == "urgent"].any()


def test_every_open_lead_stands_once_in_the_list(queue):
    assert sorted(queue.rows(Filter(arrived="any"))) == list(range(len(queue)))


def test_the_share_stands_oldest_first_at_even_places_and_the_others_by_score(queue):
    rows = queue.rows(Filter())
    rest = rows[queue.lane[rows] != "urgent"]
    arrived = queue.arrival[rest]

    assert np.flatnonzero(arrived)[:3].tolist() == [2, 7, 12]
    hours = [entry.hours_waiting for entry in queue.entries(rest[arrived])]
    assert hours == sorted(hours, reverse=True) and len(hours) > 5
    others = [(LANES.index(queue.lane[row]), -queue.log_odds[row]) for row in rest[~arrived]]
    assert others == sorted(others)


def test_which_leads_does_not_depend_on_their_scores_or_on_training_again(queue, tables, make_bundle):
    again = Queue.of(tables, Engine.of(make_bundle(seed=8), "4"), 0.2)
    neither_urgent = (queue.lane != "urgent") & (again.lane != "urgent")

    assert (queue.arrival[neither_urgent] == again.arrival[neither_urgent]).all()
    assert not np.array_equal(queue.log_odds, again.log_odds)


def test_a_filter_keeps_the_share_within_what_it_shows(queue):
    rows = queue.rows(Filter(lane="normal"))

    assert set(queue.lane[rows]) == {"normal"} and queue.arrival[rows].any()


def test_the_list_and_the_lead_say_it_and_why(queue):
    page = queue_page(queue, Filter(), 1)
    rows = queue.rows(Filter())[:PAGE_LEADS]
    lead = lead_page(queue, queue.entries(rows[queue.arrival[rows]][:1])[0])
    another = lead_page(queue, queue.entries(rows[~queue.arrival[rows]][:1])[0])

    assert page.count('<span class="tag">in order of arrival</span>') == int(queue.arrival[rows].sum()) > 0
    assert "about 20 in 100 stand <b>in order of arrival</b>, whatever their score" in page
    assert "This lead stands in order of arrival, whatever its score, as about 20 in 100 do: a few leads are called as they came" in lead
    assert "order of arrival" not in another


def test_without_a_share_nothing_is_said_and_the_order_is_by_score(engine, tables):
    queue = Queue.of(tables, engine, 0.0)

    rows = queue.rows(Filter(arrived="any"))

    assert "order of arrival" not in queue_page(queue, Filter(), 1) and rows.tolist() == queue.order.tolist()


def test_it_is_recorded_with_the_score(bundle, tables, tmp_path):
    queue = Queue.of(tables, Engine.of(bundle, "3", RequestLog(tmp_path)), 0.2)
    rows = queue.rows(Filter())
    queue.entries(rows)

    recorded = {one.lead_id: one.arrival for one in read_requests(tmp_path)}

    plain = {one.lead_id: one.arrival for one in queue.entries(rows) if one.lead_id in recorded}
    assert len(plain) > 50 and all(recorded[lead_id] == arrival for lead_id, arrival in plain.items())
    assert sum(recorded.values()) == int(queue.arrival[rows].sum())


def test_the_desk_takes_the_share_from_its_settings(champion, desk_data, tmp_path, monkeypatch):
    monkeypatch.setenv("LEADLIGHT_ARRIVAL_SHARE", "0.3")
    monkeypatch.setenv("LEADLIGHT_DESK_DATA", str(desk_data))
    settings = Settings.from_environment()
    desk = Desk(settings, champion)
    desk.warm()

    assert settings.arrival_share == desk.queue.share == 0.3 and Settings().arrival_share == 0.05
    assert settings.to_environment()["LEADLIGHT_ARRIVAL_SHARE"] == "0.3"


@pytest.mark.parametrize("written", ["0.6", "-0.1", "five", "nan", "0,05"])
def test_what_is_no_share_is_one_sentence_before_the_service_starts(written, bundle_folder, monkeypatch):
    monkeypatch.setenv("LEADLIGHT_ARRIVAL_SHARE", written)

    with pytest.raises(ServiceError, match=f"LEADLIGHT_ARRIVAL_SHARE is '{written}', expected a number from 0 to 0.5"):
        serve(port=3999, model=bundle_folder)


def test_leads_without_a_date_come_last_in_order_of_arrival(engine, tables):
    leads = tables.leads.copy()
    leads.loc[:60, "created_at"] = None
    queue = Queue.of(replace(tables, leads=leads), engine, 0.5)

    rows = queue.rows(Filter(arrived="any"))
    unknown = [entry.hours_waiting != entry.hours_waiting for entry in queue.entries(rows[queue.arrival[rows]])]

    assert unknown == sorted(unknown) and any(unknown) and not all(unknown)
