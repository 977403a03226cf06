"""What do journeys share?

The command line, as a person types it, in a folder of the test's own; and the desk, served to a real browser.
"""

import importlib.util
import sys
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import uvicorn

from serving.application import Components, create_application
from serving.cli.main import main
from serving.desk.pages.error_page import render_error_page
from serving.http.middleware import RequestMiddleware
from serving.leads.lead_service import RequestOrigin
from serving.scoring.model_loader import Champion
from serving.settings import Settings
from tests.support.new_stores import copy_new_stores  # noqa: F401  (a fixture of every test)

WORLD = Path(__file__).parents[1] / "serving" / "conftest.py"
"""The invented practice of the serving tests."""

HARMFUL = [
    {
        "lead_id": f"L-harm-{number}",
        "created_at": "2026-03-05T16:00:00Z",
        "channel": words,
        "service_requested": words,
        "preferred_clinic": words,
        "preferred_time": words,
        "message": f"{words} I would like an appointment, it is urgent {words}",
        "phone": "(617) 555-0123",
        "custom": {words: words},
    }
    for number, words in enumerate(
        [
            "<script>alert(1)</script>",
            "{{7*7}}",
            "\u202egnp.exe\u202d",
            '=HYPERLINK("http://evil.example")',
            "'\" onmouseover=alert(1) x='",
            "javascript:alert(1)",
        ]
    )
]
"""Leads whose every word means harm."""

CHROMIUM = Path("/usr/bin/chromium")


@pytest.fixture()
def leadlight(monkeypatch, capsys, tmp_path, copy_new_homes):
    """Call ``leadlight`` with these words; returns (exit code, everything it printed).

    Models go to ``mlruns`` in a folder of the test's own.
    """
    monkeypatch.setenv("LEADLIGHT_HOME", str(tmp_path / "mlruns"))
    monkeypatch.chdir(tmp_path)

    def call(*words) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["leadlight", *map(str, words)])
        try:
            main()
            code = 0
        except SystemExit as left:
            code = left.code or 0
        said = capsys.readouterr()
        return code, said.out + said.err

    return call


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
    """The desk of the invented practice, with leads that mean harm, and its people: anna and ben call, max is their
    manager.
    """
    home = tmp_path_factory.mktemp("home")
    spec = importlib.util.spec_from_file_location("serving_world", WORLD)
    world = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(world)
    world.made_bundle().write(home / "bundle")
    champion = Champion(Settings(home, str(home / "bundle")))
    champion.load()
    made = world.desk_in(home, champion, world.write_desk_data(tmp_path_factory.mktemp("desk")), clock)
    made.champion = champion
    made.people = world.people_in(home, "anna", "desk", clock)
    for name, role in (("ben", "desk"), ("max", "manager")):
        world.people_in(home, name, role, clock)
    for lead in HARMFUL:
        made._lead_service.put_lead(lead, RequestOrigin("tests"))
    return made


@pytest.fixture(scope="module")
def address(desk, clock):
    """The desk, served on a free port of this machine."""
    moment = lambda: np.datetime64(clock().replace(tzinfo=None), "us")  # noqa: E731
    application = create_application(Components(desk.champion, moment, desk=desk, users=desk.people))
    gate = RequestMiddleware(application, render_page=render_error_page)
    server = uvicorn.Server(uvicorn.Config(gate, host="127.0.0.1", port=0, log_level="error"))
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
    if not CHROMIUM.exists():
        pytest.skip(f"there is no Chromium at {CHROMIUM}; install it to test the desk in a browser")
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed; it drives the browser")
    with playwright.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def sign_in(address):
    """Signs in on a page, as people do: ``sign_in(page, name, password)``."""

    def typed(page, name="anna", password="four calm herons wait"):
        page.goto(f"{address}/sign-in")
        page.get_by_label("Name").fill(name)
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Sign in").click()

    return typed


@pytest.fixture(scope="module")
def states(browser, sign_in):
    """What a browser keeps in which somebody has signed in, by name."""
    found = {}
    for name in ("anna", "ben", "max"):
        context = browser.new_context()
        sign_in(context.new_page(), name)
        found[name] = context.storage_state()
        context.close()
    return found


@pytest.fixture(scope="module")
def signed_in(states):
    """What a browser keeps in which anna has signed in."""
    return states["anna"]


@pytest.fixture
def page_of(browser, states):
    """Opens a desktop page of somebody who has signed in; it remembers what it asked for and what went wrong."""
    contexts = []

    def opened_by(name, **how):
        context = browser.new_context(
            **({"viewport": {"width": 1280, "height": 900}, "storage_state": states[name]} | how)
        )
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
