"""Can an intake lead use the desk in a real browser, on a desktop, on a phone, with the keyboard alone?"""

import pytest


def test_the_queue_loads_without_errors_and_asks_nobody_else(page, address):
    page.goto(address)

    assert page.locator(".rows li").count() == 50
    assert page.troubles == []
    assert [url for url in page.asked if not url.startswith((address, "data:"))] == []


def test_the_style_sheet_is_in_force(page, address):
    page.goto(address)

    assert page.evaluate("getComputedStyle(document.querySelector('.list')).position") == "sticky"


def test_the_first_tab_stop_skips_to_the_content(page, address):
    page.goto(address)

    page.keyboard.press("Tab")
    said = page.evaluate("document.activeElement.textContent")
    seen = page.evaluate("document.activeElement.getBoundingClientRect().top")
    page.keyboard.press("Enter")

    assert said == "Skip to the content" and seen >= 0
    assert page.evaluate("document.activeElement.id") == "main"


def test_escape_leaves_a_field_and_the_keys_work_again(page, address):
    page.goto(address)

    page.keyboard.press("/")
    page.keyboard.press("Escape")
    page.keyboard.press("j")

    assert page.evaluate("document.activeElement.matches('.who a')")


def test_a_lead_is_opened_filtered_and_left_with_the_keyboard(page, address):
    page.goto(address)

    page.keyboard.press("f")
    page.get_by_role("link", name="Standard", exact=True).press("Enter")
    chosen = page.get_by_role("link", name="Standard (on; take out)")
    said = chosen.inner_text()
    page.locator(".who a").first.press("Enter")

    assert said.startswith("Standard") and "/leads/" in page.url and page.url.endswith("?lane=normal")
    assert page.get_by_role("heading", name="Why this score").is_visible()
    page.get_by_role("link", name="Call list q").press("Enter")
    assert page.get_by_role("heading", level=1).inner_text() == "Call list"


def test_the_list_stays_beside_the_lead_with_its_filter_and_shows_a_dozen_rows(page, address):
    page.goto(f"{address}/?sort=newest")
    edges = page.evaluate("[...document.querySelectorAll('.rows li')].map(row => row.getBoundingClientRect().bottom)")
    heights = page.evaluate("[...document.querySelectorAll('.rows li')].map(row => row.offsetHeight)")
    page.locator(".who a").nth(2).click()
    current = page.locator(".rows [aria-current]")
    panes = [page.locator(pane).bounding_box() for pane in (".list", ".lead")]

    assert sum(edge <= 900 for edge in edges) >= 10 and max(heights) - min(heights) <= 2
    assert current.count() == 1 and current.is_visible() and page.url.endswith("?sort=newest")
    assert panes[0]["x"] == 0 and panes[1]["x"] >= panes[0]["width"] - 1


def test_a_chip_filters_at_once_and_a_second_click_takes_it_out(page, address):
    page.goto(address)
    count = page.locator(".list-foot p").first.inner_text()

    page.get_by_role("link", name="New today").click()
    on = page.get_by_role("link", name="New today (on; take out)")
    narrowed = page.locator(".list-foot p, .empty").first.inner_text()
    on.click()

    assert narrowed != count and page.locator(".list-foot p").first.inner_text() == count
    assert page.url.rstrip("?/") == address


def test_the_range_of_a_chance_is_shown_where_somebody_asks_for_it(page, address):
    page.goto(address)
    band = page.locator(".rows .band").first
    width = band.bounding_box()["width"]
    page.locator(".who a").first.focus()

    assert width <= 1 and band.bounding_box()["width"] > 20 and "%" in band.inner_text()


def test_a_question_mark_lists_the_keys_and_escape_closes_them(page, address):
    page.goto(address)
    page.keyboard.press("?")
    shown = page.get_by_role("dialog", name="Keyboard shortcuts").is_visible()
    page.keyboard.press("t")  # no key works behind the list of keys
    page.keyboard.press("Escape")

    assert shown and page.get_by_role("dialog").count() == 0 and page.url.rstrip("/") == address
    assert page.troubles == []


def test_the_desk_works_without_a_script(browser, address, signed_in):
    context = browser.new_context(
        viewport={"width": 1280, "height": 900}, storage_state=signed_in, java_script_enabled=False
    )
    page = context.new_page()
    page.goto(address)
    page.locator("summary", has_text="Sort").click()
    page.get_by_role("link", name="Newest").click()
    page.locator(".who a").first.click()

    assert page.url.endswith("?sort=newest") and page.get_by_role("heading", name="Why this score").is_visible()
    assert page.locator(".list .rows li").count() == 50
    context.close()


