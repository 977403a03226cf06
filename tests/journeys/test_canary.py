"""Names, phones, addresses and words of messages go in wherever something goes in. Does any of it come out where it
must not?

Only the store's own tables of leads, and the answer to somebody who asks for one lead, may hold what a person wrote.
Everything else is searched: the log, the metrics, MLflow's folder and the bundles, the lines of requests and of the
challenger, refusals, scores, exports, and every other table. What people are called stands in one table and in the
desk's own export, and is shown to who has signed in."""

import gzip
import io
import json
import os
import re
import shutil
import sqlite3
import time
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import mlflow
import pandas as pd
import pytest

from features.errors import DataError
from features.mapping.column_mapping import Mapping
from features.practice_file.practice_toml import read_practice
from features.synthetic.generator import invent
from features.tables.tables import read_tables
from serving.accounts.password_hashing import Passwords
from serving.settings import Settings as StoreSettings
from serving.store.store import Store
from tests.support.running_service import PASSWORD, sent_to_a_hook, service, wait_until_worked_off
from tests.support.whole_service import HOOK_KEY, PUBLIC
from training.monitoring.shadow_comparison import set_shadow
from training.pipeline import TrainingResult, train
from training.registry.mlflow_tracking import log_training_run, move_alias
from training.settings import Settings

PERSON = {
    "Full name": "Quillfeather Zanzibarwort",
    "Street": "17 Plumbago Crescent",
    "phone": "(617) 555-0142",
    "email": "q.feather@zanzibarwort.example",
    "message": "Gobbledyknee hurts since marzipanuary, could I come in next week?",
    "referrer": "Doctor Ostrichbane",
    "landing_page": "https://clinic.example/book?name=Quillfeather",
    "referral_reason": "Gobbledyknee, says Ostrichbane",
    "preferred_time": "after marzipanuary",
}
MARKS = re.compile(
    rb"quillfeather|zanzibarwort|plumbago|gobbledyknee|marzipanuary|ostrichbane|6175550142|555-0142|555\.0142|llk_[a-z0-9]{60}|"
    + HOOK_KEY.encode(),
    re.IGNORECASE,
)
TAKEN = (
    "score",
    "batch",
    "bento",
    "lead",
    "lead again",
    "events",
    "outcome",
    "feedback",
    "/v1/hooks/hubspot",
    "/v1/hooks/generic",
    "/v1/hooks/salesforce",
)
FIRST, LAST = "Thistledown", "Umbelliferous"
"""A name that comes only where names come: under its own keys, at every entrance."""
NAME_MARKS = re.compile(f"{FIRST}|{LAST}".encode(), re.IGNORECASE)
OF_LEADS = {"leads", "lead_changes", "lead_names", "events", "outcomes", "overrides"}
"""The store's tables that hold what is known of a lead: there, and nowhere else, stands what a person wrote."""


@pytest.fixture(scope="module")
def home(trained, quick_settings, demo_folder, tmp_path_factory, copy_new_homes) -> Path:
    """A model, registered twice: champion and challenger.

    With ``make soak`` it is trained on leads with such persons among them.
    """
    folder = tmp_path_factory.mktemp("canary")
    if os.environ.get("LEADLIGHT_SOAK"):
        trained, settings = trained_on_persons(folder / "data")
    else:
        settings = quick_settings
        shutil.copytree(demo_folder, folder / "data")
    for number, made in enumerate((trained.bundle, replace(trained.bundle, created_at="2026-03-02T00:00:00Z"))):
        bundle = made.write(folder / f"made{number}" / "bundle")
        version = log_training_run(
            replace(trained, bundle=bundle), folder / f"made{number}" / "bundle", [], settings, folder / "home"
        )
        if number == 0:
            move_alias(folder / "home", bundle.name, version)
    set_shadow("leadlight", "2", folder / "home")
    return folder / "home"


