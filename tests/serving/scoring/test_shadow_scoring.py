"""Does a challenger score beside the champion, unseen, and without touching an answer?"""

import json
import os
import threading
import time

import pytest
from click.testing import CliRunner
from starlette.testclient import TestClient

from features.logs import daily_jsonl
from features.logs.installation_key import IdHasher, is_log_id
from features.logs.prediction_log import read_predictions
from features.logs.shadow_log import read_comparisons
from serving.application import ADDRESSES, Components, create_application
from serving.http.middleware import RequestMiddleware
from serving.http.request_metrics import RequestMetrics
from serving.leads.lead_service import LeadService
from serving.leads.live_context import LiveContext
from serving.scoring import shadow_scoring as shadow_module
from serving.scoring.engine import Engine
from serving.scoring.model_loader import CHECK_SECONDS, Champion
from serving.scoring.shadow_scoring import Shadow
from serving.settings import Settings
from serving.store.database.entities import Lead
from serving.store.store import Store
from training.cli.shadow import shadow
from training.errors import BundleError
from training.monitoring.shadow_comparison import set_shadow, unset_shadow


@pytest.fixture
def home(tmp_path, bundle, make_bundle):
    """Mlruns with two versions, the first of which is the champion."""
    for version, made in (("1", bundle), ("2", make_bundle(seed=8))):
        written = made.write(tmp_path / "bundles" / version)
        for alias in (version, "champion") if version == "1" else (version,):
            plain = {
                "name": "leadlight",
                "alias": alias,
                "version": version,
                "path": f"bundles/{version}",
                "sha256": written.sha256,
            }
            (tmp_path / "pointers" / "leadlight").mkdir(parents=True, exist_ok=True)
            (tmp_path / "pointers" / "leadlight" / f"{alias}.json").write_text(json.dumps(plain))
    return tmp_path


@pytest.fixture(autouse=True)
def priorities(monkeypatch):
    """What priorities were asked for.

    None is given: on a busy machine a thread that runs last is waited for, for half a minute.
    """
    asked = []
    monkeypatch.setattr(os, "setpriority", lambda *words: asked.append(words))
    return asked