def test_on_a_phone_the_first_lead_and_then_the_call_and_its_log_are_on_the_first_screen(browser, address, signed_in):
    context = browser.new_context(viewport={"width": 390, "height": 844}, storage_state=signed_in, has_touch=True)
    page = context.new_page()
    page.goto(address)
    row = page.locator(".rows li").first.bounding_box()
    page.goto(f"{address}/leads/L-script")
    boxes = [page.get_by_role("link", name="Call (617)").bounding_box()]
    boxes += [page.get_by_role("button", name=words).bounding_box() for words in ("No answer", "Left a voicemail")]
    page.evaluate("window.scrollTo(0, 400)")
    later = page.get_by_role("link", name="Call (617)").bounding_box()
    context.close()

    assert row["y"] + row["height"] <= 844
    assert all(844 / 2 < box["y"] and box["y"] + box["height"] <= 844 and box["height"] >= 40 for box in boxes)
    assert later == boxes[0]


def test_the_hand_off_note_is_two_keys_away_copied_in_one_and_selected_where_copying_is_not_allowed(page_of, address):
    page = page_of("anna", permissions=["clipboard-read", "clipboard-write"])
    page.goto(f"{address}/leads/L-script")
    page.keyboard.press("n")
    page.wait_for_url("**?handoff=1")
    page.keyboard.press("c")
    page.get_by_text("Copied.").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('no')); }")
    page.get_by_role("button", name="Copy").click()
    page.get_by_text("Press Ctrl+C").wait_for()

    assert copied.startswith("HAND-OFF") and "STILL OPEN" in copied and page.troubles == []
    assert page.evaluate("getSelection().toString()").startswith("HAND-OFF")


