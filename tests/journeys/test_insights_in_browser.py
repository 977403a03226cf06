"""Can a manager read the insights in a browser: by keyboard, on a phone, in the dark, with a screen reader?"""

import threading
import time
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("playwright", reason="playwright is not installed; browser tests are skipped")
uvicorn = pytest.importorskip("uvicorn")

from features.practice.practice import Practice  # noqa: E402
from serving.application import Components, create_application  # noqa: E402
from serving.desk.pages.insight_page import render_insight_file  # noqa: E402
from serving.http.middleware import RequestMiddleware  # noqa: E402
from serving.insights.evidence.figure_rows import FigureRows  # noqa: E402
from serving.insights.insight_cache import InsightCache  # noqa: E402
from serving.insights.insight_report import compute_insights  # noqa: E402
from serving.insights.sharing.shared_report import make_shareable  # noqa: E402
from tests.journeys.conftest import HARMFUL  # noqa: E402
from tests.support.simulated.practice_columns import to_columns  # noqa: E402
from tests.support.simulated.simulated_practices import simulate  # noqa: E402

AXE = Path(str(pytest.importorskip("axe_playwright_python").__file__)).parent / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(scope="module")
def columns():
    return to_columns(simulate(3, leads_a_month=300))


@pytest.fixture(scope="module")
def report(columns):
    return compute_insights(columns, Practice(name="Prairie Oak"))


@pytest.fixture(scope="module")
def address(desk, clock, columns, report):
    """The desk with insights that are already computed, served on a free port of this machine."""
    moment = lambda: np.datetime64(clock().replace(tzinfo=None), "us")  # noqa: E731
    cache = InsightCache(
        lambda practice, scope: compute_insights(columns, practice, scope) if scope.filters else report,
        find_rows=lambda as_of, practice, scope, figure: FigureRows(tuple(lead["lead_id"] for lead in HARMFUL)),
    )
    parts = Components(desk.champion, moment, desk=desk, users=desk.people, insights=cache)
    application = RequestMiddleware(create_application(parts))
    server = uvicorn.Server(uvicorn.Config(application, host="127.0.0.1", port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(10)


def find_violations(page):
    """What axe finds with everything unfolded: rule and places."""
    for details in page.locator("details").all():
        details.evaluate("element => { element.open = true; }")
    page.evaluate(AXE.read_text(encoding="utf-8") + "; null")
    violations = page.evaluate(f"async () => (await axe.run(document, {{runOnly: {RULES}}})).violations")
    return [(rule["id"], [node["target"] for node in rule["nodes"]][:3]) for rule in violations]


@pytest.mark.parametrize(
    "how",
    [{"color_scheme": "light"}, {"color_scheme": "dark"}, {"viewport": {"width": 412, "height": 900}}],
    ids=["light", "dark", "phone"],
)
@pytest.mark.parametrize("path", ["/insights", "/insights/win-back"])
def test_axe_finds_nothing_and_nothing_stands_beside_the_page(page_of, address, how, path):
    page = page_of("max", **how)
    page.goto(address + path)

    assert find_violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_every_sentence_opens_to_its_figures_by_keyboard(page_of, address):
    page = page_of("max")
    page.goto(f"{address}/insights")
    link = page.get_by_role("link", name="See the figures").first
    target = link.get_attribute("href")

    link.focus()
    page.keyboard.press("Enter")

    page.wait_for_url(f"**/insights{target}")
    assert page.locator(target).is_visible()
    page.locator(target).get_by_text("What these figures mean").focus()
    page.keyboard.press("Enter")
    assert page.locator(target).locator("details.meaning").get_attribute("open") is not None


def test_a_figure_opens_to_its_definition_its_receipt_and_its_inquiries_by_keyboard(page_of, address):
    page = page_of("max")
    page.goto(f"{address}/insights")
    table = page.locator("#funnel_by_channel")
    table.locator("summary").first.focus()
    if table.locator("details.rows").get_attribute("open") is None:
        page.keyboard.press("Enter")

    table.get_by_role("link", name="All leads").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/insights/figure?**")
    assert find_violations(page) == [] and page.get_by_role("heading", name="Receipt").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")

    page.get_by_role("link", name="The inquiries it counts for Booked").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/insights/inquiries?**")
    assert find_violations(page) == [] and page.locator(".inquiries a").count() == len(HARMFUL)
    page.get_by_role("link", name="Back to the figure").click()
    page.get_by_role("link", name="Back to the insights").click()
    assert page.url.endswith("/insights#funnel_by_channel")


def test_a_filter_is_chosen_by_keyboard_and_kept_on_the_way_back(page_of, address):
    page = page_of("max")
    page.goto(f"{address}/insights")
    page.locator("select#channel").focus()
    page.keyboard.press("ArrowDown")
    chosen = page.locator("select#channel").input_value()
    page.get_by_role("button", name="Show", exact=True).focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**channel=**")

    assert chosen and f"channel {chosen}" in page.locator(".heading .status").inner_text()
    assert find_violations(page) == []
    page.locator("#funnel_by_month").get_by_role("link").first.click()
    page.get_by_role("link", name="Back to the insights").click()
    assert f"channel={chosen}" in page.url


def test_the_file_reads_without_a_server(page_of, report, tmp_path):
    practice = Practice(name="Prairie Oak")
    (tmp_path / "insights.html").write_text(render_insight_file(make_shareable(report), practice), encoding="utf-8")
    page = page_of("max")
    refused = []
    page.on("console", lambda message: refused.append(message.text))
    page.on("request", lambda request: refused.append(request.url) if not request.url.startswith("file:") else None)

    page.goto(f"file://{tmp_path / 'insights.html'}")

    assert refused == [] and find_violations(page) == []
    assert page.locator(".intervals .dot").first.evaluate("node => getComputedStyle(node).stroke") != "none"
