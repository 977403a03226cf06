"""Is a day at the desk short work: by keyboard on a Monday, by mouse on a Sunday, by thumb in the night in which the
clocks change?

Keys, clicks and taps are counted. A word or a sentence that is typed counts as one: everybody types it as fast.
"""

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

PASSWORD = "four calm herons wait"
NIGHT = datetime(2026, 3, 8, 6, 55, tzinfo=UTC)
"""Five minutes to two in Boston; at two the clocks go to three."""
SUNDAY = datetime(2026, 3, 8, 16, 0, tzinfo=UTC)
MONDAY = datetime(2026, 3, 9, 14, 20, tzinfo=UTC)
"""Twenty past ten in Boston, in summer time."""


class Hand:
    """Somebody at a page, whose keys, clicks and taps are counted by task."""

    def __init__(self, page):
        self.page, self.counts, self._count = page, {}, 0

    @contextmanager
    def task(self, name):
        """Count what one task takes; it ends with a new page."""
        self._count = 0
        with self.page.expect_navigation():
            yield
        self.page.wait_for_load_state("load")
        self.counts[name] = self._count

    def press(self, *keys):
        for key in keys:
            self._count += 1
            self.page.keyboard.press(key)

    def type(self, text):
        self._count += 1
        self.page.keyboard.type(text)

    def click(self, *locators):
        for locator in locators:
            self._count += 1
            locator.click()

    def tap(self, *locators):
        for locator in locators:
            self._count += 1
            locator.tap()

    def fill(self, locator, text):
        """A click or tap into a field, and a text."""
        self._count += 2
        locator.fill(text)

    def choose(self, locator, words):
        """A click or tap on a list, and one on its entry."""
        self._count += 2
        locator.select_option(label=words)


@pytest.fixture
def begin(page_of, clock, desk, sign_in, address):
    """Begin a day: the clock moves, leads are scored anew as the service would, and anna signs in again."""

    def begun(moment, **how):
        clock.now = max(moment, clock.now)
        desk.actions.settle()
        page = page_of("anna", **how)
        page.clock.set_system_time(clock.now)
        sign_in(page, "anna", PASSWORD)
        page.wait_for_url(f"{address}/")
        return page, Hand(page)

    return begun


def get_lead(page):
    """The id of the lead that a page shows."""
    page.wait_for_selector("article.lead h1")
    return page.locator("article.lead h1").inner_text().removeprefix("Lead ").strip()


def get_state(desk, lead_id):
    with desk._store.reading() as at:
        return at.desk.get_state(lead_id)


def get_steps(desk, lead_id):
    with desk._store.reading() as at:
        return [(step.kind, dict(step.detail)) for step in at.desk.list_steps(lead_id)]


def say_done(page):
    return page.locator("[role=status]").all_inner_texts()


def test_the_night_of_the_clock_change_by_thumb(begin, desk, clock):
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    page, hand = begin(NIGHT, **phone)

    # Nobody is called at two in the night, and the page says who can be called when.
    with hand.task("open the next lead"):
        hand.tap(page.get_by_role("button", name="Call next"))
    said = " ".join(say_done(page))
    with hand.task("open a lead of the list"):
        hand.tap(page.locator("[data-list] .who a").first)
    first = get_lead(page)
    with hand.task("no answer"):
        hand.tap(page.get_by_role("button", name="No answer"))
    with hand.task("undo"):
        hand.tap(page.get_by_role("button", name="Undo"))
    # Half an hour after 1:55 there is no 2:25: the clock shows 3:25. The office is closed, which is said first.
    with hand.task("callback in 30 minutes, refused"):
        hand.tap(page.locator("summary[data-key=p]"), page.get_by_role("button", name="In 30 minutes"))
    refused = page.locator("#fault").inner_text()
    with hand.task("callback in 30 minutes, all the same"):
        hand.tap(page.get_by_role("button", name="Save anyway"))
    early = get_state(desk, first).callback_at
    with hand.task("callback tomorrow 3 pm"):
        hand.tap(page.locator("summary[data-key=p]"), page.get_by_role("button", name="Tomorrow 3 PM"))
    promised = get_state(desk, first).callback_at

    assert "Nobody can be called now. Next call after" in said and "8 AM" in said and "we're closed" in said
    assert early == clock() + timedelta(minutes=30)
    assert "closed" in refused and "3:25 AM" in refused and "2:25" not in refused
    # Monday, 3 PM in summer time: the zone of tomorrow, not of this night.
    assert promised == datetime(2026, 3, 9, 19, tzinfo=UTC)
    assert hand.counts == {
        "open the next lead": 1,
        "open a lead of the list": 1,
        "no answer": 1,
        "undo": 1,
        "callback in 30 minutes, refused": 2,
        "callback in 30 minutes, all the same": 1,
        "callback tomorrow 3 pm": 2,
    }
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert [trouble for trouble in page.troubles if "409" not in trouble] == []  # the refusal is its own page


