"""Can a developer who holds nothing but a key open the API's page, try a call, and leave no trace of the key?"""

import re
import threading
import time

import pytest
import uvicorn

from serving.http.api_keys import KeyFile
from tests.serving.conftest import made_bundle
from tests.support.whole_service import whole_service


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """A whole service on a free port, with people who could sign in but do not: its address and a test key."""
    folder = tmp_path_factory.mktemp("docs")
    made_bundle().write(folder / "bundle")
    with whole_service(folder / "home", str(folder / "bundle"), accepts_keys=True) as service:
        key = KeyFile(service.home).add("test", "trying", None)[0]
        config = uvicorn.Config(service.app, host="127.0.0.1", port=0, log_level="error")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.02)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}", key
        server.should_exit = True
        thread.join(10)


@pytest.fixture
def visitor(browser):
    """A browser's page that remembers what it asked for and what went wrong."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    opened = context.new_page()
    opened.asked, opened.troubles = [], []
    opened.on("request", lambda request: opened.asked.append(request.url))
    opened.on("pageerror", lambda fault: opened.troubles.append(str(fault)))
    yield opened
    context.close()


def open_with_key(visitor, address, key):
    """Open the page as a stranger with a key does."""
    visitor.goto(f"{address}/docs")
    visitor.get_by_label("Or an API key").fill(key)
    visitor.get_by_role("button", name="Open the API's page").click()


def test_a_key_opens_the_page_and_a_call_is_tried(served, visitor):
    address, key = served
    open_with_key(visitor, address, key)
    call = visitor.locator('section.call[data-path="/v1/score"]')
    call.locator("summary").click()
    call.get_by_role("button", name="Send").click()
    said = call.locator("pre[role=status]")
    # Not wait_for_function: where it has to wait, it evaluates a text in the page, which its policy forbids.
    said.filter(has_text=re.compile(r"^\s*200")).wait_for()

    assert '"probability"' in said.inner_text() and '"receipt": null' in said.inner_text()
    assert visitor.url == f"{address}/docs" and visitor.troubles == []
    assert not [url for url in visitor.asked if not url.startswith((address, "data:")) or key in url]
    assert visitor.evaluate("[document.cookie, localStorage.length, sessionStorage.length]") == ["", 0, 0]


def test_a_hook_is_tried_with_its_example(served, visitor):
    address, key = served
    open_with_key(visitor, address, key)
    call = visitor.locator('section.call[data-path="/v1/hooks/typeform"]')
    call.locator("summary").click()
    call.get_by_role("button", name="Send").click()
    call.get_by_text("reasons_in_words").wait_for()

    assert call.locator("pre[role=status]").inner_text().startswith("200")


def test_a_wrong_key_is_said_and_opens_nothing(served, visitor):
    address, _ = served
    open_with_key(visitor, address, "llk_wrong")
    visitor.get_by_text("Invalid API key").wait_for()

    assert "sign-in" in visitor.url and visitor.locator("section.call").count() == 0