class SteppingClock:
    """A clock that moves when told."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


class Service:
    """A service in this process, with a shadow whose clock moves when told."""

    def __init__(self, home, now, store=None) -> None:
        settings, self.clock = Settings(home), SteppingClock()
        self.champion = Champion(settings)
        self.champion.load()
        self.shadow = Shadow(settings, self.clock)
        meter, self.records = RequestMetrics(ADDRESSES), None if store is None else LiveContext(store, self.champion)
        intake = None if store is None else LeadService(store, self.records)
        application = create_application(
            Components(self.champion, lambda: now, metrics=meter, shadow=self.shadow, lead_service=intake)
        )
        self.client = TestClient(RequestMiddleware(application, metrics=meter))

    def score(self, payload):
        answer = self.client.post("/v1/score", json=payload)
        assert answer.status_code == 200
        return answer.json()

    def counts(self):
        return self.shadow.scored, self.shadow.dropped, self.shadow.failed


@pytest.fixture
def service(home, now):
    return Service(home, now)


def test_without_a_challenger_nothing_is_scored_twice(service, home, payload):
    service.score(payload)
    service.shadow.settle()

    assert service.counts() == (0, 0, 0) and not (home / "shadow").exists()


def test_the_thread_that_scores_asks_to_run_last_and_no_other_does(service, home, payload, priorities):
    set_shadow("leadlight", "2", home)

    service.score(payload)
    service.shadow.settle()

    assert [(kind, niceness) for kind, _, niceness in priorities] == [(os.PRIO_PROCESS, 19)]
    assert priorities[0][1] not in (os.getpid(), threading.get_native_id())


def test_the_challenger_scores_the_same_leads_and_nobody_sees_it(service, home, payload, now, generate_leads):
    set_shadow("leadlight", "2", home)
    without = Service(home, now)
    leads = [{"lead_id": f"ann{k}@example.org", "message": one["message"]} for k, one in enumerate(generate_leads(120))]

    alone = service.score(payload)
    batch = service.client.post("/v1/score/batch", json={"leads": [*leads, "not a lead", {}]}).json()
    service.shadow.settle()

    found = list(read_comparisons(home))
    assert service.counts() == (122, 0, 0) and len(found) == 122
    assert (found[0].receipt, found[0].lead_id, found[0].log_odds, found[0].grade) == (
        alone["receipt"],
        IdHasher.of_home(home).log_id("L-1001"),
        alone["log_odds"],
        alone["grade"],
    )
    assert {one.receipt for one in found} <= {one.receipt for one in read_predictions(home)}
    assert found[-1].lead_id is None and is_log_id(found[1].lead_id) and batch["failed"] == 1
    challenger = Engine.of(without.champion.engine.bundle.load(home / "bundles" / "2"), "2").score([payload], now)[0]
    assert (found[0].shadow_log_odds, found[0].shadow_grade) == (challenger.log_odds, challenger.grade)
    said = json.dumps([alone, batch]) + service.client.get("/readyz").text + service.client.get("/").text
    assert found[0].shadow[:12] not in said and "shadow" not in said
    assert "leadlight_shadow_scored_total 122.0\n" in service.client.get("/metrics").text


def test_answers_are_the_same_with_and_without_a_challenger(home, now, payload):
    before = Service(home, now).score(payload)
    set_shadow("leadlight", "2", home)

    assert Service(home, now).score(payload) == before


def test_the_challenger_knows_what_the_practices_own_records_say(home, now, payload):
    set_shadow("leadlight", "2", home)
    with Store.open(Settings(home)) as store:
        with store.transaction() as at:
            at.leads.put(Lead("L-1", {"phone": "(617) 555-0123"}))
        service = Service(home, now, store)
        service.records.refresh()
        service.score(payload)
    service.shadow.settle()

    engine = service.shadow._known[2]
    assert engine.context.contacts is service.records.engine.context.contacts is not None
    assert engine.bundle.sha256 != service.champion.engine.bundle.sha256 and engine.log is None


def test_taken_away_it_stops_within_a_second(service, home, payload):
    set_shadow("leadlight", "2", home)
    service.score(payload)
    service.shadow.settle()
    unset_shadow("leadlight", home)
    service.clock.seconds += CHECK_SECONDS
    service.score(payload)
    service.shadow.settle()

    assert service.counts() == (1, 0, 0)


def test_a_challenger_that_became_the_champion_is_not_compared_with_itself(service, home, payload):
    pointers = home / "pointers" / "leadlight"
    (pointers / "shadow.json").write_text((pointers / "champion.json").read_text())
    service.score(payload)
    service.shadow.settle()

    assert service.counts() == (0, 0, 0)


@pytest.mark.parametrize("damage", ["trees", "pointer", "disk", "scoring"])
def test_a_challenger_that_fails_is_counted_and_touches_no_answer(service, home, payload, damage, monkeypatch, caplog):
    before = service.score(payload)
    set_shadow("leadlight", "2", home)
    if damage == "trees":
        (home / "bundles" / "2" / "model.txt").write_text("tree")
    elif damage == "pointer":
        (home / "pointers" / "leadlight" / "shadow.json").write_text('{"na')
    elif damage == "disk":
        (home / "shadow").write_text("a file stands where the folder should")
    else:
        monkeypatch.setattr(shadow_module, "_compared", lambda *given: 1 / 0)
    service.clock.seconds += CHECK_SECONDS

    answers = [service.score(payload) for _ in range(3)]
    service.shadow.settle()

    assert answers == [before] * 3 and service.counts() == (0, 0, 3)
    assert "leadlight_shadow_failed_total 3.0\n" in service.client.get("/metrics").text
    assert caplog.text.count("the challenger cannot score") == 1 and "L-1001" not in caplog.text


def test_a_slow_challenger_delays_no_answer_and_the_rest_is_let_go(service, home, payload, monkeypatch):
    set_shadow("leadlight", "2", home)
    monkeypatch.setattr(service.shadow, "_waiting", shadow_module.queue.Queue(2))
    may_go, honest = threading.Event(), shadow_module._compared
    monkeypatch.setattr(shadow_module, "_compared", lambda *given: may_go.wait(30) and honest(*given))

    begun = time.monotonic()
    service.score(payload)
    until = time.monotonic() + 20
    while service.shadow._waiting.qsize() and time.monotonic() < until:
        time.sleep(0.01)
    for _ in range(6):
        service.score(payload)
    seconds = time.monotonic() - begun
    dropped = service.shadow.dropped
    may_go.set()
    service.shadow.settle()

    assert dropped == 4 and seconds < 25
    assert service.counts() == (3, 4, 0)


def test_a_full_day_is_a_failure_that_is_counted(service, home, payload, monkeypatch):
    set_shadow("leadlight", "2", home)
    service.score(payload)
    service.shadow.settle()
    monkeypatch.setattr(daily_jsonl, "MAX_BYTES_PER_DAY", 100)
    service.score(payload)
    service.shadow.settle()

    assert service.counts() == (1, 0, 1)


def test_a_version_that_is_missing_damaged_or_the_champion_is_refused(home):
    with pytest.raises(BundleError, match="nothing is registered"):
        set_shadow("leadlight", "99", home)
    with pytest.raises(BundleError, match="is the champion itself"):
        set_shadow("leadlight", "1", home)
    os.truncate(home / "bundles" / "2" / "history.npz", 10)
    with pytest.raises(BundleError, match="was changed after it was sealed"):
        set_shadow("leadlight", "2", home)
    with pytest.raises(BundleError, match="has no challenger"):
        unset_shadow("leadlight", home)

    assert not (home / "pointers" / "leadlight" / "shadow.json").exists()


def last_receipt(home) -> str:
    """The receipt of the last score that was logged."""
    return list(read_predictions(home))[-1].receipt


def test_the_command_sets_reports_and_takes_away(service, home, payload, monkeypatch):
    monkeypatch.setenv("LEADLIGHT_HOME", str(home))
    run = lambda *words: CliRunner().invoke(shadow, words)  # noqa: E731

    early, set_on = run("--report"), run("2")
    service.score(payload)
    service.shadow.settle()
    report, off, wrong = run("--report"), run("--off"), run("2", "--off")

    assert "nothing was logged yet" in str(early.exception)
    assert "leadlight/2 now scores in the shadow of the champion" in set_on.output
    assert (
        "leadlight/2 in the shadow of leadlight/1: 1 scores by both, 1 leads" in report.output
        and last_receipt(home) in report.output
        and "L-1001" not in report.output
    )
    assert "has no challenger now" in off.output and not (home / "pointers" / "leadlight" / "shadow.json").exists()
    assert wrong.exit_code == 2 and "exactly one of VERSION" in wrong.output