def test_without_a_script_the_note_is_selected_by_one_click_and_paper_holds_the_note_alone(browser, address, signed_in):
    context = browser.new_context(storage_state=signed_in, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/leads/L-script?handoff=1")
    kind = page.locator("#note-text").evaluate("element => getComputedStyle(element).userSelect")
    buttons = [page.locator(name).is_visible() for name in ("[data-copy]", "[data-print]")]
    page.emulate_media(media="print")
    printed = [page.locator(name).is_visible() for name in (".sheet-note", "#note-text", ".top", "#sent")]
    context.close()

    assert kind == "all" and buttons == [False, False] and printed == [True, False, False, False]


def test_one_tap_on_an_answer_moves_the_score(page_of, address):
    page = page_of("ben")
    # Any lead of which something is not known: the first ones of the list, until there is a question.
    for path in [link.get_attribute("href") for link in (page.goto(address), page.locator(".who a").all())[1]]:
        page.goto(address + path)
        if page.locator(".asked button.chip").count():
            break
    page.locator(".asked button.chip").first.click()
    page.wait_for_url("**done=*")

    assert "The score" in page.locator(".undo").inner_text() and page.troubles == []


def test_whoever_taps_call_is_on_the_phone_for_the_others(page_of, address):
    page, other = page_of("ben"), page_of("max")
    page.goto(address)
    path = page.locator(".rows li:not(:has(.taken)) .who a").first.get_attribute("href")
    page.goto(address + path)
    # The link itself leads out of the browser.
    page.evaluate("document.querySelector('[data-calling]').removeAttribute('href')")
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.locator("[data-calling]").click()
    other.goto(address + path)
    banner = other.get_by_text("is on the phone with them").inner_text()
    page.keyboard.press("c")
    page.keyboard.press("n")
    page.wait_for_url("**done=*")
    other.reload()

    assert banner == "Ben is on the phone with them." and other.get_by_text("is on the phone").count() == 0
    assert page.troubles == []


def test_a_lead_given_to_somebody_is_told_on_their_open_page_by_its_id_alone(page_of, address, desk):
    page = page_of("ben")
    with page.expect_response("**/events"):
        page.goto(f"{address}/how")
    page.locator("[data-told]").wait_for(state="attached")
    desk.actions.take_step("max", "L30", "hand_over", {"to": "ben"})
    page.locator(".telling.on").wait_for(timeout=10_000)
    told, title = page.locator(".telling").inner_text(), page.title()
    page.get_by_role("button", name="Dismiss").click()
    gone = page.locator(".telling").inner_text()
    page.goto(f"{address}/notices")

    assert told.startswith("A lead was given to you. Open") and title.startswith("(") and gone == ""
    assert page.get_by_role("heading", name="Given to you").is_visible()
    # It is told once: not again on the next page.
    assert page.locator(".telling.on").count() == 0 and page.troubles == []


def test_where_a_stream_is_refused_the_page_asks_instead(page_of, address, desk):
    page = page_of("ben")
    page.route("**/events", lambda route: route.fulfill(status=429, body=""))
    with page.expect_response("**/live", timeout=10_000):
        page.goto(f"{address}/how")
    desk.actions.take_step("max", "L31", "hand_over", {"to": "ben"})
    page.locator(".telling.on").wait_for(timeout=15_000)

    assert "given to you" in page.locator(".telling").inner_text()


def test_without_a_connection_nothing_typed_is_lost_and_after_signing_out_nothing_is_left(
    page_of, browser, address, sign_in
):
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    sign_in(page, "ben")
    page.goto(f"{address}/leads/L32")
    note = page.locator("form:has([value=note]) input[name=text]")
    page.keyboard.press("m")
    note.fill("prefers mornings")
    context.set_offline(True)
    page.get_by_text("No connection.").wait_for()
    page.get_by_role("button", name="Save note").click()
    stayed = page.url
    context.set_offline(False)
    page.evaluate("document.querySelector('main form:has([value=note])').requestSubmit()")
    page.wait_for_url("**done=*")
    sent_later = page.locator(".undo").inner_text()
    page.goto(f"{address}/leads/L32")
    page.keyboard.press("m")
    note.fill("prefers mornings")
    page.reload()
    back = note.input_value()
    page.get_by_role("button", name="Save note").click()
    page.wait_for_url("**done=*")
    emptied = page.evaluate("Object.keys(sessionStorage).filter(name => name.startsWith('leadlight-draft'))")
    page.keyboard.press("m")
    note.fill("half a thought")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in?out=1")
    left = page.evaluate("Object.keys(sessionStorage)")
    context.close()

    assert stayed.endswith("/leads/L32") and "prefers mornings" in sent_later
    assert back == "prefers mornings" and emptied == [] and left == []


def test_what_one_person_typed_is_not_shown_to_the_next_in_the_same_tab(browser, address, sign_in):
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    sign_in(page, "ben")
    page.goto(f"{address}/leads/L33")
    page.keyboard.press("m")
    page.locator("form:has([value=note]) input[name=text]").fill("between us")
    context.clear_cookies()  # the session ends without signing out
    sign_in(page, "anna")
    page.goto(f"{address}/leads/L33")
    shown = page.locator("form:has([value=note]) input[name=text]").input_value()
    context.close()

    assert shown == ""


def test_every_command_is_a_few_letters_away_and_a_name_goes_in_no_address(page_of, address):
    page = page_of("anna")
    page.goto(f"{address}/leads/L34")
    page.keyboard.press("Control+k")
    page.keyboard.type("hand-off")
    options = page.locator("#commands [role=option]").all_inner_texts()
    page.keyboard.press("Enter")
    page.wait_for_url("**?handoff=1")
    page.keyboard.press("Control+k")
    page.keyboard.type("zz nobody")
    page.keyboard.press("Enter")
    page.wait_for_url("**/find")

    assert options[0].startswith("Hand-off note") and page.get_by_role("heading", level=1).inner_text() == "No results"
    assert page.url == f"{address}/find" and page.troubles == []


def test_the_palette_is_left_as_it_was_opened_and_opens_the_menus_of_the_page(page_of, address):
    page = page_of("anna")
    page.goto(f"{address}/leads/L34")
    page.keyboard.press("Control+k")
    opened = page.get_by_role("dialog", name="Commands").is_visible()
    page.keyboard.press("Escape")
    closed = page.get_by_role("dialog").count()
    page.keyboard.press("Control+k")
    page.keyboard.type("reassig")
    page.keyboard.press("Enter")

    assert opened and closed == 0 and page.evaluate("document.activeElement.name") == "to" and page.troubles == []


def test_a_script_in_a_message_harms_nothing(page, address):
    page.goto(f"{address}/leads/L-script")

    assert "<script>alert(1)</script>" in page.locator("blockquote.message").inner_text()
    assert page.locator("blockquote.message :not(mark, mark span, span[translate=no])").count() == 0
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
    assert (kept["leadlight"]["httpOnly"], kept["leadlight"]["sameSite"], kept["leadlight"]["expires"]) == (
        True,
        "Lax",
        -1,
    )
    assert (
        page.url.endswith("/sign-in?next=%2Fleads%2FL-script")
        and page.get_by_role("heading", level=1).inner_text() == "Sign in"
    )
    context.close()


def test_a_wrong_password_is_said_beside_the_form_and_the_name_stays(browser, sign_in):
    context = browser.new_context()
    page = context.new_page()

    sign_in(page, password="another one altogether")

    assert "Wrong username or password" in page.get_by_role("alert").inner_text() and page.title().startswith(
        "Not signed in"
    )
    assert (page.get_by_label("Name").input_value(), page.get_by_label("Password").input_value()) == ("anna", "")
    assert page.evaluate("document.activeElement.id") == "password" and context.cookies() == []
    context.close()


def test_a_form_of_another_site_is_not_taken(page, address):
    page.route(
        "http://elsewhere.test/",
        lambda route: route.fulfill(
            content_type="text/html",
            body=f'<form method="post" action="{address}/sign-out"><input name="csrf" value="x">'
            "<button>Win</button></form>",
        ),
    )
    page.goto("http://elsewhere.test/")

    page.get_by_role("button", name="Win").click()
    page.wait_for_url(f"{address}/**")
    said = page.get_by_role("heading", level=1).inner_text()
    page.goto(address)

    assert said == "This form did not come from here"
    assert page.get_by_role("heading", level=1).inner_text() == "Call list"


PATHS_TO_READ = ["/", "/leads/L-script", "/leads/L-script?handoff=1", "/docs", "/sign-in", "/password"]


@pytest.fixture(scope="module")
def read_on(browser, address, signed_in):
    """Open an address in a browser set up like that, and return the page: ``read_on(path, color_scheme="dark")``.

    Pages that are only read share a window; a new one for each took a third of a second of CPU.
    """
    pages = {}

    def read(path, width=1280, color_scheme="light"):
        visitor = None if path == "/sign-in" else signed_in
        key = (width, color_scheme, visitor is None)
        if key not in pages:
            context = browser.new_context(
                viewport={"width": width, "height": 844}, color_scheme=color_scheme, storage_state=visitor
            )
            pages[key] = context.new_page()
        pages[key].goto(address + path)
        return pages[key]

    yield read
    for opened in pages.values():
        opened.context.close()


@pytest.mark.parametrize("width", [320, 390])
@pytest.mark.parametrize("path", PATHS_TO_READ)
def test_a_phone_scrolls_in_one_direction_only(read_on, width, path):
    assert read_on(path, width=width).evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("path", [*PATHS_TO_READ, "/?select=1", "/settings", "/nothing"])
def test_whatever_a_thumb_must_hit_is_large_enough(read_on, path):
    assert read_on(path, width=390).evaluate(SMALL_TARGETS) == []


def test_on_a_list_with_room_every_name_is_whole(page_of, address):
    for width in (390, 1440):
        page = page_of("anna", viewport={"width": width, "height": 844})
        page.goto(address)
        cut = page.evaluate(
            "[...document.querySelectorAll('.who a')].filter(a => a.scrollWidth > a.clientWidth).length"
        )

        assert cut == 0, width


def test_an_unknown_address_is_a_page_that_leads_on(page, address):
    page.goto(f"{address}/leadz")
    said = page.get_by_role("heading", level=1).inner_text()
    page.get_by_role("alert").get_by_role("link", name="Call list").click()

    assert said == "Page not found" and page.get_by_role("heading", level=1).inner_text() == "Call list"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PATHS_TO_READ)
