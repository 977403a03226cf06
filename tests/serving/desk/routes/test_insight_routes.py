"""Who sees the insights, what is on the page, and what does the audit know of it?"""

import csv
import io
import re
import threading
from functools import partial
from html import unescape

import pandas as pd
import pytest
from starlette.testclient import TestClient

from features.errors import DataError
from serving.application import Components, create_application
from serving.desk.desk_service import Desk
from serving.desk.routes.insight_routes import INSIGHT_PAGES
from serving.desk.store_insights import StoreReading, compute_from_store, find_rows_in_process
from serving.http.middleware import RequestMiddleware
from serving.insights.estimates import Estimate, cannot_tell
from serving.insights.evidence.figure_rows import key_of
from serving.insights.figure_tables import format_cell, to_csv
from serving.insights.insight_cache import InsightCache
from serving.insights.scope.report_scope import ReportScope
from serving.leads.lead_service import LeadService
from serving.settings import Settings
from serving.store.database.entities import Lead, Outcome
from serving.store.maintenance.bulk_load import load_tables
from serving.store.store import Store, resolve_store_url
from tests.serving.conftest import PASSWORD, people_in


@pytest.fixture(scope="module")
def service(tmp_path_factory, champion, now, demo_tables):
    """A client factory by role, over a store with the demo's leads; and that store."""
    home = tmp_path_factory.mktemp("home")
    people = people_in(home)
    people_in(home, "dora", "desk")
    store = Store.open(Settings(home))
    load_tables(store, demo_tables)
    reading = StoreReading(resolve_store_url(Settings(home)))
    cache = InsightCache(
        partial(compute_from_store, reading, lambda: now),
        wait_seconds=120,
        find_rows=partial(find_rows_in_process, reading),
    )
    desk = Desk(store, LeadService(store, champion), lambda: now)
    application = RequestMiddleware(
        create_application(Components(champion, lambda: now, desk, users=people, insights=cache))
    )

    def sign_in(name):
        cookies = {"__Host-leadlight": people.sign_in(name, PASSWORD, "tests").token}
        return TestClient(application, cookies=cookies)

    report = cache.get_report(champion.engine.bundle.practice, ReportScope())
    yield sign_in, store, report
    store.close()


def test_a_manager_reads_every_figure_and_others_nothing(service):
    sign_in, _, report = service
    page = sign_in("anna").get("/insights")

    assert page.status_code == 200 and sign_in("dora").get("/insights").status_code == 403
    text = unescape(page.text)
    for table in report.tables.values():
        for row in table.rows:
            assert all(format_cell(cell, column.unit) in text for cell, column in zip(row, table.columns, strict=True))


def test_the_page_shows_what_the_stored_spending_brought(service):
    sign_in, _, report = service
    text = unescape(sign_in("anna").get("/insights").text)

    assert "Money by channel" in text and "No spending is on record" not in text
    assert format_cell(report.tables["money_by_channel"].get("All leads", "spend"), "money") in text


def read_tables_of(page):
    """The cells of every table of the page: its name -> rows of texts."""
    tables = {}
    for name, article in re.findall(r'<article class="card" id="(\w+)"(.*?)</article>', page, re.DOTALL):
        rows = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in article.split('<tr role="row"')[2:]]
        tables[name] = [[unescape(re.sub(r"<[^>]+>", "", cell)) for cell in row] for row in rows]
    return tables


def read_number(text):
    return None if text == "" else float(text)