def test_a_sunday_by_mouse(begin, desk):
    page, hand = begin(SUNDAY)
    with hand.task("open a lead of the list"):
        hand.click(page.locator("[data-list] .who a").first)
    first = get_lead(page)
    with hand.task("write down the insurance"):
        hand.click(page.locator("summary[data-key=a]"))
        hand.fill(page.locator("form:has([value=facts]) input[name=payer]").last, "Aetna")
        hand.click(page.locator("details[open] form:has([value=facts]) button").last)
    with hand.task("booked with date"):
        hand.click(page.locator("summary[data-key=o]"))
        hand.choose(page.get_by_label("Status"), "Booked")
        hand.fill(page.get_by_label("Appointment (for Booked)"), "tue 2 pm")
        hand.click(page.locator("form:has([value=outcome]) button[type=submit]"))
    with hand.task("open the hand-off note"):
        hand.click(page.get_by_role("link", name="Hand-off note"))
    with hand.task("mark it as handed off"):
        if not page.get_by_label("To", exact=True).input_value():
            hand.fill(page.get_by_label("To", exact=True), "Front desk, Boston")
        hand.click(page.get_by_role("button", name="Mark as handed off"))
    with hand.task("the call list again"):
        hand.click(page.get_by_role("link", name="Call list", exact=False).first)

    kinds = dict(get_steps(desk, first))
    assert kinds["outcome"]["appointment_at"].startswith("2026-03-10T18:00")  # Tuesday, 2 PM in summer time
    # Nobody answers on a Sunday: the hours count from Monday's opening.
    assert kinds["hand_off"]["answer_by"] > "2026-03-09T1"
    assert get_state(desk, first).closed_because == "booked" and kinds["facts"]["fields"] == "payer"
    assert hand.counts["booked with date"] <= 6 and hand.counts["mark it as handed off"] <= 3
    assert hand.counts["write down the insurance"] <= 4 and page.troubles == []


def test_a_monday_by_keyboard(begin, desk, clock):
    page, hand = begin(MONDAY)
    with hand.task("open the next lead"):
        hand.press("t")
    first = get_lead(page)
    with hand.task("no answer"):
        hand.press("c", "n")
    with hand.task("undo"):
        hand.press("u")
    with hand.task("voicemail with the next lead"):
        hand.press("c", "v")
    with hand.task("callback tomorrow 3 pm"):
        hand.press("p")
        hand.type("tomorrow 3 pm")
        hand.press("Enter")
    with hand.task("the next lead"):
        hand.press("t")
    second = get_lead(page)
    with hand.task("spoke with them"):
        hand.press("c", "s")
    with hand.task("booked with date"):
        hand.press("o")
        hand.type("Booked")
        hand.press("Tab")
        hand.type("fri 2 pm")
        hand.press("Enter")
    with hand.task("hand-off note"):
        hand.press("n")
    page.go_back()
    with hand.task("a third lead"):
        hand.press("t")
    third = get_lead(page)
    with hand.task("snooze"):
        hand.press("m", "Enter")
    with hand.task("a fourth lead"):
        hand.press("t")
    fourth = get_lead(page)
    with hand.task("reassign"):
        hand.press("h")
        hand.type("Ben")
        hand.press("Tab", "Enter")
    with hand.task("a lead by search"):
        hand.press("/")
        hand.type(third)
        hand.press("Enter")

    assert len({first, second, third, fourth}) == 4
    assert get_state(desk, first).callback_at == datetime(2026, 3, 10, 19, tzinfo=UTC)
    assert [kind for kind, _ in get_steps(desk, first)] == ["claim", "call", "undo", "call", "callback"]
    assert dict(get_steps(desk, second))["outcome"]["appointment_at"].startswith("2026-03-13T18:00")
    assert get_state(desk, third).track == "nurture" and get_state(desk, fourth).owner == "ben"
    most = {"no answer": 3, "booked with date": 7, "callback tomorrow 3 pm": 5, "snooze": 3, "reassign": 5}
    assert {task: count for task, count in hand.counts.items() if count > most.get(task, 3)} == {}
    assert page.troubles == []
