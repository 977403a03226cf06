"""Can an intake lead use the desk in a real browser, on a desktop, on a phone, with the keyboard alone?"""

import importlib.util
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import uvicorn

from serving.api import Application
from serving.champion import Champion
from serving.gate import Gate
from serving.intake import Asked
from serving.metrics import Meter
from serving.settings import Settings

WORLD = Path(__file__).parents[1] / "serving" / "conftest.py"
"""The invented practice of the serving tests."""

HARMFUL = [
    {
        "lead_id": f"L-harm-{number}", "created_at": "2026-03-05T16:00:00Z", "channel": words, "service_requested": words, "preferred_clinic": words, "preferred_time": words,
        "message": f"{words} I would like an appointment, it is urgent {words}", "phone": "(617) 555-0123", "custom": {words: words},
    }
    for number, words in enumerate(["<script>alert(1)</script>", "{{7*7}}", "\u202egnp.exe\u202d", "=HYPERLINK(\"http://evil.example\")", "'\" onmouseover=alert(1) x='", "javascript:alert(1)"])
]  # fmt: skip
"""Leads whose every word means harm."""

CHROMIUM = Path("/usr/bin/chromium")

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason=f"there is no Chromium at {CHROMIUM}; install it to test the desk in a browser")


@dataclass
class Clock:
    """The service's clock, which moves when told."""

    now: datetime = datetime(2026, 3, 5, 17, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture(scope="module")
def clock():
    """Noon in Boston, on a Thursday, until told otherwise."""
    return Clock()


@pytest.fixture(scope="module")
def desk(tmp_path_factory, clock):
    """The desk of the invented practice, with leads that mean harm, and its people: anna and ben call, max is their manager."""
    home = tmp_path_factory.mktemp("home")
    spec = importlib.util.spec_from_file_location("serving_world", WORLD)
    world = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(world)
    world.made_bundle().write(home / "bundle")
    champion = Champion(Settings(home, str(home / "bundle")))
    champion.load()
    made = world.desk_in(home, champion, world.write_desk_data(tmp_path_factory.mktemp("desk")), clock)
    made.champion = champion
    made.people = world.people_in(home, "anna", "desk")
    for name, role in (("ben", "desk"), ("max", "manager")):
        world.people_in(home, name, role)
    for lead in HARMFUL:
        made._intake.put_lead(lead, Asked("tests"))
    return made


@pytest.fixture(scope="module")
def address(desk, clock):
    """The desk, served on a free port of this machine."""
    moment = lambda: np.datetime64(clock().replace(tzinfo=None), "us")  # noqa: E731
    application = Application(desk.champion, desk, moment, Meter(()), people=desk.people)
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


@pytest.fixture(scope="module")
def states(browser, address):
    """What a browser keeps in which somebody has signed in, by name."""
    found = {}
    for name in ("anna", "ben", "max"):
        context = browser.new_context()
        sign_in(context.new_page(), address, name=name)
        found[name] = context.storage_state()
        context.close()
    return found


@pytest.fixture(scope="module")
def signed_in(states):
    """What a browser keeps in which anna has signed in."""
    return states["anna"]


def sign_in(page, address, password="four calm herons wait", name="anna"):
    """Sign in, as people do."""
    page.goto(f"{address}/sign-in")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


@pytest.fixture
def page_of(browser, states):
    """Opens a desktop page of somebody who has signed in; it remembers what it asked for and what went wrong."""
    contexts = []

    def opened_by(name, **how):
        context = browser.new_context(**({"viewport": {"width": 1280, "height": 900}, "storage_state": states[name]} | how))
        contexts.append(context)
        opened = context.new_page()
        opened.asked, opened.troubles = [], []
        opened.on("request", lambda request: opened.asked.append(request.url))
        opened.on("console", lambda message: opened.troubles.append(message.text))
        opened.on("pageerror", lambda fault: opened.troubles.append(str(fault)))
        opened.on("dialog", lambda dialog: (opened.troubles.append("a dialog opened"), dialog.dismiss()))
        return opened

    yield opened_by
    for context in contexts:
        context.close()


@pytest.fixture
def page(page_of):
    """A page of anna's."""
    return page_of("anna")


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

    assert "<script>alert(1)</script>" in page.locator("blockquote.message").inner_text()
    assert page.locator("blockquote.message :not(mark, mark span)").count() == 0
    assert page.troubles == []


def test_a_person_signs_in_with_the_keyboard_reads_a_lead_and_signs_out(browser, address):
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto(f"{address}/leads/L-script")
    focused = page.evaluate("document.activeElement.id")

    page.keyboard.type("Anna")
    page.keyboard.press("Tab")
    page.keyboard.type("four calm herons wait")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{address}/leads/L-script")
    kept = {one["name"]: one for one in context.cookies()}
    page.get_by_role("button", name="Sign out").press("Enter")
    page.wait_for_url("**/sign-in?out=1")
    said = page.locator("[role=status]").inner_text()
    page.go_back()
    page.reload()

    assert focused == "name" and said == "You are signed out."
    assert (kept["leadlight"]["httpOnly"], kept["leadlight"]["sameSite"], kept["leadlight"]["expires"]) == (True, "Lax", -1)
    assert page.url.endswith("/sign-in?next=%2Fleads%2FL-script") and page.get_by_role("heading", level=1).inner_text() == "Sign in"
    context.close()


def test_a_wrong_password_is_said_beside_the_form_and_the_name_stays(browser, address):
    context = browser.new_context()
    page = context.new_page()

    sign_in(page, address, "another one altogether")

    assert "do not belong together" in page.get_by_role("alert").inner_text() and page.title().startswith("Not signed in")
    assert (page.get_by_label("Name").input_value(), page.get_by_label("Password").input_value()) == ("anna", "")
    assert page.evaluate("document.activeElement.id") == "password" and context.cookies() == []
    context.close()


def test_a_form_of_another_site_is_not_taken(page, address):
    page.route("http://elsewhere.test/", lambda route: route.fulfill(
        content_type="text/html", body=f'<form method="post" action="{address}/sign-out"><input name="csrf" value="x"><button>Win</button></form>'))  # fmt: skip
    page.goto("http://elsewhere.test/")

    page.get_by_role("button", name="Win").click()
    page.wait_for_url(f"{address}/**")
    said = page.get_by_role("heading", level=1).inner_text()
    page.goto(address)

    assert said == "This form did not come from here"
    assert page.get_by_role("heading", level=1).inner_text() == "Whom to call next"


@pytest.mark.parametrize("width", [320, 390])
@pytest.mark.parametrize("path", ["/", "/leads/L-script", "/docs", "/sign-in", "/password"])
def test_a_phone_scrolls_in_one_direction_only(browser, address, signed_in, width, path):
    context = browser.new_context(viewport={"width": width, "height": 844}, storage_state=None if path == "/sign-in" else signed_in)
    opened = context.new_page()

    opened.goto(address + path)
    wide = opened.evaluate("document.documentElement.scrollWidth")
    context.close()

    assert wide <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/", "/leads/L-script", "/docs", "/sign-in", "/password"])
def test_every_text_has_enough_contrast(browser, address, signed_in, scheme, path):
    context = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme=scheme, storage_state=None if path == "/sign-in" else signed_in)
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
