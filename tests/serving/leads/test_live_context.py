"""Does what the practice's own record says by now count in a score, exactly as it would in a file of the same data?"""

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from features.batch import Batch
from features.logs.prediction_log import PredictionLog
from features.point_in_time.contact_index import ContactIndex, combine_counts, find_shared_contacts
from features.point_in_time.outcomes import add_practice_records
from features.tables.tables import read_tables
from serving.cli.score import score
from serving.diagnostics.receipt_replay import replay_score
from serving.leads.lead_service import LeadService, RequestOrigin
from serving.leads.live_context import REFRESH_SECONDS, LiveContext, build_tables, follow_level
from serving.leads.stored_lead import load_lead, to_instant
from serving.scoring.engine import Engine
from serving.scoring.read_lead import ReadLead
from serving.settings import Settings
from serving.store.database.entities import Lead, Outcome, Score
from serving.store.store import Store, resolve_store_url
from tests.serving.store.conftest import (  # noqa: F401
    clock,
    migrated_url,
    postgresql_settings,
    server,
    settings,
    sqlite_settings,
    store,
)
from tests.serving.store.test_store_export import as_typed, fill
from training.bundle import FollowedLevel, LeadsSinceTraining

NOON = datetime(2026, 3, 5, 12, tzinfo=UTC)
ANN = {"phone": "(617) 555-0123", "email": "ann@example.org"}


class OneEngine:
    """A champion that is replaced when told."""

    def __init__(self, engine) -> None:
        self.engine = engine

    @property
    def state(self):
        return self.engine, None


