"""Do the two probabilities say one thing, and the truth?"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from features.batch import Batch
from features.calendar.timezones import to_utc_times
from features.practice.practice import Practice
from features.tables.tables import Tables
from training.bundle import Bundle, bundle_files
from training.dataset.labels import build_learning_set
from training.errors import BundleError
from training.evaluation.reach_model import first_reached_at, fit_reach, label_reached
from training.model.binned_folds import BinnedFolds
from training.pipeline import prepare


def times(texts: list[str]) -> pd.Series:
    """UTC times."""
    return pd.Series(pd.to_datetime(texts, utc=True, format="ISO8601"))


def one_lead(events: list[tuple], outcomes: list[tuple] = ()) -> Tables:
    """A lead of 1 January with events (time, kind, reached) and outcomes (time, stage)."""
    leads = pd.DataFrame({"lead_id": np.array(["a"], object), "created_at": times(["2026-01-01"])})
    seen = pd.DataFrame(
        {
            "lead_id": "a",
            "occurred_at": times([e[0] for e in events]),
            "kind": [e[1] for e in events],
            "reached": [e[2] for e in events],
        }
    )
    values = pd.DataFrame(
        {
            "lead_id": "a",
            "occurred_at": times([o[0] for o in outcomes]),
            "stage": [o[1] for o in outcomes],
            "recorded_at": times([o[0] for o in outcomes]),
        }
    )
    return Tables(leads, seen, values, pd.DataFrame())


@pytest.mark.parametrize(
    ("events", "outcomes", "when"),
    [
        ([("2026-01-02", "outbound_call", 1.0)], [], "2026-01-02"),
        ([("2026-01-02", "outbound_call", 0.0)], [], "NaT"),
        ([("2026-01-02", "inbound_call", np.nan)], [], "2026-01-02"),
        ([("2026-01-02", "missed_call", 0.0)], [], "NaT"),
        ([("2026-01-01", "email_in", np.nan)], [], "NaT"),  # the inquiry itself is no answer
        (
            [("2026-01-01", "email_in", np.nan), ("2026-01-02", "sms_out", np.nan), ("2026-01-03", "email_in", np.nan)],
            [],
            "2026-01-03",
        ),
        ([("2026-01-01", "chat", np.nan)], [], "NaT"),
        ([("2026-01-02", "page_view", np.nan)], [("2026-01-05", "booked")], "2026-01-05"),
        ([("2026-01-04", "outbound_call", 1.0)], [("2026-01-03", "qualified")], "2026-01-03"),
        ([("2026-01-02", "page_view", np.nan)], [("2026-01-05", "lost")], "NaT"),
    ],
)
def test_a_lead_is_reached_when_somebody_spoke_or_wrote_back(events, outcomes, when):
    result = first_reached_at(one_lead(events, outcomes))

    np.testing.assert_array_equal(result, np.array([when], "datetime64[us]"))


def test_who_booked_was_reached(demo_tables, demo_practice):
    learning = build_learning_set(demo_tables, demo_practice, "booked")

    label = label_reached(demo_tables, learning, demo_practice)

    assert (label >= learning.label).all() and 0.4 < label[learning.arrival].mean() < 0.95


def test_without_events_nothing_is_said_about_reach(demo_tables, demo_practice):
    silent = replace(demo_tables, events=demo_tables.events.iloc[:0])

    assert label_reached(silent, build_learning_set(silent, demo_practice, "booked"), Practice()) is None


@pytest.fixture(scope="module")
def at_arrival(demo_tables, trained) -> Batch:
    """Every invented lead when it arrived."""
    return Batch.from_tables(
        demo_tables,
        np.arange(len(demo_tables.leads)),
        to_utc_times(demo_tables.leads["created_at"]),
        trained.bundle.context,
    )


def test_what_is_measured_does_not_know_who_of_the_measured_leads_booked(demo_tables, demo_practice, bare_settings):
    run = prepare(demo_tables, demo_practice, bare_settings)
    data, label = run.data, label_reached(run.tables, run.data.learning, demo_practice)
    raw = np.random.default_rng(1).normal(size=len(label))
    turned = data.learning.label.copy()
    held_out = data.splits.folds[-1].test
    turned[held_out] = 1 - turned[held_out]

    figures = [
        fit_reach(each, label, raw, BinnedFolds())[1]
        for each in (data, replace(data, learning=replace(data.learning, label=turned)))
    ]

    assert figures[0] == figures[1] and figures[0]["leads"] > 100


def test_reach_times_book_is_the_probability(trained, at_arrival):
    scored = trained.bundle.score(at_arrival, explain=False)

    np.testing.assert_allclose(scored.reach * scored.when_reached, scored.probability, rtol=0, atol=1e-12)
    assert (scored.reach >= scored.probability).all() and (scored.reach <= 1).all() and (scored.when_reached <= 1).all()


def test_reach_agrees_with_the_known_truth(trained, at_arrival, demo_folder, demo_tables):
    truth = (
        pd.read_parquet(demo_folder / "truth" / "truth.parquet")
        .set_index("lead_id")
        .reindex(demo_tables.leads["lead_id"])
    )
    alone = truth["p_booked_30d"] - truth["p_reached"] * truth["p_booked_when_reached"].fillna(0)
    true = (truth["p_reached"] + alone).to_numpy()

    scored = trained.bundle.score(at_arrival, explain=False)

    assert np.corrcoef(scored.reach, true)[0, 1] > 0.75
    assert scored.reach.mean() == pytest.approx(true.mean(), abs=0.06)
    assert np.corrcoef(scored.when_reached, truth["p_booked_30d"] / np.maximum(true, 1e-9))[0, 1] > 0.35
    assert trained.bundle.figures["reach"]["auc"][0] > 0.75


def test_a_bundle_without_reach_scores_as_before_and_says_none(trained, at_arrival, tmp_path):
    without_reach = replace(trained.bundle, reach=None)

    again = Bundle.load(write_bundle(without_reach, tmp_path))

    assert again.reach is None and again.score(at_arrival, explain=False).reach is None
    np.testing.assert_array_equal(
        again.score(at_arrival, explain=False).log_odds, trained.bundle.score(at_arrival, explain=False).log_odds
    )


def test_reach_comes_back_from_disk_to_the_bit(trained, at_arrival, tmp_path):
    again = Bundle.load(write_bundle(trained.bundle, tmp_path))

    np.testing.assert_array_equal(
        again.score(at_arrival, explain=False).reach, trained.bundle.score(at_arrival, explain=False).reach
    )


def test_half_a_model_of_reach_is_refused(trained, tmp_path, monkeypatch):
    monkeypatch.setattr(
        bundle_files,
        "_to_json",
        lambda *fields, to_json=bundle_files._to_json: to_json(*fields) | {"reach_calibrator": None},
    )

    with pytest.raises(BundleError, match="only half of its model of who is reached"):
        Bundle.load(write_bundle(trained.bundle, tmp_path))


def write_bundle(bundle: Bundle, folder):
    bundle.write(folder / "bundle")
    return folder / "bundle"
