"""Each check that stands between a model and the desk: it fires, it stays quiet, it says when it does not apply."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from features.practice.practice import Practice
from features.tables.tables import Tables
from training.bundle import Grades, Predictions
from training.checks.beats_rules import BeatsRules
from training.checks.calibration import CalibrationCheck
from training.checks.export_completeness import ExportCompleteness
from training.checks.grade_stability import GradeStability
from training.checks.immature_labels import ImmatureLabels
from training.checks.non_inferiority import NonInferiority
from training.checks.sample_size import SampleSize
from training.evaluation.block_calibration import ServedBlock

NONE = pd.DataFrame(columns=["lead_id", "occurred_at", "recorded_at", "kind", "stage", "day"])


def utc(times: np.ndarray) -> pd.DatetimeIndex:
    """Plain instants as the tables hold them."""
    return pd.to_datetime(times, utc=True)


def practice_year(leads_a_day: int = 4, days: int = 280, late_days: float = 1.0, seed: int = 3) -> Tables:
    """Leads of many months with a page view each; a third booked after ten days, recorded so many days later."""
    random, count = np.random.default_rng(seed), leads_a_day * days
    arrived = np.datetime64("2026-01-01T09:00", "us") + np.arange(count) * np.timedelta64(24 * 60 // leads_a_day, "m")
    ids = np.array([f"L{number}" for number in range(count)], object)
    leads = pd.DataFrame(
        {
            "lead_id": ids,
            "created_at": utc(arrived),
            "channel": random.choice(["ads", "friends"], count),
            "message": "hello",
        }
    )
    events = pd.DataFrame({"lead_id": ids, "occurred_at": utc(arrived + np.timedelta64(5, "m")), "kind": "page_view"})
    who = np.flatnonzero(random.random(count) < 1 / 3)
    booked = arrived[who] + np.timedelta64(10, "D")
    outcomes = pd.DataFrame(
        {
            "lead_id": ids[who],
            "occurred_at": utc(booked),
            "recorded_at": utc(booked + np.timedelta64(round(24 * late_days), "h")),
            "stage": "booked",
        }
    )
    recorded = outcomes["recorded_at"] <= utc(arrived)[-1]
    return Tables(leads, events, outcomes[recorded].reset_index(drop=True), NONE)


def held_out(count: int = 1000, seed: int = 3):
    """Labels, and the probabilities that made them."""
    random = np.random.default_rng(seed)
    z = random.normal(-1, 1, count)
    return (random.random(count) < expit(z)).astype(float), z


@pytest.mark.parametrize(("late", "verdict"), [(1.0, "holds"), (35.0, "fails")])
def test_lc004_bookings_recorded_after_the_horizon_fail(late, verdict):
    result = ImmatureLabels(practice_year(late_days=late), Practice(horizon_days=30), "booked").run()

    assert result.code == "LC004" and result.verdict == verdict


def test_lc004_does_not_apply_to_a_label_column():
    tables = practice_year()

    assert (
        ImmatureLabels(replace(tables, label=pd.Series(np.zeros(len(tables.leads)))), Practice(), "booked")
        .run()
        .verdict
        == "not applicable"
    )


def with_blank_labels(old: float, young: float = 1.0) -> Tables:
    """Leads of many months; so large a share of those older, and younger, than two weeks has a blank outcome."""
    tables, random = practice_year(), np.random.default_rng(5)
    arrived = tables.leads["created_at"]
    is_old = (arrived <= arrived.max() - pd.Timedelta(days=14)).to_numpy()
    label = pd.Series(random.integers(0, 2, len(arrived)).astype(float))
    blank = random.random(len(label)) < np.where(is_old, old, young)
    known_at = arrived + pd.to_timedelta(random.uniform(1, 14, len(label)), unit="D")
    return replace(tables, label=label.mask(blank), label_known_at=known_at.mask(blank))


@pytest.mark.parametrize(("old", "verdict"), [(0.0, "holds"), (0.05, "holds"), (0.3, "fails")])
def test_lc004_fails_where_old_leads_never_got_an_outcome_and_young_ones_may_still_wait(old, verdict):
    result = ImmatureLabels(with_blank_labels(old), Practice(horizon_days=30), "booked").run()

    assert result.verdict == verdict
    assert "leads older than 14 days have no outcome" in result.sentence


def test_lc004_does_not_miss_the_outcome_of_a_visit_that_is_yet_to_come():
    tables = with_blank_labels(0.3)
    to_come = (tables.leads["created_at"].max() + pd.Timedelta(days=3)).to_datetime64()
    planned = replace(tables, label_known_at=tables.label_known_at.fillna(pd.Timestamp(to_come, tz="UTC")))

    result = ImmatureLabels(planned, Practice(horizon_days=30), "booked").run()

    assert result.verdict == "holds" and "0.0% of" in result.sentence


def test_lc004_waits_for_the_horizon_where_nothing_says_when_an_outcome_was_known():
    blind = replace(with_blank_labels(0.3), label_known_at=None)
    few = replace(blind, leads=blind.leads.tail(40), label=blind.label.tail(40))

    assert "leads older than 30 days" in ImmatureLabels(blind, Practice(horizon_days=30), "booked").run().sentence
    assert ImmatureLabels(few, Practice(horizon_days=30), "booked").run().verdict == "not applicable"


@pytest.mark.parametrize(
    ("learned", "held_out", "verdict"), [(200, 40, "holds"), (200, 20, "fails"), (50, 40, "fails")]
)
def test_lc005_counts_the_rarer_kind(learned, held_out, verdict):
    labels = (np.r_[np.ones(count), np.zeros(1000)] for count in (learned, held_out))

    assert SampleSize(*labels).run().verdict == verdict


def check_calibration(label, probability, arrived=None, before=()):
    arrived = np.full(len(label), "NaT", "datetime64[us]") if arrived is None else arrived
    return CalibrationCheck([ServedBlock(label, probability), *before], probability, arrived).run()


def test_lc006_holds_for_the_truth_fails_for_another_level_and_for_a_newest_month_of_its_own():
    label, z = held_out(3000)
    arrived = np.datetime64("2026-01-01", "us") + np.arange(3000) * np.timedelta64(60, "m")
    newest = arrived > arrived.max() - np.timedelta64(30, "D")

    assert check_calibration(label, expit(z), arrived).verdict == "holds"
    assert "(by chance below 0.0" in check_calibration(label, expit(z), arrived).sentence
    many = np.tile(expit(z), 20)
    assert "(at most 0.020)" in check_calibration(many, many).sentence
    assert check_calibration(label, expit(z)).verdict == "holds"
    assert check_calibration(label, expit(z + 0.8), arrived).verdict == "fails"
    without_some = np.where(newest & (label == 1) & (np.arange(3000) % 2 == 0), 0, label)
    assert check_calibration(without_some, expit(z), arrived).verdict == "fails"


def test_lc006_looks_at_the_block_before_too():
    label, z = held_out(3000)

    steady = check_calibration(label, expit(z), before=[ServedBlock(label, expit(z))])
    moved = check_calibration(label, expit(z), before=[ServedBlock(label, expit(z + 0.8))])

    assert steady.verdict == "holds" and "3,000 before them" in steady.sentence
    assert moved.verdict == "fails"


def test_lc006_does_not_pass_a_bad_newest_block_for_a_good_one_before():
    label, z = held_out(60_000)
    before = ServedBlock(label, expit(z))

    newest_off = check_calibration(label, expit(z + 0.16), before=[before])

    assert newest_off.verdict == "fails" and newest_off.sentence.endswith("the held-out leads alone at most 0.025.")
    assert check_calibration(label, expit(z), before=[ServedBlock(label, expit(z + 0.16))]).verdict == "holds"


@pytest.mark.parametrize(
    ("readiness", "beats", "verdict"),
    [
        ("ready", {"AUC against newest first": [0.1, 0.05, 0.2]}, "holds"),
        ("borderline", {"AUC against newest first": [0.1, -0.05, 0.2]}, "fails"),
        ("borderline", {"AUC against newest first": [0.1, 0.05, 0.2]}, "holds"),
        ("use the rules", {"AUC against rules score": [-0.1, -0.2, 0.1]}, "fails"),
        ("use the rules", {"Log loss saved against base rate": [0.1, 0.05, 0.2]}, "fails"),
        ("ready", {"Log loss saved against base rate": [0.1, 0.05, 0.2]}, "not applicable"),
    ],
)
def test_lc007_says_what_the_verdict_says(readiness, beats, verdict):
    assert BeatsRules({"verdict": readiness, "why": "so", "beats": beats, "peers": {}}).run().verdict == verdict


def test_lc007_fails_where_a_logistic_regression_is_certainly_ahead():
    beats, peers = (
        {"AUC against rules score": [0.1, 0.05, 0.2]},
        {"AUC against logistic regression": [-0.02, -0.03, -0.01]},
    )

    assert BeatsRules({"verdict": "borderline", "why": "so", "beats": beats, "peers": peers}).run().verdict == "fails"


def make_predictions(z: np.ndarray, first: int = 0) -> tuple[SimpleNamespace, Predictions]:
    """A bundle of two groups and its scores, of which the group numbered ``first`` says all."""
    parts = np.zeros((len(z), 2))
    parts[:, first] = z
    bundle = SimpleNamespace(
        signals=[SimpleNamespace(group="intent"), SimpleNamespace(group="place")],
        hidden_reasons=(),
        grades=Grades(0.6, 0.4, 0.2),
    )
    return bundle, Predictions(expit(z), z, 0.0, parts, parts.astype(np.float32))


def test_lc010_counts_grades_and_first_reasons_that_change_and_lists_them():
    ids, z = np.array([f"L{i}" for i in range(200)], object), np.linspace(-3, 3, 200)
    moved = np.where(np.arange(200) < 40, z + 2.5, z)

    quiet, nobody = GradeStability(ids, make_predictions(z), make_predictions(z)).run()
    result, review = GradeStability(ids, make_predictions(moved), make_predictions(z), budget=0.10).run()
    other, everybody = GradeStability(ids, make_predictions(z, 1), make_predictions(z)).run()
    small_ids, _ = GradeStability(ids[:5], make_predictions(z[:5]), make_predictions(z[:5])).run()

    assert quiet.verdict == "holds" and not nobody
    assert (
        result.verdict == "fails"
        and GradeStability(ids, make_predictions(moved), make_predictions(z), budget=0.25).run()[0].verdict == "holds"
    )
    assert 20 < len(review) <= 40 and all(lead.lead_id in set(ids[:40]) for lead in review)
    assert abs(review[0].probability_after - review[0].probability_before) >= abs(
        review[-1].probability_after - review[-1].probability_before
    )
    assert (
        other.verdict == "fails"
        and len(everybody) == 200
        and everybody[0].reason_before == "intent"
        and everybody[0].reason_after == "place"
    )
    assert small_ids.verdict == "not applicable"


def test_lc013_refuses_the_worse_model_and_lets_an_equal_or_better_one_through():
    label, z = held_out(2000)
    random = np.random.default_rng(5)
    noisy, arrived = (
        z + random.normal(0, 1.2, 2000),
        np.datetime64("2026-01-01", "us") + np.arange(2000) * np.timedelta64(2, "h"),
    )

    assert NonInferiority(label, expit(noisy), expit(z), arrived).run().verdict == "fails"
    assert NonInferiority(label, expit(z), expit(noisy), arrived).run().verdict == "holds"
    assert NonInferiority(label, expit(z + random.normal(0, 0.05, 2000)), expit(z), arrived).run().verdict == "holds"
    assert "probabilities" in NonInferiority(label, expit(z + 0.7), expit(z), arrived).run().details
    assert NonInferiority(label[:50], expit(z[:50]), expit(z[:50]), arrived[:50]).run().verdict == "not applicable"
    assert NonInferiority(label, expit(z), expit(z), np.full(2000, "NaT", "datetime64[us]")).run().verdict == "holds"


def newest(tables: Tables) -> np.ndarray:
    """Which leads arrived in the newest 28 days."""
    arrived = tables.leads["created_at"]
    return (arrived > arrived.max() - np.timedelta64(28, "D")).to_numpy()


def test_lc014_stays_quiet_while_everything_is_written_down_even_if_people_change():
    tables = practice_year()
    other = tables.leads.assign(channel=np.where(newest(tables), "billboard", tables.leads["channel"]))

    assert ExportCompleteness(tables, Practice(horizon_days=30), "booked").run().verdict == "holds"
    assert (
        ExportCompleteness(replace(tables, leads=other), Practice(horizon_days=30), "booked").run().verdict == "holds"
    )


@pytest.mark.parametrize("broken", ["message", "events of kind page_view", "outcomes", "leads"])
def test_lc014_names_what_stopped_being_written(broken):
    tables = practice_year()
    late, ids = newest(tables), set(tables.leads["lead_id"][newest(tables)])
    if broken == "message":
        tables = replace(tables, leads=tables.leads.assign(message=tables.leads["message"].where(~late, None)))
    elif broken == "events of kind page_view":
        tables = replace(tables, events=tables.events[~tables.events["lead_id"].isin(ids)].reset_index(drop=True))
    elif broken == "outcomes":
        tables = replace(
            tables,
            outcomes=tables.outcomes[
                tables.outcomes["occurred_at"] < tables.leads["created_at"].max() - np.timedelta64(55, "D")
            ].reset_index(drop=True),
        )
    else:
        remaining = ~late | (np.arange(len(late)) % 10 == 0)
        tables = replace(tables, leads=tables.leads[remaining].reset_index(drop=True))

    result = ExportCompleteness(tables, Practice(horizon_days=30), "booked").run()

    assert result.verdict == "fails" and list(result.details) == [broken]


def test_lc014_does_not_apply_without_dates_or_months():
    tables = practice_year()

    assert (
        ExportCompleteness(replace(tables, leads=tables.leads.drop(columns="created_at")), Practice(), "booked")
        .run()
        .verdict
        == "not applicable"
    )
    assert ExportCompleteness(practice_year(days=60), Practice(), "booked").run().verdict == "not applicable"