def test_the_page_the_file_and_the_api_show_the_same_number_of_every_figure(service):
    sign_in, _, report = service
    client = sign_in("anna")
    shown, compared = read_tables_of(client.get("/insights").text), 0
    for section in client.get("/v1/insights").json()["sections"]:
        for table in client.get(f"/v1/insights/{section}").json()["tables"]:
            name = table["name"]
            lines = list(csv.DictReader(io.StringIO(to_csv(report.tables[name]).decode("utf-8-sig"))))
            for row, line, texts in zip(table["rows"], lines, shown[name], strict=True):
                for column, text in list(zip(table["columns"], texts, strict=True))[1:]:
                    cell, written = row[column["name"]], line[column["name"]]
                    if isinstance(cell, dict):
                        reason = cell.pop("reason", None)
                        assert reason is None or line[f"{column['name']}_reason"] == reason
                        known = None not in cell.values()
                        ends = [read_number(line[f"{column['name']}_{end}"]) for end in ("low", "high")]
                        assert [read_number(written), *ends] == [cell["value"], cell["low"], cell["high"]]
                        # Every figure that the data cannot tell says why, in all three.
                        cell = Estimate(**cell) if known else cannot_tell(reason)
                        assert known or len(reason) > 10
                    elif isinstance(cell, str):
                        assert written == cell
                    else:
                        assert read_number(written) == cell
                    assert text == format_cell(cell, column["unit"])
                    compared += 1

    assert compared > 1_000 and shown.keys() >= report.tables.keys()


def test_the_summary_names_the_sections(service):
    sign_in, _, report = service
    answer = sign_in("anna").get("/v1/insights").json()

    assert answer["available"] and len(answer["sentences"]) == len(report.sentences)
    assert {"change", "funnel", "response", "lost", "silence"} <= set(answer["sections"])


def test_the_filter_takes_the_months_that_are_offered_and_no_others(service):
    sign_in, _, _ = service
    client = sign_in("anna")

    assert '<option value="6" selected>' in client.get("/insights?months=6").text
    assert client.get("/insights?months=7").status_code == 422
    assert client.get("/v1/insights?months=all").status_code == 422


def test_a_filter_in_the_address_counts_its_inquiries_alone(service):
    sign_in, _, report = service
    client = sign_in("anna")
    table = report.tables["funnel_by_channel"]
    name, inquiries = table.rows[1][0], table.rows[1][1]

    page = client.get("/insights", params={"channel": name})
    answer = client.get("/v1/insights/funnel", params={"channel": name}).json()
    by_clinic = next(shown for shown in answer["tables"] if shown["name"] == "funnel_by_clinic")

    assert page.status_code == 200 and f'<option value="{name}" selected>' in unescape(page.text)
    assert f"channel {name}" in unescape(page.text) and "Take the filter away" in page.text
    assert by_clinic["rows"][0]["inquiries"] == inquiries and answer["filters"] == {"channel": name}


def test_a_filter_that_names_nothing_is_refused_without_repeating_it(service):
    sign_in, _, _ = service
    client = sign_in("anna")

    for address in ("/insights", "/insights/win-back", "/v1/insights/funnel"):
        answer = client.get(address, params={"clinic": "Jane Roe"})
        assert answer.status_code == 422 and "Jane" not in answer.text and "Expected one of" in answer.text


def open_figures(client, address="/insights"):
    """The addresses of the rows of a page of figures, in its order."""
    return [unescape(link) for link in re.findall(r'href="(/insights/figure\?[^"]+)"', client.get(address).text)]


def test_every_row_opens_to_its_definitions_and_the_receipt(service):
    sign_in, _, report = service
    client = sign_in("anna")
    links = open_figures(client)
    table = report.tables["funnel_by_channel"]
    link = next(link for link in links if f"table={table.name}&row={key_of(table, table.rows[1])}" in link)

    page = client.get(link)

    text = unescape(page.text)
    assert len(links) == sum(len(shown.rows) for shown in report.tables.values())
    assert sign_in("dora").get(link).status_code == 403
    assert all(column.definition in text for column in table.columns[1:])
    assert all(
        format_cell(cell, column.unit) in text for cell, column in zip(table.rows[1], table.columns, strict=True)
    )
    assert f"Receipt {report.receipt.number}" in text and report.receipt.data in text and report.receipt.command in text
    assert client.get("/insights/figure?table=funnel_by_channel&row=0123456789").status_code == 404
    assert client.get("/insights/figure").status_code == 404