def trained_on_persons(data: Path) -> tuple[TrainingResult, Settings]:
    """Train a model on an invented practice with eight such persons among its leads, no two with the same message."""
    invent(400, seed=5).write(data)
    leads = pd.read_parquet(data / "leads.parquet")
    for name, value in PERSON.items():
        column = leads[name].astype(object) if name in leads else pd.Series([None] * len(leads), dtype=object)
        leads[name] = column.where(
            leads.index % 50 != 7,
            [value if name in ("phone", "email") else f"{value} {number}" for number in range(len(leads))],
        )
    leads.to_parquet(data / "leads.parquet")
    practice, settings = read_practice(data / "practice.toml"), Settings(most_trees=10, resamples=5, folds=3, threads=1)
    tables = read_tables(data, Mapping.identity(), practice)
    return train(tables, practice, settings, tables.mapping), settings


@dataclass(frozen=True)
class Visited:
    """A service that has ended: what it printed, its key, and its answers to persons and to names, by what was sent."""

    printed: bytes
    key: str
    answers: dict[str, httpx.Response]
    pages: dict[str, httpx.Response]
    lead: httpx.Response
    names: dict[str, httpx.Response]
    desk: dict[str, httpx.Response]


@pytest.fixture(scope="module")
def visited(home) -> Visited:
    """The service on that home, at its most talkative, with every hook set up; max is a manager of the practice.

    Persons come in everywhere first, then names. It is started once for both.
    """
    told = {
        f"LEADLIGHT_{name}": HOOK_KEY for name in ("HUBSPOT_SECRET", "SALESFORCE_KEY", "DYNAMICS_KEY", "GENERIC_KEY")
    } | {"LEADLIGHT_PUBLIC_URL": PUBLIC}
    with Store.open(StoreSettings(home)) as store, store.transaction() as at:
        if at.users.find("max") is None:
            at.users.add("max", "Max", "manager", Passwords(memory_kib=8, passes=1).hash(PASSWORD))
    with service(home.parent, "leadlight", LEADLIGHT_LOG_LEVEL="debug", **told) as running:
        with httpx.Client(base_url=running.address, timeout=60) as client:
            answers = asked(client, running.key)
            wait_for_the_challenger(client, running.key)
            pages = {
                path: client.get(path, headers={"x-api-key": running.key})
                for path in ("/metrics", "/readyz", "/v1/model", "/v1/queue", "/openapi.json")
            }
            lead = client.get("/v1/leads/C-1", headers={"x-api-key": running.key})
            names = named(client, running.key)
            names["/metrics"] = client.get("/metrics", headers={"x-api-key": running.key})
        wait_until_worked_off(home)
        desk = at_the_desk(running.address)
        running.process.terminate()
        running.process.wait(30)
        return Visited(running.printed.read_bytes(), running.key, answers, pages, lead, names, desk)


def wait_for_the_challenger(client: httpx.Client, key: str) -> None:
    """Score until the challenger has scored as well."""
    until = time.monotonic() + 30
    while (
        "leadlight_shadow_scored_total 0.0\n" in client.get("/metrics", headers={"x-api-key": key}).text
        and time.monotonic() < until
    ):
        client.post("/v1/score", json={"lead_id": "C-1", **PERSON}, headers={"x-api-key": key})
        time.sleep(0.2)


