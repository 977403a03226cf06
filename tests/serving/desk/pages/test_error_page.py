"""Does a person get words where a program gets JSON, in a language they read?"""

import pytest
from starlette.testclient import TestClient

from serving.desk.pages.error_page import choose_language, render_error_page
from serving.errors import RequestError
from serving.http.middleware import RequestMiddleware

BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture(scope="module")
def strangers(client):
    """A client that has not signed in, of a service that writes pages for people."""
    gate = RequestMiddleware(client.app.app, render_page=render_error_page)
    return TestClient(gate, raise_server_exceptions=False)


@pytest.mark.parametrize("path", ["/nothing", "/leadz/L-1", "/insights/nope", "/v1/nothing"])
def test_an_unknown_address_is_a_page_for_a_person_and_json_for_a_program(strangers, path):
    page, answer = strangers.get(path, headers=BROWSER), strangers.get(path)

    assert page.status_code == 404 and page.headers["content-type"].startswith("text/html")
    assert "Page not found" in page.text and 'href="/"' in page.text and "not_found" not in page.text
    assert answer.status_code == 404 and answer.json()["code"] == "not_found"


@pytest.mark.parametrize("header", [{"authorization": "Bearer abc"}, {"x-api-key": "abc"}])
def test_whoever_sends_a_key_is_a_program(strangers, header):
    assert strangers.get("/nothing", headers=BROWSER | header).json()["code"] == "not_found"


def test_data_sent_to_an_address_of_programs_is_answered_in_json(strangers):
    answer = strangers.post("/v1/nothing", json={}, headers={"accept": "text/html, */*"})

    assert answer.json()["code"] == "not_found"


def test_who_has_no_key_reads_the_same_of_every_address():
    pages = [render_error_page(RequestError(status, "x", "y"), "id") for status in (401, 404)]

    assert pages[0] == pages[1] and pages[0][0] == 404


def test_the_page_is_in_the_browser_s_language_and_repeats_nothing_of_the_request():
    status, page = render_error_page(RequestError(500, "internal", "secret words"), "7f3a", "es-US,en;q=0.5")

    assert status == 500 and 'lang="es"' in page and "Algo salió mal" in page
    assert "7f3a" in page and "secret words" not in page


@pytest.mark.parametrize(
    "header", ["", "de", "es;q=x", "es;q=\xb2", "es;q=1.\xb3", "es;q=2", "*", ",;,", "en, es;q=0.9"]
)
def test_a_language_that_is_not_ours_or_no_language_at_all_is_english(header):
    assert choose_language(header) == "en"


def test_an_error_while_the_page_is_written_is_an_error_in_json(client):
    def fail(*_):
        raise ValueError("no page")

    gate = RequestMiddleware(client.app.app, render_page=fail)
    answer = TestClient(gate, raise_server_exceptions=False).get("/nothing", headers=BROWSER)

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found") and "x-request-id" in answer.headers