class Seconds:
    """A clock that moves when told."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def few(tables, leads):
    """The first leads, with what belongs to them."""
    ids = set(tables.leads["lead_id"][:leads])
    of = lambda frame: frame[frame["lead_id"].isin(ids)].reset_index(drop=True)  # noqa: E731
    return replace(tables, leads=of(tables.leads), events=of(tables.events), outcomes=of(tables.outcomes))


@pytest.fixture(scope="module")
def filled(tmp_path_factory, demo_tables):
    """A store in a file with 250 invented leads, a clock that stands at the end of their data, and its settings."""
    tables = few(demo_tables, 250)
    settings = Settings(home=tmp_path_factory.mktemp("filled"))  # noqa: F811
    moment = tables.as_of.astype("datetime64[us]").item().replace(tzinfo=UTC)
    with Store.open(settings, lambda: moment) as opened:
        fill(opened, tables, as_typed)
        yield opened, settings, moment


def test_a_lead_scored_through_the_store_is_scored_as_in_a_file_of_the_same_data(filled, trained, tmp_path):
    opened, settings, moment = filled  # noqa: F811
    trained.bundle.write(tmp_path / "bundle")
    at = moment.replace(tzinfo=None).isoformat()
    ran = CliRunner().invoke(
        score,
        [
            "--data",
            resolve_store_url(settings),
            "--model",
            str(tmp_path / "bundle"),
            "--at",
            at,
            "--out",
            str(tmp_path / "scores.csv"),
        ],
    )
    assert ran.exit_code == 0, ran.output
    records = LiveContext(opened, OneEngine(Engine.of(trained.bundle, "1")))
    records.refresh()
    intake = LeadService(opened, records)

    by_file = pd.read_csv(tmp_path / "scores.csv", dtype={"lead_id": str}).set_index("lead_id")["probability"]
    by_store = {
        lead_id: intake.put_lead({"lead_id": lead_id}, RequestOrigin("tests"))[1]["probability"]
        for lead_id in by_file.index[::5]
    }

    assert len(by_store) == 50 and "earlier_enquiries" in [one.name for one in trained.bundle.signals]
    np.testing.assert_allclose(list(by_store.values()), by_file[list(by_store)].to_numpy(), rtol=0, atol=1e-12)


def test_the_record_is_what_the_whole_tables_would_give(filled, trained, demo_practice):
    opened, settings, _ = filled  # noqa: F811
    whole = read_tables(resolve_store_url(settings), trained.bundle.mapping, demo_practice, scoring=True)
    own = [name for name in trained.bundle.history.names if name.startswith("custom:")]
    with opened.reading() as at:
        narrow = build_tables(at.read_earlier_outcomes(1_000_000, own))

    ours, theirs = (add_practice_records(trained.bundle.context, one, "booked", whole.as_of) for one in (narrow, whole))

    for name in ("lead_keys", "known_at", "booked_at"):
        np.testing.assert_array_equal(getattr(ours.history, name), getattr(theirs.history, name))
    assert len(ours.history.lead_keys) > 0 and set(theirs.history.fields) - set(ours.history.fields) == set()
    for name, keys in theirs.history.fields.items():
        np.testing.assert_array_equal(ours.history.fields[name], keys)
    columns = {name: whole.leads[name].to_numpy(object) for name in ("phone", "email") if name in whole.leads}
    columns["created_at"] = np.array([one.tz_localize(None) for one in whole.leads["created_at"]], "datetime64[us]")
    np.testing.assert_array_equal(
        *(book.contacts.count_earlier_enquiries(columns, len(whole.leads)) for book in (ours, theirs))
    )


def test_earlier_enquiries_are_counted_as_the_contact_book_counts_them(store):  # noqa: F811
    leads = {
        "first": (0, ANN),
        "same moment": (0, ANN),
        "other": (1, {"phone": "617-555-0199"}),
        "by phone": (2, {"phone": "617.555.0123"}),
        "by address": (3, {"email": "ANN@example.org"}),
        "by id": (4, {"person_id": "P1"}),
        "by id again": (5, {"person_id": "P1", "phone": "12"}),
        "no number": (6, {"phone": "12", "email": "ann at home"}),
        "nor this": (7, {"phone": "12", "email": "ann at home"}),
        "late": (31, ANN),
    }
    with store.transaction() as at:
        for name, (day, values) in leads.items():
            at.leads.put(Lead(name, {"created_at": NOON + timedelta(days=day), **values}))
    columns = {
        name: np.array([values.get(name) for _, values in leads.values()], object)
        for name in ("person_id", "phone", "email")
    }
    created = np.array(
        [np.datetime64(NOON.replace(tzinfo=None), "us") + np.timedelta64(day, "D") for day, _ in leads.values()]
    )

    with store.reading() as at:
        counts = [at.count_recent_leads(at.leads.get(name), 30) for name in leads]
    arrays = [{key: np.array([n]) for key, n in count.items()} for count in counts]
    found = [int(combine_counts(recent, find_shared_contacts(recent), leads=1)[0]) for recent in arrays]

    assert (
        found
        == ContactIndex.of(columns, created)
        .count_earlier_enquiries(columns | {"created_at": created}, len(leads))
        .tolist()
    )
    assert found == [0, 0, 0, 2, 2, 0, 1, 0, 0, 1]


def test_a_contact_that_too_many_leads_had_before_is_left_empty_as_in_a_batch(store, bundle):  # noqa: F811
    desk = {"phone": "617-555-0100", "email": "desk@example.org", "channel": "web_form"}
    with store.transaction() as at:
        for number in range(13):
            at.leads.put(Lead(f"L{number:02}", {"created_at": NOON + timedelta(hours=number), **desk}))
        at.leads.put(Lead("own", {"created_at": NOON + timedelta(hours=14), **ANN}))
        at.leads.put(Lead("a month later", {"created_at": NOON + timedelta(days=40), **desk}))
    engine = Engine.of(bundle, "1")
    assert {"phone", "email"} <= engine.kinds.keys()

    with store.reading() as at:
        read = {name: load_lead(at, engine, name).converted for name in ("L09", "L10", "L12", "own", "a month later")}

    assert [read[name]["phone"] is None for name in read] == [False, True, True, False, False]
    assert [read[name]["email"] is None for name in read] == [False, True, True, False, False]


def test_the_record_is_read_again_when_it_is_old_and_for_a_new_champion(engine, store):  # noqa: F811
    champion, seconds = OneEngine(engine), Seconds()
    records = LiveContext(store, champion, seconds)
    stop = threading.Event()

    assert records.engine is engine and records._is_due()
    records.refresh()
    first = records.engine
    assert first is not engine and first.bundle is engine.bundle and not records._is_due()
    seconds.now = REFRESH_SECONDS
    assert records._is_due()
    records.refresh()
    champion.engine = replace(engine, version="4")
    assert records.engine is champion.engine and records._is_due()
    stop.set()
    records.run(stop)


def test_outcomes_that_the_store_knows_change_the_rates(engine, store, clock):  # noqa: F811
    clock.now = datetime.now(UTC)
    with store.transaction() as at:
        for number in range(40):
            at.leads.put(Lead(f"n{number}", {"channel": "phone", "created_at": clock.now - timedelta(days=9)}))
            at.outcomes.add(f"n{number}", Outcome(clock.now - timedelta(days=8), "booked"))
    records = LiveContext(store, OneEngine(engine))
    records.refresh()

    # The day on which they were recorded must be over.
    cutoff = np.array([to_instant(clock.now + timedelta(days=1))])
    before, after = (
        made.context.history.rate("channel", *(np.array([one], object) for one in ("phone", "x")), cutoff)[1][0]
        for made in (engine, records.engine)
    )

    assert records.engine.own_records and (before, after) == (0, 40)


def train_until_the_middle(bundle, tables, too_low: float = 1.0):
    """The bundle as if its data had ended in the middle of the tables, its scores too low."""
    arrived = np.sort(tables.leads["created_at"].dt.tz_localize(None).to_numpy("datetime64[us]"))
    level = replace(bundle.level, variance=0.2, variance_per_lead=1e-4)
    calibrator = replace(bundle.calibrator, intercept=bundle.calibrator.intercept - too_low)
    until = str(arrived[len(arrived) // 2])
    return replace(bundle, level=level, calibrator=calibrator, figures=bundle.figures | {"data_until": until})


def test_the_level_follows_the_first_scores_and_the_outcomes_of_the_store(trained, demo_tables):
    bundle = train_until_the_middle(trained.bundle, demo_tables)
    arrived = demo_tables.leads["created_at"].dt.tz_localize(None).to_numpy("datetime64[us]")
    context = add_practice_records(bundle.context, demo_tables, bundle.label)
    batch = Batch.from_tables(demo_tables, np.arange(len(arrived)), arrived, context)
    scores = dict(zip(demo_tables.leads["lead_id"], bundle.score(batch, explain=False).log_odds, strict=True))

    level = follow_level(bundle, demo_tables, scores, demo_tables.as_of)

    by_file = LeadsSinceTraining(bundle)
    by_file.add(demo_tables, context)
    assert level == by_file.follow(np.array([demo_tables.as_of])).levels[0] and level.offset > 0.4
    assert follow_level(bundle, demo_tables, {}, demo_tables.as_of).leads == 0


def test_a_score_at_a_followed_level_says_so_and_is_replayed_to_the_bit(trained, tmp_path):
    engine = Engine.of(trained.bundle.write(tmp_path / "bundle"), "1", PredictionLog(tmp_path))
    lead, now = [ReadLead({}, ())], np.datetime64("2026-03-05T12:00", "us")
    plain = engine.score_read(lead, now)[0]

    moved = replace(engine, level=FollowedLevel(0.3, 0.1, 400)).score_read(lead, now)[0]

    assert moved.level_log_odds == 0.3 and moved.log_odds == pytest.approx(plain.log_odds + 0.3)
    parts = sum(reason.log_odds for reason in moved.reasons)
    total = moved.base_log_odds + parts + moved.everything_else_log_odds + moved.level_log_odds
    assert total == pytest.approx(moved.log_odds) and [r.text for r in moved.reasons] == [r.text for r in plain.reasons]
    for answer in (plain, moved):
        replayed = replay_score(answer.receipt, tmp_path, str(tmp_path / "bundle"))
        assert replayed.differences == [] and replayed.request.level == answer.level_log_odds


def test_the_first_score_of_a_model_is_read_without_its_level(store):  # noqa: F811
    with store.transaction() as at:
        at.leads.put(Lead("L1", {"created_at": NOON}))
        for receipt, log_odds, level in (("r1", -0.5, 0.25), ("r2", 0.5, 0.0)):
            shown = {"log_odds": log_odds, "level_log_odds": level}
            at.scores.add(Score("L1", receipt, "sha", "1", NOON, 0.4, "B", "normal", "new", shown))

    with store.reading() as at:
        assert at.read_first_scores("sha") == {"L1": -0.75} and at.read_first_scores("other") == {}
