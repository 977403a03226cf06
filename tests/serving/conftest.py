"""What do the serving tests score with? A tiny bundle, trained once on invented rows, and leads as a CRM sends them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import lightgbm
import numpy as np
import pandas as pd
import pytest
from starlette.testclient import TestClient

from features.batch import Batch, get_column_kind
from features.feature_matrix import compute_matrix, select_supported_signals
from features.signals.custom_columns import build_column_signals
from features.tables.tables import read_tables
from features.testing import example_context
from serving.accounts.password_hashing import Passwords
from serving.accounts.sessions import UserSessions
from serving.application import ADDRESSES, Components, create_application
from serving.crm_settings import CRMS
from serving.desk.desk_service import Desk
from serving.http.middleware import RequestMiddleware
from serving.http.request_metrics import RequestMetrics
from serving.leads.lead_service import LeadService
from serving.scoring.engine import Engine
from serving.scoring.model_loader import Champion
from serving.settings import Settings
from serving.store.maintenance.bulk_load import load_tables
from serving.store.store import Store
from tests.support.new_stores import copy_new_stores  # noqa: F401  (a fixture of every test)
from tests.support.running_service import service
from tests.support.whole_service import HOOK_KEY, PUBLIC
from training.bundle import Bundle, Grades
from training.model.calibration import Calibrator
from training.model.linear.linear_fit import Penalty, fit_linear

NOW = np.datetime64("2026-03-05T12:00:00", "us")
AT = datetime(2026, 3, 5, 12, tzinfo=UTC)
"""The same moment, as a store's clock says it."""

COLUMNS = (
    "created_at",
    "channel",
    "service_requested",
    "message",
    "preferred_clinic",
    "postal_code",
    "phone",
    "email",
    "existing_patient",
    "relation",
)
MESSAGES = (
    "I need an appointment for back pain, urgent please",
    "How much does it cost?",
    None,
    "not urgent, just looking for information",
    "Could I come in for physio next week? My doctor sent me",
    "seo services and backlinks for your site",
)


PASSWORD = "four calm herons wait"


def quick_passwords() -> Passwords:
    """argon2id as it is, with little memory and one pass: for tests that do not ask how costly it is."""
    return Passwords(memory_kib=8, passes=1)


def people_in(
    home: Path, name: str = "anna", role: str = "manager", clock: Callable[[], datetime] | None = None
) -> UserSessions:
    """People of a store in ``home``, of whom one may sign in with ``PASSWORD``; a store that others write by a clock of
    their own needs the same one here.
    """
    store = Store.open(Settings(home)) if clock is None else Store.open(Settings(home), clock)
    passwords = quick_passwords()
    with store.transaction() as at:
        at.users.add(name, name.title(), role, passwords.hash(PASSWORD))
    return UserSessions(store, 720, passwords)


def generate_payloads(count: int, seed: int = 7) -> list[dict]:
    """Leads of an invented practice, already converted."""
    random = np.random.default_rng(seed)
    kinds = ("inbound_call", "outbound_call", "page_view")
    payloads = []
    for number in range(count):
        created = NOW - np.timedelta64(int(random.integers(1, 40_000)), "m")
        events = [
            (created + np.timedelta64(int(random.integers(1, 3000)), "m"), kinds[k % 3], float(k % 2), 60.0)
            for k in range(random.integers(0, 4))
        ]
        payloads.append(
            {
                "lead_id": f"L{number}",
                "created_at": created,
                "channel": ("web_form", "referral", "phone")[random.integers(3)],
                "service_requested": ("physio", "spine surgery", None)[random.integers(3)],
                "message": MESSAGES[random.integers(len(MESSAGES))],
                "preferred_clinic": ("Downtown", "North", None)[random.integers(3)],
                "postal_code": ("02110", "01960", None)[random.integers(3)],
                "phone": ("(617) 555-0123", None)[random.integers(2)],
                "email": ("ann@example.org", None)[random.integers(2)],
                "existing_patient": (1.0, 0.0, None)[random.integers(3)],
                "relation": ("self", "parent", None)[random.integers(3)],
                "custom:Insurance tier": ("gold", "silver", "bronze", None)[random.integers(4)],
                "events": events,
            }
        )
    return payloads


