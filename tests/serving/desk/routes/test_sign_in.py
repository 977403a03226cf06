"""Do the pages let in whoever signed in and nobody else, is every form their own, and is nothing lost that somebody
typed?
"""

import re
from html import unescape

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from serving.accounts.password_hashing import Passwords
from serving.accounts.sessions import UserSessions
from serving.application import ADDRESSES, Components, create_application
from serving.desk.desk_service import Desk
from serving.desk.routes.page_sessions import PageSessions, read_form, safe_local_path
from serving.errors import StoreUnavailable
from serving.http.middleware import RequestMiddleware
from serving.http.request_metrics import RequestMetrics
from serving.leads.lead_service import LeadService
from serving.settings import Settings
from serving.store.store import Store

GOOD = "four calm herons wait"
SECURE, HERE = "__Host-leadlight", "leadlight"


@pytest.fixture
def store(tmp_path):
    with Store.open(Settings(tmp_path)) as opened:
        passwords = Passwords(memory_kib=8, passes=1)
        with opened.transaction() as at:
            for name, role, must_change in (("anna", "desk", False), ("max", "manager", False), ("new", "desk", True)):
                at.users.add(name, f"{name.title()} <b>", role, passwords.hash(GOOD), must_change)
        yield opened


@pytest.fixture
def people(store):
    return UserSessions(store, passwords=Passwords(memory_kib=8, passes=1))


@pytest.fixture
def browser(store, people, champion, now):
    """Makes a browser before the whole application: ``browser(address="https://desk.example")``."""
    application = create_application(
        Components(champion, lambda: now, desk=Desk(store, LeadService(store, champion), lambda: now), users=people)
    )

    def make(address="https://desk.example", client=("192.0.2.10", 5)):
        return TestClient(
            RequestMiddleware(application, metrics=RequestMetrics(ADDRESSES)),
            address,
            client=client,
            follow_redirects=False,
        )

    return make


@pytest.fixture
def board(people):
    """A browser before pages of the test's own: one that takes a note, one for managers."""
    page_sessions = PageSessions(people)

    async def note(request, user):
        return PlainTextResponse(f"{user.person_id}: {(await read_form(request)).get('note', '')}")

    routes = [
        Route("/", page_sessions.require_sign_in(note), methods=["GET", "POST"]),
        Route("/password", page_sessions.require_sign_in(note, "manager", "admin"), methods=["GET"]),
    ]
    return TestClient(
        RequestMiddleware(Starlette(routes=routes), metrics=RequestMetrics(())),
        "https://desk.example",
        follow_redirects=False,
    )


def sign_in(client, name="anna", password=GOOD, next_path="/", **how):
    return client.post("/sign-in", data={"name": name, "password": password, "next": next_path}, **how)


def csrf(client):
    """The token in the page's own forms."""
    return re.search(r'name="csrf" value="([^"]+)"', client.get("/password").text)[1]


def test_signing_in_leads_on_with_a_cookie_that_no_script_and_no_other_site_gets(browser):
    client = browser()

    answer = sign_in(client, next_path="/leads/L-1?x=1")

    session, mark = answer.headers.get_list("set-cookie")
    assert (answer.status_code, answer.headers["location"]) == (303, "/leads/L-1?x=1")
    assert re.fullmatch(r"__Host-leadlight=[\w-]{43}; HttpOnly; Path=/; SameSite=lax; Secure", session)
    assert re.fullmatch(
        r"__Host-leadlight-mark=[0-9a-f.]{97}; HttpOnly; Max-Age=15552000; Path=/; SameSite=strict; Secure", mark
    )
    assert client.get("/").status_code == 200 and "Anna &lt;b&gt;" in client.get("/").text


@pytest.mark.parametrize(
    ("address", "client", "headers", "secure"),
    [
        ("http://127.0.0.1:3000", ("127.0.0.1", 5), {}, False),
        ("http://localhost:3000", ("::1", 5), {}, False),
        ("https://127.0.0.1:3000", ("127.0.0.1", 5), {}, True),
        ("http://127.0.0.1:3000", ("192.0.2.1", 5), {}, True),
        ("http://desk.example", ("127.0.0.1", 5), {}, True),
        ("http://127.0.0.1:3000", ("127.0.0.1", 5), {"x-forwarded-for": "192.0.2.1"}, True),
        ("http://127.0.0.1.evil.example", ("127.0.0.1", 5), {}, True),
    ],
)
def test_only_a_browser_on_this_machine_itself_gets_a_cookie_over_plain_http(browser, address, client, headers, secure):
    cookie = sign_in(browser(address, client), headers=headers).headers.get_list("set-cookie")[0]

    assert cookie.startswith(f"{SECURE}=" if secure else f"{HERE}=") and ("Secure" in cookie) == secure