def found_in(name: str, content: bytes, marks: re.Pattern[bytes] = MARKS) -> list[str]:
    """Where a mark stands in some bytes, unpacked where they are packed."""
    if content[:2] == b"\x1f\x8b":
        content = gzip.decompress(content)
    if content[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            return [
                one for member in packed.namelist() for one in found_in(f"{name}:{member}", packed.read(member), marks)
            ]
    return [f"{name}: {mark.group().decode()}" for mark in marks.finditer(content.replace(b"\0", b""))]


def asked(client: httpx.Client, key: str) -> dict[str, httpx.Response]:
    """Every way in, with a person in every field that takes words, and in fields, headers and addresses that do not."""
    person = {name: value for name, value in PERSON.items() if name not in ("Full name", "Street")}
    lead = {"lead_id": "C-1", **person, "custom": {"Full name": PERSON["Full name"], "Street": PERSON["Street"]}}
    words, known = PERSON["Full name"], {"x-api-key": key}
    said = {}

    def send(
        name: str, path: str, body: object, headers: dict[str, str] | None = None, method: str = "POST", **more
    ) -> None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        said[name] = client.request(
            method,
            path,
            content=content,
            headers={"content-type": "application/json", **known, **(headers or {})},
            **more,
        )

    send("score", "/v1/score", lead)
    send("batch", "/v1/score/batch", {"leads": [lead, {**lead, "relation": words}, words, {words: [words]}]})
    send("bento", "/bento/score", {"leads": [lead, {words: [words]}]})
    send("bad bento", "/bento/score", {"leads": [lead, words]})
    send("lead", "/v1/leads", lead, {"idempotency-key": words})
    send("lead again", "/v1/leads", {**lead, "message": "Plumbago again"}, {"idempotency-key": words + "2"})
    send("same key", "/v1/leads", {**lead, "message": words}, {"idempotency-key": words})
    send(
        "events",
        "/v1/leads/C-1/events",
        {"events": [{"occurred_at": "2026-03-05T14:05:00Z", "kind": "inbound_call", "event_id": words}]},
    )
    send("outcome", "/v1/leads/C-1/outcomes", {"stage": "lost", "reason": "price", "outcome_id": words})
    send(
        "feedback",
        "/v1/leads/C-1/feedback",
        {"kind": "reason_wrong", "said_by": "ann", "reason": "channel_booking_rate", "note": words},
    )
    for name, body in {
        "a bad field": {**lead, "created_at": words, "latitude": words},
        "a bad name": {"lead_id": {words: words}},
        "a bad custom": {"custom": {words: [words]}},
        "a bad event": {"events": [{"kind": words, "occurred_at": words, words: 1}]},
        "not JSON": json.dumps(lead).encode()[:-1],
        "half a character": b'{"' + words.encode() + b'": "\\ud800"}',
        "a number": b'{"' + words.encode() + b'": 1e999}',
        "too much": json.dumps([words] * 200_000).encode(),
    }.items():
        for path in (
            "/v1/score",
            "/v1/leads",
            "/v1/leads/C-1/events",
            "/v1/leads/C-1/outcomes",
            "/v1/leads/C-1/feedback",
        ):
            send(f"{name} at {path}", path, body)
    send(
        "bad words of our own",
        "/v1/leads/C-1/feedback",
        {"kind": words, "said_by": "ann", "grade": words, "receipt": words},
    )
    send("a bad stage", "/v1/leads/C-1/outcomes", {"stage": words, "reason": words, "occurred_at": words})
    send("nowhere", f"/v1/{words}?phone=6175550142", {}, method="GET")
    send("nobody", f"/v1/leads/{PERSON['email']}", {}, method="GET")
    send("no lead", f"/v1/leads/{PERSON['email']}/outcomes", {"stage": "booked"})
    send("no desk lead", f"/leads/{PERSON['phone']}", {}, method="GET")
    send("a bad limit", f"/v1/queue?limit={words}", {}, method="GET")
    send("a bad filter", f"/?channel={words}&page={words}", {}, method="GET")
    send(
        "headers",
        "/v1/score",
        {"lead_id": "C-2"},
        {
            "user-agent": words,
            "referer": f"https://clinic.example/{words}",
            "x-request-id": words,
            "x-forwarded-for": words,
            "cookie": f"name={words}",
        },
    )
    send("a phone as request id", "/v1/score", {"lead_id": "C-2"}, {"x-request-id": "617-555-0142"})
    send("a name as an id", "/v1/score", {**lead, "lead_id": "Quillfeather-7"})
    send("a phone as an id", "/v1/score/batch", {"leads": [{"lead_id": "+16175550142"}, {"lead_id": "6175550142"}]})
    send("a wrong key", "/v1/score", lead, {"x-api-key": words})
    send("a kind", "/v1/score", lead, {"content-type": f"text/{words.split()[0]}"})
    send("a method", "/v1/score", lead, method="QUILLFEATHER")
    return said | hooked(client)


def hooked(client: httpx.Client) -> dict[str, httpx.Response]:
    """The hooks, with what each CRM sends of a person."""
    contact = {
        "firstname": "Quillfeather",
        "lastname": "Zanzibarwort",
        "email": PERSON["email"],
        "phone": PERSON["phone"],
        "address": PERSON["Street"],
        "message": PERSON["message"],
        "zip": "02110",
    }
    generic = {
        "lead_id": "C-3",
        **{name: value for name, value in PERSON.items() if name != "Full name"},
        "contact": {"full": PERSON["Full name"]},
    }
    attributes = [
        {"key": name, "value": value}
        for name, value in (
            ("firstname", "Quillfeather"),
            ("emailaddress1", PERSON["email"]),
            ("telephone1", PERSON["phone"]),
            ("description", PERSON["message"]),
        )
    ]
    target = {"LogicalName": "lead", "Id": "6d81597f-0f9f-4711-8122-000d3aa2331c", "Attributes": attributes}
    changes = [
        {
            "eventId": 1,
            "occurredAt": 1772704920000,
            "subscriptionType": "contact.propertyChange",
            "objectId": 9,
            "propertyName": name,
            "propertyValue": value,
        }
        for name, value in contact.items()
    ]
    soap = (
        (Path(__file__).parents[1] / "serving/crm/payloads/salesforce_outbound.xml")
        .read_text()
        .replace("Planted", "Zanzibarwort")
        .replace("Knee pain", "Gobbledyknee")
    )
    sent = {
        "/v1/hooks/hubspot": {"vid": 9, "properties": {name: {"value": value} for name, value in contact.items()}},
        "/v1/hooks/hubspot/events": changes,
        "/v1/hooks/generic": generic,
        "/v1/hooks/salesforce": soap.replace("planted.person@example.org", PERSON["email"]).replace(
            "(617) 555-0199", PERSON["phone"]
        ),
        "/v1/hooks/dynamics": {
            "PrimaryEntityName": "lead",
            "MessageName": "Create",
            "OperationCreatedOn": "/Date(1772704800000)/",
            "InputParameters": [{"key": "Target", "value": target}],
        },
    }
    said = {}
    for path, body in sent.items():
        whole = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        for name, content in (
            ("", whole),
            (" cut off", whole[:-9]),
            (" with a bad value", whole.replace(b"6175550142", b"x").replace(b"lead", b"Quillfeather")),
        ):
            known = sent_to_a_hook(path, content)
            kind = {"content-type": "text/xml" if "salesforce" in path else "application/json"}
            said[path + name] = client.post(
                path, content=content, headers=kind | known["headers"], params=known["params"]
            )
        said[path + " without proof"] = client.post(
            path, content=whole, headers=kind, params={"code": "Quillfeather Zanzibarwort"}
        )
    return said


def test_what_a_person_wrote_stands_in_the_tables_of_leads_and_nowhere_else(
    visited, home, tmp_path, monkeypatch, capsys
):
    said = dict(visited.answers)
    monkeypatch.setenv("LEADLIGHT_HOME", str(home))

    assert {name: said[name].text for name in TAKEN if said[name].status_code not in (200, 201)} == {}
    assert "Quillfeather" in visited.lead.text and "Gobbledyknee" not in said["lead again"].text
    for name in ("a phone as request id", "a name as an id", "a phone as an id", "no desk lead", "a bad filter"):
        said.pop(name)
        # What somebody put into an id or an address goes back to that one alone (to sign in, and then on to it);
        # the log is looked at below.
    assert [
        one
        for name, answer in (said | visited.pages).items()
        for one in found_in(name, answer.content + str(answer.headers.raw).encode())
    ] == []
    assert (
        found_in("the log", visited.printed.replace(visited.key.encode(), b"")) == []
        and visited.key.encode() not in visited.printed
    )
    assert (home / "requests").exists() and (home / "shadow").exists()
    assert list_open_to_others(home) == []
    files = [
        path
        for path in home.parent.rglob("*")
        if path.is_file()
        and not path.is_relative_to(home.parent / "data")
        and not path.name.startswith("leadlight.db")
        and "code" not in path.parts  # a copy of our own source, with its example leads
    ]
    assert len(files) > 20
    assert [one for path in files for one in found_in(str(path.relative_to(home.parent)), path.read_bytes())] == []
    assert other_tables(home / "leadlight.db") == []
    assert exports(home, tmp_path, capsys) == []


def test_the_model_that_mlflow_loads_says_nothing_of_the_person_it_scores(home, caplog, capsys):
    model = mlflow.pyfunc.load_model(str(next((home / "artifacts" / "models").glob("*/artifacts"))))
    person = {name: value for name, value in PERSON.items() if name not in ("Full name", "Street")}
    misspelt = person | {"Full name": PERSON["Full name"], "mesage": PERSON["message"]}

    answer = model.predict(pd.DataFrame([misspelt]), params={"reasons": True})
    with pytest.raises(DataError, match="row 0: cutoff is text, expected a time") as refusal:
        model.predict(pd.DataFrame([person | {"cutoff": PERSON["Full name"]}]))

    assert answer.notna().loc[0, ["probability", "grade", "reason_1"]].all()
    printed = capsys.readouterr()
    told = answer.to_csv() + caplog.text + printed.out + printed.err + str(refusal.value)
    assert "mesage" in told and found_in("the model's answer", told.encode()) == []


def list_open_to_others(home: Path) -> list[str]:
    """Files and folders of a home, MLflow's among them, that are not for their owner alone."""
    paths = [home, *home.rglob("*")]
    assert (home / "mlflow.db") in paths and (home / "artifacts") in paths and (home / "leadlight.db") in paths
    modes = {path: path.lstat().st_mode & 0o777 for path in paths if not path.is_symlink()}
    return [
        f"{path.relative_to(home)}: {mode:o}"
        for path, mode in modes.items()
        if mode & 0o077 or (path.is_dir() and mode != 0o700) or (path.is_file() and mode & 0o177)
    ]


def other_tables(file: Path) -> list[str]:
    """Marks in the tables that are not about a lead itself; those that are hold some, or nothing was looked for."""
    with sqlite3.connect(file) as store:
        names = {row[0] for row in store.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        rows = {name: store.execute(f"SELECT * FROM {name}").fetchall() for name in names}
    assert (
        names >= OF_LEADS | {"audit", "scores", "idempotency_keys", "idempotency_leads", "outbox"}
        and len(rows["audit"]) > 5
        and rows["idempotency_keys"]
    )
    assert all(found_in(name, repr(rows[name]).encode()) for name in ("leads", "lead_changes", "overrides"))
    return [one for name in names - OF_LEADS for one in found_in(name, repr(rows[name]).encode())]


def exports(home: Path, folder: Path, capsys) -> list[str]:
    """Marks in a file of scores, and in what the command line prints of the store and of the model."""
    import click

    from serving.cli.main import leadlight

    words = (
        ["score", "--data", str(home.parent / "data"), "--reasons", "--out", str(folder / "scores.csv")],
        ["verify-audit"],
        ["doctor"],
        ["shadow", "--report"],
    )
    for one in words:
        try:
            leadlight.main(one, standalone_mode=False)
        except (SystemExit, click.exceptions.Exit):
            pass
    printed = capsys.readouterr()
    assert len((folder / "scores.csv").read_text().splitlines()) > 400
    return found_in("scores.csv", (folder / "scores.csv").read_bytes()) + found_in(
        "printed", (printed.out + printed.err).encode()
    )


def named(client: httpx.Client, key: str) -> dict[str, httpx.Response]:
    """Send a name wherever a name is taken: each program's own keys, and a lead that is only scored."""
    known = {"x-api-key": key}
    sent = {
        "/v1/leads": {"lead_id": "N-1", "phone": "(617) 555-0177", "first_name": FIRST, "last_name": LAST},
        "/v1/score": {"lead_id": "N-2", "First Name": FIRST, "custom": {"Patient Name": f"{FIRST} {LAST}"}},
        "/v1/score/batch": {"leads": [{"lead_id": "N-2", "name": f"{FIRST} {LAST}"}]},
        "/v1/hooks/hubspot": {
            "vid": 91,
            "properties": {"firstname": {"value": FIRST}, "lastname": {"value": LAST}, "zip": {"value": "02110"}},
        },
        "/v1/hooks/generic": {"lead_id": "N-3", "contact": {"first_name": FIRST, "last_name": LAST}},
    }
    said = {}
    for path, body in sent.items():
        content = json.dumps(body).encode()
        proof = sent_to_a_hook(path, content) if "hooks" in path else {"headers": known, "params": {}}
        headers = {"content-type": "application/json"} | proof["headers"]
        said[path] = client.post(path, content=content, headers=headers, params=proof["params"])
    said["again"] = client.post("/v1/leads", json=sent["/v1/leads"], headers=known | {"idempotency-key": "n"})
    return said


def at_the_desk(address: str) -> dict[str, httpx.Response]:
    """The desk's pages as a manager sees them: the list, a lead, a search by name, the export."""
    with httpx.Client(base_url=address, timeout=60, follow_redirects=True, headers={"accept": "text/html"}) as client:
        first = client.get("/sign-in")
        typed = {"name": "max", "password": PASSWORD}
        hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', first.text))
        same = {"sec-fetch-site": "same-origin"}
        queue = client.post("/sign-in", data=hidden | typed, headers=same)
        token = re.search(r'name="csrf" value="([^"]+)"', queue.text)[1]
        return {
            "lead": client.get("/leads/N-1"),
            "search": client.post("/find", data={"csrf": token, "words": f"{LAST[:4]} {FIRST}"}, headers=same),
            "export": client.get("/export.csv"),
        }


def test_a_name_stands_in_one_table_and_in_what_the_desk_shows_and_exports(visited, home):
    said, pages = visited.names, visited.desk

    assert {path: answer.status_code for path, answer in said.items() if answer.status_code not in (200, 201)} == {}
    assert {name for name, page in pages.items() if page.status_code != 200 or FIRST not in page.text} == set()
    assert [str(page.url) for page in pages.values() if FIRST.casefold() in str(page.url).casefold()] == []
    contents = {name: answer.content + str(answer.headers.raw).encode() for name, answer in said.items()}
    assert [one for name, content in contents.items() for one in found_in(name, content, NAME_MARKS)] == []
    assert found_in("the log", visited.printed, NAME_MARKS) == []
    files = [path for path in home.parent.rglob("*") if path.is_file() and not path.name.startswith("leadlight.db")]
    assert len(files) > 20
    assert [one for path in files for one in found_in(path.name, path.read_bytes(), NAME_MARKS)] == []
    with sqlite3.connect(home / "leadlight.db") as store:
        tables = [row[0] for row in store.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        rows = {name: repr(store.execute(f"SELECT * FROM {name}").fetchall()).encode() for name in tables}
    assert {name for name, content in rows.items() if NAME_MARKS.search(content)} == {"lead_names"}
    assert rows["lead_names"].count(FIRST.encode()) == 3