def made_bundle(seed: int = 7, **changes) -> Bundle:
    """A small bundle over the example practice: real signals, real trees, invented outcomes."""
    knowledge = example_context()
    kinds = {name: get_column_kind(name) for name in COLUMNS} | {"custom:Insurance tier": "category"}
    batch = Batch.from_payloads(generate_payloads(600, seed), knowledge, kinds, NOW)
    tier = batch.columns["custom:Insurance tier"]
    signals = (
        *select_supported_signals(COLUMNS, True, knowledge),
        *build_column_signals("custom:Insurance tier", "category", tier),
    )
    rows = compute_matrix(batch, signals).astype(float)
    random = np.random.default_rng(seed)
    names = [signal.name for signal in signals]
    wish = (
        np.nan_to_num(rows[:, names.index("asks_for_appointment")])
        + 0.5 * rows[:, names.index("inbound_touches")]
        + 0.3 * np.nan_to_num(rows[:, -1])
    )
    booked = random.random(len(rows)) < 1 / (1 + np.exp(1.5 - 1.4 * wish))
    data = lightgbm.Dataset(rows, booked.astype(float), feature_name=[f"f{i}" for i in range(len(signals))])
    settings = {
        "objective": "binary",
        "num_leaves": 8,
        "min_data_in_leaf": 10,
        "verbose": -1,
        "seed": seed,
        "num_threads": 1,
        "deterministic": True,
    }
    booster = lightgbm.train(settings, data, 25)
    bundle = Bundle(
        name="leadlight",
        created_at="2026-03-01T00:00:00Z",
        label="booked",
        horizon_days=30,
        dated=True,
        base_rate=float(booked.mean()),
        signals=signals,
        columns=kinds,
        calibrator=Calibrator(0.9, 0.1),
        grades=Grades(0.6, 0.4, 0.2),
        model_text=booster.model_to_string(),
        linear=fit_linear(rows, booked.astype(float), signals, Penalty(5.0)),
        linear_weight=0.3,
        practice=knowledge.practice,
        history=knowledge.history,
        figures={"auc": 0.81, "leads": 600},
    )
    return replace(bundle, **changes)


@pytest.fixture(scope="session")
def bundle(tmp_path_factory) -> Bundle:
    """The bundle, written and read back."""
    folder = tmp_path_factory.mktemp("bundle") / "one"
    made_bundle().write(folder)
    return Bundle.load(folder)


@pytest.fixture(scope="session")
def bundle_folder(tmp_path_factory, bundle) -> str:
    """The bundle's folder."""
    folder = tmp_path_factory.mktemp("served") / "bundle"
    bundle.write(folder)
    return str(folder)


@pytest.fixture(scope="session")
def engine(bundle) -> Engine:
    """The bundle's engine."""
    return Engine.of(bundle, "3")


@pytest.fixture(scope="session")
def champion(bundle_folder, tmp_path_factory) -> Champion:
    """The champion of a service that was given the bundle's folder."""
    loader = Champion(Settings(tmp_path_factory.mktemp("home"), bundle_folder))
    loader.load()
    return loader


@pytest.fixture
def payload() -> dict:
    """One lead as a CRM sends it."""
    return {
        "lead_id": "L-1001",
        "created_at": "2026-03-05T09:00:00Z",
        "cutoff": "2026-03-05T12:00:00Z",
        "channel": "web_form",
        "service_requested": "physical therapy",
        "message": "I would like an appointment next week, please.",
        "postal_code": "02110",
        "phone": "(617) 555-0123",
        "custom": {"Insurance tier": "gold"},
        "events": [{"occurred_at": "2026-03-05T09:05:00Z", "kind": "inbound_call"}],
    }


@pytest.fixture(scope="session")
def generate_leads():
    """Makes leads of an invented practice: ``generate_leads(count, seed)``."""
    return generate_payloads


@pytest.fixture(scope="session")
def now() -> np.datetime64:
    """The moment at which tests score."""
    return NOW


@pytest.fixture(scope="session")
def make_bundle():
    """Makes a small bundle: ``make_bundle(seed, **changes)``."""
    return made_bundle


@pytest.fixture(scope="session")
def desk_data(tmp_path_factory) -> Path:
    """A folder of 170 invented leads; see ``write_desk_data``."""
    return write_desk_data(tmp_path_factory.mktemp("desk"))