def test_over_plain_http_the_page_says_why_nobody_stays_signed_in(browser):
    warns = {
        address: "plain http" in browser(address).get("/sign-in").text
        for address in ("http://desk.example", "https://desk.example", "http://127.0.0.1:3000")
    }

    assert warns == {"http://desk.example": True, "https://desk.example": False, "http://127.0.0.1:3000": False}


def test_a_planted_session_is_never_the_one_that_signing_in_gives(browser, people):
    client = browser()
    planted = people.sign_in("max", GOOD, "elsewhere").token
    client.cookies.set(SECURE, planted)

    token = re.match(r"[^=]+=([^;]+)", sign_in(client).headers["set-cookie"])[1]

    assert token != planted and people.find_user(planted) is None and people.find_user(token).person_id == "anna"


def test_a_wrong_password_is_a_page_in_words_that_keeps_the_name_and_not_the_password(browser):
    answer = sign_in(browser(), name='"><script>', password="three calm herons wait", next_path="/leads/L-1")

    assert answer.status_code == 401 and "set-cookie" not in answer.headers
    assert (
        "Wrong username or password" in answer.text
        and 'value="&#34;&gt;&lt;script&gt;"' in answer.text
        and 'value="/leads/L-1"' in answer.text
    )
    assert "herons" not in answer.text and "<script" not in answer.text


def test_too_many_wrong_passwords_are_told_when_to_come_again(browser):
    client = browser()
    statuses = [sign_in(client, password="wrong wrong wrong").status_code for _ in range(5)]

    slowed = sign_in(client)

    assert (
        statuses == [401] * 5
        and (slowed.status_code, slowed.headers["retry-after"]) == (429, "1")
        and "Try again in 1 second" in slowed.text
    )


@pytest.mark.parametrize(
    "next_path",
    [
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https://evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "/\n//evil.example",
        "///evil.example",
        "evil.example",
        "",
        " /",
        "/\x00",
        "/" + "a" * 2000,
        "/sign-out",
        "/sign-in?next=/",
        "http:/evil.example",
        "/ä",
    ],
)
def test_nobody_is_led_to_another_site(browser, next_path):
    client = browser()

    response = client.get("/sign-in", params={"next": next_path}).text
    answer = sign_in(client, next_path=next_path)

    assert answer.headers["location"] == safe_local_path(next_path) == "/" and 'name="next" value="/"' in response


@pytest.mark.parametrize(
    "next_path", ["/%2f%2fevil.example", "/%5cevil.example", "/leads/L%2F1", "/?lane=urgent&page=2", "/leads/a@b"]
)
def test_what_is_encoded_stays_a_path_of_ours(browser, next_path):
    location = sign_in(browser(), next_path=next_path).headers["location"]

    assert location == next_path


def test_a_page_that_was_asked_for_comes_back_after_signing_in(browser):
    client = browser()

    response = client.get("/leads/L%2F1%20x?lane=a%26b")
    page = client.get(response.headers["location"]).text

    assert 'name="next" value="/leads/L%2F1%20x?lane=a%26b"' in page


def test_signing_out_ends_the_session_and_the_cookie(browser, people):
    client = browser()
    sign_in(client)
    token = client.cookies[SECURE]

    answer = client.post("/sign-out", data={"csrf": csrf(client)})

    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?out=1")
    assert people.find_user(token) is None and SECURE not in client.cookies and client.get("/").status_code == 303
    assert client.get("/sign-out").status_code == 405


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"sec-fetch-site": "same-origin"}, 200),
        ({"origin": "https://desk.example"}, 200),
        ({"sec-fetch-site": "same-origin", "origin": "null"}, 200),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"sec-fetch-site": "none"}, 403),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "https://desk.example.evil.example"}, 403),
        ({"origin": "https://desk.example:8443"}, 403),
        ({"sec-fetch-site": "cross-site", "origin": "https://desk.example"}, 403),
    ],
)
def test_a_form_is_taken_from_our_own_pages_only(board, people, headers, status):
    begun = people.sign_in("anna", GOOD, "tests")
    board.cookies.set(SECURE, begun.token)

    answer = board.post("/", data={"csrf": people.find_user(begun.token).csrf, "note": "call back"}, headers=headers)

    assert answer.status_code == status and (answer.text == "anna: call back") == (status == 200)
    assert "call back" not in answer.text or status == 200


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_nobody_is_signed_in_by_a_form_of_another_site(browser, site):
    answer = sign_in(browser(), headers={"sec-fetch-site": site})

    assert answer.status_code == 403 and "set-cookie" not in answer.headers


