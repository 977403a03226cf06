"""Does every command and every body on the pages of products work as it stands there?

Each page is read from top to bottom: commands of ``leadlight`` are run in a home of their own, variables are set where
the page sets them, calls go through the whole application with its gate, and what the page says comes back is compared.
"""

import json
import os
import re
import shlex
import time
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pytest
from click.testing import CliRunner
from starlette.testclient import TestClient

from features.schema import LEADS
from serving.application import Components, create_application
from serving.cli.main import VERBS, leadlight
from serving.crm.hook_rules import HOOKS
from serving.crm.inbound.hook_proof import HookProof
from serving.crm.outbound.sender import create_channels
from serving.crm_settings import CrmSettings
from serving.desk.desk_service import Desk
from serving.http.api_keys import KeyFile
from serving.http.authorization import Authorizer
from serving.http.hook_keys import read_stored_secrets
from serving.http.middleware import RequestMiddleware
from serving.http.rate_limits import FailedKeyLimiter, RateLimiter
from serving.leads.lead_service import LeadService
from serving.settings import Settings, list_unknown_variables
from serving.store.store import Store
from tests.support.fake_crms import PagedHubSpotStandIn

FOLDER = Path(__file__).parents[3] / "serving/crm/products"
PAGES = sorted(path.stem for path in FOLDER.glob("*.md"))
KINDS = ("sh", "json", "xml", "toml", "text")
BLOCK = re.compile(r"^( *)```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
OURS = {*LEADS.by_name, "first_name", "last_name", "full_name"}
"""What a field was understood as; a small model does not read all of it and then says so."""

SAME = ("lead_id", "channel_note", "skipped", "alive", "warning", "news")
"""Fields whose value is compared; of a score's others only the kind, because they are the model's."""


def list_blocks(page):
    """The blocks of a page in order: (kind, text)."""
    return [(kind, body) for _, kind, body in BLOCK.findall((FOLDER / f"{page}.md").read_text(encoding="utf-8"))]


def list_lines(block):
    """The commands of a block, each with its quoted line breaks."""
    commands, pending = [], ""
    for line in block.replace("\\\n", " ").splitlines():
        pending = f"{pending}\n{line}" if pending else line.strip()
        if pending.count("'") % 2 == 0 and pending:
            commands.append(pending)
            pending = ""
    assert not pending, "a quote is left open"
    return commands


def list_unknown(answer):
    """The product's own names that an answer says were not understood."""
    ignored = answer.get("ignored", "")
    names = ignored if isinstance(ignored, list) else ignored.split(", ")
    return {name for name in names if name} - OURS


class Reader:
    """Does what a page says, one command after the other."""

    def __init__(self, home, champion, monkeypatch):
        self.home, self.champion, self.patch = home, champion, monkeypatch
        self.key, self.answer, self.client, self.store = "", None, None, None
        self.calls = 0
        monkeypatch.setenv("LEADLIGHT_HOME", str(home))
        monkeypatch.chdir(home)
        Path("dynamics.token").write_text("an invented token of sixteen")

    def run(self, command):
        words = shlex.split(command.replace("$KEY", self.key))
        {"export": self._export, "leadlight": self._leadlight, "curl": self._curl}[words[0]](words[1:])

    def _export(self, words):
        name, _, value = words[0].partition("=")
        self.patch.setenv(name, value)
        self._stop()
        assert list_unknown_variables() == []

    def _leadlight(self, words):
        if words[0] == "push":
            self._push(words)
            return
        ran = CliRunner().invoke(leadlight, words, input="an invented signing secret\n")
        assert ran.exit_code == 0, (words, ran.output, ran.exception)
        made = re.search(r"llk_\w+", ran.output)
        self.key = made[0] if made else self.key

    def _push(self, words):
        stand_in = PagedHubSpotStandIn(time.monotonic)
        stand_in.contacts = {"1": {"zip": "02110"}}
        stand_in.rows = {"1": {}}
        try:
            token = os.environ["LEADLIGHT_HUBSPOT_TOKEN"]
            self.patch.setenv("LEADLIGHT_HUBSPOT_URL", stand_in.address)
            self.patch.setenv("LEADLIGHT_HUBSPOT_TOKEN", "an invented token")
            self.patch.setenv("LEADLIGHT_MODEL", self.champion.settings.model)
            ran = CliRunner().invoke(leadlight, words)
        finally:
            stand_in.close()
            self.patch.setenv("LEADLIGHT_HUBSPOT_URL", "https://api.hubapi.com")
            self.patch.setenv("LEADLIGHT_HUBSPOT_TOKEN", token)
        assert ran.exit_code == 0 and "1 contacts read, 1 scored" in ran.output, ran.output

    def _curl(self, words):
        headers, parts, address = {}, [], ""
        for i, word in enumerate(words):
            if word == "-H":
                name, _, value = words[i + 1].partition(": ")
                headers[name.lower()] = value
            elif word in ("-d", "--data-binary"):
                parts.append(words[i + 1])
            elif word == "--data-urlencode":
                parts.append(quote(words[i + 1], safe="="))
            elif word.startswith("localhost:3000"):
                address = word.removeprefix("localhost:3000")
        if parts:
            # What curl says of a body where nothing else is said.
            headers.setdefault("content-type", "application/x-www-form-urlencoded")
        method = "POST" if parts else "GET"
        self.calls += 1
        self.answer = self._open().request(method, address, content="&".join(parts).encode(), headers=headers)
        assert self.answer.status_code in (200, 201), (address, self.answer.text)

    def _open(self):
        """The service as it would start now, with what the page has set so far."""
        if self.client is None:
            settings = read_stored_secrets(CrmSettings.from_environment(), self.home)
            create_channels(settings)
            self.store = Store.open(Settings(self.home))
            moment = lambda: np.datetime64("now", "us")  # noqa: E731
            service = LeadService(self.store, self.champion)
            components = Components(
                self.champion, moment, Desk(self.store, service, moment), lead_service=service, crm=settings
            )
            guard = Authorizer(
                KeyFile(self.home),
                RateLimiter(1e6, 1e6, time.monotonic),
                FailedKeyLimiter(time.monotonic),
                check_hook=HookProof(settings, lambda: datetime.now(UTC)).check,
            )
            gate = RequestMiddleware(create_application(components), authorizer=guard)
            self.client = TestClient(gate, raise_server_exceptions=False)
        return self.client

    def _stop(self):
        if self.store is not None:
            self.store.close()
        self.client = self.store = None


@pytest.fixture
def reader(tmp_path, champion, monkeypatch):
    made = Reader(tmp_path, champion, monkeypatch)
    yield made
    made._stop()


@pytest.mark.parametrize("page", PAGES)
def test_a_page_works_from_its_first_command_to_its_last(reader, page):
    kinds = []
    for kind, block in list_blocks(page):
        kinds.append(kind)
        if kind == "sh":
            for command in list_lines(block):
                reader.run(command)
        elif kind == "toml":
            Path("hooks.toml").write_text(block)
        elif kind == "xml":
            assert block.strip() in reader.answer.text
        elif kind == "json":
            expected, actual = json.loads(block), reader.answer.json()
            assert {name: actual.get(name) for name in expected if name in SAME} == {
                name: value for name, value in expected.items() if name in SAME
            }
            assert expected.keys() <= actual.keys()
            assert list_unknown(actual) == list_unknown(expected)
            assert {name: type(actual[name]) for name in expected} == {
                name: type(value) for name, value in expected.items()
            }

    assert set(kinds) <= set(KINDS) and reader.calls >= 1 and ("json" in kinds or "xml" in kinds)


def test_every_hook_has_a_page_and_every_page_says_that_nobody_tried_it():
    names = {"zapier" if hook == "generic" else hook for hook in HOOKS}
    overview = (FOLDER / "README.md").read_text(encoding="utf-8")

    assert names == set(PAGES) - {"README"}
    assert [name for name in names if f"({name}.md)" not in overview] == []
    for name in names:
        text = (FOLDER / f"{name}.md").read_text(encoding="utf-8")
        assert "Not tried with an" in text and "(README.md#when-nothing-arrives)" in text
        # One screen: what is longer is not read to its end.
        assert len(text.splitlines()) <= 75, name


@pytest.mark.parametrize("page", PAGES)
def test_commands_variables_and_links_in_the_text_of_a_page_are_there(page, monkeypatch):
    text = (FOLDER / f"{page}.md").read_text(encoding="utf-8")

    assert [verb for verb in re.findall(r"`leadlight ([\w-]+)", text) if verb not in VERBS] == []
    for name in re.findall(r"LEADLIGHT_[A-Z_]+[A-Z]", text):
        monkeypatch.setenv(name, "")
    assert list_unknown_variables() == []
    links = re.findall(r"\]\(([\w.]+)(?:#[\w-]+)?\)", text)
    assert links and [link for link in links if not (FOLDER / link).exists()] == []