def write_desk_data(folder: Path) -> Path:
    """Write 170 leads with events and outcomes: 150 open, one with a script in its message, one with an awkward id. One
    in eleven cannot be called.
    """
    payloads = generate_payloads(170, seed=3)
    for number, payload in enumerate(payloads):
        payload["phone"] = None if number % 11 == 10 else "(617) 555-0123"
    payloads[0] |= {
        "message": "<script>alert(1)</script><img src=x onerror=alert(2)> urgent, please",
        "lead_id": "L-script",
    }
    payloads[1] |= {"message": "Is this the right place?", "lead_id": "L/with slash & more"}
    events = [
        (p["lead_id"], f"{time}Z", kind, reached, duration)
        for p in payloads
        for time, kind, reached, duration in p["events"]
        if time < NOW
    ]
    leads = [
        {name.removeprefix("custom:"): value for name, value in p.items() if name != "events"}
        | {"created_at": f"{p['created_at']}Z"}
        for p in payloads
    ]
    closed = [
        (p["lead_id"], "2026-03-05T11:59:00Z", stage)
        for p, stage in zip(payloads[-30:], ["booked", "lost", "reached"] * 10, strict=True)
    ]
    pd.DataFrame(leads).to_csv(folder / "leads.csv", index=False)
    pd.DataFrame(events, columns=["lead_id", "occurred_at", "kind", "reached", "duration_s"]).to_csv(
        folder / "events.csv", index=False
    )
    pd.DataFrame(closed, columns=["lead_id", "occurred_at", "stage"]).to_csv(folder / "outcomes.csv", index=False)
    return folder


@pytest.fixture(scope="session")
def people(tmp_path_factory) -> UserSessions:
    """The people of a store, of whom anna, a manager, may sign in with ``PASSWORD``."""
    return people_in(tmp_path_factory.mktemp("people"))


@pytest.fixture(scope="session")
def session(people) -> dict[str, str]:
    """The cookies of a browser in which anna has signed in."""
    return {"__Host-leadlight": people.sign_in("anna", PASSWORD, "tests").token}


@pytest.fixture(scope="session")
def client(champion, bundle_folder, desk_data, tmp_path_factory, now, people, session):
    """A client of the whole application behind its gate, with leads on the desk and a clock that stands still; somebody
    has signed in.
    """
    metrics = RequestMetrics(ADDRESSES)
    desk = desk_in(tmp_path_factory.mktemp("home"), champion, desk_data)
    application = create_application(Components(champion, lambda: now, desk=desk, metrics=metrics, users=people))
    return TestClient(RequestMiddleware(application, metrics=metrics), raise_server_exceptions=False, cookies=session)


@pytest.fixture(scope="session")
def make_desk():
    """Makes a desk: ``make_desk(home, champion, data)``; see ``desk_in``."""
    return desk_in


def desk_in(home: Path, champion: Champion, data: Path, clock: Callable[[], datetime] = lambda: AT) -> Desk:
    """The desk over a store in ``home`` with the leads of ``data``, scored, at noon of the fifth of March 2026 or as
    the clock says.
    """
    store = Store.open(Settings(home), clock)
    bundle = champion.engine.bundle
    load_tables(store, read_tables(data, bundle.mapping, bundle.practice, scoring=True))
    intake = LeadService(store, champion, arrival_share=0.05)
    intake.scorer.rescore_old_leads()
    return Desk(store, intake, lambda: np.datetime64(clock().replace(tzinfo=None), "us"), 0.05)


@pytest.fixture(scope="session")
def set_up(bundle_folder, tmp_path_factory):
    """A service in a process of its own, with a store, every hook set up, and no limit of requests in the way."""
    hooks = {f"LEADLIGHT_{crm.upper()}_{'SECRET' if crm == 'hubspot' else 'KEY'}": HOOK_KEY for crm in CRMS}
    hooks |= {"LEADLIGHT_PUBLIC_URL": PUBLIC}
    with service(
        tmp_path_factory.mktemp("set-up"),
        bundle_folder,
        LEADLIGHT_RATE_LIMIT="100000",
        LEADLIGHT_LOG_LEVEL="debug",
        **hooks,
    ) as running:
        yield running