@pytest.mark.parametrize("sent_token", [None, "", "x" * 43, "ä"])
def test_a_form_without_the_sessions_token_is_refused_and_comes_back_with_what_was_typed(board, people, sent_token):
    begun = people.sign_in("anna", GOOD, "tests")
    board.cookies.set(SECURE, begun.token)
    typed = {"note": "She asked for <Tuesday>\n& a call", "new_password": "hush hush hush"} | (
        {} if sent_token is None else {"csrf": sent_token}
    )

    refused = board.post("/", data=typed)
    again = dict(
        re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', refused.text.replace("\n&", "%0A&"))
    )
    sent = board.post("/", data={"csrf": again["csrf"], "note": unescape(again["note"])})

    assert refused.status_code == 403 and "Nothing was kept yet" in refused.text
    assert "She asked for &lt;Tuesday&gt;" in refused.text and "hush" not in refused.text
    assert sent.status_code == 200 and sent.text.startswith("anna: She asked for <Tuesday>")


def test_what_was_typed_before_the_session_ended_is_not_lost(board, people):
    refused = board.post("/", data={"csrf": "old", "note": "call back"}, headers={"sec-fetch-site": "same-origin"})
    begun = people.sign_in("anna", GOOD, "tests")
    board.cookies.set(SECURE, begun.token)
    once_more = board.post("/", data={"note": "call back"})

    assert (
        refused.status_code == 401
        and 'name="note" value="call back"' in refused.text
        and 'href="/sign-in" target="_blank"' in refused.text
    )
    assert (
        once_more.status_code == 403
        and people.find_user(begun.token).csrf in once_more.text
        and 'name="note" value="call back"' in once_more.text
    )


def test_what_was_typed_comes_back_while_the_store_cannot_write(board, people, store, monkeypatch):
    begun = people.sign_in("anna", GOOD, "tests")
    board.cookies.set(SECURE, begun.token)
    csrf_token = people.find_user(begun.token).csrf

    def full(*how):
        raise StoreUnavailable("store: the disk is full.")

    monkeypatch.setattr(store, "reading", full)
    answer = board.post("/", data={"csrf": csrf_token, "note": "call back"})
    shown = board.get("/")

    assert (answer.status_code, shown.status_code) == (503, 503) and answer.headers["retry-after"] == shown.headers[
        "retry-after"
    ] == "2"
    assert (
        'name="note" value="call back"' in answer.text
        and 'action="/"' in answer.text
        and "sign in on another page" not in answer.text
    )


def test_pages_with_a_sessions_token_are_kept_by_no_cache(browser):
    client = browser()
    sign_in(client)

    pages = [client.get(path) for path in ("/", "/leads/L-1", "/password")]

    assert [page.headers["cache-control"] for page in pages if 'name="csrf"' in page.text] == ["no-store"] * 3


def test_a_script_is_answered_in_our_shape(board, people):
    json = {"accept": "application/json"}
    unknown = board.get("/", headers=json)
    begun = people.sign_in("anna", GOOD, "tests")
    board.cookies.set(SECURE, begun.token)
    role, forged, foreign = (
        board.get("/password", headers=json),
        board.post("/", headers=json),
        board.post("/", headers=json | {"sec-fetch-site": "cross-site"}),
    )

    assert [(answer.status_code, answer.json()["code"]) for answer in (unknown, role, forged, foreign)] == [
        (401, "not_signed_in"),
        (403, "wrong_role"),
        (403, "wrong_csrf"),
        (403, "foreign_form"),
    ]


