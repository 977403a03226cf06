"""Do the proofs hold where they should, and catch what is planted?"""

from dataclasses import replace

import numpy as np
import pytest

from features.blocks.events import EventsBlock
from features.logs.prediction_log import LoggedPrediction, PredictionLog, name_leads, read_predictions, to_log_id
from features.mapping.column_mapping import Mapping
from features.point_in_time.outcome_history import OutcomeHistory
from features.practice.practice import Practice
from features.registry import CATALOGUE, Signal
from features.tables.json_payload import PayloadReader
from features.tables.tables import read_tables
from training.checks.no_future_leakage import LeakageSample, NoFutureLeakage
from training.checks.run_checks import run_proofs
from training.checks.serving_parity import ServingParity, sample_requests
from training.checks.verify import proofs_hold, run_verification, write_report
from training.errors import TrainingError


def make_signal(name: str, compute) -> Signal:
    """A signal as a user would write it."""
    return Signal(name, "custom", "number", "Says {value}", "Not known", compute)


def events_ever(batch, blocks):
    """Counts every event of the lead, those after the cutoff too: the mistake that LC001 exists for."""
    return np.diff(batch.events.starts)[batch.of_lead].astype(float)


def touches_at_the_cutoff(batch, blocks):
    """Counts events up to and including the cutoff: one instant too many."""
    late = replace(batch, cutoff=batch.cutoff + np.timedelta64(1, "us"))
    return EventsBlock.of(late).count(
        "inbound_call", "page_view", "outbound_call", "form_submit", "missed_call", "chat"
    )


def rate_of_today(batch, blocks):
    """Looks the channel's rate up at the end of the data instead of at the cutoff."""
    end = np.full(len(batch), np.datetime64("2030-01-01", "us"))
    return batch.context.history.rate("channel", batch.column("channel"), batch.lead_ids[batch.of_lead], end)[0]


def blind(tables, practice, signals, **more) -> NoFutureLeakage:
    return NoFutureLeakage(tables, practice, "booked", signals, sample=LeakageSample(cutoffs=4, leads=120), **more)


def test_every_signal_of_the_model_is_future_blind(demo_tables, demo_practice, trained):
    finding = blind(demo_tables, demo_practice, trained.bundle.signals).run()

    assert finding.verdict == "holds", finding.details
    assert f"{len(trained.bundle.signals)} signals" in finding.sentence


@pytest.mark.parametrize("compute", [events_ever, touches_at_the_cutoff, rate_of_today])
def test_a_planted_leak_is_caught_and_named(demo_tables, demo_practice, trained, compute):
    leaky = make_signal(compute.__name__, compute)

    finding = blind(demo_tables, demo_practice, (*trained.bundle.signals, leaky)).run()

    assert finding.verdict == "fails" and list(finding.details) == [compute.__name__]
    assert "with the future" in finding.details[compute.__name__]


def test_without_dates_the_proof_does_not_apply(demo_tables, demo_practice):
    timeless = replace(demo_tables, leads=demo_tables.leads.drop(columns="created_at"))

    assert blind(timeless, demo_practice, list(CATALOGUE.values())).run().verdict == "not applicable"


def test_labels_known_at_a_date_and_those_without_one_are_future_blind(tmp_path):
    random = np.random.default_rng(1)
    requests = np.datetime64("2026-01-01") + np.sort(random.integers(0, 120, 500)).astype("timedelta64[D]")
    visit = np.where(
        random.random(500) < 0.1, "", (requests + random.integers(1, 40, 500).astype("timedelta64[D]")).astype(str)
    )
    rows = [
        f"{i},{requests[i]}T10:00:00Z,P{random.integers(0, 90)},{visit[i]},{'no' if random.random() < 0.3 else 'yes'}"
        for i in range(500)
    ]
    (tmp_path / "a.csv").write_text("id,made,person,visit,came\n" + "\n".join(rows))
    leads = {"lead_id": "id", "created_at": "made", "person_id": "person"}
    label = {"column": "came", "booked": ["yes"], "not_booked": ["no"], "known_at": "visit"}
    tables = read_tables(
        tmp_path / "a.csv",
        Mapping.from_dict({"version": 1, "leads": leads, "label": label, "custom": {"visit": "date"}}),
    )
    rates = [CATALOGUE[name] for name in ("person_booking_rate", "earlier_leads_of_person", "earlier_enquiries")]

    finding = blind(tables, Practice(), rates).run()

    assert finding.verdict == "holds", finding.details


def test_a_leaky_run_registers_nothing(demo_tables, demo_practice, trained):
    leaky = replace(trained.bundle, signals=(*trained.bundle.signals[:-1], make_signal("events_ever", events_ever)))

    with pytest.raises(
        TrainingError, match="LC001 fails. events_ever changed when everything after the cutoff was deleted"
    ):
        run_proofs(demo_tables, demo_practice, "booked", leaky, trained.evaluation.matrix)