def test_the_inquiries_of_a_figure_are_as_many_as_it_says_and_opening_them_is_recorded(service):
    sign_in, store, report = service
    client = sign_in("anna")
    row = report.tables["missed_calls"].rows[0] if report.tables["missed_calls"].rows else None
    table, column = ("missed_calls", "leads") if row else ("funnel_by_channel", "treated")
    row = row or report.tables[table].rows[0]
    query = {"table": table, "row": key_of(report.tables[table], row), "column": column}

    def list_reads():
        with store.reading() as at:
            return [each for each in at.audit.list_rows() if each.action == "read"]

    before = len(list_reads())
    page = client.get("/insights/inquiries", params=query)

    listed = set(re.findall(r'href="/leads/([^"]+)"', page.text))
    expected = report.tables[table].get(str(row[0]), column)
    assert page.status_code == 200 and f"{expected:,} inquir" in page.text and len(listed) == min(expected, 200)
    assert len(list_reads()) > before
    assert sign_in("dora").get("/insights/inquiries", params=query).status_code == 403
    assert client.get("/insights/inquiries", params=query | {"column": "booked_rate"}).status_code == 404


def test_no_address_of_a_figure_names_a_person_of_ours(service):
    sign_in, _, report = service

    people = [str(row[0]) for row in report.tables["people"].rows]
    assert people and not any(person in link for link in open_figures(sign_in("anna")) for person in people)


def test_the_page_keeps_to_the_policy(service):
    sign_in, _, _ = service
    page = sign_in("anna").get("/insights")

    assert (
        not re.search(r"\sstyle=|<style|\son\w+=", page.text)
        and "default-src 'none'" in page.headers["content-security-policy"]
    )
    assert sign_in("anna").get("/static/insights.css").headers["content-type"].startswith("text/css")


def test_opening_the_list_of_leads_is_recorded_and_the_figures_name_none(service):
    sign_in, store, report = service
    client = sign_in("anna")

    def count_reads():
        with store.reading() as at:
            return sum(row.action == "read" for row in at.audit.list_rows())

    before = count_reads()
    figures = client.get("/insights").text
    assert count_reads() == before and not any(lead.lead_id in figures for lead in report.win_backs)
    listed = client.get("/insights/win-back").text

    assert report.win_backs and all(lead.lead_id in listed for lead in report.win_backs)
    assert count_reads() > before
    assert sign_in("dora").get("/insights/win-back").status_code == 403


def test_who_was_forgotten_is_not_on_the_list(service):
    sign_in, store, report = service
    gone = report.win_backs[0].lead_id
    with store.transaction("anna") as at:
        at.forget(gone)

    assert gone not in sign_in("anna").get("/insights/win-back").text


def test_who_opted_out_or_booked_since_is_not_on_the_list(service, now):
    sign_in, store, report = service
    asked, booked = (lead.lead_id for lead in report.win_backs[1:3])
    moment = pd.Timestamp(now, tz="UTC")
    with store.transaction("anna") as at:
        at.leads.put(Lead(asked, {"do_not_contact": True}))
        at.outcomes.add(booked, Outcome(moment, "booked"))

    listed = sign_in("anna").get("/insights/win-back").text
    figures = sign_in("anna").get("/insights").text

    assert not any(lead_id in listed for lead_id in (asked, booked))
    shown = sum(lead.lead_id in listed for lead in report.win_backs)
    assert 0 < shown <= len(report.win_backs) - 2 and f"Leads worth another call: {shown}<" in figures


def test_a_page_that_has_to_wait_looks_again_by_itself(service, champion, now, people, session):
    started, may_end = threading.Event(), threading.Event()

    def compute_slowly(practice, scope):
        started.set()
        may_end.wait(10)
        raise DataError("insights: nothing")

    _, store, _ = service
    desk = Desk(store, LeadService(store, champion), lambda: now)
    parts = Components(
        champion, lambda: now, desk, users=people, insights=InsightCache(compute_slowly, wait_seconds=0.05)
    )
    page = TestClient(RequestMiddleware(create_application(parts)), cookies=session).get("/insights")
    may_end.set()

    assert started.is_set() and (page.status_code, page.headers["refresh"]) == (202, "5")
    assert "being computed" in page.text


def test_without_a_store_every_page_says_so(champion, now, people, session):
    application = RequestMiddleware(create_application(Components(champion, lambda: now, users=people)))
    client = TestClient(application, cookies=session)

    assert [client.get(path).status_code for path in INSIGHT_PAGES] == [503] * len(INSIGHT_PAGES)