def test_a_page_for_managers_says_so_to_others(board, people):
    statuses = {}
    for name in ("anna", "max"):
        board.cookies.set(SECURE, people.sign_in(name, GOOD, "tests").token)
        statuses[name] = (answer := board.get("/password")).status_code, "not for your role" in answer.text

    assert statuses == {"anna": (403, True), "max": (200, False)}


def test_whoever_has_a_made_password_chooses_another_first(browser):
    client = browser()
    sign_in(client, name="new")
    pages_before = client.get("/"), client.get("/password")
    token = csrf(client)
    wrong = client.post(
        "/password",
        data={
            "csrf": token,
            "current_password": GOOD,
            "new_password": "six slow pelicans drift",
            "new_password_again": "six",
        },
    )
    short = client.post(
        "/password", data={"csrf": token, "current_password": GOOD, "new_password": "six", "new_password_again": "six"}
    )

    changed = client.post(
        "/password",
        data={
            "csrf": token,
            "current_password": GOOD,
            "new_password": "six slow pelicans drift",
            "new_password_again": "six slow pelicans drift",
        },
    )

    assert (
        pages_before[0].headers["location"] == "/password" and "Choose one that only you know" in pages_before[1].text
    )
    assert (
        (wrong.status_code, short.status_code) == (422, 422)
        and "typed in two ways" in wrong.text
        and "Use at least 12 characters" in short.text
    )
    assert "pelicans" not in wrong.text and (changed.status_code, changed.headers["location"]) == (303, "/")
    assert client.get("/").status_code == 200 and csrf(client) != token


def test_another_password_signs_out_everywhere_else(browser):
    this_browser, elsewhere = browser(), browser(client=("192.0.2.77", 5))
    sign_in(this_browser), sign_in(elsewhere)

    changed = this_browser.post(
        "/password",
        data={
            "csrf": csrf(this_browser),
            "current_password": GOOD,
            "new_password": "six slow pelicans drift",
            "new_password_again": "six slow pelicans drift",
        },
    )

    assert (
        changed.headers["location"] == "/password?done=1"
        and "Your password is changed" in this_browser.get("/password?done=1").text
    )
    assert (this_browser.get("/").status_code, elsewhere.get("/").status_code) == (200, 303)


def test_people_who_share_a_computer_keep_their_marks(browser):
    client = browser()
    for name in ("anna", "max", "anna"):
        sign_in(client, name=name)

    assert len(client.cookies[f"{SECURE}-mark"].split("~")) == 2


def test_without_a_store_pages_say_that_nobody_can_sign_in(champion, tmp_path, now):
    application = create_application(Components(champion, lambda: now))
    client = TestClient(
        RequestMiddleware(application), "https://desk.example", cookies={SECURE: "x" * 43}, follow_redirects=False
    )

    page, tried = client.get("/"), sign_in(client)

    assert (
        (page.status_code, tried.status_code) == (503, 503)
        and "The store does not answer" in page.text
        and tried.headers["retry-after"]
    )


def test_names_passwords_and_tokens_stay_out_of_logs_and_of_the_store(browser, tmp_path, caplog, capfd):
    client = browser()
    sign_in(client, name="Zebedee Quill", password="zebedees own secret")
    sign_in(client)
    token = client.cookies[SECURE]
    client.post("/", data={"csrf": "x"})

    written = (
        caplog.text
        + "".join(capfd.readouterr())
        + "".join(file.read_bytes().decode("latin-1") for file in tmp_path.rglob("*") if file.is_file())
    )
    assert not [text for text in ("zebedee", "quill", "own secret", "herons", token.lower()) if text in written.lower()]


@pytest.mark.parametrize("path", ["/sign-in", "/password"])
def test_fields_are_labelled_for_people_and_for_password_managers(browser, path):
    client = browser()
    if path == "/password":
        sign_in(client)

    page = client.get(path).text

    # The field of the command palette, after the page's main part, has its own label and no form.
    shown = [
        field
        for field in re.findall(r"<input [^>]+>", page.partition("</main>")[0])
        if 'type="hidden"' not in field and 'class="hidden"' not in field
    ]
    assert len(shown) >= 2
    for field in shown:
        label = re.search(r'id="(\w+)"', field)[1]
        assert f'<label for="{label}">' in page and re.search(
            r'autocomplete="(?:username|current-password|new-password)"', field
        )
    assert "onpaste" not in page