def test_a_planted_skew_is_caught_and_named(demo_tables, trained, monkeypatch):
    from training.checks import serving_parity

    class CarelessReader(PayloadReader):
        def read(self, payload):
            if payload.get("postal_code"):
                payload = {**payload, "postal_code": str(payload["postal_code"]).lstrip("7")}
            return super().read(payload)

    monkeypatch.setattr(serving_parity, "PayloadReader", CarelessReader)
    finding = ServingParity(demo_tables, trained.bundle, sample_requests(demo_tables, trained.bundle, 80)).run()

    assert finding.verdict == "fails"
    of_place = {name for name, lead_row in CATALOGUE.items() if any("postal_code" in need for need in lead_row.needs)}
    assert (
        {"distance_to_offering_clinic", "clinics_in_reach", "zip_on_map"}
        <= set(finding.details)
        <= of_place | {"score", "reasons"}
    )


def test_logged_requests_survive_the_file_and_are_replayed(demo_tables, trained, tmp_path):
    requests = sample_requests(demo_tables, trained.bundle, 30)
    PredictionLog(tmp_path).write(requests)

    logged = name_leads(read_predictions(tmp_path), demo_tables.leads["lead_id"], tmp_path)
    finding = ServingParity(demo_tables, trained.bundle, logged, "logged by the service").run()

    assert not {row.lead_id for row in read_predictions(tmp_path)} & set(demo_tables.leads["lead_id"])
    assert finding.verdict == "holds" and "30 requests (logged by the service)" in finding.sentence


def test_an_id_that_may_name_a_person_is_kept_as_a_hash():
    assert [
        to_log_id(lead_id) == lead_id
        for lead_id in ("L0001", "00Q5f000001", "ann@example.org", "+16175550123", "(617) 555-0123", "Ann Lee")
    ] == [
        True,
        True,
        False,
        False,
        False,
        False,
    ]


def test_a_line_cut_short_is_passed_over(tmp_path):
    text = LoggedPrediction(
        "L1", np.datetime64("2026-01-01", "us"), "s", False, np.array([1.5, np.nan], np.float32), 0.1, None
    )
    PredictionLog(tmp_path).write([text])
    path = next((tmp_path / "requests").iterdir())
    path.write_text(path.read_text() + text.to_line()[:40])

    result = list(read_predictions(tmp_path))

    assert len(result) == 1 and result[0].cutoff == text.cutoff and np.isnan(result[0].values[1])


def test_verify_writes_a_report_a_sceptic_can_read(demo_tables, registered, tmp_path):
    from training.bundle import find_bundle

    bundle, version = find_bundle("leadlight", registered)
    findings = run_verification(demo_tables, bundle, registered)
    write_report(findings, demo_tables, bundle, version, tmp_path / "verified.md")

    text = (tmp_path / "verified.md").read_text()
    assert proofs_hold(findings)
    for phrase in (
        "Both proofs hold",
        "LC001: holds",
        "LC002: holds",
        "LC003",
        "How it is detected",
        "Why it matters",
        "What to do",
        bundle.sha256,
    ):
        assert phrase in text


def test_one_failed_proof_is_not_proved(demo_tables, trained):
    findings = (
        blind(demo_tables, trained.bundle.practice, [make_signal("events_ever", events_ever)]).run(),
        ServingParity(demo_tables, trained.bundle, sample_requests(demo_tables, trained.bundle, 5)).run(),
    )

    assert not proofs_hold(findings) and proofs_hold((replace(findings[0], verdict="holds"), findings[1]))
    assert not proofs_hold(findings[1:])


def test_a_history_learns_of_later_outcomes():
    day = lambda *days: np.array(days, "datetime64[us]")  # noqa: E731
    five = lambda *names: np.array([f"{name}{at}" for name in names for at in range(5)], object)  # noqa: E731
    columns = {"channel": np.full(10, "chat", object)}
    known, later = day("2026-01-05", "2026-01-06").repeat(5), day("2026-01-06", "2026-01-09").repeat(5)
    old = OutcomeHistory.of(five("a", "b"), columns, known, day("NaT", "NaT").repeat(5))
    new = OutcomeHistory.of(five("b", "c"), columns, later, day("2026-01-20", "2026-01-09").repeat(5))

    for model in (old, OutcomeHistory.from_arrays(old.to_arrays())):
        history, booked = model.merge_newer(new).count_all(day("2026-01-07", "2026-01-10", "2026-01-21"))

        assert history.tolist() == [10, 15, 15] and booked.tolist() == [0, 5, 10]


def test_a_lead_given_up_and_booked_after_all_counts_as_was_known_each_day():
    day = lambda *days: np.array(days, "datetime64[us]")  # noqa: E731
    history = OutcomeHistory.of(
        np.array([*"abcde"], object),
        {"channel": np.full(5, "chat", object)},
        day("2026-01-05").repeat(5),
        day("2026-01-20").repeat(5),
    )

    rate, leads = history.rate(
        "channel", np.full(3, "chat", object), np.full(3, "x", object), day("2026-01-05", "2026-01-06", "2026-01-21")
    )

    assert leads.tolist() == [0, 5, 5]
    np.testing.assert_array_equal(rate, [np.nan, 0.0, 1.0])
