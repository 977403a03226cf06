"""Can an intake lead use the desk in a real browser, on a desktop, on a phone, with the keyboard alone?"""

import importlib.util
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import uvicorn

from serving.api import Application
from serving.champion import Champion
from serving.desk.warming import Desk
from serving.gate import Gate
from serving.metrics import Meter
from serving.settings import Settings

WORLD = Path(__file__).parents[1] / "serving" / "conftest.py"
"""The invented practice of the serving tests."""

CHROMIUM = Path("/usr/bin/chromium")

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason=f"there is no Chromium at {CHROMIUM}; install it to test the desk in a browser")


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """The desk, served on a free port of this machine."""
    home = tmp_path_factory.mktemp("home")
    spec = importlib.util.spec_from_file_location("serving_world", WORLD)
    world = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(world)
    world.made_bundle().write(home / "bundle")
    settings = Settings(home, str(home / "bundle"), world.write_desk_data(tmp_path_factory.mktemp("desk")))
    champion = Champion(settings)
    champion.load()
    desk = Desk(settings, champion)
    desk.warm()
    application = Application(champion, desk, lambda: np.datetime64("2026-03-05T12:00:00", "us"), Meter(()))
    server = uvicorn.Server(uvicorn.Config(Gate(application.asgi), host="127.0.0.1", port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(10)


@pytest.fixture(scope="module")
def browser():
    """Chromium."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed; it drives the browser")
    with playwright.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def page(browser, address):
    """A desktop page that remembers what it asked for and what went wrong."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    opened = context.new_page()
    opened.asked, opened.troubles = [], []
    opened.on("request", lambda request: opened.asked.append(request.url))
    opened.on("console", lambda message: opened.troubles.append(message.text))
    opened.on("pageerror", lambda fault: opened.troubles.append(str(fault)))
    opened.on("dialog", lambda dialog: (opened.troubles.append("a dialog opened"), dialog.dismiss()))
    yield opened
    context.close()


def test_the_queue_loads_without_errors_and_asks_nobody_else(page, address):
    page.goto(address)

    assert page.locator("tbody tr").count() == 50
    assert page.troubles == []
    assert [url for url in page.asked if not url.startswith((address, "data:"))] == []


def test_the_style_sheet_is_in_force(page, address):
    page.goto(address)

    assert page.evaluate("getComputedStyle(document.querySelector('.sheet')).borderTopWidth") == "1px"


def test_the_first_tab_stop_skips_to_the_content(page, address):
    page.goto(address)

    page.keyboard.press("Tab")
    said = page.evaluate("document.activeElement.textContent")
    seen = page.evaluate("document.activeElement.getBoundingClientRect().top")
    page.keyboard.press("Enter")

    assert said == "Skip to the content" and seen >= 0
    assert page.evaluate("document.activeElement.id") == "main"


def test_a_lead_is_opened_filtered_and_left_with_the_keyboard(page, address):
    page.goto(address)

    page.get_by_label("Lane").select_option("urgent")
    page.get_by_role("button", name="Show").press("Enter")
    page.locator(".who a").first.press("Enter")

    assert "/leads/" in page.url
    assert page.get_by_role("heading", name="Why this score").is_visible()
    page.get_by_role("link", name="Back to the queue").press("Enter")
    assert page.get_by_role("heading", level=1).inner_text() == "Whom to call next"


def test_a_script_in_a_message_harms_nothing(page, address):
    page.goto(f"{address}/leads/L-script")

    assert "<script>alert(1)</script>" in page.locator("blockquote").inner_text()
    assert page.locator("blockquote *").count() == 0
    assert page.troubles == []


@pytest.mark.parametrize("width", [320, 390])
@pytest.mark.parametrize("path", ["/", "/leads/L-script", "/docs"])
def test_a_phone_scrolls_in_one_direction_only(browser, address, width, path):
    context = browser.new_context(viewport={"width": width, "height": 844})
    opened = context.new_page()

    opened.goto(address + path)
    wide = opened.evaluate("document.documentElement.scrollWidth")
    context.close()

    assert wide <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/", "/leads/L-script", "/docs"])
def test_every_text_has_enough_contrast(browser, address, scheme, path):
    context = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme=scheme)
    opened = context.new_page()

    opened.goto(address + path)
    weak = opened.evaluate(CONTRAST)
    context.close()

    assert weak == []


CONTRAST = """() => {
  const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  const channels = (colour) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); return canvas.getImageData(0, 0, 1, 1).data; };
  const light = (colour) => [...channels(colour)].slice(0, 3).map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (element) => { while (element) { const colour = getComputedStyle(element).backgroundColor; if (channels(colour)[3] === 255) return colour; element = element.parentElement; } return "white"; };
  const weak = [];
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some(node => node.nodeType === 3 && node.textContent.trim());
    if (!own || element.closest(".hidden")) continue;
    const [a, b] = [light(getComputedStyle(element).color), light(ground(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) weak.push(`${element.className || element.tagName}: ${ratio.toFixed(2)}`);
  }
  return [...new Set(weak)];
}"""
