"""Can an intake lead use the desk in a real browser, on a desktop, on a phone, with the keyboard alone?"""

import pytest


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

    page.get_by_label("Priority").select_option("normal")
    page.get_by_role("button", name="Apply").press("Enter")
    page.locator(".who a").first.press("Enter")

    assert "/leads/" in page.url
    assert page.get_by_role("heading", name="Why this score").is_visible()
    page.get_by_role("link", name="Call list q").press("Enter")
    assert page.get_by_role("heading", level=1).inner_text() == "Call list"


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


@pytest.mark.parametrize("width", [320, 390])
@pytest.mark.parametrize("path", ["/", "/leads/L-script", "/docs", "/sign-in", "/password"])
def test_a_phone_scrolls_in_one_direction_only(browser, address, signed_in, width, path):
    context = browser.new_context(
        viewport={"width": width, "height": 844}, storage_state=None if path == "/sign-in" else signed_in
    )
    opened = context.new_page()

    opened.goto(address + path)
    wide = opened.evaluate("document.documentElement.scrollWidth")
    context.close()

    assert wide <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/", "/leads/L-script", "/docs", "/sign-in", "/password"])
def test_every_text_has_enough_contrast(browser, address, signed_in, scheme, path):
    context = browser.new_context(
        viewport={"width": 1280, "height": 900},
        color_scheme=scheme,
        storage_state=None if path == "/sign-in" else signed_in,
    )
    opened = context.new_page()

    opened.goto(address + path)
    weak = opened.evaluate(CONTRAST)
    context.close()

    assert weak == []


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