def test_every_text_has_enough_contrast(read_on, scheme, path):
    assert read_on(path, color_scheme=scheme).evaluate(CONTRAST) == []


SMALL_TARGETS = """() => {
  // WCAG 2.5.8: 24 by 24 CSS pixels; a link inside a sentence is left out, and a box counts with its label.
  document.querySelectorAll("main details").forEach(menu => menu.open = true);
  const small = [], targets = "a[href], button, input:not([type=hidden]), select, textarea, summary";
  for (const element of document.querySelectorAll(targets)) {
    const target = element.matches("[type=checkbox]") && element.closest("label") || element;
    const {width, height} = target.getBoundingClientRect();
    const isHidden = width <= 1 || height <= 1 || element.matches(".hidden, .skip");
    const covers = getComputedStyle(element, "::after").position === "absolute";
    const isInSentence = element.tagName === "A" && getComputedStyle(element).display === "inline"
      && [...element.parentElement.childNodes].some(node => node.nodeType === 3 && node.textContent.trim().length > 3);
    if (!isHidden && !covers && !isInSentence && Math.min(width, height) < 24)
      small.push(`${element.tagName} ${element.textContent.trim().slice(0, 30)} ${width} by ${height}`);
  }
  return [...new Set(small)];
}"""


CONTRAST = """() => {
  const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  const channels = (colour) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1); return canvas.getImageData(0, 0, 1, 1).data; };
  const light = (colour) => [...channels(colour)].slice(0, 3).map(v => v / 255)
    .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (element) => { while (element) { const colour = getComputedStyle(element).backgroundColor;
    if (channels(colour)[3] === 255) return colour; element = element.parentElement; } return "white"; };
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
